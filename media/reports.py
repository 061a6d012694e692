"""What a leg and the bridge tell each other by RTCP: reports, resends, keyframes, bandwidth. Bounded per leg."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from media import rtcp
from media.quality import Downlink, Uplink

if TYPE_CHECKING:
    from media.forward import Source
    from media.leg import Leg
    from media.slot import Slot

FIRST = 2.0
"""Seconds after the start in which bandwidth is reported often: a browser's rate climbs slowly once it was low."""
OFTEN, USUAL = 0.2, 1.0
"""Seconds between two reports."""
MAX_RESENDS = 256
"""Packets resent to one leg in 100 ms; a receiver that asks for more gets a keyframe sooner or later."""


class Reports:
    """The RTCP of one leg."""

    def __init__(self, leg: Leg, ntp: Callable[[float], int]) -> None:
        self.leg = leg
        self.ntp = ntp
        self.opened = leg.clock()
        self.due = 0.0
        self.resends = MAX_RESENDS
        self.resent = self.asked = self.keyframes = 0
        """Packets resent, packets asked for, keyframes asked for by this receiver."""
        self.rtt: float | None = None
        """Seconds, of the last report that allowed to measure it."""
        self.loss_in = self.loss_out = 0.0
        """0..1, over the last report interval."""
        self.rate_in = self.rate_out = 0.0
        """Bits a second."""
        self.remb: int | None = None
        """What this receiver believes it can take, bits a second."""
        self.uplink, self.downlink = Uplink(), Downlink()
        self._measured = self._ticked = self.opened
        self._bytes_in = self._bytes_out = 0
        self._expected = self._arrived = 0

    def take(self, packets: Iterable[rtcp.Packet], now: float) -> None:
        """Act on what this peer reported."""
        for packet in packets:
            match packet:
                case rtcp.SenderReport():
                    source = self.leg.stream(packet.ssrc)
                    if source is not None:
                        source.report, source.report_at = (packet.ntp >> 16) & 0xFFFFFFFF, now
                        if source.ssrc == packet.ssrc:
                            source.captures.report(packet.ntp, packet.timestamp, now)
                    self._blocks(packet.blocks, now)
                case rtcp.ReceiverReport():
                    self._blocks(packet.blocks, now)
                case rtcp.Nack():
                    self._nack(packet)
                case rtcp.PictureLost():
                    slot = self.leg.slots.get(packet.ssrc)
                    if slot is not None and slot.source is not None:
                        self.keyframes += 1
                        slot.source.want_keyframe(now)
                case rtcp.Bandwidth():
                    self.remb = packet.bitrate
                case rtcp.Bye():
                    pass  # The session's socket says who is gone, not a stranger's packet.

    def _blocks(self, blocks: Iterable[rtcp.Block], now: float) -> None:
        for block in blocks:
            slot = self.leg.slots.get(block.ssrc)
            if slot is None:
                continue
            slot.fraction_lost = block.fraction
            if block.last:
                passed = (((self.ntp(now) >> 16) - block.last - block.delay) & 0xFFFFFFFF) / 65536
                if passed < 10:
                    self.rtt = passed

    def _nack(self, packet: rtcp.Nack) -> None:
        slot = self.leg.slots.get(packet.ssrc)
        if slot is None or slot.kind != "video":
            return
        self.asked += len(packet.lost)
        for seq in packet.lost:
            if self.resends <= 0:
                return
            self.resends -= 1
            self.resent += slot.resend(seq)

    def tick(self, now: float) -> None:
        """Called every 100 ms."""
        self.resends = MAX_RESENDS
        self.leg.refill(min(1.0, now - self._ticked))
        self._ticked = now
        for source in self.leg.sources.values():
            source.ask_again()
            if any(slot.waiting for slot in source.slots):
                source.want_keyframe(now)
        if now < self.due:
            return
        self.due = now + (OFTEN if now - self.opened < FIRST else USUAL)
        self._report(now)

    def _report(self, now: float) -> None:
        live = self.leg.live()
        blocks = [self._block(source, now) for source in live]
        self._measure(now)
        packets = [rtcp.receiver_report(self.leg.reporter, blocks)]
        packets += [rtcp.bandwidth(self.leg.reporter, self.uplink.bitrate, [b.ssrc for b in blocks])] if blocks else []
        ntp = self.ntp(now)
        packets += [slot.report(ntp, now) for slot in self.leg.slots.values()]
        self.leg.feedback(b"".join(packets))

    def _block(self, source: Source, now: float) -> rtcp.Block:
        expected = source.head - source.start + 1
        lately, arrived = expected - source.expected_before, source.received - source.received_before
        lost = max(0, lately - arrived)
        fraction = min(255, 256 * lost // lately) if lately > 0 else 0
        source.expected_before, source.received_before = expected, source.received
        return rtcp.Block(
            ssrc=source.ssrc or 0,
            fraction=fraction,
            lost=expected - source.received,
            highest=source.head & 0xFFFFFFFF,
            jitter=int(source.jitter) & 0xFFFFFFFF,
            last=source.report,
            delay=int((now - source.report_at) * 65536) & 0xFFFFFFFF if source.report else 0,
        )

    def _measure(self, now: float) -> None:
        passed = now - self._measured
        if passed < USUAL * 0.9:
            return
        used = [slot for slot in self.leg.slots.values() if slot.source is not None and not slot.waiting]
        out = sum(octets(slot) for slot in self.leg.slots.values())
        self.rate_in = 8 * (self.leg.received - self._bytes_in) / passed
        self.rate_out = 8 * max(0, out - self._bytes_out) / passed
        self._measured, self._bytes_in, self._bytes_out = now, self.leg.received, out
        self.loss_in = self._lost_in()
        self.loss_out = max((slot.fraction_lost for slot in used), default=0) / 256
        self.uplink.step(self.loss_in, self.rate_in)
        self.downlink.step(now, self.loss_out, self.remb, self.rate_out)

    def _lost_in(self) -> float:
        live = self.leg.live()
        expected, arrived = sum(s.head - s.start + 1 for s in live), sum(s.received for s in live)
        lately, came = expected - self._expected, arrived - self._arrived
        self._expected, self._arrived = expected, arrived
        return max(0.0, 1 - came / lately) if lately > 0 else 0.0


def octets(slot: Slot) -> int:
    """Bytes sent on a slot, headers included."""
    packets, payload = slot.sent()
    return payload + 12 * packets
