"""A clinic service of one page, for tests: trades one link, answers offers with aiortc, sends numbered pictures."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import uvicorn
from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from aiortc.sdp import SessionDescription
from av import AudioFrame, VideoFrame
from fastapi import FastAPI, Request, WebSocket, WebSocketDisconnect
from fastapi.responses import JSONResponse

from ecm_tui.core import wire
from media.simulated import Portrait, Voice
from media.window.tracks import PictureTrack, SoundTrack
from tests.until import until

COLOURS = ("#3a7ca5", "#a5583a", "#4a8f4a", "#7a4a8f")


def person(key: str, name: str, **flags: bool) -> dict[str, Any]:
    """A card of `people` in a page's view: camera and microphone on, unless flags say other."""
    card = {"id": key, "name": name, "organiser": False, "microphone": True, "camera": True, "muted": False}
    return card | flags


class Quiet(uvicorn.Server):
    """A server that leaves signals to the test's runner."""

    @contextlib.contextmanager
    def capture_signals(self):
        yield


class FakeClinic:
    """One link, one page at a time. What the page said is in `said`; `show` changes what it is told."""

    def __init__(self, people: list[dict[str, Any]], role: str = "viewer", state: str = "admitted") -> None:
        self.view: dict[str, Any] = {
            "role": role,
            "state": state,
            "clinic": {"name": "Harbour Clinic", "support": "", "colour": ""},
            "me": {"id": "o1", "name": "Dr Lee"},
            "people": people,
            "pinned": None,
            "layout": "tiles",
            "muted": False,
            "unmute_asked": False,
            "devices": {"microphone": True, "camera": True},
        }
        self.slots: dict[int, str] = {i: card["id"] for i, card in enumerate(people)}
        """Number of the picture slot (and, up to three, of the sound slot) to person."""
        self.token = "t" * 27
        self.opened = 0
        self.said: list[dict[str, Any]] = []
        self.origins: list[str | None] = []
        self.peers: list[RTCPeerConnection] = []
        self.voices: list[Voice] = []
        self.seen: list[VideoFrame] = []
        """Pictures that came from the page, newest last."""
        self.heard: list[AudioFrame] = []
        self.answering = True
        self.sockets: list[WebSocket] = []
        self.video: list[str] = []
        self.audio: list[str] = []
        self._server: Quiet
        self._tasks: list[asyncio.Task[None]] = []
        self._answers: list[asyncio.Task[None]] = []

    @property
    def link(self) -> str:
        return f"http://127.0.0.1:{self.port}/view/{self.token}"

    @contextlib.asynccontextmanager
    async def run(self) -> AsyncIterator["FakeClinic"]:
        """The service on a free port."""
        await self.start(0)
        try:
            yield self
        finally:
            await self.stop()
            await asyncio.gather(*self._answers, return_exceptions=True)
            for task in self._tasks:
                task.cancel()
            for peer in self.peers:
                await peer.close()
            await asyncio.sleep(0)  # asyncio lets go of sockets in the loop's next turn

    async def start(self, port: int) -> None:
        self._server = Quiet(
            uvicorn.Config(self._app(), port=port, log_level="error", lifespan="off", ws="websockets-sansio")
        )
        self._serving = asyncio.create_task(self._server.serve())
        await until(lambda: self._server.started)
        self.port = self._server.servers[0].sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.should_exit = True
        self._server.force_exit = True
        await self._serving

    async def show(self, **changes: Any) -> None:
        """Change the page's view and send it."""
        self.view |= changes
        await self.tell({"type": "page", "view": self.view})

    async def put(self, slots: dict[int, str]) -> None:
        """Put people on slots, by the slots' numbers."""
        self.slots = slots
        mids = {self.video[i]: who for i, who in slots.items() if i < len(self.video)}
        mids |= {self.audio[i]: who for i, who in slots.items() if i < len(self.audio)}
        await self.tell({"type": "slots", "slots": {mid: mids.get(mid) for mid in [*self.audio, *self.video]}})

    async def tell(self, message: dict[str, Any]) -> None:
        await self.sockets[-1].send_text(wire.dump(message))

    def last(self, kind: str) -> dict[str, Any] | None:
        """The newest message of this type that the page sent."""
        return next((message for message in reversed(self.said) if message["type"] == kind), None)

    def _app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/api/v1/open")
        async def open_page(request: Request) -> JSONResponse:
            body = await request.json()
            self.origins.append(request.headers.get("origin"))
            if body != {"token": self.token, "version": wire.VERSION} or self.opened:
                return JSONResponse({"code": "link_not_valid", "message": "This link is not valid."}, 404)
            self.opened += 1
            return JSONResponse({"credential": "c" * 43, "view": self.view})

        @app.websocket("/api/v1/session")
        async def session(socket: WebSocket) -> None:
            await socket.accept()
            self.origins.append(socket.headers.get("origin"))
            hello = await socket.receive_json()
            if hello != {"type": "hello", "version": wire.VERSION, "credential": "c" * 43}:
                await socket.close(4401)
                return
            self.sockets.append(socket)
            await self.show()
            if self.view["state"] == "admitted":
                await self.tell({"type": "media", "state": "ready"})
            with contextlib.suppress(WebSocketDisconnect):
                while True:
                    await self._take(await socket.receive_json())

        return app

    async def _take(self, message: dict[str, Any]) -> None:
        self.said.append(message)
        if message["type"] == "offer" and self.answering:
            # To its end even when the page hangs up meanwhile: half-gathered sockets would stay open.
            self._answers.append(asyncio.create_task(self._answer(message)))
        if message["type"] == "enter":
            await self.show(state="waiting")
        if message["type"] == "leave":
            await self.tell({"type": "over", "reason": "left"})

    async def _answer(self, message: dict[str, Any]) -> None:
        pc = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        self.peers.append(pc)
        counts = {"audio": 0, "video": 0}
        mids: dict[str, list[str]] = {"audio": [], "video": []}
        for media in SessionDescription.parse(message["sdp"]).media:
            kind = media.kind
            if counts[kind]:
                track = self._track(kind, counts[kind] - 1)
                transceiver = pc.addTransceiver(track, "sendonly")
                mids[kind].append(media.rtp.muxId)
            else:
                transceiver = pc.addTransceiver(kind, "sendonly" if media.direction == "recvonly" else "recvonly")
            codecs = RTCRtpSender.getCapabilities(kind).codecs
            wanted = "audio/opus" if kind == "audio" else "video/VP8"
            transceiver.setCodecPreferences([codec for codec in codecs if codec.mimeType == wanted])
            transceiver.sender._stream_id = str(uuid4())
            counts[kind] += 1
        pc.on("track", lambda track: self._tasks.append(asyncio.create_task(self._watch(track))))
        await pc.setRemoteDescription(RTCSessionDescription(message["sdp"], "offer"))
        await pc.setLocalDescription(await pc.createAnswer())
        self.audio, self.video = mids["audio"], mids["video"]
        answer = {"type": "answer", "request": message["request"], "sdp": pc.localDescription.sdp, **mids}
        await self.tell(answer)
        await self.put(self.slots)

    def _track(self, kind: str, slot: int) -> SoundTrack | PictureTrack:
        if kind == "audio":
            voice = Voice(220.0 * (slot + 2))
            self.voices.append(voice)
            return SoundTrack(voice.block)
        portraits = {card["id"]: Portrait(card["name"], COLOURS[i % 4]) for i, card in enumerate(self.view["people"])}
        start = time.monotonic()
        drawn: dict[str, tuple[int, VideoFrame | None]] = {}

        def look() -> tuple[int, VideoFrame | None]:
            number, who = int((time.monotonic() - start) * 10), self.slots.get(slot, "")
            if who in portraits and drawn.get("last", (-1, None))[0] != number:
                drawn["last"] = (number, portraits[who].picture(number, True))
            return drawn.get("last", (-1, None)) if who in portraits else (-1, None)

        return PictureTrack(look)

    async def _watch(self, track: Any) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                kept: list[Any] = self.seen if isinstance(frame, VideoFrame) else self.heard
                kept.append(frame)
                del kept[:-50]
