"""`ecm-tui backup FILE` and `ecm-tui restore FILE`: everything of the clinic in one private file, and back again."""

from __future__ import annotations

import http.client
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from ecm_tui.cli.output import json_option, new_file, print_json, print_line
from ecm_tui.cli.reach import own_settings
from ecm_tui.errors import EcmError, RefusedError, UnreachableError

SECONDS = 300.0
"""How long the service may take to copy its database before the first piece, and for each piece after it."""

PIECE = 256 * 1024


@click.command()
@click.argument("file")
@json_option
def backup(file: str, as_json: bool) -> None:
    """Write everything that is kept into FILE, which only you can read; calls go on meanwhile.

    Database, stills, files and the key of the links are in it, private notes of everybody too; the settings are not.
    Keep it where nobody else can read it. FILE must be new.
    """
    from ecm_tui.service import daemon

    path = new_file(file)
    running = daemon.ensure(own_settings())
    written = _fetched(running, path)
    if as_json:
        print_json({"path": str(path), "bytes": written})
    else:
        print_line(f"{path} holds everything as it was just now ({written} bytes). The settings are not in it.")


def _fetched(running: Any, path: Path) -> int:
    """The archive into a new file, whole and on the disk, or no file. Raises EcmError."""
    from ecm_tui.service.unix_http import UnixConnection

    connection = UnixConnection(running.socket, SECONDS)
    try:
        connection.request("GET", "/api/v1/backup")
        answer = connection.getresponse()
        if answer.status != 200:
            raise _refusal(answer)
        return _written(answer, path)
    except http.client.HTTPException as error:
        raise EcmError(f"The service broke off. {path} was not kept; its log may say why.") from error
    except TimeoutError as error:
        raise UnreachableError(f"The service does not answer. {path} was not kept.") from error
    except OSError as error:
        raise EcmError(f"{path} could not be written: {error.strerror or error}. Nothing of it was kept.") from error
    finally:
        connection.close()


def _written(answer: http.client.HTTPResponse, path: Path) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)
    descriptor, size = os.open(path, flags, 0o600), 0
    try:
        with open(descriptor, "wb") as file:
            while piece := answer.read(PIECE):
                file.write(piece)
                size += len(piece)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return size


def _refusal(answer: http.client.HTTPResponse) -> EcmError:
    import json

    said: dict[str, Any] = {}
    with suppress(ValueError):
        said = json.loads(answer.read(10_000))
    message = str(said.get("message") or "The service gives no backup.")
    return (RefusedError if answer.status in (403, 409) else EcmError)(message, str(said.get("code") or ""))


@click.command()
@click.argument("file")
@click.option("--replace", is_flag=True, help="Keep the data that is here aside, and put the backup in its place.")
@json_option
def restore(file: str, replace: bool, as_json: bool) -> None:
    """Put the backup FILE in place, when no service runs. It is checked as a whole before anything is touched.

    Links that were sent out work again, at the same address. What was kept here before stays beside it until you
    remove it.
    """
    from ecm_tui.service.restore import restored

    done = restored(Path(file).expanduser(), own_settings().home, replace, datetime.now(UTC))
    aside = str(done.aside) if done.aside else None
    if as_json:
        print_json({"made_at": done.made_at, "members": done.members, "aside": aside})
        return
    print_line(f"The backup of {done.made_at} is in place. `ecm-tui` starts the service with it.")
    if aside:
        print_line(f"What was here before is kept in {aside}. Remove it once you do not need it.")
