"""One connected peer's media: datagrams in, made clear and given to its sources; the path that its packets take.

A leg hears only what its keys can open, keeps a bounded number of streams, and follows the newest checked address from
which a valid packet came: browsers change their path in the middle of a call.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from media import rtcp
from media.forward import Source
from media.reports import Reports
from media.rtp import SILENCE, audio_level, parse
from media.slot import Slot
from media.sockets import Address, UdpSocket
from media.srtp import IN, MAX_CLEAR, Keys

if TYPE_CHECKING:
    from media.sockets import Endpoint

MAX_STREAMS = 8
"""SSRCs heard from one peer: each costs libsrtp memory. A browser uses two."""
MAX_RATE = 750_000
"""Bytes a second taken from one peer: four large pictures. More would be multiplied by every receiver."""
MAX_BURST = 400_000
"""Bytes taken at once: a large keyframe and what came during a pause."""
OVERHEAD = 150
"""Bytes that each packet counts more than it has, so that small ones are no way around the limit."""
MAX_REPORTERS = 32
"""SSRCs from which one peer sends RTCP: one or two for each line."""


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


def nowhere(data: Any, address: Any) -> None:
    """Where packets go before a leg opens and after it is closed."""


class Leg:
    """The forwarding side of one peer."""

    __slots__ = (
        "_payloads", "_reporters", "_streams", "address", "allowance", "clock", "closed", "endpoint", "heard", "keys",
        "level", "lines", "moved", "person", "received", "reporter", "reports", "send", "slots", "sources", "tx",
    )  # fmt: skip

    def __init__(self, person: str, clock: Callable[[], float], ntp: Callable[[float], int]) -> None:
        self.person = person
        self.clock = clock
        self.keys: Keys | None = None
        self.tx: Any = None
        self.send: Sender = nowhere
        self.address: Address = ()
        self.endpoint: Endpoint | None = None
        self.closed = False
        self.heard = clock()
        """When the last valid packet came."""
        self.moved = 0
        """How often the path changed."""
        self.reporter = 1
        """The SSRC from which feedback is given."""
        self.level = 0
        """The id of the audio level extension; 0 = none."""
        self.sources: dict[str, Source] = {}
        self.slots: dict[int, Slot] = {}
        """The receive lines by SSRC."""
        self.lines: dict[str, list[Slot]] = {"audio": [], "video": []}
        """The receive lines of each kind, in the offer's order."""
        self.allowance = MAX_BURST
        """Bytes that this peer may still send; `refill` adds to it."""
        self.received = 0
        """Bytes of valid packets."""
        self._payloads: dict[int, Source] = {}
        self._streams: dict[int, Source] = {}
        self._reporters: set[int] = set()
        self.reports = Reports(self, ntp)

    def add_source(self, kind: str, payload: int) -> None:
        """This peer sends `kind` with this payload type."""
        self.sources[kind] = self._payloads[payload] = Source(kind, self.person, self)

    def add_slot(self, kind: str, mid: str, ssrc: int, payload: int) -> None:
        """This peer receives `kind` on its line `mid`."""
        slot = self.slots[ssrc] = Slot(kind, mid, ssrc, payload, self)
        self.lines[kind].append(slot)
        self.reporter = ssrc

    def open(self, keys: Keys, endpoint: Endpoint, address: Address) -> None:
        """Media may flow: the handshake is done."""
        self.keys, self.tx = keys, keys.tx
        self.heard = self.reports.opened = self.clock()
        self._follow(endpoint, address)
        self.moved = 0

    def close(self) -> None:
        """Both directions stop here and now; nothing of this peer stays on any slot, nothing goes out to it."""
        self.closed = True
        self.send = nowhere
        for source in self.sources.values():
            source.close()
        for slot in self.slots.values():
            slot.put(None)
            slot.old = None

    def refill(self, seconds: float) -> None:
        """Let the peer send what it may in so much time."""
        self.allowance = min(MAX_BURST, max(0, self.allowance) + int(MAX_RATE * seconds))

    def datagram(self, endpoint: Endpoint, size: int, address: Address, now: float) -> None:
        """Take the protected datagram in `IN`; called by the endpoint, for checked sources only."""
        keys = self.keys
        self.allowance -= size + OVERHEAD
        if keys is None or self.closed or size < 12 or self.allowance < 0:
            return
        if 192 <= IN[1] <= 223:
            self._rtcp(endpoint, keys, size, address, now)
            return
        ssrc = int.from_bytes(IN[8:12], "big")
        source = self._streams.get(ssrc)
        if source is None and len(self._streams) >= MAX_STREAMS:
            return
        size = keys.open_rtp(size)
        if not size:
            return
        if endpoint is not self.endpoint or address != self.address:
            self._follow(endpoint, address)
        self.heard = now
        self.received += size
        parts = parse(IN, size)
        if parts is None:
            return
        second, seq, timestamp, _, extension, start, end = parts
        if source is None:
            source = self._payloads.get(second & 0x7F)
            if source is None:
                return
            self._streams[ssrc] = source
        if source.ssrc != ssrc:
            source.restart(ssrc)
        level = SILENCE
        if source.kind == "audio" and self.level:
            level = audio_level(IN, extension, start, self.level)
        source.take(second & 0x80, seq, timestamp, bytes(IN[start:end]), level, now)

    def _rtcp(self, endpoint: Endpoint, keys: Keys, size: int, address: Address, now: float) -> None:
        reporter = int.from_bytes(IN[4:8], "big")
        if reporter not in self._reporters and len(self._reporters) >= MAX_REPORTERS:
            return
        size = keys.open_rtcp(size)
        if not size:
            return
        self._reporters.add(reporter)
        if endpoint is not self.endpoint or address != self.address:
            self._follow(endpoint, address)
        self.heard = now
        self.received += size
        try:
            packets = rtcp.parse(bytes(IN[:size]))
        except ValueError:
            return
        self.reports.take(packets, now)

    def _follow(self, endpoint: Endpoint, address: Address) -> None:
        self.endpoint, self.address = endpoint, address
        transport: Any = endpoint.transport
        self.send = careful(transport.sock) if isinstance(transport, UdpSocket) else transport.sendto
        self.moved += 1

    def feedback(self, packet: bytes) -> None:
        """Send an RTCP packet."""
        if self.keys is not None and not self.closed and len(packet) <= MAX_CLEAR:
            sealed = self.keys.seal_rtcp(packet)
            if sealed:
                self.send(sealed, self.address)

    def began(self, slot: Slot, timestamp: int, now: float) -> None:
        """A slot has a new source: say at once, on the bridge's clock, what its timestamps mean."""
        self.feedback(rtcp.sender_report(slot.ssrc, self.reports.ntp(now), timestamp, *slot.sent()))

    def stream(self, ssrc: int) -> Source | None:
        """The source that sends with this SSRC."""
        return self._streams.get(ssrc)

    def live(self) -> Sequence[Source]:
        """The sources that have sent something."""
        return [source for source in self.sources.values() if source.head >= 0]
