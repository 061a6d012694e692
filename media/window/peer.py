"""One connection to the bridge, made by offering: own sound and picture, three sound slots, and slots for pictures.

aiortc does SDP, ICE, DTLS and the decoding, in threads of its own. The only place where its receivers are bent: their
way to the decoder has no bound; here it has one, and what is too much is dropped until the next whole picture.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from aiortc import (
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCIceServer,
    RTCPeerConnection,
    RTCRtpSender,
    RTCRtpTransceiver,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, VideoFrame

from media.window.tracks import QUALITIES, LiddedVp8, PictureTrack, Quality, put_lid

SOUNDS = 3
"""Sound slots of every page."""
PICTURES = 9
"""Picture slots of a large screen."""
MOST_WAITING = 30
"""Pictures that wait for their decoder: one second of one camera."""
CLOSING = 5.0
"""Seconds that closing may take."""


class Sink(Protocol):
    """Where decoded pictures and sounds go, by slot."""

    def picture(self, mid: str, frame: VideoFrame) -> None:
        """A picture of the slot `mid`."""

    def sound(self, mid: str, frame: AudioFrame) -> None:
        """20 ms of sound of the slot `mid`."""


class BoundedDecoding(queue.Queue[Any]):
    """Stands in for a receiver's queue to its decoder: over the bound it drops until a picture that needs no other.

    `lost` is called when pictures begin to be dropped; the receiver then asks for a whole one.
    """

    def __init__(self, lost: Callable[[], None], video: bool) -> None:
        super().__init__()
        self._lost = lost
        self._video = video
        self._dropping = False

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """As a queue's; `item` is (codec, encoded frame), or None at the end."""
        if item is not None and self._refused(item[1].data):
            return
        super().put(item, block, timeout)

    def _refused(self, data: bytes) -> bool:
        full = self.qsize() >= MOST_WAITING
        if not self._video:
            return full
        if full and not self._dropping:
            self._dropping = True
        if self._dropping:
            whole = bool(data) and not data[0] & 1  # RFC 6386, 9.1: the lowest bit is 0 in a key frame.
            self._dropping = full or not whole
            if self._dropping:
                self._lost()
        return self._dropping


class Peer:
    """One RTCPeerConnection with its slots; closed exactly once."""

    def __init__(
        self,
        sink: Sink | None,
        sound: MediaStreamTrack | None,
        picture: PictureTrack | None,
        pictures: int = PICTURES,
        changed: Callable[[], None] = lambda: None,
        relays: Sequence[RTCIceServer] = (),
    ) -> None:
        """`sound` and `picture` are what is sent, None for a device that is not there. `changed` is called when the
        connection's state changes. Without a `sink` nothing that comes is decoded: it is dropped at the door.
        """
        self._sink = sink
        self._picture = picture
        self._tasks: list[asyncio.Task[None]] = []
        self._offering: asyncio.Task[str] | None = None
        self._closing: asyncio.Task[None] | None = None
        configuration = RTCConfiguration(iceServers=list(relays), bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        self._pc = RTCPeerConnection(configuration)
        self._pc.on("connectionstatechange", lambda: changed())
        own_sound = self._add("audio", sound)
        own_picture = self._add("video", picture)
        self._slots = [self._add("audio", None) for _ in range(SOUNDS)]
        self._slots += [self._add("video", None) for _ in range(pictures)]
        self._encoder: LiddedVp8 | None = put_lid(own_picture.sender) if picture else None
        self._video_sender = own_picture.sender
        for own in (own_sound, own_picture):
            _deaf(own.receiver)
        for slot in self._slots:
            _bound(slot) if sink else _deaf(slot.receiver)

    def _add(self, kind: str, track: MediaStreamTrack | None) -> RTCRtpTransceiver:
        direction = "sendonly" if track else "recvonly"
        transceiver = self._pc.addTransceiver(track or kind, direction=direction)
        codec = "audio/opus" if kind == "audio" else "video/VP8"
        capabilities = RTCRtpSender.getCapabilities(kind).codecs
        transceiver.setCodecPreferences([each for each in capabilities if each.mimeType == codec])
        return transceiver

    @property
    def state(self) -> str:
        """new, connecting, connected, failed or closed."""
        return "closed" if self._closing else self._pc.connectionState

    async def offer(self) -> str:
        """The offer, with all candidates in it."""
        self._offering = asyncio.create_task(self._offer())
        return await asyncio.shield(self._offering)

    async def _offer(self) -> str:
        await self._pc.setLocalDescription(await self._pc.createOffer())
        return self._pc.localDescription.sdp

    async def accept(self, sdp: str) -> None:
        """Take the bridge's answer. Raises ValueError when it is none; the peer is of no use then."""
        try:
            await self._pc.setRemoteDescription(RTCSessionDescription(sdp=sdp, type="answer"))
        except Exception as error:  # aiortc's parser raises whatever a strange text makes it raise.
            raise ValueError(f"the bridge's answer cannot be used: {error}") from error
        if self._sink:
            for slot in self._slots:
                if slot.receiver._track is not None and slot.mid is not None:
                    self._tasks.append(asyncio.create_task(self._drain(slot.mid, slot.receiver.track)))

    def mids(self, kind: str) -> list[str]:
        """The slots' ids of this kind, in order; empty before the offer."""
        return [slot.mid for slot in self._slots if slot.kind == kind and slot.mid is not None]

    def send(self, quality: Quality) -> None:
        """How large the own picture is wanted."""
        if self._picture is None or self._encoder is None:
            return
        if quality != "off":
            self._encoder.lid = QUALITIES[quality].bits
            if self._picture.quality == "off":
                self._video_sender._send_keyframe()
        self._picture.quality = quality

    async def close(self) -> None:
        """End both directions; each call waits for that end, and one that is cancelled does not break it off."""
        self._closing = self._closing or asyncio.create_task(self._close())
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._offering:
            # Sockets that are being gathered would be lost to aioice, and stay open, if this were cancelled.
            await asyncio.wait([self._offering], timeout=CLOSING)
        with contextlib.suppress(TimeoutError, ConnectionError):
            await asyncio.wait_for(self._pc.close(), CLOSING)

    async def _drain(self, mid: str, track: MediaStreamTrack) -> None:
        """Take every frame at once: the track's own queue never grows."""
        assert self._sink is not None
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                if isinstance(frame, VideoFrame):
                    self._sink.picture(mid, frame)
                elif isinstance(frame, AudioFrame):
                    self._sink.sound(mid, frame)


def _bound(slot: RTCRtpTransceiver) -> None:
    """Put a bound between a receiver and its decoder. Raises AttributeError when aiortc changed its shape."""
    receiver: Any = slot.receiver
    lost = receiver._RTCRtpReceiver__decoder_error.set
    if not hasattr(receiver, "_RTCRtpReceiver__decoder_queue"):
        raise AttributeError("aiortc's receiver has no decoder queue of that name any more")
    receiver._RTCRtpReceiver__decoder_queue = BoundedDecoding(lost, slot.kind == "video")


def _deaf(receiver: Any) -> None:
    """A receiver that never starts its decoder: what comes for it is dropped by aiortc's router."""

    async def nothing(parameters: object) -> None:
        return

    receiver.receive = nothing
