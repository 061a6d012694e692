"""What is being written and not sent yet: files of this user alone, which outlive crashes and go when it was sent.

Each draft that is open is locked by its console: a second one writes into a draft of its own, and nothing is merged.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import stat
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from ecm_tui.console.editing import Paper
from ecm_tui.core.text import clean
from ecm_tui.errors import ConfigError
from ecm_tui.paths import private_directory

Kind = Literal["chat", "note"]

MOST_BYTES = 1_000_000
"""A larger file in our directory is none of ours."""

MOST_DRAFTS = 50
"""Drafts of one kind for one appointment and account that are looked at."""

LONGEST = 100_000
"""Characters of a draft that are read: more than any field takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What a draft holds."""

    id: str
    """Of the note or the command that it becomes: sent twice under one id, it happens once."""
    text: str = ""
    sent: str | None = None
    """The text as it was last sent under this id without an answer; None when it was not."""


class Draft:
    """One open draft. Its methods touch the disk, and may run in a thread."""

    def __init__(self, path: Path | None, lock: int, now: Text) -> None:
        """Without a path nothing is kept."""
        self.now = now
        """What the disk has."""
        self._path = path
        self._lock = lock
        self._closed = False
        self._writing = threading.Lock()

    @property
    def name(self) -> str:
        """Tells this draft from every other."""
        return self._path.name if self._path else ""

    @property
    def paper(self) -> Paper | None:
        """The file for the person's own editor; None where nothing is kept."""
        return Paper(self._path) if self._path else None

    def keep(self, text: Text) -> None:
        """Write it down. Raises OSError; what was kept before is then still there."""
        with self._writing:
            if self._path is not None and not self._closed:
                if text.text:
                    self._write(self._path, text)
                else:
                    self._path.unlink(missing_ok=True)
                    self._forget_editing(Paper(self._path))
            self.now = text

    def close(self) -> None:
        """Let others have it. What it holds stays; an empty one leaves nothing behind."""
        with self._writing:
            closed, self._closed = self._closed, True
            if self._path is None or closed:
                return
            if not _waits(self._path):
                _lock_path(self._path).unlink(missing_ok=True)
            os.close(self._lock)

    @staticmethod
    def _forget_editing(paper: Paper) -> None:
        """What an editor left beside its file goes with the draft."""
        if not paper.path.exists():
            paper.remove()

    @staticmethod
    def _write(path: Path, text: Text) -> None:
        whole = json.dumps(asdict(text), ensure_ascii=False).encode()
        new = path.with_suffix(".new")
        new.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        with open(os.open(new, flags, 0o600), "wb") as file:
            file.write(whole)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)


class Drafts:
    """The drafts of this user's consoles."""

    def __init__(self, directory: Path, new_id: Callable[[], str]) -> None:
        """`new_id` names notes and commands."""
        self._directory = directory
        self._new_id = new_id

    def fresh(self) -> Text:
        """An empty text under an id of its own."""
        return Text(id=self._new_id())

    def open(self, kind: Kind, appointment: str, account: str, name: str = "") -> Draft:
        """The draft that waits for this account in this appointment, or a new one; `name` chooses among several.

        Raises OSError when the directory cannot be used.
        """
        try:
            private_directory(self._directory)
        except ConfigError as error:
            raise OSError(error.message) from error
        paths = [self._path(kind, appointment, account, number) for number in range(1, MOST_DRAFTS + 1)]
        for path in sorted(paths, key=lambda path: (path.name != name, not _waits(path))):
            lock = _locked(path)
            if lock is None:
                continue
            text = _read(path)
            if text is not None or not path.exists():
                return self._opened(path, lock, text or self.fresh())
            os.close(lock)  # Something that we did not write stands there, and stays.
        raise OSError(f"More than {MOST_DRAFTS} drafts are open.")

    @staticmethod
    def _opened(path: Path, lock: int, text: Text) -> Draft:
        """The draft, with what its editor had saved when its console died."""
        draft, paper = Draft(path, lock, text), Paper(path)
        if paper.left_behind():
            whole = paper.with_late(text.text)
            if whole != text.text:
                draft.keep(replace(text, text=whole))
            paper.taken_in()
        else:
            paper.set_aside()
        return draft

    def appointments(self, account: str) -> list[str]:
        """Appointments in which this account has written something and not sent it, each once."""
        wanted = _plain(account)
        parts = [path.name.split(".") for path in self._directory.glob("*.*.*.*")]
        return sorted({part[1] for part in parts if part[0] in get_args(Kind) and part[2] == wanted})

    def left(self, kind: Kind, appointment: str, account: str) -> list[tuple[str, Text]]:
        """Name and text of each draft that no console has open, oldest name first."""
        found = []
        for number in range(1, MOST_DRAFTS + 1):
            path = self._path(kind, appointment, account, number)
            if _waits(path) and (lock := _locked(path)) is not None:
                text = _read(path)
                whole = Paper(path).with_late(text.text if text else "")
                os.close(lock)
                if text is not None or whole:
                    found.append((path.name, replace(text or self.fresh(), text=whole)))
        return found

    def _path(self, kind: Kind, appointment: str, account: str, number: int) -> Path:
        return self._directory / f"{kind}.{_plain(appointment)}.{_plain(account)}.{number}.json"


def _plain(part: str) -> str:
    """As it stands in the name of a file."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", part)[:64]


def _waits(path: Path) -> bool:
    """Whether something was written there and not sent: the draft, or a paper that its editor was given."""
    return path.exists() or Paper(path).path.exists()


def _lock_path(path: Path) -> Path:
    return path.with_suffix(".lock")


def _locked(path: Path) -> int | None:
    """The descriptor that holds the lock of this draft until it is closed, also by death; None when another has it."""
    lock = _lock_path(path)
    while True:
        try:
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with contextlib.suppress(FileNotFoundError):
                if os.fstat(descriptor).st_ino == lock.stat().st_ino:
                    return descriptor
        except OSError:
            os.close(descriptor)
            return None
        os.close(descriptor)  # Its last holder took the file away meanwhile.


def _read(path: Path) -> Text | None:
    """What the draft holds; None when there is none that we wrote."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with open(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.getuid() or found.st_size > MOST_BYTES:
            return None
        try:
            data = json.loads(file.read())
            text, sent = (data[name] and clean(str(data[name]), LONGEST, multiline=True) for name in ("text", "sent"))
            read = Text(id=str(data["id"]), text=text or "", sent=sent)
        except (OSError, ValueError, KeyError, TypeError):
            return None
    return read if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", read.id) else None
