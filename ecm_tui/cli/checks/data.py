"""The directories of this home: whose they are, who else can look into them, and whether the database can be used."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from ecm_tui.cli.checks.check import Check, bad, ok, warn
from ecm_tui.errors import EcmError
from ecm_tui.paths import Places

SCARCE, FULL = 1024, 100
"""MiB of free space below which it is told, and below which stills, files and soon the log cannot be kept."""

MOST_FILES = 20_000
"""Files whose rights are looked at."""


def checks(places: Places, running: bool) -> Iterator[Check]:
    """Rights, space and database. `running`: whether a service holds the database."""
    there = [path for path in _directories(places) if path.exists()]
    yield _rights(places, there)
    yield from _ancestors(places.data)
    yield _writable(places)
    yield _space(places.data)
    yield from _restore(places)
    yield _database(places, running)


def _directories(places: Places) -> list[Path]:
    return [places.data, places.files, places.stills, places.state, places.drafts, places.logs]


def _rights(places: Places, there: list[Path]) -> Check:
    if not there:
        return ok("data.rights", f"Nothing is kept yet. {places.data} is made at the first start.")
    foreign = [path for path in there if path.stat().st_uid != os.getuid()]
    if foreign:
        step = "Give it back to this user, or set ECM_HOME to a directory of your own."
        return bad("data.rights", f"{foreign[0]} belongs to another user, who can read what is kept in it.", step)
    path = (*_open_to_others(there), None)[0]
    if path is not None:
        return bad("data.rights", f"{path} can be read by other users of this computer.", f"`chmod go= {path}`")
    return ok("data.rights", "Nobody else on this computer can look into what is kept.")


def _open_to_others(there: list[Path]) -> Iterator[Path]:
    """What others can read: a directory that they may enter, or a file in one."""
    for directory in there:
        if stat.S_IMODE(directory.stat().st_mode) & 0o077:
            yield directory
        with suppress(OSError), os.scandir(directory) as entries:
            yield from (Path(entry.path) for entry in islice(entries, MOST_FILES) if _is_open_file(entry))


def _is_open_file(entry: os.DirEntry[str]) -> bool:
    try:
        mode = entry.stat(follow_symlinks=False).st_mode
    except OSError:  # gone meanwhile
        return False
    return stat.S_ISREG(mode) and bool(stat.S_IMODE(mode) & 0o077)


def _ancestors(data: Path) -> Iterator[Check]:
    for path in data.parents:
        with suppress(OSError):
            mode = path.stat().st_mode
            if mode & 0o022 and not mode & stat.S_ISVTX:
                sentence = f"Other users may rename and replace what is in {path}, and so the whole of {data}."
                yield bad("data.parents", sentence, f"`chmod go-w {path}`, or set ECM_HOME to another place.")


def _writable(places: Places) -> Check:
    place = next(path for path in (places.data, *places.data.parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=place):  # it has no name where the system can do that, and is gone at once
            pass
    except OSError as error:
        sentence = f"Nothing can be written in {place}: {(error.strerror or str(error)).lower()}."
        return bad("data.writable", sentence, "Give this user the right to write there, or set ECM_HOME.")
    return ok("data.writable", f"{places.data} can be written.")


def _space(data: Path) -> Check:
    place = next(path for path in (data, *data.parents) if path.exists())
    free = shutil.disk_usage(place).free // 2**20
    shown = f"{free} MiB" if free < 10_240 else f"{free // 1024} GiB"
    if free < FULL:
        return bad("data.space", f"Only {shown} are free where data is kept: soon nothing can be saved.", "Free space.")
    if free < SCARCE:
        return warn("data.space", f"{shown} are free where data is kept.", "Free some space before it is full.")
    return ok("data.space", f"{shown} are free where data is kept.")


def _restore(places: Places) -> Iterator[Check]:
    from ecm_tui.service.restore import unfinished

    ready = unfinished(places)
    if ready:
        sentence = f"A restore was broken off before its end: the backup is whole, and still in {ready}."
        yield bad("data.restore", sentence, "`ecm-tui service restart` starts the service, which finishes it.")


def _database(places: Places, running: bool) -> Check:
    if running:
        return ok("data.database", "The service has the database open.")
    if not places.database.exists():
        return ok("data.database", "There is no database yet; the first start makes it.")
    from ecm_tui.service.store.look import NEWEST, revision_of

    try:
        revision = revision_of(places.database)
    except EcmError as error:
        return bad("data.database", error.message, "`ecm-tui restore FILE` puts a backup in its place.")
    if revision != NEWEST:
        sentence = f"The database is at revision {revision or 'none'}; the next start brings it to {NEWEST}."
        return ok("data.database", f"{sentence} A copy is kept beside it.")
    return ok("data.database", f"The database opens and is sound (revision {revision}).")
