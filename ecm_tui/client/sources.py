"""Where a file that is about to be shared comes from. A source says its name and size first, then gives its bytes once.

What turns out not to be what it said it was ends in a refusal, before its last byte is out: nobody gets half a file.
"""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ecm_tui.core.text import clean
from ecm_tui.errors import RefusedError

PIECE = 256 * 1024
"""Bytes read at once."""


class Source(Protocol):
    """A file to be sent, wherever it is."""

    @property
    def name(self) -> str:
        """Its name, as it came; the service cleans it."""

    @property
    def size(self) -> int:
        """Bytes."""

    def pieces(self) -> AsyncIterator[bytes]:
        """Exactly `size` bytes in order, or a RefusedError or UnreachableError."""


@dataclass(frozen=True, slots=True)
class Held:
    """A file that is in memory."""

    name: str
    data: bytes

    @property
    def size(self) -> int:
        return len(self.data)

    async def pieces(self) -> AsyncIterator[bytes]:
        """All of it, a piece at a time."""
        for start in range(0, len(self.data), PIECE):
            yield self.data[start : start + PIECE]


class LocalFile:
    """A file of this computer: `with LocalFile(path) as file`. Raises RefusedError for what is none, or is empty."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._shown = clean(path.name or str(path), 100)
        self._descriptor = _opened(path, self._shown)
        try:
            self._was = os.fstat(self._descriptor)
            _check(self._was, self._shown)
        except BaseException:
            self.close()
            raise

    @property
    def size(self) -> int:
        return self._was.st_size

    def __enter__(self) -> LocalFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closing twice does nothing."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    async def pieces(self) -> AsyncIterator[bytes]:
        """The file as it was when it was opened. Raises RefusedError when it is not that any more."""
        sent = 0
        while piece := await asyncio.to_thread(self._read, sent):
            sent += len(piece)
            if sent >= self.size:
                self._look_again(sent)
            yield piece
        self._look_again(sent)

    def _read(self, offset: int) -> bytes:
        try:
            return os.pread(self._descriptor, PIECE, offset)
        except OSError as error:
            raise _bad(f"{self._shown} cannot be read to its end: {error.strerror}. Nothing was shared.") from error

    def _look_again(self, sent: int) -> None:
        now = os.fstat(self._descriptor)
        if (sent, now.st_size, now.st_mtime_ns) != (self.size, self.size, self._was.st_mtime_ns):
            raise _bad(
                f"{self._shown} changed while it was sent. Nothing was shared; send it again when it is finished."
            )


def _opened(path: Path, shown: str) -> int:
    try:
        # Without waiting: a pipe without a writer would hold us for ever.
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    except FileNotFoundError as error:
        raise _bad(f"There is no file {shown}. Look at the path again.") from error
    except PermissionError as error:
        raise _bad(f"You may not read {shown}. Choose another file, or change its rights.") from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "its name is no file's name"
        raise _bad(f"{shown} cannot be opened: {reason}. Choose another file.") from error


def _check(found: os.stat_result, shown: str) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise _bad(f"{shown} is a folder. Choose a file in it.")
    if not stat.S_ISREG(found.st_mode):
        raise _bad(f"{shown} is a device or a pipe, and not a file. Choose a file.")
    if not found.st_size:
        raise RefusedError(f"{shown} is empty: there is nothing to send.", "empty_file")


def _bad(message: str) -> RefusedError:
    return RefusedError(message, "bad_file")
