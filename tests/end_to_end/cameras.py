"""Cameras for Chromium made of numbered frames: a Y4M file whose every frame says whose it is and which one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import numpy as np
from playwright.async_api import Browser

from tests.chromium import chromium
from tests.media.filming import number_in, picture

WIDTH, HEIGHT, RATE, FRAMES = 640, 360, 20, 240
"""Twelve seconds, played round and round."""
NUMBERS = 0x0FFF
"""The lower bits are the frame's number, the upper four the camera's."""

AT_THE_CLICK = """
addEventListener('click', (event) => {
  if (event.target.textContent !== 'Allow') return;
  const video = [...document.querySelectorAll('video')].find((one) => one.getAttribute('aria-label') === 'Your camera');
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth; canvas.height = video.videoHeight;
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0);
  const line = context.getImageData(0, canvas.height >> 1, canvas.width, 1).data;
  let number = 0;
  for (let at = 0; at < 16; at += 1) number = number * 2 + (line[4 * Math.floor((at + 0.5) * canvas.width / 16)] > 127);
  window.shownAtAllow = number;
}, true);
"""
"""Notes the frame that the person saw of themselves at the moment of Allow: it was captured before."""


@contextmanager
def camera(folder: Path, whose: int) -> Iterator[Path]:
    """The film of camera number `whose` (0 to 15); gone afterwards, as it is large."""
    film = folder / f"camera{whose}.y4m"
    with film.open("wb") as file:
        file.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{RATE}:1 Ip A1:1 C420\n".encode())
        grey = b"\x80" * (WIDTH * HEIGHT // 2)
        for number in range(FRAMES):
            bright = picture(whose << 12 | number, WIDTH, 1)[0, :, 0]
            row = np.where(bright > 0, 235, 16).astype(np.uint8).tobytes()
            file.write(b"FRAME\n" + row * HEIGHT + grey)
    try:
        yield film
    finally:
        film.unlink()


@asynccontextmanager
async def filmed(folder: Path, whose: int) -> AsyncIterator[Browser]:
    """A browser whose camera is that one."""
    with camera(folder, whose) as film:
        async with chromium(args=[f"--use-file-for-fake-video-capture={film}"]) as browser:
            yield browser


def whose_and_which(png: bytes) -> tuple[int, int]:
    """The camera and the frame's number that a picture shows."""
    number = number_in(png)
    return number >> 12, number & NUMBERS


def frames_after(earlier: int, later: int) -> int:
    """How many frames `later` comes after `earlier`, in a film that is played round and round."""
    return (later - earlier) % FRAMES
