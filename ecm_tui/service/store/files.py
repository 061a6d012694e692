"""The database's files: private to this user, and held by one process at a time."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ecm_tui.errors import LockedError
from ecm_tui.service.disk import synced


@contextmanager
def held(path: Path) -> Iterator[None]:
    """This process alone uses the database, until the end of the block or of the process. Raises `LockedError`.

    SQLite drops its own locks when any descriptor of the database is closed, so the lock is a file beside it.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = path.with_name(path.name + ".lock")
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LockedError(str(path)) from error
        yield
    finally:
        os.close(descriptor)


def prepared(path: Path) -> None:
    """The database's file exists and is for this user only; SQLite gives its side files the same rights."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))


def copy_to(path: Path, copy: Path) -> None:
    """Write the database as it is now to `copy`, in the place of what is there; while it is in use, too. Blocks."""
    copy.unlink(missing_ok=True)
    os.close(os.open(copy, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)


def copied(path: Path, revision: str) -> Path:
    """A whole copy of the database beside it, named after its revision; an older copy of that name is replaced."""
    copy = path.with_name(f"{path.name}.{revision}.backup")
    part = copy.with_name(copy.name + ".part")
    copy_to(path, part)
    synced(part)
    os.replace(part, copy)
    synced(copy.parent)
    return copy
