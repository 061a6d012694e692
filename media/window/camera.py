"""The camera of this computer, through PyAV, in a thread of its own: only its newest picture is kept."""

from __future__ import annotations

import glob
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import av
from av import VideoFrame
from av.device import enumerate_input_devices

from media.window.boxes import Newest
from media.window.switches import Device

SIZE = "1280x720"
RATE = "30"
RETRY = 3.0
"""Seconds between tries to open a camera that another program holds."""

Opener = Callable[[], Any]
"""Opens the device: an `av` input container whose first stream is the picture."""


def find(wanted: str | None = None) -> Opener | None:
    """How to open the camera that is `wanted` by path or name, else the first one; None when there is none."""
    if sys.platform == "darwin":
        return lambda: _av(f"{wanted or 'default'}:none", "avfoundation")
    if sys.platform == "win32":
        name = wanted or next((device.name for device in enumerate_input_devices("dshow")), None)
        return (lambda: _av(f"video={name}", "dshow")) if name else None
    paths = [wanted] if wanted else sorted(glob.glob("/dev/video*"))
    return (lambda: _first(paths)) if paths else None


def presence() -> Device:
    """Whether there is a camera that this user may open; none is switched on for it."""
    if sys.platform.startswith("linux"):
        paths = glob.glob("/dev/video*")
        if paths and not any(os.access(path, os.R_OK | os.W_OK) for path in paths):
            return "denied"
    return "on" if find() else "none"


def _first(paths: list[str]) -> Any:
    """The first device that gives pictures: a camera has further nodes for its metadata."""
    error: OSError | None = None
    for path in paths:
        try:
            return _av(path, "v4l2")
        except OSError as failure:
            error = failure if error is None or isinstance(failure, PermissionError) else error
    raise error or FileNotFoundError("no camera")


def _av(name: str, device: str) -> Any:
    """Open at the size wanted, else at the device's own: not every camera has 720 lines."""
    try:
        return av.open(name, format=device, options={"video_size": SIZE, "framerate": RATE})
    except PermissionError:
        raise
    except OSError:
        return av.open(name, format=device)


class Camera:
    """Runs while it is switched on; `newest` holds its newest picture in planar YUV."""

    def __init__(self, opener: Opener | None) -> None:
        self._opener = opener
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()
        self._stopped.set()
        self.newest: Newest[VideoFrame] = Newest()
        self.state: Device = "on" if opener else "none"
        """`on` while the device is there as far as known, else `denied` or `none`."""

    def start(self) -> None:
        """Switch on; without a camera, or when it runs, nothing happens."""
        if self._opener is None or not self._stopped.is_set():
            return
        self._stopped = threading.Event()
        run = threading.Thread(target=self._run, args=(self._stopped, self._thread), name="camera", daemon=True)
        self._thread = run
        run.start()

    def stop(self) -> None:
        """Switch off. The device is given back within a picture's time; a second time does nothing."""
        self._stopped.set()
        self.newest.clear()

    def _run(self, stopped: threading.Event, before: threading.Thread | None) -> None:
        if before:
            before.join()  # A device opens once only: the last run gives it back first.
        while not stopped.is_set():
            try:
                self._read(stopped)
            except OSError as error:
                if not stopped.is_set():
                    self.state = "denied" if isinstance(error, PermissionError) else "none"
            self.newest.clear()
            stopped.wait(RETRY)

    def _read(self, stopped: threading.Event) -> None:
        assert self._opener is not None
        with self._opener() as container:
            self.state = "on"
            for frame in container.decode(video=0):
                if stopped.is_set():
                    return
                planar = frame if frame.format.name == "yuv420p" else frame.reformat(format="yuv420p")
                self.newest.put(planar, time.monotonic())
