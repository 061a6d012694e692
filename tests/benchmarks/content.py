"""Sound and picture encoded once, before anything is measured, and sent again and again.

The pictures are real VP8 of 640 x 360 at 25 a second and 400 kbit/s, the sound is real Opus of 28 kbit/s, so that a hub
that decodes can decode them. After the end of each frame, where decoders do not look, comes what fills it up, and eight
bytes for the time at which it was sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np

WIDTH, HEIGHT, RATE = 640, 360, 25
PICTURE_BITS, SOUND_BITS = 400_000, 28_000
MAX_PAYLOAD = 1_100
"""Bytes of VP8 in one packet."""
FRAME = PICTURE_BITS // RATE // 8
"""Bytes of a usual frame: smaller ones are filled up, so that every run sends the same number of packets."""
STAMP = 8
"""Bytes of the sending time at the end of a frame's last packet: nanoseconds since 1970, big-endian."""
PICTURE_AT = 2
"""Where the 15-bit picture id stands in a payload."""


@dataclass(frozen=True, slots=True)
class Content:
    """A loop of frames, each a list of RTP payloads, and a loop of Opus packets of 20 ms."""

    frames: list[list[bytes]]
    """The first frame is the only keyframe: who is asked for one goes back to it."""
    sounds: list[bytes]


def content(seconds: float = 4.0, light: int = 120) -> Content:
    """Encode loops of this length; `light` is the pictures' mean luma, 60 to 200."""
    return Content(_pictures(round(seconds * RATE), light), _sounds(round(seconds * 50)))


def _pictures(count: int, light: int) -> list[list[bytes]]:
    encoder = av.CodecContext.create("libvpx", "w")
    encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, RATE), Fraction(RATE)
    encoder.bit_rate, encoder.gop_size = PICTURE_BITS // 2, 10 * count
    # A negative speed is a fixed one: how busy the machine is must not show in the pictures.
    encoder.options = {"deadline": "realtime", "cpu-used": "-8", "lag-in-frames": "0", "max-intra-rate": "400"}
    noise = np.random.default_rng(7)
    ground = noise.integers(80, 160, (HEIGHT // 20 * 3 // 2, WIDTH // 16), dtype=np.uint8).repeat(20, 0).repeat(16, 1)
    ground[:HEIGHT] += np.uint8((light - 120) % 256)
    frames = []
    for number in range(count):
        # A slow pan over a coarse ground with some grain: about as hard to code as a face before a wall.
        planes = np.roll(ground, number, axis=1)
        planes[:HEIGHT] += noise.integers(0, 2, (HEIGHT, WIDTH), dtype=np.uint8)
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.pts, frame.time_base = number, encoder.time_base
        frames += [_packets(bytes(packet)) for packet in encoder.encode(frame)]
    return frames


def _packets(frame: bytes) -> list[bytes]:
    """RTP payloads of one frame (RFC 7741): descriptor with room for the picture id, data, room for the stamp."""
    frame += bytes(max(0, FRAME - len(frame)))
    parts = [frame[at : at + MAX_PAYLOAD] for at in range(0, len(frame), MAX_PAYLOAD)]
    heads = [b"\x90\x80\x80\x00"] + [b"\x80\x80\x80\x00"] * (len(parts) - 1)
    payloads = [head + part for head, part in zip(heads, parts, strict=True)]
    payloads[-1] += bytes(STAMP)
    return payloads


def _sounds(count: int) -> list[bytes]:
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = 48000, "mono", "s16"
    encoder.bit_rate = SOUND_BITS
    encoder.time_base = Fraction(1, 48000)
    sounds = []
    for number in range(count):
        at = (np.arange(960) + 960 * number) / 48000
        swell = 0.55 - 0.45 * np.cos(2 * np.pi * 3 * at)
        tone = (8000 * swell * np.sin(2 * np.pi * 220 * at)).astype(np.int16).reshape(1, 960)
        frame = av.AudioFrame.from_ndarray(tone, format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48000, 960 * number, encoder.time_base
        sounds += [bytes(packet) for packet in encoder.encode(frame)]
    return sounds
