"""The one place where datagrams come in, and where aioice and aiortc are bent to our rules.

aioice hands every datagram that is not STUN on to DTLS without comparing its source to a checked pair, through a queue
without a bound. Here each local socket is ours: only sources that passed an authenticated connectivity check are
heard, the queue to DTLS is capped, and SRTP goes straight to the leg, never through that queue. What is taken for
granted of the libraries' shape is listed in `tests/media/test_sockets.py`, which fails when it changes.
"""

from __future__ import annotations

import asyncio
import logging
import random
import socket
import struct
import time
from collections.abc import Callable
from typing import Any, Protocol, cast

from aioice import Candidate, Connection, stun
from aioice.candidate import candidate_foundation, candidate_priority
from aioice.ice import StunProtocol, get_host_addresses, relayed_candidate

from media.config import Config
from media.srtp import IN, SIZE

log = logging.getLogger("media.sockets")

Address = tuple[Any, ...]
"""As recvfrom gives it: (host, port), for IPv6 (host, port, flow, scope)."""

LOOPBACK = ["127.0.0.1"]
MAX_SOURCES = 64
"""Checked sources of one connection; a browser has a handful."""
MAX_CHECKS = 200
"""Checks a second that are verified for one connection: each costs some 0.1 ms; browsers send at most 20."""
MAX_QUEUED = 64
"""Datagrams waiting for DTLS; a handshake flight is at most a dozen."""
MAX_ADDRESSES = 8
"""Local addresses that get a socket each."""
DRAIN = 64
"""Datagrams read in one wake-up, before others get their turn."""
RELAY_TIMEOUT = 3.0
"""Seconds that an answer waits for a relay."""
BUFFER = 1 << 20
"""Bytes of the kernel's buffers, so that a burst survives a pause of ours."""

STUN_ERRORS = (ValueError, KeyError, IndexError, struct.error, AssertionError, OSError)
"""What aioice raises on malformed STUN."""


class MediaSink(Protocol):
    """Where SRTP goes: a leg."""

    def datagram(self, endpoint: Endpoint, size: int, address: Address, now: float) -> None:
        """Take the protected datagram in the first `size` bytes of `media.srtp.IN`; `now` in monotonic seconds."""


class UdpSocket(asyncio.DatagramTransport):
    """A datagram transport that drains its socket in one wake-up and never queues what it sends."""

    def __init__(self, sock: socket.socket, endpoint: Endpoint) -> None:
        super().__init__()
        self.sock = sock
        self._endpoint = endpoint
        self._loop = asyncio.get_running_loop()
        self._open = True
        self._loop.add_reader(sock.fileno(), self._readable)
        endpoint.connection_made(self)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        if name == "sockname":
            return self.sock.getsockname()
        return self.sock if name == "socket" else default

    def is_closing(self) -> bool:
        return not self._open

    def sendto(self, data: Any, addr: Any = None) -> None:
        """Send or lose: a full socket, an unreachable host and a closed transport all lose the datagram."""
        if self._open:
            try:
                self.sock.sendto(data, addr)
            except OSError:
                self._endpoint.door.unsent += 1

    def close(self) -> None:
        if self._open:
            self._open = False
            self._loop.remove_reader(self.sock.fileno())
            self.sock.close()
            self._loop.call_soon(self._endpoint.connection_lost, None)

    abort = close

    def _readable(self) -> None:
        receive = self.sock.recvfrom_into
        take = self._endpoint.take
        now = time.monotonic()
        for _ in range(DRAIN):
            try:
                size, address = receive(IN, SIZE)
            except BlockingIOError:
                return
            except OSError:
                continue  # A late ICMP error of one destination; the next datagram may be fine.
            take(size, address, now)
            if not self._open:
                return


class Endpoint(StunProtocol):
    """One local socket, or one relay's allocation, of one connection."""

    def __init__(self, door: Door) -> None:
        super().__init__(door.connection)
        self.door = door
        self.known: Address | None = None
        """The source heard last, so that the usual datagram needs no look-up."""

    def datagram_received(self, data: bytes | str, addr: Address) -> None:
        """What a relay passes on; plain sockets call `take` themselves."""
        size = len(data)
        if size <= SIZE:
            IN[0:size] = cast(bytes, data)
            self.take(size, addr, time.monotonic())

    def take(self, size: int, address: Address, now: float) -> None:
        """Sort the datagram in the first `size` bytes of `IN` by its first byte (RFC 7983)."""
        door = self.door
        if size < 1:
            return
        first = IN[0]
        if first < 4:
            door.connectivity(self, bytes(IN[:size]), address)
        elif address != self.known and not self._recognise(address):
            door.strangers += 1
        elif 127 < first < 192:
            if door.sink is not None:
                door.sink.datagram(self, size, address, now)
        elif 19 < first < 64:
            door.dtls(bytes(IN[:size]))

    def _recognise(self, address: Address) -> bool:
        if (address[0], address[1]) not in self.door.sources:
            return False
        self.known = address
        return True


class Door:
    """The guard of one ICE connection; lives as long as the connection."""

    def __init__(self, connection: Connection, config: Config) -> None:
        self.connection = connection
        self.config = config
        self.sink: MediaSink | None = None
        """The leg, once there are keys."""
        self.sources: set[tuple[str, int]] = set()
        """Remote addresses that passed an authenticated check, on any endpoint of this connection."""
        self.strangers = self.unsent = 0
        self.lonely = False
        """This host has no address but loopback."""
        self._second = self._checks = 0
        self.heard = 0.0
        """Monotonic time of the last authenticated check."""
        self._name = connection.local_username.encode()
        self._check_incoming = connection.check_incoming
        # The library looks these three up on the instance at every use.
        hooks = cast(Any, connection)
        hooks.check_incoming = self._checked
        hooks.data_received = self._refuse
        hooks.get_component_candidates = self._gather

    def shut(self) -> None:
        """Hear nothing any more, at once; closing the sockets may follow later."""
        self.sink = None
        self.sources.clear()
        for endpoint in self.connection._protocols:
            if isinstance(endpoint, Endpoint):
                endpoint.known = None

    def connectivity(self, endpoint: Endpoint, data: bytes, address: Address) -> None:
        """Pass STUN on if it names our user or answers our question; strangers get neither work nor answer."""
        if len(data) < 20:
            return
        answers = data[8:20] in endpoint.transactions
        if not answers and (self._name not in data or data[0] & 1 or data[1] & 0x10):
            self.strangers += 1
            return
        if not answers and not self._has_time():
            return
        try:
            StunProtocol.datagram_received(endpoint, data, (address[0], address[1]))
        except STUN_ERRORS:
            self.strangers += 1

    def _has_time(self) -> bool:
        second = int(time.monotonic())
        self._checks = self._checks + 1 if second == self._second else 1
        self._second = second
        return self._checks <= MAX_CHECKS

    def dtls(self, data: bytes) -> None:
        """Queue a datagram of a checked source for aiortc."""
        if self.connection._queue.qsize() < MAX_QUEUED:
            self.connection._queue.put_nowait((data, 1))

    def _refuse(self, data: bytes, component: int) -> None:
        """aioice's way to the queue, for what looked like STUN and was not."""
        self.strangers += 1

    def _checked(self, message: stun.Message, address: tuple[str, int], protocol: StunProtocol) -> None:
        if address not in self.sources:
            if len(self.sources) >= MAX_SOURCES:
                return
            self.sources.add(address)
        self.heard = time.monotonic()
        self._check_incoming(message, address, protocol)

    async def _gather(self, component: int, **_theirs: object) -> list[Candidate]:
        """Open the sockets: aioice's gathering, with our sockets, our ports, our address and without STUN servers."""
        connection, public = self.connection, self.config.address
        candidates = []
        addresses = local_addresses(public)
        self.lonely = addresses == LOOPBACK
        for address in addresses:
            sock = bind(address, self.config.ports)
            if sock is None:
                continue
            endpoint = Endpoint(self)
            UdpSocket(sock, endpoint)
            host, port = sock.getsockname()[:2]
            endpoint.local_candidate = _candidate(component, "host", host, port)
            connection._protocols.append(endpoint)
            candidates.append(endpoint.local_candidate)
            if public is not None and public != host and (":" in public) == (":" in host):
                candidates.append(_candidate(component, "srflx", public, port, related=(host, port)))
        if connection.turn_server is not None:
            relayed = await self._relay(component, connection.turn_server)
            if relayed is not None:
                candidates.append(relayed)
        return candidates

    async def _relay(self, component: int, server: tuple[str, int]) -> Candidate | None:
        connection = self.connection
        try:
            async with asyncio.timeout(RELAY_TIMEOUT):
                candidate, endpoint = await relayed_candidate(
                    component=component,
                    hide_related_address=False,
                    protocol_factory=cast(Callable[[], StunProtocol], lambda: Endpoint(self)),
                    turn_server=server,
                    turn_username=connection.turn_username,
                    turn_password=connection.turn_password,
                    turn_ssl=connection.turn_ssl,
                    turn_transport=connection.turn_transport,
                )
        except (OSError, TimeoutError, stun.TransactionError):
            return None
        connection._protocols.append(endpoint)
        return candidate


def local_addresses(public: str | None) -> list[str]:
    """The addresses to listen on; loopback where there is no other, so that a lone computer can still rehearse."""
    addresses = get_host_addresses(use_ipv4=True, use_ipv6=True)
    if public in addresses:
        return [public]
    return addresses[:MAX_ADDRESSES] or LOOPBACK


def bind(address: str, ports: tuple[int, int] | None) -> socket.socket | None:
    """A UDP socket on `address`, on a free port of the inclusive range `ports`; None when there is none."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    low, high = ports or (0, 0)
    numbers = list(range(low, high + 1))
    random.shuffle(numbers)
    for port in numbers:
        try:
            sock = socket.socket(family, socket.SOCK_DGRAM)
        except OSError as error:
            log.error("no socket could be opened: %s", error)
            return None
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
            sock.bind((address, port))
            return sock
        except OSError:
            sock.close()
    return None


def _candidate(component: int, kind: str, host: str, port: int, related: tuple[str, int] | None = None) -> Candidate:
    return Candidate(
        foundation=candidate_foundation(kind, "udp", host),
        component=component,
        transport="udp",
        priority=candidate_priority(component, kind),
        host=host,
        port=port,
        type=kind,
        related_address=related[0] if related else None,
        related_port=related[1] if related else None,
    )
