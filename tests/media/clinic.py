"""A bridge in this process and light peers that speak real ICE, DTLS and SRTP with it, but send made-up packets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Self

from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from media import rtcp
from media.bridge import Bridge
from media.config import Config
from media.rtp import HEADER, parse
from tests.media.service import Message, grant
from tests.media.wire import Packet, level_extension, vp8_payload
from tests.until import until


class Clinic:
    """The service's side of a bridge in this process."""

    def __init__(self) -> None:
        self.heard: list[Message] = []
        self.bridge: Bridge
        self._requests = 0

    def send(self, **message: Any) -> None:
        self.bridge.handle(message)

    def grant(self, peer: str, **changes: Any) -> None:
        self.send(type="grant", grant=grant(peer, **changes))

    async def offer(self, peer: str, sdp: str) -> Message:
        """Hand on an offer; the answer or the refusal."""
        self._requests += 1
        request = self._requests
        self.send(type="offer", request=request, peer=peer, sdp=sdp)
        return await until(lambda: self.last(lambda m: m.get("request") == request), timeout=10, what="an answer")

    def last(self, matches: Callable[[Message], bool]) -> Message:
        return next((message for message in reversed(self.heard) if matches(message)), {})

    def said(self, kind: str, peer: str) -> Message:
        """The newest message of this type on this peer, or an empty one."""
        return self.last(lambda message: message["type"] == kind and message.get("peer") == peer)

    def slots(self, peer: str) -> list[str]:
        """Who is on the slots of this peer now, without empty ones."""
        return [person for person in self.said("slots", peer).get("slots", {}).values() if person]


@asynccontextmanager
async def clinic(config: Config | None = None) -> AsyncIterator[Clinic]:
    """A running bridge."""
    found = Clinic()
    async with Bridge(config or Config(), found.heard.append) as bridge:
        found.bridge = bridge
        yield found


async def _nothing(*_args: object) -> None:
    """Neither encoder nor decoder."""


class Patient:
    """One peer: `async with`; joins on entering."""

    def __init__(self, clinic: Clinic, peer: str, *, sounds: int = 3, pictures: int = 2, send: bool = True) -> None:
        self.clinic, self.peer = clinic, peer
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        for kind in ("audio", "video"):
            self.pc.addTransceiver(kind, "sendonly" if send else "recvonly")
        for kind, count in (("audio", sounds), ("video", pictures)):
            for _ in range(count):
                self.pc.addTransceiver(kind, "recvonly")
        self.packets: list[Packet] = []
        self.reports: list[rtcp.Packet] = []
        self.answer: Message = {}
        self.seq = {"audio": 100, "video": 5000}
        self.timestamp = {"audio": 0, "video": 0}

    @property
    def dtls(self) -> Any:
        return self.pc.getTransceivers()[0].receiver.transport

    @property
    def ice(self) -> Any:
        """aioice's connection of this peer."""
        return self.dtls.transport._connection

    async def offer(self) -> str:
        await self.pc.setLocalDescription(await self.pc.createOffer())
        return self.pc.localDescription.sdp

    async def accept(self, answer: Message) -> None:
        assert answer["type"] == "answer", answer
        self.answer = answer
        for transceiver in self.pc.getTransceivers():
            quiet: Any = transceiver
            quiet.sender.send = quiet.receiver.receive = _nothing
        self.dtls._handle_rtp_data, self.dtls._handle_rtcp_data = self._rtp, self._rtcp
        await self.pc.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))

    async def join(self) -> None:
        self.clinic.grant(self.peer)
        await self.accept(await self.clinic.offer(self.peer, await self.offer()))
        await self.connected()

    async def connected(self) -> None:
        await until(lambda: self.dtls.state == "connected", timeout=10, what=f"{self.peer} secured")
        await until(lambda: self.clinic.said("connected", self.peer), timeout=10, what=f"{self.peer} connected")

    async def __aenter__(self) -> Self:
        await self.join()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.pc.close()

    async def _rtp(self, data: bytes, arrival_time_ms: int) -> None:
        parts = parse(data, len(data))
        assert parts is not None
        second, seq, timestamp, ssrc, _, start, end = parts
        self.packets.append(Packet(second & 0x80, second & 0x7F, seq, timestamp, ssrc, data[start:end]))

    async def _rtcp(self, data: bytes) -> None:
        self.reports += rtcp.parse(data)

    def payload_type(self, kind: str) -> int:
        transceiver = self.pc.getTransceivers()[0 if kind == "audio" else 1]
        codec = "audio/opus" if kind == "audio" else "video/VP8"
        return next(c.payloadType for c in transceiver._codecs if c.mimeType == codec)

    def level_id(self) -> int:
        extensions = self.pc.getTransceivers()[0]._headerExtensions
        return next(e.id for e in extensions if e.uri.endswith("ssrc-audio-level"))

    async def send(self, kind: str, payload: bytes = b"", *, key: bool = True, level: int = 30) -> None:
        """One packet of sound or picture."""
        self.seq[kind] += 1
        self.timestamp[kind] += 960 if kind == "audio" else 3000
        ssrc = self.pc.getTransceivers()[0 if kind == "audio" else 1].sender._ssrc
        extension = level_extension(level, self.level_id()) if kind == "audio" else b""
        head = HEADER.pack(
            0x90 if extension else 0x80, self.payload_type(kind), self.seq[kind] & 0xFFFF, self.timestamp[kind], ssrc
        )
        body = payload or (b"sound" if kind == "audio" else b"")
        if kind == "video":
            body = vp8_payload(self.seq[kind] & 0x7FFF, key=key, body=payload or self.peer.encode())
        await self.dtls._send_rtp(head + extension + body)

    async def talk(self, seconds: float, *, level: int = 30, picture: bool = True) -> None:
        """Send sound and picture for a while, as a page does."""
        end = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < end:
            await self.send("audio", level=level)
            if picture:
                await self.send("video")
            await asyncio.sleep(0.02)

    def got(self, text: bytes) -> int:
        """How many packets with this text arrived."""
        return sum(text in packet.payload for packet in self.packets)


@asynccontextmanager
async def sending(*patients: Patient, level: int = 30) -> AsyncIterator[None]:
    """Let these people send until the block ends."""
    tasks = [asyncio.create_task(patient.talk(600, level=level)) for patient in patients]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
