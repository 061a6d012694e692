"""Camera, microphone and loudspeaker behind their switches."""

import contextlib

import numpy as np
import pytest

from media.window.config import Config
from media.window.devices import HEADSET, LATE, Devices
from media.window.sound import AHEAD, BLOCK, SoundSlot
from tests.media.window.test_camera import Device
from tests.until import until_now

CONFIG = Config(link="l")


@pytest.fixture
def make():
    with contextlib.ExitStack() as stack:

        def made(config: Config = CONFIG, camera: Device | None = None) -> Devices:
            devices = Devices(config, (lambda: camera) if camera else None)
            stack.callback(devices.close)
            return devices

        yield made


class Ears:
    """A microphone that heard so many blocks, each of its own level."""

    def __init__(self, blocks: int) -> None:
        self.blocks = [np.full((BLOCK, 1), level, np.int16) for level in range(1, blocks + 1)]

    @property
    def waiting(self) -> int:
        return len(self.blocks)

    def take(self):
        return self.blocks.pop(0) if self.blocks else None

    def open(self) -> bool:
        return True

    def close(self) -> None:
        pass


def test_what_is_there_is_reported(make):
    devices = make()
    assert devices.report() == {"camera": "none", "microphone": "on"}
    assert devices.speaker == "on" and devices.no_sound == ""


def test_a_host_without_sound_says_so(make, monkeypatch):
    monkeypatch.setenv("SDL_AUDIODRIVER", "nowhere")
    devices = make()
    assert devices.report() == {"camera": "none", "microphone": "none"}
    assert devices.speaker == "none" and devices.no_sound and not devices.advice


def test_a_headset_is_advised_unless_one_is_used(make):
    assert make().advice == HEADSET
    assert make(Config(link="l", headset=True)).advice == ""


def test_E6_the_camera_runs_only_while_it_is_switched_on(make):
    camera = Device()
    devices = make(camera=camera)
    until_now(lambda: devices.look()[1])
    devices.obey({"camera": False, "microphone": True})
    assert devices.look()[1] is None and devices.report()["camera"] == "off"
    until_now(lambda: camera.open == 0)


def test_a_camera_that_starts_switched_off_is_not_opened(make):
    camera = Device()
    devices = make(Config(link="l", camera=False), camera)
    assert devices.report()["camera"] == "off" and camera.most == 0


def test_a_word_of_the_console_that_is_none_changes_nothing(make):
    devices = make()
    devices.obey(None)
    assert devices.microphone.allowed


def test_the_microphone_is_heard_while_it_is_on(make):
    devices = make()
    devices._microphone = Ears(2)
    first = devices.listen()
    assert first is not None and first[0, 0] == 1
    devices.microphone.press()
    assert devices.listen() is None


def test_sound_of_the_microphone_that_came_late_is_dropped_block_by_block(make):
    devices = make()
    devices._microphone = Ears(LATE + 4)
    heard = [devices.listen()[0, 0] for _ in range(4)]
    assert heard == [2, 4, 5, 6], "it catches up, then goes on"


def test_without_a_headset_the_microphone_pauses_while_somebody_is_heard(make):
    devices, slot = make(), SoundSlot()
    devices._microphone = Ears(2)
    for _ in range(AHEAD):
        slot.put(np.full((BLOCK, 2), 9_000, np.int16))
    devices.hear([slot])
    assert devices.listen() is None


def test_it_closes_twice(make):
    devices = make()
    devices.close()
    devices.close()
