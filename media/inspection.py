"""`python -P -m media.inspection`: what this computer has for sound, picture and relay, as one line of JSON.

Reads one line of JSON, `{"turn": {"urls": [...], "secret": ...} or null}`, so that the secret is in no argument.
Nothing is switched on: no camera's lamp, no window.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from dataclasses import asdict
from fractions import Fraction
from typing import Any

import av
import numpy as np

from media.config import ConfigError, Turn, turn_of
from media.picture import Decoder
from media.relay import Answer, allocated

MOST_URLS = 8
"""Addresses of a relay that are asked; browsers complain of more than five."""


def codecs() -> dict[str, str]:
    """VP8 and Opus: empty for one that encodes and decodes, else why it does not."""
    return {"vp8": _tried(_vp8), "opus": _tried(_opus)}


def _tried(work: Any) -> str:
    try:
        return "" if work() else "it gave nothing back"
    except (av.error.FFmpegError, ValueError, OSError) as error:
        return str(error) or type(error).__name__


def _vp8() -> bool:
    coder: Any = av.CodecContext.create("libvpx", "w")
    coder.width, coder.height, coder.pix_fmt, coder.time_base = 64, 48, "yuv420p", Fraction(1, 30)
    frame = av.VideoFrame.from_ndarray(np.full((72, 64), 128, np.uint8), format="yuv420p")
    decoder = Decoder()
    return any(decoder.decode(bytes(packet)) for packet in [*coder.encode(frame), *coder.encode(None)])


def _opus() -> bool:
    coder: Any = av.CodecContext.create("libopus", "w")
    coder.sample_rate, coder.layout, coder.format = 48_000, "mono", "s16"
    decoder: Any = av.CodecContext.create("libopus", "r")
    frame = av.AudioFrame.from_ndarray(np.zeros((1, 960), np.int16), format="s16", layout="mono")
    frame.sample_rate = 48_000
    return any(decoder.decode(packet) for packet in [*coder.encode(frame), *coder.encode(None)])


def devices() -> dict[str, str]:
    """Camera, microphone and loudspeaker: `on denied none`. `sound` and `display`: why there is none, else empty."""
    from media.window import camera, screen, sound

    no_sound = sound.start_audio()
    found = {
        "camera": camera.presence(),
        "microphone": "on" if sound.count(capture=True) else "none",
        "loudspeaker": "on" if sound.count(capture=False) else "none",
        "sound": no_sound,
        "display": "",
    }
    if not no_sound:
        sound.stop_audio()
    try:
        screen.start_display()
        screen.stop_display()
    except screen.NoDisplayError as error:
        found["display"] = str(error)
    return found


async def relay(turn: Turn | None) -> list[Answer]:
    """What each address of the relay gives, all asked at once."""
    if turn is None:
        return []
    return await asyncio.gather(*(allocated(url, turn, time.time()) for url in turn.urls[:MOST_URLS]))


def main() -> int:
    """Read the line, look, and print what there is. 0, or 2 for a line that cannot be used."""
    out = os.dup(1)
    # Codecs and sound systems write what they please, and nobody reads it: only our line goes out.
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    try:
        turn = turn_of(json.loads(sys.stdin.readline()).get("turn"))
    except (ConfigError, ValueError, AttributeError):
        return 2
    answers = [asdict(answer) for answer in asyncio.run(relay(turn))]
    found = {"codecs": codecs(), "devices": devices(), "relay": answers}
    os.write(out, json.dumps(found).encode() + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
