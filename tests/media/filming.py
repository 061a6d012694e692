"""A camera without a browser: real VP8 whose every frame carries its number as black and white blocks."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.video.frame import VideoFrame
from PIL import Image

BITS = 16
BLOCK = 32
WIDTH, HEIGHT = BITS * BLOCK, 96


def picture(number: int, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray[Any, Any]:
    """RGB: the number in 16 blocks over the whole width, highest bit left."""
    bits = [(number >> (BITS - 1 - at)) & 1 for at in range(BITS)]
    row = np.repeat(np.array(bits, dtype=np.uint8) * 255, width // BITS)
    return np.broadcast_to(row[None, :, None], (height, row.size, 3)).copy()


def number_in(png: bytes) -> int:
    """The number that a picture carries, read in its middle line."""
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("L"))
    line = pixels[pixels.shape[0] // 2]
    width = line.size / BITS
    bits = [line[int((at + 0.5) * width)] > 127 for at in range(BITS)]
    return int("".join("1" if bit else "0" for bit in bits), 2)


class Camera:
    """Encodes numbered frames; the first is a keyframe, and so is each one that is asked for."""

    def __init__(self, width: int = WIDTH, height: int = HEIGHT) -> None:
        codec: Any = av.CodecContext.create("libvpx", "w")
        codec.width, codec.height, codec.pix_fmt = width, height, "yuv420p"
        codec.time_base, codec.bit_rate = Fraction(1, 30), 2_000_000
        codec.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
        self._codec = codec
        self._size = width, height
        self._count = 0
        self.key = False
        """The next frame is a keyframe."""

    def frame(self, number: int) -> bytes:
        """The encoded frame that shows the number."""
        frame = VideoFrame.from_ndarray(picture(number, *self._size), format="rgb24").reformat(format="yuv420p")
        frame.pts = self._count
        self._count += 1
        if self.key:
            frame.pict_type = av.video.frame.PictureType.I
            self.key = False
        return b"".join(bytes(packet) for packet in self._codec.encode(frame))


def payloads(frame: bytes, picture_id: int, size: int = 500) -> list[bytes]:
    """The frame in RTP payloads with VP8 descriptors, as a browser cuts it; the last one gets the marker."""
    wide = (picture_id & 0x7FFF | 0x8000).to_bytes(2, "big")
    parts = [frame[at : at + size] for at in range(0, len(frame), size)]
    return [(b"\x90\x80" if at == 0 else b"\x80\x80") + wide + part for at, part in enumerate(parts)]
