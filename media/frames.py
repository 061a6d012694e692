"""VP8 frames out of the packets that a source keeps, in order and without gaps, from a keyframe on. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from media.rtp import MARKER, vp8, vp8_size
from media.slot import RING, Kept


class Frame(NamedTuple):
    """One whole frame as its encoder made it."""

    timestamp: int
    key: bool
    data: bytes


MAX_SIDE = 1280
"""The longest side of a picture that is decoded, in pixels (S22): VP8 allows 16,383, hundreds of megabytes a frame."""


def fits(key_frame: bytes) -> bool:
    """Whether a whole keyframe says that both its sides are from 1 to `MAX_SIDE` pixels (RFC 6386, section 9.1)."""
    if len(key_frame) < 10 or key_frame[3:6] != b"\x9d\x01\x2a":
        return False
    width = int.from_bytes(key_frame[6:8], "little") & 0x3FFF
    height = int.from_bytes(key_frame[8:10], "little") & 0x3FFF
    return 0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE


class Assembler:
    """Puts frames together. What is missing is asked for by the source; its packets may come late."""

    def __init__(self) -> None:
        self._next: int | None = None
        self._parts: list[bytes] = []
        self._key = False

    @property
    def waiting(self) -> bool:
        """Nothing can be put together before the next keyframe."""
        return self._next is None

    @property
    def next(self) -> int | None:
        """The extended number of the packet that is needed now."""
        return self._next

    def reset(self) -> None:
        """Begin anew with the next keyframe."""
        self._next = None
        self._parts = []

    def feed(self, ring: Sequence[Kept | None], number: int) -> list[Frame]:
        """The frames that are whole now that packet `number` has come to `ring`."""
        if self._next is None:
            kept = ring[number % RING]
            if kept is None or not vp8(kept.payload)[0]:
                return []
            self._next = number
        frames = []
        while self._next is not None:
            kept = ring[self._next % RING]
            if kept is None or kept.number < self._next:
                break
            if kept.number > self._next:
                self.reset()
                break
            self._next += 1
            frame = self._take(kept)
            if frame is not None:
                frames.append(frame)
        return frames

    def _take(self, kept: Kept) -> Frame | None:
        size = vp8_size(kept.payload)
        if not kept.payload:
            return None  # Padding between frames.
        if not 0 < size < len(kept.payload):
            self.reset()
            return None
        if kept.payload[0] & 0x17 == 0x10:
            self._parts, self._key = [], vp8(kept.payload)[0]
        elif not self._parts:
            self.reset()  # The middle of a frame whose beginning never came.
            return None
        self._parts.append(kept.payload[size:])
        if not kept.marker & MARKER:
            return None
        frame = Frame(kept.timestamp, self._key, b"".join(self._parts))
        self._parts = []
        return frame
