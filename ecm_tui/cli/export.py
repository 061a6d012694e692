"""`ecm-tui appointment export ID DIR`: everything that belongs to an appointment and that the caller may read."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ecm_tui.cli.found import FIELDS, one
from ecm_tui.cli.output import json_option, print_json, print_line
from ecm_tui.cli.reach import ask
from ecm_tui.errors import EcmError, RefusedError, UsageError

if TYPE_CHECKING:
    from ecm_tui.client.service import ServiceClient
    from ecm_tui.core.appointment import Appointment
    from ecm_tui.core.log import Recorded


@click.command()
@click.argument("id_", metavar="ID")
@click.argument("folder", metavar="DIR")
@json_option
def export(id_: str, folder: str, as_json: bool) -> None:
    """Write everything that belongs to an appointment into DIR, which must be new or empty.

    Patient and people, the timeline, the chat, your own notes, stills and files; notes of others are not in it. Only
    you can read DIR. That a copy was taken, and by whom, is noted in the clinic's log.
    """
    place = Path(os.path.abspath(Path(folder).expanduser()))
    _look_at(place)

    async def job(line: ServiceClient) -> dict[str, Any]:
        from ecm_tui.core.clinic import CLINIC, NoteExport

        shown = await one(line, id_)  # says so when there is none of this id
        await line.send(CLINIC, NoteExport(appointment_id=id_))
        with _filled(place) as files:
            await _write(line, id_, shown, files)
        return {"path": str(place), "files": files.written}

    done = ask(job)
    if as_json:
        print_json(done)
    else:
        print_line(f"{place} holds {len(done['files'])} files, for you alone to read.")


def _look_at(place: Path) -> None:
    """Raises UsageError for what is no new or empty directory of this user."""
    if not os.path.lexists(place):
        if not os.access(place.parent, os.W_OK):
            raise UsageError(f"{place.parent} is no directory that you can write to.")
        return
    found = place.lstat()
    if not stat.S_ISDIR(found.st_mode) or (hasattr(os, "getuid") and found.st_uid != os.getuid()):
        raise UsageError(f"{place} is no directory of yours. Name a new or an empty one.")
    if any(place.iterdir()):
        raise UsageError(f"{place} is not empty. Name a new or an empty directory; nothing is written over.")


class Files:
    """What is written into the directory, each file new and private."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.written: dict[str, dict[str, Any]] = {}
        """Path below the directory -> size and SHA-256."""

    def put(self, name: str, content: bytes) -> None:
        """One file. Raises OSError."""
        from ecm_tui.client.stills import save

        save(self.place / name, content)
        self.written[name] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}

    def json(self, name: str, value: Any) -> None:
        """One file of JSON."""
        self.put(name, json.dumps(value, indent=2, ensure_ascii=False).encode(errors="replace") + b"\n")

    def folder(self, name: str) -> Path:
        """A private directory below."""
        path = self.place / name
        path.mkdir(mode=0o700, exist_ok=True)
        return path


@contextmanager
def _filled(place: Path) -> Iterator[Files]:
    """The directory, private; when anything fails nothing is left in it."""
    new = not place.exists()
    try:
        place.mkdir(mode=0o700, exist_ok=True)
        place.chmod(0o700)
        yield Files(place)
    except BaseException as error:
        for path in (place,) if new else tuple(place.iterdir()):
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise EcmError(f"{place} could not be written: {error.strerror or error}. Nothing was kept.") from error
        raise


async def _write(line: ServiceClient, id_: str, shown: dict[str, Any], files: Files) -> None:
    records = await _records(line, id_)
    from ecm_tui.core.appointment import fold

    appointment = fold(id_, records)
    files.json("appointment.json", {name: shown.get(name) for name in FIELDS} | {"erased": shown.get("erased")})
    files.json("people.json", shown["people"])
    files.json("timeline.json", shown["timeline"])
    chat = _chat(appointment)
    if chat:
        files.json("chat.json", chat)
        files.put("chat.txt", "".join(f"{row['at']}  {row['by']}: {row['said']}\n" for row in chat).encode())
    if shown["notes"]:
        files.json("notes.json", shown["notes"])
        texts = (f"{note['saved_at']}\n\n{note['text']}\n\n\n" for note in shown["notes"])
        files.put("notes.txt", "".join(texts).encode(errors="replace"))
    missing = await _stills(line, id_, shown["stills"], files)
    missing += [] if appointment.erased else await _files(line, id_, appointment, files)
    if missing:
        files.json("missing.json", missing)
    files.json("manifest.json", files.written)


async def _records(line: ServiceClient, id_: str) -> list[Recorded]:
    """The appointment's log so far, as the caller may see it."""
    from ecm_tui.client import CaughtUp
    from ecm_tui.core.log import Recorded

    found = []
    async with line.follow(id_, 0) as feed:
        async for item in feed:
            if isinstance(item, CaughtUp):
                break
            if isinstance(item, Recorded):
                found.append(item)
    return found


def _chat(appointment: Appointment) -> list[dict[str, Any]]:
    from ecm_tui.core.chat import author
    from ecm_tui.core.log import timestamp

    return [
        {
            "number": line.number,
            "at": timestamp(line.at),
            "by": author(line, appointment, {}),
            "said": f"[file] {line.file.name}" if line.file else line.text,
            "file_id": line.file.id if line.file else None,
        }
        for line in appointment.chat
    ]


async def _stills(line: ServiceClient, id_: str, stills: list[Any], files: Files) -> list[dict[str, str]]:
    """Every picture; those that are not there any more are told and keep nothing back."""
    from ecm_tui.client.stills import picture

    missing = []
    for still in stills:
        try:
            png = await picture(line.query, id_, str(still["id"]))
        except RefusedError as error:
            missing.append({"id": str(still["id"]), "why": error.message})
            continue
        files.folder("stills")
        files.put(f"stills/{still['id']}.png", png)
    return missing


async def _files(line: ServiceClient, id_: str, appointment: Appointment, files: Files) -> list[dict[str, str]]:
    """The same for shared files, each hashed on its way."""
    from ecm_tui.client.files import download

    missing = []
    for file in appointment.files:
        try:
            path = await download(line, id_, file, files.folder("files"))
        except RefusedError as error:
            missing.append({"id": file.id, "name": file.name, "why": error.message})
            continue
        files.written[f"files/{path.name}"] = {"size": file.size, "sha256": file.sha256}
    return missing
