"""What was on its way when the service was killed: one small private file for each message that is being handed over.

A mark is on disk before the other side can hold the message, and goes when the log knows what became of it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import get_args

from ecm_tui.core.delivery import Channel
from ecm_tui.paths import private_directory

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One sending: the number-th of one person's invitation by one channel."""

    appointment: str
    person: str
    channel: Channel
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A sending that was begun."""

    key: Key
    accepted: bool
    """Whether the other side said that it has it; if not, nobody knows."""


class Journal:
    """The marks, in a directory of their own. Everything here blocks: call it from a thread. Raises OSError."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def begin(self, key: Key) -> None:
        """From now on the other side may have it."""
        private_directory(self._directory)
        self._write(self._file(key, ".begun"), key)

    def accept(self, key: Key) -> None:
        """The other side has it."""
        self._write(self._file(key, ".accepted"), key)

    def end(self, key: Key) -> None:
        """The log knows. Twice is fine."""
        # In this order: a crash between the two leaves the mark that knows more.
        self._file(key, ".begun").unlink(missing_ok=True)
        self._file(key, ".accepted").unlink(missing_ok=True)

    def marks(self) -> list[Mark]:
        """What a service that is no more has left behind."""
        found: dict[Key, bool] = {}
        for file in self._files():
            key = _read(file)
            if key is None:
                _log.warning("%s is no mark of a message; it is left alone", file)
                continue
            found[key] = found.get(key, False) or file.suffix == ".accepted"
        return [Mark(key=key, accepted=accepted) for key, accepted in found.items()]

    def _files(self) -> Iterator[Path]:
        with contextlib.suppress(FileNotFoundError):
            yield from (file for file in self._directory.iterdir() if file.suffix in (".begun", ".accepted"))

    def _file(self, key: Key, suffix: str) -> Path:
        name = hashlib.sha256(json.dumps(asdict(key), sort_keys=True).encode()).hexdigest()[:32]
        return self._directory / f"{name}{suffix}"

    def _write(self, path: Path, key: Key) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        with open(os.open(path, flags, 0o600), "wb") as file:
            file.write(json.dumps(asdict(key)).encode())
            file.flush()
            os.fsync(file.fileno())
        directory = os.open(self._directory, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def _read(file: Path) -> Key | None:
    try:
        found = json.loads(file.read_bytes())
        key = Key(**found)
    except (OSError, ValueError, TypeError):
        return None
    texts = all(isinstance(each, str) for each in (key.appointment, key.person))
    return key if texts and key.channel in get_args(Channel) and isinstance(key.number, int) else None
