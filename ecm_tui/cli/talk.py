"""`ecm-tui call say|note|attach|upload-link ...` and `appointment file ...`: chat, private notes and files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ecm_tui.cli.output import LOCAL_ONLY, json_option, print_json, print_line, warn
from ecm_tui.cli.reach import ask
from ecm_tui.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from ecm_tui.client.service import ServiceClient

LONGEST = 200_000
"""Characters that are read from standard input: more than any message or note may have, so that the rule refuses it."""


@click.command()
@click.argument("id_", metavar="ID")
@click.argument("text")
@json_option
def say(id_: str, text: str, as_json: bool) -> None:
    """Write to everyone in the call; TEXT as - is read from standard input."""
    typed = _typed(text)

    async def job(line: ServiceClient) -> int:
        from ecm_tui.core.commands import Say

        return (await line.send(id_, Say(text=typed))).seq

    seq = ask(job)
    if as_json:
        print_json({"seq": seq})
    else:
        print_line("Everyone in the call can read it.")


@click.command()
@click.argument("id_", metavar="ID")
@click.argument("text")
@json_option
def note(id_: str, text: str, as_json: bool) -> None:
    """File a private note that only you can read; TEXT as - is read from standard input.

    On a computer that others use too write it as -: they can see the words of a command while it runs.
    """
    typed = _typed(text)

    async def job(line: ServiceClient) -> dict[str, Any]:
        import uuid

        from ecm_tui.core.commands import SaveNote

        note_id = uuid.uuid4().hex
        await line.send(id_, SaveNote(note_id=note_id, text=typed))
        shown = await line.query("appointment", id=id_)
        return next(each for each in shown["notes"] if each["id"] == note_id)

    saved = ask(job)
    if as_json:
        print_json(saved)
    else:
        print_line(f"The note {saved['id']} is saved with the appointment. Only you can read it.")


@click.command()
@click.argument("id_", metavar="ID")
@click.argument("source", metavar="FILE-OR-URL")
@json_option
def attach(id_: str, source: str, as_json: bool) -> None:
    """Share a file with everyone in the call: one of this computer, or at an https, sftp, webdav or s3 address."""

    path = Path(source).expanduser()

    async def job(line: ServiceClient) -> dict[str, Any]:
        from ecm_tui.client.files import upload
        from ecm_tui.client.remote import opened
        from ecm_tui.client.urls import is_url

        if is_url(source):
            async with opened(source) as remote:
                file_id = await upload(line, id_, remote)
        else:
            file_id = await upload(line, id_, path)
        return await _file(line, id_, file_id)

    shared = ask(job)
    if as_json:
        print_json(shared)
    else:
        print_line(f"Everyone in the call can fetch {shared['name']}. Its id is {shared['id']}.")


@click.command("upload-link")
@click.argument("id_", metavar="ID")
@json_option
def upload_link(id_: str, as_json: bool) -> None:
    """A one-use link to send a file of another computer into the running call, in your name; for fifteen minutes."""

    async def job(line: ServiceClient) -> dict[str, Any]:
        return await line.query("upload_link", id=id_)

    found = ask(job)
    if as_json:
        print_json(found)
    else:
        print_line(str(found["url"]))
    if found["local_only"]:
        warn(LOCAL_ONLY)


@click.command()
@click.argument("id_", metavar="ID")
@click.argument("file_id", metavar="FILE_ID")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@json_option
def file(id_: str, file_id: str, folder: Path, as_json: bool) -> None:
    """Fetch a shared file into DIR; FILE_ID as `appointment show` prints it. Never over another file."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is no directory. Name one that is there.")

    async def job(line: ServiceClient) -> tuple[dict[str, Any], Path]:
        from types import SimpleNamespace

        from ecm_tui.client.files import download

        found = await _file(line, id_, file_id)
        wanted = SimpleNamespace(id=found["id"], name=found["name"], size=found["size"], sha256=found["sha256"])
        return found, await download(line, id_, wanted, folder)

    found, path = ask(job)
    if as_json:
        print_json({**found, "path": str(path.resolve())})
    else:
        print_line(str(path))


async def _file(line: ServiceClient, id_: str, file_id: str) -> dict[str, Any]:
    shown = await line.query("appointment", id=id_)
    found: dict[str, Any] | None = next((each for each in shown["files"] if each["id"] == file_id), None)
    if found is None:
        raise RefusedError("There is no file with this id in the appointment.", "no_such_file")
    return found


def _typed(text: str) -> str:
    """The text itself, or what is typed in its place: before the service is reached, since no line waits that long."""
    return sys.stdin.read(LONGEST) if text == "-" else text
