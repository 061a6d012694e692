"""The bytes of shared files, as they lie on the disk: whole under the file's id, or not there.

A file that arrives is `APPOINTMENT.FILE.part`. It gets its own name beside that one before the log tells of it, and
loses the first only afterwards, so that whatever a crash leaves behind is seen at the next start and asked for by name.
Nothing here is opened for its meaning, unpacked or run.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from ecm_tui.core.files import in_words
from ecm_tui.core.wire import ID
from ecm_tui.errors import NotKeptError, RefusedError
from ecm_tui.service.disk import NEW_FILE, is_full, synced

KEEP_FREE = 256 * 1024 * 1024
"""Bytes of the disk that files never take: the log needs room to say what happens."""

BEGINNING = 64
"""First bytes of a file that are looked at."""


class Part:
    """One file on its way to the disk. Every method blocks and raises `NotKeptError`."""

    def __init__(self, folder: Path, appointment: str, file_id: str) -> None:
        self.beginning = b""
        """The first bytes, as far as they have come."""
        self._folder = folder
        self._whole = folder / file_id
        self._path = folder / f"{appointment}.{file_id}.part"
        self._digest = hashlib.sha256()
        self._turn = threading.Lock()
        """Who gives up does not wait for the thread that writes; a descriptor closed under it may be another's next."""
        with _kept():
            self._file = open(os.open(self._path, NEW_FILE, 0o600), "wb", buffering=0)

    def write(self, piece: bytes) -> None:
        """The next bytes."""
        with self._turn, _kept():
            left = memoryview(piece)
            while left:
                left = left[self._file.write(left) :]
        self._digest.update(piece)
        if len(self.beginning) < BEGINNING:
            self.beginning += piece[:BEGINNING]

    @property
    def sha256(self) -> str:
        """Of what was written so far, in hexadecimal."""
        return self._digest.hexdigest()

    @property
    def path(self) -> Path:
        """Where the bytes are now."""
        return self._path

    def keep(self) -> None:
        """All has come: it survives a crash under its own name from here on, and its mark says that no log knows it."""
        with _kept():
            os.fsync(self._file.fileno())
            self._file.close()
            os.link(self._path, self._whole)
            synced(self._folder)

    def known(self) -> None:
        """The log tells of the file: the mark goes."""
        with contextlib.suppress(OSError):
            self._path.unlink()

    def drop(self) -> None:
        """Leave nothing of it; twice is fine."""
        with self._turn:
            self._file.close()
        for path in (self._whole, self._path):
            with contextlib.suppress(OSError):
                path.unlink()


class Files:
    """The folder of shared files; only this user can enter it."""

    def __init__(self, folder: Path, keep_free: int = KEEP_FREE) -> None:
        self._folder = folder
        self._keep_free = keep_free

    def room(self) -> int:
        """Bytes that files may still take on this disk; below 0 when there is less than is to stay free. Blocks."""
        with _kept():
            found = os.statvfs(self._folder)
        return found.f_bavail * found.f_frsize - self._keep_free

    def begin(self, appointment: str, file_id: str) -> Part:
        """A file begins to arrive. Blocks. Raises `NotKeptError`."""
        return Part(self._folder, appointment, file_id)

    def path(self, file_id: str) -> Path:
        """Where the whole file is. Raises RefusedError `no_such_file` when it is not there (any more)."""
        path = self._folder / file_id
        if not ID.fullmatch(file_id) or not path.is_file() or path.is_symlink():
            raise RefusedError("The file is not there any more.", "no_such_file")
        return path

    def drop(self, file_id: str) -> None:
        """Leave nothing of a file."""
        if ID.fullmatch(file_id):
            (self._folder / file_id).unlink(missing_ok=True)

    def left(self) -> Iterator[tuple[str, str, Path]]:
        """What a crash left: the appointment, the file, and the mark that no log may know it."""
        for path in sorted(self._folder.glob("*.part")):
            appointment, _, file_id = path.stem.partition(".")
            yield appointment, file_id, path


@contextlib.contextmanager
def _kept() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if is_full(error):
            raise NotKeptError("The clinic's disk is full: the file was not shared.", "disk_full") from error
        reason = error.strerror or str(error)
        raise NotKeptError(f"The file could not be saved ({reason}). It was not shared.") from error


def no_room(name: str, size: int) -> NotKeptError:
    """Said before a byte of the file was taken."""
    return NotKeptError(f"The clinic's disk has no room for {name} ({in_words(size)}). Nothing was sent.", "disk_full")
