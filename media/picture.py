"""One stream's frames decoded, and one picture written as PNG or JPEG. All of it takes milliseconds: use a thread."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from typing import Any, NamedTuple, cast

import av
from av.video.frame import VideoFrame

LIMITS = {"pred": "up", "compression_level": "1"}
"""30 ms for a large picture; stronger compression takes several times that and saves little on camera noise."""

JPEG_QUALITY = {"qmin": "5", "qmax": "5"}
"""About 8 kB for a face at 320 pixels."""


class Png(NamedTuple):
    """A picture as a file."""

    width: int
    height: int
    sha256: str
    """Of the pixels: RGB, three bytes each, row by row from the top left."""
    data: bytes


class Jpeg(NamedTuple):
    """A small picture, to be looked at once."""

    width: int
    height: int
    data: bytes


class Decoder:
    """A VP8 decoder that begins with a keyframe. It gives each picture at once, none is held back."""

    def __init__(self) -> None:
        self._codec: Any = av.CodecContext.create("vp8", "r")
        self._codec.thread_count = 1

    def decode(self, data: bytes) -> list[VideoFrame] | None:
        """The picture of this frame, or none when it is one that is not shown; None when the frame is broken."""
        try:
            return cast(list[VideoFrame], self._codec.decode(av.Packet(data)))
        except av.FFmpegError:
            return None


def png(picture: VideoFrame) -> Png:
    """The picture in its own size.

    Nothing is turned: VP8 knows no rotation, and as we never agree to the extension video-orientation, browsers send
    their camera's picture upright already.
    """
    pixels = picture.to_ndarray(format="rgb24")
    plain = VideoFrame.from_ndarray(pixels, format="rgb24")
    encoder: Any = av.CodecContext.create("png", "w")
    encoder.width, encoder.height, encoder.pix_fmt = picture.width, picture.height, "rgb24"
    encoder.time_base = Fraction(1, 1)
    encoder.options = dict(LIMITS)
    data = b"".join(bytes(packet) for packet in [*encoder.encode(plain), *encoder.encode(None)])
    return Png(picture.width, picture.height, hashlib.sha256(pixels.tobytes()).hexdigest(), data)


def jpeg(picture: VideoFrame, widest: int = 320) -> Jpeg:
    """The picture at most so many pixels wide and twice as many high, in its own shape."""
    share = min(1.0, widest / picture.width, 2 * widest / picture.height)
    width, height = (max(2, int(side * share) // 2 * 2) for side in (picture.width, picture.height))
    small = picture.reformat(width=width, height=height, format="yuvj420p")
    encoder: Any = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuvj420p"
    encoder.time_base = Fraction(1, 25)
    encoder.options = dict(JPEG_QUALITY)
    data = b"".join(bytes(packet) for packet in [*encoder.encode(small), *encoder.encode(None)])
    return Jpeg(width, height, data)
