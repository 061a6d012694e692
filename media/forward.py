"""Packets in, packets out, without decoding: sources that a person sends, slots on which others receive them.

A slot is one media line towards one receiver with its own SSRC; its sequence numbers, timestamps and VP8 picture ids
never jump, whichever source is on it. Only additions of constants happen per packet; what a slot has sent is worked
out from its source's head when the source leaves. `Source.take` and `Source._send` are the inner loop of the product:
no logging, no attribute that could be a local, no allocation beyond the bytes that leave.
"""

from __future__ import annotations

import random
import socket
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from media import rtcp
from media.rtp import HEADER, NO_VP8, SILENCE, difference, picture_id, vp8
from media.srtp import LENGTH, MAX_CLEAR, OUT, OUT_CHARS, protect

if TYPE_CHECKING:
    from media.leg import Leg

CLOCK = {"audio": 48000, "video": 90000}
RING = 512
"""Packets kept per picture source to answer NACKs: 3 s of a large picture."""
OPUS_PACKET = 960
"""Samples of a 20 ms packet; sound switches in whole packets, so that the jitter buffer conceals least."""
MAX_MISSING = 128
"""Lost packets that are asked for again at one time; beyond that only a keyframe helps."""
MAX_ASKED = 5
"""Times that one lost packet is asked for."""
KEYFRAME_GAP = 0.3
"""Seconds between two keyframe requests to one source."""
SMOOTHING = 0.1
"""Weight of a packet's level: the loudest shows within 150 ms."""
_PICTURE = struct.Struct("!H")
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


class Source:
    """One sound or picture that a person sends."""

    __slots__ = (
        "asked_keyframe", "bytes", "closed", "count", "expected_before", "head", "head_at", "head_level_index",
        "head_picture", "head_seq", "head_timestamp", "jitter", "key_at", "kind", "leg", "loudness", "missing", "muted",
        "octets", "person", "received", "received_before", "report", "report_at", "ring", "slots", "ssrc", "start",
        "transit",
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
        self.bytes = 0
        """Payload bytes received, muted or not."""
        self.asked_keyframe = -1.0
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
        self.bytes += size
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
        if self.muted:
            self._advance(step, number, seq, timestamp, payload, picture, wide, level_index, now)
            return
        if key:
            self.key_at = now
        for slot in self.slots:
            if slot.waiting and (step > 0 or number == self.start) and (key or self.kind == "audio"):
                slot.begin(number, seq, timestamp, payload, picture, wide, level_index, now)
                marker |= 0x80 if self.kind == "audio" else 0
        self._advance(step, number, seq, timestamp, payload, picture, wide, level_index, now)
        self.count += 1
        self.octets += size
        self._send(number, marker, timestamp, payload, picture, wide, level_index)

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
        pack, pack_picture, out, chars, length, seal = (
            HEADER.pack_into,
            _PICTURE.pack_into,
            OUT,
            OUT_CHARS,
            LENGTH,
            protect,
        )
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


class Slot:
    """One receive line of one receiver."""

    __slots__ = (
        "at", "count_base", "first", "fraction_lost", "kind", "leg", "level_index", "level_index_shift", "mid", "octets",
        "octets_base", "old", "packets", "payload", "picture", "picture_shift", "remainder", "seq", "seq_shift",
        "source", "ssrc", "time_shift", "timestamp", "waiting",
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

    def freeze(self) -> None:
        """Stop sending and remember where the numbers stand."""
        source = self.source
        if self.waiting or source is None:
            return
        self.old = Epoch(
            source.ring, self.first, source.head, self.seq_shift, self.time_shift, self.picture_shift,
            self.level_index_shift,
        )  # fmt: skip
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
        epochs = [self.old] if self.old is not None else []
        if self.source is not None and not self.waiting:
            now = Epoch(
                self.source.ring, self.first, self.source.head, self.seq_shift, self.time_shift, self.picture_shift,
                self.level_index_shift,
            )  # fmt: skip
            epochs.insert(0, now)
        for epoch in epochs:
            number = epoch.last + difference(seq, (epoch.last + epoch.seq) & 0xFFFF)
            if epoch.first <= number <= epoch.last and epoch.ring:
                kept = epoch.ring[number % RING]
                if kept is not None and kept.number == number:
                    self._repeat(kept, epoch)
                    return True
        return False

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


Sender = Callable[[Any, Any], object]
"""Sends bytes to an address and may raise OSError."""


def careful(sock: socket.socket) -> Sender:
    """The sending half of a plain socket: a datagram that the kernel does not take is lost, as on any network."""
    sendto = sock.sendto

    def send(data: bytes, address: Any) -> None:
        try:
            sendto(data, address)
        except OSError:
            return

    return send
