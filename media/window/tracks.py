"""What is sent: the camera's newest picture at the size that is wanted, and the microphone or silence.

The only place where aiortc's encoder is bent: its bit rate gets a lid, which it lacks.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, cast

import numpy as np
from aiortc import MediaStreamTrack, RTCRtpSender
from aiortc.codecs.vpx import Vp8Encoder
from av import AudioFrame, VideoFrame

from media.window.sound import BLOCK, RATE, Block

Quality = Literal["off", "small", "large"]


@dataclass(frozen=True, slots=True)
class Sending:
    """What one quality means."""

    height: int
    """Lines at most."""
    rate: float
    """Pictures a second at most."""
    bits: int
    """Bits a second at most."""


QUALITIES: dict[str, Sending] = {"small": Sending(180, 15.0, 150_000), "large": Sending(720, 24.0, 1_500_000)}
TICK = 0.008
"""Seconds between looks for a newer picture."""
CLOCK = 90_000
"""Ticks a second of video timestamps."""

Look = Callable[[], tuple[int, VideoFrame | None]]
"""The newest picture and its number, which grows with each new one."""


class LiddedVp8(Vp8Encoder):
    """aiortc's VP8 encoder, which follows the receiver's estimate up to 1.5 Mbit/s, with a lid of ours on it."""

    lid = QUALITIES["large"].bits

    @property
    def target_bitrate(self) -> int:
        """Bits a second."""
        return min(int(super().target_bitrate), self.lid)

    @target_bitrate.setter
    def target_bitrate(self, bitrate: int) -> None:
        _follow(self, bitrate)


_follow = cast(Callable[[Vp8Encoder, int], None], vars(Vp8Encoder)["target_bitrate"].fset)
"""The library's own setter, which keeps the rate within its bounds."""


def put_lid(sender: RTCRtpSender) -> LiddedVp8:
    """Give a video sender an encoder with a lid, before it sends. AttributeError when aiortc has another shape."""
    encoder = LiddedVp8()
    if not hasattr(sender, "_RTCRtpSender__encoder"):
        raise AttributeError("aiortc's sender has no encoder of that name any more")
    sender._RTCRtpSender__encoder = encoder
    return encoder


class PictureTrack(MediaStreamTrack):
    """Sends a source's newest picture, each at most once; nothing while the quality is off or the source has none."""

    kind = "video"

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._sent = -1
        self._start = time.monotonic()
        self._next = 0.0
        self.quality: Quality = "large"

    async def recv(self) -> VideoFrame:
        """The next picture, in planar YUV, with a timestamp of 90 kHz."""
        while True:
            now = time.monotonic()
            if self.quality != "off" and now >= self._next:
                number, frame = self._look()
                if frame is not None and number != self._sent:
                    self._sent = number
                    self._next = now + 1 / QUALITIES[self.quality].rate - TICK
                    return self._stamp(frame, now)
            await asyncio.sleep(TICK)

    def _stamp(self, frame: VideoFrame, now: float) -> VideoFrame:
        width, height = scaled(frame.width, frame.height, QUALITIES[self.quality].height)
        # A copy even at the same size: the source's own frame is on the screen, too, and must not be stamped.
        sent = frame.reformat(width=width, height=height, format="yuv420p")
        if sent is frame:
            sent = VideoFrame.from_ndarray(frame.to_ndarray(), format="yuv420p")
        sent.pts, sent.time_base = int((now - self._start) * CLOCK), Fraction(1, CLOCK)
        return sent


def scaled(width: int, height: int, most: int) -> tuple[int, int]:
    """The size with at most `most` lines and 16/9 times that across, same shape, even numbers, never larger."""
    scale = min(1.0, most / height, most * 16 / 9 / width)
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


class SoundTrack(MediaStreamTrack):
    """Sends 20 ms of sound each 20 ms: what `take` gives, else silence."""

    kind = "audio"

    def __init__(self, take: Callable[[], Block | None]) -> None:
        super().__init__()
        self._take = take
        self._count = 0
        self._start = 0.0

    async def recv(self) -> AudioFrame:
        """960 samples, mono."""
        self._start = self._start or time.monotonic()
        await asyncio.sleep(max(0.0, self._start + self._count * BLOCK / RATE - time.monotonic()))
        block = self._take()
        samples = np.zeros((1, BLOCK), np.int16) if block is None else block.reshape(1, BLOCK)
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples), format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, self._count * BLOCK, Fraction(1, RATE)
        self._count += 1
        return frame
