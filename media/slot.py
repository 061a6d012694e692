"""One receive line of one receiver: a stream that never jumps, whoever is on it.

Packets are written to it by `media.forward`. What a slot has sent is not counted packet by packet: it is worked
out from its source's head when the source leaves.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, NamedTuple

from media import rtcp
from media.rtp import HEADER, difference, picture_id
from media.srtp import LENGTH, MAX_CLEAR, OUT, OUT_CHARS, protect

if TYPE_CHECKING:
    from media.forward import Source
    from media.leg import Leg

CLOCK = {"audio": 48000, "video": 90000}
RING = 512
"""Packets kept per picture source to answer NACKs: 3 s of a large picture."""
OPUS_PACKET = 960
"""Samples of a 20 ms packet; sound switches in whole packets, so that the jitter buffer conceals least."""
PADDING = b"\x01"
"""A packet of padding only goes on as one byte of padding, so that sequence numbers stay without a gap."""


class Kept(NamedTuple):
    """One packet of a ring."""

    number: int
    """Extended sequence number at the source."""
    marker: int
    timestamp: int
    payload: bytes
    picture: int
    wide: bool
    level_index: int


class Epoch(NamedTuple):
    """The time during which one source was on a slot, and what was added to its numbers."""

    ring: list[Kept | None]
    """The source's packets; emptied when the source ends, so that nothing of it is sent afterwards."""
    first: int
    """Extended sequence number of the first packet."""
    last: int
    """Extended sequence number of the last packet; of the current epoch the source's head counts."""
    seq: int
    timestamp: int
    picture: int
    level_index: int


class Slot:
    """One receive line of one receiver."""

    __slots__ = (
        "at", "count_base", "first", "fraction_lost", "kind", "leg", "level_index", "level_index_shift", "mid",
        "octets", "octets_base", "old", "packets", "payload", "picture", "picture_shift", "remainder", "seq",
        "seq_shift", "source", "ssrc", "time_shift", "timestamp", "waiting",
    )  # fmt: skip

    def __init__(self, kind: str, mid: str, ssrc: int, payload: int, leg: Leg) -> None:
        self.kind = kind
        self.mid = mid
        self.ssrc = ssrc
        self.payload = payload
        self.leg = leg
        self.source: Source | None = None
        self.waiting = True
        """Nothing goes out before the source's next keyframe (picture) or packet (sound)."""
        self.old: Epoch | None = None
        self.seq, self.timestamp = random.getrandbits(15), random.getrandbits(31)
        self.picture, self.level_index = random.getrandbits(15), 0
        self.at = leg.clock()
        self.remainder = 0.0
        self.packets = self.octets = self.count_base = self.octets_base = 0
        self.first = self.seq_shift = self.time_shift = self.picture_shift = self.level_index_shift = 0
        self.fraction_lost = 0

    @property
    def person(self) -> str | None:
        """Who is on this slot."""
        return self.source.person if self.source is not None else None

    def put(self, source: Source | None) -> None:
        """Put another source on this slot, or none; the one before stops here and now."""
        if self.source is source:
            return
        self.freeze()
        if self.source is not None:
            self.source.slots.remove(self)
        self.source = source
        if source is not None:
            source.slots.append(self)
            source.want_keyframe(self.leg.clock(), urgent=True)

    def _epoch(self) -> Epoch | None:
        source = self.source
        if self.waiting or source is None:
            return None
        return Epoch(
            source.ring, self.first, source.head, self.seq_shift, self.time_shift, self.picture_shift,
            self.level_index_shift,
        )  # fmt: skip

    def freeze(self) -> None:
        """Stop sending and remember where the numbers stand."""
        source, epoch = self.source, self._epoch()
        if source is None or epoch is None:
            return
        self.old = epoch
        self.packets, self.octets = self.sent()
        self.seq = (source.head + self.seq_shift) & 0xFFFF
        self.timestamp = (source.head_timestamp + self.time_shift) & 0xFFFFFFFF
        self.picture = (source.head_picture + self.picture_shift) & 0x7FFF
        self.level_index = (source.head_level_index + self.level_index_shift) & 0xFF
        self.at = source.head_at
        self.waiting = True

    def sent(self) -> tuple[int, int]:
        """Packets and payload bytes sent on this slot so far."""
        if self.waiting or self.source is None:
            return self.packets, self.octets
        count, octets = self.source.count - self.count_base, self.source.octets - self.octets_base
        return self.packets + count, self.octets + octets

    def begin(
        self, number: int, seq: int, timestamp: int, payload: bytes, picture: int, wide: bool, level_index: int,
        now: float,
    ) -> None:  # fmt: skip
        """Start with this packet: the numbers go on where they stopped, the time by as much as really passed."""
        source = self.source
        if source is None:
            return
        elapsed = (now - self.at) * CLOCK[self.kind]
        if self.kind == "video":
            step = max(1, round(elapsed))
        else:
            elapsed -= self.remainder
            step = OPUS_PACKET * max(1, round(elapsed / OPUS_PACKET))
            self.remainder = step - elapsed if abs(step - elapsed) < 5 * OPUS_PACKET else 0.0
        self.first = number
        self.seq_shift = self.seq + 1 - number
        self.time_shift = self.timestamp + step - timestamp
        self.picture_shift = self.picture + 1 - picture_id(payload, picture, wide) if picture else 0
        self.level_index_shift = self.level_index + 1 - payload[level_index] if level_index else 0
        self.count_base, self.octets_base = source.count, source.octets
        self.waiting = False
        self.leg.began(self, (self.timestamp + step) & 0xFFFFFFFF, now)

    def renumber(self, payload: bytes, picture: int, wide: bool, level_index: int) -> None:
        """Write this slot's picture ids into the packet that stands in `OUT`."""
        at = 12 + picture
        if wide:
            value = (((payload[picture] << 8) | payload[picture + 1]) + self.picture_shift) | 0x8000
            OUT[at : at + 2] = (value & 0xFFFF).to_bytes(2, "big")
        else:
            OUT[at : at + 1] = bytes(((payload[picture] + self.picture_shift) & 0x7F,))
        if level_index:
            at = 12 + level_index
            OUT[at : at + 1] = bytes(((payload[level_index] + self.level_index_shift) & 0xFF,))

    def resend(self, seq: int) -> bool:
        """Send once more what was sent as `seq`, byte for byte; False when it is no longer known."""
        for epoch in (self._epoch(), self.old):
            if epoch is None:
                continue
            number = epoch.last + difference(seq, (epoch.last + epoch.seq) & 0xFFFF)
            if epoch.first <= number <= epoch.last and epoch.ring:
                kept = epoch.ring[number % RING]
                if kept is not None and kept.number == number:
                    self._repeat(kept, epoch)
                    return True
        return False

    def catch_up(self, number: int) -> None:
        """Send what the source has had since the packet `number`, with which this slot began late."""
        epoch = self._epoch()
        if epoch is None:
            return
        for later in range(number + 1, epoch.last + 1):
            kept = epoch.ring[later % RING]
            if kept is not None and kept.number == later:
                self._repeat(kept, epoch)

    def _repeat(self, kept: Kept, epoch: Epoch) -> None:
        payload = kept.payload or PADDING
        size = 12 + len(payload)
        if size > MAX_CLEAR:
            return
        HEADER.pack_into(
            OUT, 0, 0x80 if kept.payload else 0xA0, kept.marker | self.payload, (kept.number + epoch.seq) & 0xFFFF,
            (kept.timestamp + epoch.timestamp) & 0xFFFFFFFF, self.ssrc,
        )  # fmt: skip
        OUT[12:size] = payload
        if kept.picture:
            shifts = self.picture_shift, self.level_index_shift
            self.picture_shift, self.level_index_shift = epoch.picture, epoch.level_index
            self.renumber(kept.payload, kept.picture, kept.wide, kept.level_index)
            self.picture_shift, self.level_index_shift = shifts
        LENGTH[0] = size
        if protect(self.leg.tx, OUT_CHARS, LENGTH) == 0:
            self.leg.send(OUT[0 : LENGTH[0]], self.leg.address)

    def report(self, ntp: int, now: float) -> bytes:
        """The sender report of this slot on the bridge's clock; empty when nothing is on it."""
        source = self.source
        if source is None or self.waiting:
            return b""
        ahead = int((now - source.head_at) * CLOCK[self.kind])
        timestamp = (source.head_timestamp + self.time_shift + ahead) & 0xFFFFFFFF
        return rtcp.sender_report(self.ssrc, ntp, timestamp, *self.sent())
