"""A display without a screen, and what stands on it."""

import contextlib
import os
import subprocess
from collections.abc import Iterator

import av
from av import VideoFrame

from media.simulated import number_of
from media.window.layout import Rect

SIZE = (1120, 660)
"""The window's own size, and the display's: the window fills it."""


@contextlib.contextmanager
def x_display() -> Iterator[str]:
    """An X server; gives the value of DISPLAY."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        with os.fdopen(read) as number:
            yield f":{number.readline().strip()}"
    finally:
        server.terminate()
        server.wait(10)


def grab(display: str) -> VideoFrame:
    """What stands on the display."""
    with av.open(display, format="x11grab", options={"video_size": f"{SIZE[0]}x{SIZE[1]}"}) as screen:
        return next(screen.decode(video=0))


def number_in(frame: VideoFrame, place: Rect) -> int | None:
    """The number on the picture in this place of a grab; None when there is none."""
    rows = frame.to_ndarray(format="rgb24")[place.y : place.y + place.h, place.x : place.x + place.w]
    return number_of(VideoFrame.from_ndarray(rows.copy(), format="rgb24"))
