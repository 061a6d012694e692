"""A backup as a stream: a tar of the database as it was at one moment, and of the stills and files that it tells of.

Only the service opens its database, so that it is asked for one; calls go on meanwhile. A manifest with the SHA-256 of
every member comes last: an archive without it is not whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import sqlite3
import tarfile
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ecm_tui.core.log import timestamp
from ecm_tui.core.wire import ID
from ecm_tui.paths import Places
from ecm_tui.service.store.faults import translated
from ecm_tui.service.store.files import copy_to

PIECE = 256 * 1024
"""Bytes that are read at once."""

DATABASE, KEY, MANIFEST = "clinic.sqlite", "link.key", "manifest.json"
STILLS, FILES = "stills", "files"

FORMAT = 1
"""Of the archive; a later one is refused by earlier versions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A backup that is about to be streamed. To be streamed or dropped."""

    copy: Path
    """The database as it goes into the archive."""
    home: Places
    made_at: datetime
    version: str

    def stream(self) -> Iterator[bytes]:
        """The archive, piece by piece; the copy is gone at the end, whichever that is. Blocks."""
        digests: dict[str, dict[str, Any]] = {}
        try:
            yield from _member(DATABASE, self.copy, digests)
            yield from _member(KEY, self.home.data / KEY, digests)
            for name, path in self._belongings():
                with suppress(FileNotFoundError):  # erased or removed since the copy was made
                    yield from _member(name, path, digests)
            yield from _text(MANIFEST, json.dumps(self._manifest(digests), indent=1).encode())
            yield bytes(2 * tarfile.BLOCKSIZE)
        finally:
            self.drop()

    def drop(self) -> None:
        """Leave nothing of the copy."""
        self.copy.unlink(missing_ok=True)

    def _manifest(self, digests: dict[str, dict[str, Any]]) -> dict[str, Any]:
        port = ""
        with suppress(OSError):
            port = (self.home.state / "port").read_text(encoding="ascii")
        head = {"format": FORMAT, "made_at": timestamp(self.made_at), "version": self.version, "port": port}
        return {**head, "members": digests}

    def _belongings(self) -> Iterator[tuple[str, Path]]:
        """The stills and files that the copied log tells of: name in the archive and where it lies."""
        for kind, column, folder, ending in (
            ("file_shared", "file_id", FILES, ""),
            ("screenshot_ended", "still_id", STILLS, ".png"),
        ):
            with closing(sqlite3.connect(self.copy)) as database:
                rows = database.execute("SELECT data FROM entries WHERE data LIKE ?", [f'%"type":"{kind}"%']).fetchall()
            for (data,) in rows:
                found = json.loads(data).get(column)
                if isinstance(found, str) and ID.fullmatch(found):
                    yield f"{folder}/{found}{ending}", self.home.data / folder / f"{found}{ending}"


def recover(home: Places) -> None:
    """Remove the copies of a service that was killed: what retention erases since would stay in them. Blocks."""
    for left in home.data.glob(".backup.*"):
        with suppress(OSError):
            left.unlink()


def begun(home: Places, made_at: datetime, version: str) -> Backup:
    """A backup of this home, its database copied. Blocks. Raises StoreError where there is no room for the copy."""
    copy = home.data / f".backup.{secrets.token_hex(6)}"
    try:
        with translated(copy):
            copy_to(home.database, copy)
    except BaseException:
        copy.unlink(missing_ok=True)
        raise
    return Backup(copy=copy, home=home, made_at=made_at, version=version)


def _member(name: str, path: Path, digests: dict[str, dict[str, Any]]) -> Iterator[bytes]:
    """One file: header, content, padding. Raises FileNotFoundError before anything was given."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        size = os.fstat(descriptor).st_size
        yield _header(name, size)
        digest, left = hashlib.sha256(), size
        while left:
            piece = file.read(min(PIECE, left))
            if not piece:
                raise OSError(f"{name} became shorter")
            digest.update(piece)
            left -= len(piece)
            yield piece
    digests[name] = {"size": size, "sha256": digest.hexdigest()}
    yield bytes(-size % tarfile.BLOCKSIZE)


def _text(name: str, content: bytes) -> Iterator[bytes]:
    yield _header(name, len(content))
    yield content + bytes(-len(content) % tarfile.BLOCKSIZE)


def _header(name: str, size: int) -> bytes:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = size, 0o600, int(time.time())
    return entry.tobuf(tarfile.PAX_FORMAT)
