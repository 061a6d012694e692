"""Own microphone and camera: who may switch what."""

import pytest

from media.window.switches import Switch


def test_E6_the_consoles_switch_is_obeyed():
    switch = Switch("microphone")
    switch.allow(False)
    assert not switch.wanted and switch.report == "off"


def test_the_windows_key_cannot_switch_on_what_the_console_switched_off():
    switch = Switch("microphone")
    switch.allow(False)
    assert "in the console" in switch.press()
    assert not switch.wanted


def test_switching_on_in_the_console_switches_on_here():
    switch = Switch("camera")
    switch.press()
    assert switch.report == "off"
    switch.allow(True)
    assert switch.report == "off", "the console said nothing new"
    switch.allow(False)
    switch.allow(True)
    assert switch.report == "on" and switch.words == "on"


@pytest.mark.parametrize(("found", "words"), [("none", "There is no camera"), ("denied", "does not allow the camera")])
def test_a_device_that_is_not_there_is_said_and_never_on(found, words):
    switch = Switch("camera", found=found)
    assert words in switch.press()
    assert not switch.wanted and switch.report == found
