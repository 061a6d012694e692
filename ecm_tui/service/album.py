"""Stills as files: PNG with who, when and by which consent written into it. A file is whole and on disk, or not there.

Pictures are never written over, and nothing here decides whether one may be taken.
"""

from __future__ import annotations

import base64
import contextlib
import os
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from ecm_tui.core.wire import ID
from ecm_tui.errors import NotAPictureError, NotKeptError, RefusedError
from ecm_tui.service.disk import NEW_FILE, is_full, synced

MOST_BYTES = 6 * 1024 * 1024
"""The longest PNG of 1280x720: nearly three million bytes of pixels that no compression made smaller, twice over."""
PIECE = 45_000
"""Bytes of a picture in one answer: 60,000 letters, less than any client takes as one text."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHUNK = struct.Struct("!L4s")


def labelled(png: bytes, labels: Mapping[str, str]) -> bytes:
    """The PNG with these texts (iTXt, UTF-8) before its pixels. Raises `NotAPictureError`."""
    end = len(_SIGNATURE) + 25
    if not png.startswith(_SIGNATURE) or png[12:16] != b"IHDR" or png[-8:-4] != b"IEND" or len(png) > MOST_BYTES:
        raise NotAPictureError("What came from the camera is no picture.")
    chunks = [_text(keyword, text) for keyword, text in labels.items()]
    return png[:end] + b"".join(chunks) + png[end:]


def labels_of(png: bytes) -> dict[str, str]:
    """The texts that `labelled` put into a PNG."""
    found = {}
    at = len(_SIGNATURE)
    while at + 12 <= len(png):
        size, kind = _CHUNK.unpack_from(png, at)
        if kind == b"iTXt":
            keyword, _, rest = png[at + 8 : at + 8 + size].partition(b"\0")
            found[keyword.decode("latin-1")] = rest[4:].decode()
        at += 12 + size
    return found


def _text(keyword: str, text: str) -> bytes:
    # Not compressed, no language, no translated keyword (PNG specification, 11.3.3.4).
    body = b"iTXt" + keyword.encode("latin-1") + b"\0\0\0\0\0" + text.encode()
    return struct.pack("!L", len(body) - 4) + body + struct.pack("!L", zlib.crc32(body))


class Album:
    """The directory of stills; only this user can enter it, whom the account `owner` stands for."""

    def __init__(self, folder: Path, owner: str = "") -> None:
        self._folder = folder
        self._owner = owner

    def path_for(self, account_id: str, still_id: str) -> str | None:
        """Where the still is, for the one account that can open it there."""
        return str(self.path(still_id)) if account_id == self._owner else None

    def path(self, still_id: str) -> Path:
        """Where the still of that id is, or would be."""
        if not ID.fullmatch(still_id):
            raise RefusedError("There is no still with this id.", "no_such_still")
        return self._folder / f"{still_id}.png"

    def keep(self, still_id: str, png: bytes) -> None:
        """Put a picture on the disk for good, mode 0600. Blocks. Raises `NotKeptError`; then nothing is left of it."""
        path = self.path(still_id)
        part = _part(path)
        try:
            with open(os.open(part, NEW_FILE, 0o600), "wb") as file:
                file.write(png)
                file.flush()
                os.fsync(file.fileno())
            part.rename(path)
            synced(self._folder)
        except OSError as error:
            self.drop(still_id)
            why = (
                "the disk is full" if is_full(error) else f"the picture could not be saved ({error.strerror or error})"
            )
            raise NotKeptError(why) from error

    def drop(self, still_id: str) -> None:
        """Leave nothing of a still, or of the attempt to keep it."""
        path = self.path(still_id)
        for each in (path, _part(path)):
            with contextlib.suppress(OSError):
                each.unlink(missing_ok=True)

    def piece(self, still_id: str, offset: int) -> dict[str, object]:
        """Some bytes of a still: `size` of all, and `png`, base64 of those from `offset` on. Raises RefusedError."""
        try:
            with open(os.open(self.path(still_id), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as file:
                size = os.fstat(file.fileno()).st_size
                file.seek(offset)
                return {"size": size, "offset": offset, "png": base64.b64encode(file.read(PIECE)).decode()}
        except OSError as error:
            raise RefusedError("The picture is not on the disk any more.", "no_such_still") from error

    def newest(self, most: int) -> list[Path]:
        """The stills that were written last, at most so many."""
        return sorted(self, key=lambda path: path.stat().st_mtime_ns, reverse=True)[:most]

    def __iter__(self) -> Iterator[Path]:
        return iter(sorted(self._folder.glob("*.png")))


def _part(path: Path) -> Path:
    return path.with_suffix(".part")
