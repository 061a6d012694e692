"""The camera's thread; a file of pictures stands in for the device."""

import contextlib
from fractions import Fraction

import av
import pytest

from media.simulated import Portrait, number_of
from media.window import camera
from media.window.camera import Camera
from tests.until import until_now


class Device:
    """Gives numbered pictures without end, as a container does; counts how often it is open."""

    def __init__(self) -> None:
        self.open = 0
        self.most = 0

    def __enter__(self):
        self.open += 1
        self.most = max(self.most, self.open)
        return self

    def __exit__(self, *error):
        self.open -= 1

    def decode(self, video):
        portrait, number = Portrait("Ann", "#336699"), 0
        while True:
            number += 1
            yield portrait.picture(number % 60_000, False)


def test_the_newest_picture_is_kept_and_the_device_given_back():
    device = Device()
    running = Camera(lambda: device)
    running.start()
    running.start()
    until_now(lambda: running.newest.count > 3)
    frame = running.newest.peek()
    assert frame is not None and number_of(frame)
    running.stop()
    running.stop()
    until_now(lambda: device.open == 0)
    assert device.most == 1


def test_off_and_on_again_opens_the_device_once_at_a_time():
    device = Device()
    running = Camera(lambda: device)
    for _ in range(3):
        running.start()
        running.stop()
    running.start()
    until_now(lambda: running.newest.count > 0)
    assert device.most == 1
    running.stop()
    until_now(lambda: device.open == 0)


@pytest.mark.parametrize(
    ("error", "state"),
    [(PermissionError("no"), "denied"), (FileNotFoundError("gone"), "none"), (OSError(16, "busy"), "none")],
)
def test_a_camera_that_cannot_be_opened_says_why(error, state):
    def opener():
        raise error

    running = Camera(opener)
    running.start()
    until_now(lambda: running.state == state)
    running.stop()


def test_a_camera_that_comes_back_is_used_again(monkeypatch):
    monkeypatch.setattr(camera, "RETRY", 0.01)
    device, tries = Device(), []

    def opener():
        tries.append(1)
        if len(tries) < 3:
            raise OSError(16, "busy")
        return device

    running = Camera(opener)
    running.start()
    until_now(lambda: running.newest.count > 0)
    assert running.state == "on"
    running.stop()
    until_now(lambda: device.open == 0)


def test_without_a_camera_nothing_starts():
    running = Camera(None)
    running.start()
    assert running.state == "none" and running.newest.peek() is None


def test_the_first_node_that_gives_pictures_is_the_camera(monkeypatch, tmp_path):
    path = tmp_path / "film.avi"
    with av.open(str(path), "w") as film:
        stream = film.add_stream("mjpeg", rate=10, width=64, height=48, pix_fmt="yuvj420p")
        frame = av.VideoFrame(64, 48, "yuvj420p")
        frame.pts, frame.time_base = 0, Fraction(1, 10)
        film.mux([*stream.encode(frame), *stream.encode(None)])
    monkeypatch.setattr(camera, "_av", lambda name, device: av.open(name))
    monkeypatch.setattr(camera.sys, "platform", "linux")
    monkeypatch.setattr(camera.glob, "glob", lambda pattern: [str(path), str(tmp_path / "meta")])
    opener = camera.find()
    assert opener is not None
    with contextlib.closing(opener()) as container:
        assert [frame.width for frame in container.decode(video=0)] == [64]


def test_a_host_without_camera_has_none(monkeypatch):
    monkeypatch.setattr(camera.sys, "platform", "linux")
    monkeypatch.setattr(camera.glob, "glob", lambda pattern: [])
    assert camera.find() is None


def test_a_camera_by_its_path_that_is_not_there_is_reported(monkeypatch, tmp_path):
    monkeypatch.setattr(camera.sys, "platform", "linux")
    opener = camera.find(str(tmp_path / "video9"))
    assert opener is not None
    with pytest.raises(OSError):
        opener()
