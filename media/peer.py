"""One RTCPeerConnection: aiortc negotiates, connects and encrypts; everything that flows afterwards is the leg's.

The order of calls in `_negotiate` is what real browsers need; aiortc matches its transceivers to media lines by kind
and in order, and chooses codecs inside `setRemoteDescription`. A peer is stopped at once and closed exactly once.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from typing import Any, cast

from aioice import stun
from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCIceCandidate,
    RTCIceServer,
    RTCPeerConnection,
    RTCRtpSender,
    RTCRtpTransceiver,
    RTCSessionDescription,
)
from aiortc.sdp import candidate_from_sdp

from media.config import Config
from media.leg import Leg
from media.offer import AUDIO_LEVEL, Offer
from media.sockets import Door, Endpoint
from media.srtp import Keys

CONNECT_TIMEOUT = 30.0
"""Seconds from the offer to the end of the handshake."""
LONELY_TIMEOUT = 8.0
"""The same on a host that has no address but loopback, over which browsers connect only when told to."""
SILENT_TIMEOUT = 15.0
"""Seconds without a valid packet or check after which a path counts as dead; browsers check every 2.5 s or less."""
MAX_CANDIDATES = 32
"""Candidates taken from one page; a browser with many interfaces has a dozen."""

WANTED = {
    "audio": [c for c in RTCRtpSender.getCapabilities("audio").codecs if c.mimeType == "audio/opus"],
    "video": [c for c in RTCRtpSender.getCapabilities("video").codecs if c.mimeType == "video/VP8"],
}
"""Without an rtx entry no retransmission stream is answered."""

PINGS = 2
"""Repetitions of a question by STUN; an answer to a repeated one makes the round trip seem longer, never shorter."""

CANDIDATE_ERRORS = (ValueError, AssertionError, IndexError, KeyError)


class NoNetwork(Exception):
    """This host has no address on which media could be received."""


async def _nothing(*_args: object) -> None:
    """Stands where aiortc would start an encoder or a decoder."""


class _On:
    """A path as far as aioice looks at it to write a check."""

    component = 1

    def __init__(self, endpoint: Endpoint) -> None:
        self.protocol = endpoint


class Peer:
    """One connection of one grant. `connected` and `lost` are called at most once each."""

    def __init__(
        self,
        person: str,
        config: Config,
        clock: Callable[[], float],
        ntp: Callable[[float], int],
        connected: Callable[[Peer], None],
        lost: Callable[[Peer, str], None],
    ) -> None:
        self.config = config
        self.clock = clock
        self.leg = Leg(person, clock, ntp)
        self.connected = False
        self.stopped = False
        self._on_connected, self._on_lost = connected, lost
        self._started = clock()
        self._door: Door | None = None
        self._pc: RTCPeerConnection | None = None
        self._closing: asyncio.Task[None] | None = None
        self._candidates: list[str] | None = []
        """Candidates that came before the answer; None afterwards."""
        self._candidates_left = MAX_CANDIDATES

    @property
    def closed(self) -> bool:
        """Stopped, and nothing is left to be cleared away."""
        return self._closing is not None and self._closing.done()

    def mids(self, kind: str) -> list[str]:
        """The receive lines of one kind, in the offer's order."""
        return [slot.mid for slot in self.leg.lines[kind]]

    async def answer(self, offer: Offer) -> str:
        """Answer the offer, candidates included; raises NoNetwork, or whatever aiortc thinks of a bad offer."""
        if self.stopped:
            raise ConnectionError("The peer was stopped before it was answered.")
        servers = []
        if self.config.turn is not None:
            name, password = self.config.turn.credentials(time.time())
            servers.append(RTCIceServer(urls=list(self.config.turn.urls), username=name, credential=password))
        self._pc = RTCPeerConnection(RTCConfiguration(iceServers=servers, bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        sdp = await self._negotiate(self._pc, offer)
        early, self._candidates = self._candidates or [], None
        for candidate in [*offer.candidates, *early]:
            await self.candidate(candidate)
        return sdp

    async def _negotiate(self, pc: RTCPeerConnection, offer: Offer) -> str:
        transceivers = []
        for line in offer.lines:
            own = line is offer.own(line.kind)
            direction = "recvonly" if own else "sendonly"
            transceiver = pc.addTransceiver(line.kind, direction)
            transceiver.setCodecPreferences(WANTED[line.kind])
            # A stream of its own for every slot: tracks of one stream are synchronised by browsers.
            transceiver.sender._stream_id = str(uuid.uuid4())
            transceivers.append(transceiver)
        transport = transceivers[0].receiver.transport
        self._door = Door(transport.transport.iceGatherer._connection, self.config)
        await pc.setRemoteDescription(RTCSessionDescription(offer.sdp(), "offer"))
        for transceiver in transceivers:
            quiet = cast(Any, transceiver)
            quiet.sender.send = quiet.receiver.receive = _nothing
            if transceiver.kind == "audio":
                # aiortc forgets the offer's parameters.
                transceiver._codecs[0].parameters = {"minptime": 10, "useinbandfec": 1}
        transport.on("statechange", lambda: self._dtls_changed(transport))
        pc.on("connectionstatechange", lambda: self._pc_changed(pc))
        self._lines(offer, transceivers)
        await pc.setLocalDescription(await pc.createAnswer())
        if self.stopped:
            raise ConnectionError("The peer was stopped while it was answered.")
        if not transport.transport.iceGatherer.getLocalCandidates():
            raise NoNetwork
        return str(pc.localDescription.sdp)

    def _lines(self, offer: Offer, transceivers: list[RTCRtpTransceiver]) -> None:
        slots = {id(line) for kind in WANTED for line in offer.slots(kind)}
        for line, transceiver in zip(offer.lines, transceivers, strict=True):
            payload = line.payload
            if id(line) in slots:
                self.leg.add_slot(line.kind, line.mid, transceiver.sender._ssrc, payload)
            elif line is offer.own(line.kind) and line.direction in ("sendonly", "sendrecv"):
                self.leg.add_source(line.kind, payload)
                if line.kind == "audio":
                    self.leg.level = next((number for number, uri in line.extensions if uri == AUDIO_LEVEL), 0)

    async def candidate(self, text: str) -> None:
        """Take a trickled candidate, with or without `candidate:`; "" ends them and means nothing here.

        Names (mDNS) are passed over: the page's own checks reach us, and no name is asked of the network for a
        stranger. The end is never passed on, since later checks from a new address must still be possible.
        """
        if self._candidates is not None:
            if len(self._candidates) < MAX_CANDIDATES:
                self._candidates.append(text)
            return
        pc, text = self._pc, text.strip().removeprefix("a=").removeprefix("candidate:")
        if pc is None or self.stopped or not text or self._candidates_left <= 0:
            return
        self._candidates_left -= 1
        try:
            candidate: RTCIceCandidate = candidate_from_sdp(text)
            if candidate.protocol.lower() != "udp" or candidate.component != 1 or candidate.ip.endswith(".local"):
                return
            if not 0 < candidate.port < 65536:
                return
            await pc.getTransceivers()[0].receiver.transport.transport.addRemoteCandidate(candidate)
        except CANDIDATE_ERRORS:
            return

    @property
    def path(self) -> str:
        """direct or relay: how packets reach this peer now."""
        endpoint, door, address = self.leg.endpoint, self._door, self.leg.address[:2]
        if endpoint is None or door is None:
            return "direct"
        theirs = [c.type for c in door.connection.remote_candidates if (c.host, c.port) == address]
        return "relay" if "relay" in (endpoint.local_candidate.type, *theirs) else "direct"

    async def round_trip(self) -> float | None:
        """Ask the peer for a sign of life on the path in use: seconds until it came; None when none did.

        By STUN: the answer cannot be given before the question is known, and needs no media.
        """
        door, endpoint, address = self._door, self.leg.endpoint, self.leg.address
        if door is None or endpoint is None or self.stopped or not door.connection.remote_password:
            return None
        request = door.connection.build_request(cast(Any, _On(endpoint)), nominate=False)
        asked = self.clock()
        try:
            key = door.connection.remote_password.encode()
            await endpoint.request(request, (address[0], address[1]), integrity_key=key, retransmissions=PINGS)
        except (stun.TransactionError, OSError):
            return None
        return self.clock() - asked

    def check(self, now: float) -> None:
        """Give up on a peer that does not connect or has fallen silent; called every 100 ms."""
        if self.stopped:
            return
        if not self.connected:
            if self._door is not None and self._door.lonely and now - self._started > LONELY_TIMEOUT:
                self.fail("this computer has no network, and browsers make no call over itself alone")
            elif now - self._started > CONNECT_TIMEOUT:
                self.fail("no connection came about")
            return
        heard = max(self.leg.heard, self._door.heard if self._door else 0.0)
        if now - heard > SILENT_TIMEOUT:
            self.fail("nothing was heard")

    def fail(self, reason: str) -> None:
        """The path is dead: stop, close and say why."""
        if not self.stopped:
            self.stop()
            self._on_lost(self, reason)

    def stop(self) -> None:
        """Both directions end here and now; closing follows by itself."""
        if self.stopped:
            return
        self.stopped = True
        self.leg.close()
        if self._door is not None:
            self._door.shut()
        self._closing = asyncio.get_running_loop().create_task(self._close())

    async def close(self) -> None:
        """Stop and wait until sockets and tasks are gone; may be called again."""
        self.stop()
        if self._closing is not None:
            await asyncio.wait([self._closing])

    async def _close(self) -> None:
        if self._pc is not None:
            await self._pc.close()

    def _dtls_changed(self, transport: Any) -> None:
        if transport.state == "connected" and not self.stopped and self._door is not None:
            pair = self._door.connection._nominated.get(1)
            if pair is None:
                self.fail("the path was lost while it was secured")
                return
            self.leg.open(Keys(transport._rx_srtp, transport._tx_srtp), cast(Any, pair.protocol), pair.remote_addr)
            self._door.sink = self.leg
            self.connected = True
            self._on_connected(self)
        elif transport.state in ("closed", "failed"):
            self.fail("the connection was closed" if self.connected else "the handshake failed")

    def _pc_changed(self, pc: RTCPeerConnection) -> None:
        if pc.connectionState in ("failed", "closed"):
            self.fail("the connection failed")
