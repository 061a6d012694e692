"""Folders of this computer while a path is typed: what is in the one that was named, and how the path goes on."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ecm_tui.core.text import clean

MOST = 500
"""Entries of a folder that are shown; who types on sees the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file or folder."""

    name: str
    """As it is on the disk, which may be anything."""
    folder: bool
    size: int
    """Bytes; of a folder 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a typed path leads to."""

    folder: Path
    entries: Sequence[Entry] = ()
    """Those whose names go on from what was typed, folders first."""
    why_not: str = ""
    """Why the folder cannot be read; empty when it was."""


def path_of(typed: str) -> Path:
    """The path that is meant: `~` is the home folder, and what begins nowhere begins there."""
    return Path(os.path.expanduser("~"), os.path.expanduser(typed))


def written(path: Path) -> str:
    """The path as people write it, with `~` for the home folder."""
    home = path_of("")
    return f"~/{path.relative_to(home)}" if path != home and path.is_relative_to(home) else str(path)


def showable(name: str) -> bool:
    """Whether the name looks like what it is, so that it can stand in a field."""
    return clean(name) == name


def listing(typed: str) -> Listing:
    """What is in the folder that was typed so far. Hidden names come only after a dot."""
    folder, begun = _parted(typed)
    path = path_of(folder)
    try:
        with os.scandir(path) as found:
            names = [each for each in found if _goes_on(each.name, begun)]
        read = [entry for each in names if (entry := _entry(each))]
    except (OSError, ValueError) as error:
        return Listing(folder=path, why_not=(error.strerror if isinstance(error, OSError) else "") or "no such folder")
    read.sort(key=lambda entry: (not entry.folder, entry.name.casefold()))
    return Listing(folder=path, entries=tuple(read[:MOST]))


def completed(typed: str, entries: Sequence[Entry]) -> str:
    """`typed` as far as it can only go on in one way."""
    known = [entry for entry in entries if showable(entry.name)]
    folder, begun = _parted(typed)
    if not known:
        return typed
    shared = os.path.commonprefix([entry.name for entry in known])  # noqa: RUF071 - of letters, as it says
    if len(known) == 1 and known[0].folder:
        shared += "/"
    return (folder or "~/") + shared if len(shared) > len(begun) else typed


def _parted(typed: str) -> tuple[str, str]:
    """The folder with its slash (empty for home), and the beginning of a name."""
    if typed == "~":
        return "~/", ""
    folder, slash, begun = typed.rpartition("/")
    return folder + slash, begun


def _goes_on(name: str, begun: str) -> bool:
    return name.casefold().startswith(begun.casefold()) and (not name.startswith(".") or begun.startswith("."))


def _entry(found: os.DirEntry[str]) -> Entry | None:
    """None for what is neither file nor folder, or cannot be looked at."""
    try:
        folder = found.is_dir()
        if folder or found.is_file():
            return Entry(name=found.name, folder=folder, size=0 if folder else found.stat().st_size)
    except OSError:
        pass
    return None
