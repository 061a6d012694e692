"""The start of a connection to a hub: SDP by hand, ICE and DTLS by aiortc, then its sockets and keys for ourselves."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

from aiortc import RTCCertificate, RTCDtlsParameters, RTCDtlsTransport, RTCIceGatherer, RTCIceTransport
from aiortc.rtcdtlstransport import RTCDtlsFingerprint
from aiortc.rtcicetransport import RTCIceParameters
from aiortc.sdp import candidate_from_sdp, candidate_to_sdp

from tests.benchmarks import sdp

CONNECT = 20.0
"""Seconds that a handshake may take."""
BUFFER = 8 << 20
"""Bytes of a socket's buffer: what is lost should be lost by the hub."""
SO_RCVBUFFORCE, SO_TIMESTAMPNS = 33, 35
"""Linux, asm-generic/socket.h; Python 3.11 has no names for them."""

_certificate: RTCCertificate | None = None


def certificate() -> RTCCertificate:
    """One for all: making them would cost the start, and nobody compares them."""
    global _certificate
    _certificate = _certificate or RTCCertificate.generateCertificate()
    return _certificate


class Handshake:
    """One ICE and DTLS connection."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._ice = RTCIceTransport(RTCIceGatherer(iceServers=[]))
        self._ice._connection.ice_controlling = True
        self._dtls = RTCDtlsTransport(self._ice, [certificate()])
        self._sockets: list[socket.socket] = []

    async def offer(self, lines: list[sdp.Line]) -> str:
        """An offer of these lines with all candidates."""
        gatherer = self._ice.iceGatherer
        await gatherer.gather()
        own = gatherer.getLocalParameters()
        # One family of addresses, so that all runs take the same path.
        candidates = [candidate_to_sdp(c) for c in gatherer.getLocalCandidates() if ":" not in c.ip]
        mark = next(f for f in self._dtls.getLocalParameters().fingerprints if f.algorithm == "sha-256")
        user, password = own.usernameFragment or "", own.password or ""
        return sdp.offer(lines, user, password, f"{mark.algorithm} {mark.value}", candidates)

    async def connect(self, text: str) -> sdp.Answer:
        """Take the hub's answer and connect; raises ConnectionError or TimeoutError."""
        answer = sdp.answer(text)
        for candidate in answer.candidates:
            if ":" not in candidate.split()[4]:
                await self._ice.addRemoteCandidate(candidate_from_sdp(candidate))
        await self._ice.addRemoteCandidate(None)
        self._dtls._set_role("server" if answer.setup == "active" else "client")
        marks = [RTCDtlsFingerprint(algorithm=name, value=value) for name, value in answer.fingerprints]
        async with asyncio.timeout(CONNECT):
            await self._ice.start(RTCIceParameters(usernameFragment=answer.ufrag, password=answer.password))
            if self._ice.state != "completed":
                raise ConnectionError(f"{self.name}: ICE {self._ice.state}")
            await self._dtls.start(RTCDtlsParameters(fingerprints=marks))
        if self._dtls.state != "connected":
            raise ConnectionError(f"{self.name}: DTLS {self._dtls.state}")
        return answer

    def take_over(self, readable: Callable[[socket.socket, Any], None]) -> tuple[Callable[[bytes, Any], int], Any]:
        """Let `readable(socket, protocol)` read all sockets from now on; gives the path that packets take.

        STUN and DTLS are to be handed back to the protocol. The kernel stamps what it receives.
        """
        loop: Any = asyncio.get_running_loop()
        connection = self._ice._connection
        pair = connection._nominated[1]
        path: Any = None
        for protocol in connection._protocols:
            transport: Any = protocol.transport
            sock = transport.get_extra_info("socket")._sock
            try:
                sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
            except PermissionError:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
            sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
            # asyncio forbids its public functions on a transport's own socket.
            loop._remove_reader(sock.fileno())
            loop._add_reader(sock.fileno(), readable, sock, protocol)
            self._sockets.append(sock)
            if protocol is pair.protocol:
                path = sock.sendto
        return path, pair.remote_addr

    def keys(self) -> tuple[Any, Any]:
        """libsrtp's contexts for sending and receiving; valid until this object goes."""
        return self._dtls._tx_srtp._srtp[0], self._dtls._rx_srtp._srtp[0]

    async def close(self) -> None:
        """Let go of everything; may be called again."""
        loop: Any = asyncio.get_running_loop()
        for sock in self._sockets:
            if sock.fileno() >= 0:
                loop._remove_reader(sock.fileno())
        self._sockets.clear()
        await self._dtls.stop()
        await self._ice.stop()
