"""Packets in, packets out, without decoding: sources that a person sends, slots on which others receive them.

A slot (`media.slot`) is one media line towards one receiver, with an SSRC; its sequence numbers, timestamps and VP8
picture ids never jump, whichever source is on it. Per packet only constants are added. `Source.take` and `Source._send`
are the inner loop of the product: no logging, no attribute that could be a local, nothing allocated but what leaves.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import TYPE_CHECKING

from media import rtcp
from media.capture import Captures
from media.rtp import HEADER, NO_VP8, SILENCE, picture_id, vp8
from media.slot import CLOCK, PADDING, RING, Kept, Slot
from media.srtp import LENGTH, MAX_CLEAR, OUT, OUT_CHARS, protect

if TYPE_CHECKING:
    from media.leg import Leg

MAX_MISSING = 128
"""Lost packets that are asked for again at one time; beyond that only a keyframe helps."""
MAX_LATE = 64
"""Packets that a keyframe's lost and repeated beginning may be late and still begin a slot."""
MAX_ASKED = 5
"""Times that one lost packet is asked for."""
KEYFRAME_GAP = 0.3
"""Seconds between two keyframe requests to one source."""
SMOOTHING = 0.1
"""Weight of a packet's level: the loudest shows within 150 ms."""
_PICTURE = struct.Struct("!H")


class Source:
    """One sound or picture that a person sends."""

    __slots__ = (
        "asked_keyframe", "captures", "closed", "count", "expected_before", "head", "head_at", "head_level_index",
        "head_picture", "head_seq", "head_timestamp", "jitter", "key_at", "kind", "leg", "loudness", "missing", "muted",
        "octets", "person", "received", "received_before", "report", "report_at", "ring", "slots", "ssrc", "start",
        "taps", "transit",
    )  # fmt: skip

    def __init__(self, kind: str, person: str, leg: Leg) -> None:
        self.kind = kind
        self.person = person
        self.leg = leg
        self.slots: list[Slot] = []
        self.muted = self.closed = False
        self.ring: list[Kept | None] = []
        self.loudness = 0.0
        """Smoothed 127 - level: 0 silent, 127 loudest."""
        self.count = self.octets = 0
        """Packets and payload bytes offered to slots."""
        self.asked_keyframe = -1.0
        self.taps: tuple[Callable[[int], None], ...] = ()
        """Hear the extended number of each packet of a picture once it is in the ring: whoever decodes it now."""
        self.restart(None)

    def restart(self, ssrc: int | None) -> None:
        """Begin anew with another SSRC: nothing of the numbering before holds any more."""
        for slot in self.slots:
            slot.freeze()
        self.ssrc = ssrc
        self.ring = [None] * RING if self.kind == "video" else []
        self.start = self.head = -1
        self.head_seq = self.head_timestamp = 0
        self.head_picture = self.head_level_index = 0
        self.head_at = self.key_at = -1.0
        self.received = self.received_before = self.expected_before = 0
        self.transit = self.jitter = 0.0
        self.report = 0
        """Middle 32 bits of the NTP time of the last sender report."""
        self.report_at = 0.0
        self.captures = Captures()
        self.missing: dict[int, int] = {}
        """Extended numbers of lost packets and how often each was asked for."""

    def mute(self, muted: bool) -> None:
        """Let nothing through, or let it through again with numbers that do not show the pause."""
        if muted != self.muted:
            for slot in self.slots:
                slot.freeze()
            self.muted = muted
            self.loudness = 0.0

    def close(self) -> None:
        """Take this source off every slot and forget its packets, at once."""
        self.closed = True
        self.taps = ()
        for slot in list(self.slots):
            slot.put(None)
        self.ring.clear()
        self.missing.clear()

    def take(self, marker: int, seq: int, timestamp: int, payload: bytes, level: int, now: float) -> None:
        """Take one clear packet: `marker` 0 or 128, `level` in -dBov (sound only), `now` in monotonic seconds."""
        head = self.head
        if head < 0:
            self.start = number = head = seq + 0x10000
            step = 1
        else:
            step = ((seq - self.head_seq + 0x8000) & 0xFFFF) - 0x8000
            number = head + step
        self.received += 1
        size = len(payload)
        key, picture, wide, level_index = NO_VP8
        if self.kind == "audio":
            self.loudness += SMOOTHING * (SILENCE - level - self.loudness)
        else:
            if size:
                key, picture, wide, level_index = vp8(payload)
            if self.missing:
                self.missing.pop(number, None)
            if 0 <= step or -step < RING:
                self.ring[number % RING] = Kept(number, marker, timestamp, payload, picture, wide, level_index)
            if step > 1:
                self._lost(head, number)
            for tap in self.taps:
                tap(number)
        if self.muted:
            self._advance(step, number, seq, timestamp, payload, picture, wide, level_index, now)
            return
        if key:
            self.key_at = now
        late = None
        for slot in self.slots:
            if slot.waiting and (key or (self.kind == "audio" and (step > 0 or number == self.start))):
                if step < -MAX_LATE:
                    continue
                slot.begin(number, seq, timestamp, payload, picture, wide, level_index, now)
                marker |= 0x80 if self.kind == "audio" else 0
                if step < 0:
                    late = [*(late or ()), slot]
        self._advance(step, number, seq, timestamp, payload, picture, wide, level_index, now)
        self.count += 1
        self.octets += size
        self._send(number, marker, timestamp, payload, picture, wide, level_index)
        if late is not None:
            for slot in late:
                slot.catch_up(number)

    def _advance(
        self, step: int, number: int, seq: int, timestamp: int, payload: bytes, picture: int, wide: bool,
        level_index: int, now: float,
    ) -> None:  # fmt: skip
        if step <= 0:
            return
        clock = CLOCK[self.kind]
        transit = now * clock - timestamp
        if self.head_at >= 0 and timestamp != self.head_timestamp:
            # RFC 3550, A.8; a wrapped timestamp is no jitter.
            moved = abs(transit - self.transit)
            if moved < clock:
                self.jitter += (moved - self.jitter) / 16
        self.transit = transit
        self.head = number
        self.head_seq = seq
        self.head_timestamp = timestamp
        self.head_at = now
        if picture:
            self.head_picture = picture_id(payload, picture, wide)
            if level_index:
                self.head_level_index = payload[level_index]

    def _send(
        self, number: int, marker: int, timestamp: int, payload: bytes, picture: int, wide: bool, level_index: int
    ) -> None:
        if not payload:
            first, payload = 0xA0, PADDING
        else:
            first = 0x80
        size = 12 + len(payload)
        if size > MAX_CLEAR:
            return
        pack, pack_picture = HEADER.pack_into, _PICTURE.pack_into
        out, chars, length, seal = OUT, OUT_CHARS, LENGTH, protect
        simple = wide and not level_index
        value = (payload[picture] << 8) | payload[picture + 1] if simple else 0
        for slot in self.slots:
            if slot.waiting or number < slot.first:
                continue
            pack(
                out, 0, first, marker | slot.payload, (number + slot.seq_shift) & 0xFFFF,
                (timestamp + slot.time_shift) & 0xFFFFFFFF, slot.ssrc,
            )  # fmt: skip
            out[12:size] = payload
            if simple:
                pack_picture(out, 12 + picture, (value + slot.picture_shift) & 0xFFFF | 0x8000)
            elif picture:
                slot.renumber(payload, picture, wide, level_index)
            length[0] = size
            leg = slot.leg
            if seal(leg.tx, chars, length) == 0:
                leg.send(out[0 : length[0]], leg.address)

    def _lost(self, head: int, number: int) -> None:
        if number - head > MAX_MISSING or len(self.missing) + number - head > MAX_MISSING:
            self.missing.clear()
            self.want_keyframe(self.leg.clock())
            return
        gap = range(head + 1, number)
        self.missing.update(dict.fromkeys(gap, 1))
        self.leg.feedback(rtcp.nack(self.leg.reporter, self.ssrc or 0, [lost & 0xFFFF for lost in gap]))

    def ask_again(self) -> None:
        """Ask once more for what is still missing; called every 100 ms."""
        if not self.missing or self.closed:
            return
        oldest = self.head - RING
        missing = {n: asked + 1 for n, asked in self.missing.items() if asked < MAX_ASKED and n > oldest}
        self.missing = missing
        if missing:
            self.leg.feedback(rtcp.nack(self.leg.reporter, self.ssrc or 0, [n & 0xFFFF for n in sorted(missing)]))

    def want_keyframe(self, now: float, *, urgent: bool = False) -> None:
        """Ask the sender for a keyframe: at most one in 0.3 s; `urgent` waits only for one already on its way."""
        if self.closed or self.ssrc is None or self.kind != "video":
            return
        pending = self.asked_keyframe > self.key_at
        if now - self.asked_keyframe < KEYFRAME_GAP and (pending or not urgent):
            return
        self.asked_keyframe = now
        self.leg.feedback(rtcp.picture_lost(self.leg.reporter, self.ssrc))
