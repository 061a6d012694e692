"""Simulated patients against a clinic of one page, with real media."""

import asyncio
import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from av import VideoFrame
from hypothesis import given
from hypothesis import strategies as st

from media.simulated import Part, Portrait, SimulatedPatient, Turns, Voice, number_of, play
from media.window.sound import BLOCK
from tests.media.window.clinic import FakeClinic
from tests.until import until

PORTRAIT = Portrait("Ann Lee", "#3a7ca5")
PART = Part(link="", name="Ann Lee")


@given(st.integers(0, 65_535), st.booleans())
def test_U7_each_picture_carries_its_number(number, talking):
    frame = PORTRAIT.picture(number, talking)
    assert (frame.width, frame.height, frame.format.name) == (640, 360, "yuv420p")
    assert number_of(frame) == number
    assert number_of(frame.reformat(width=320, height=180)) == number


def test_each_patient_has_a_colour_of_their_own():
    red, blue = (
        Portrait("A", colour).picture(0, False).to_ndarray(format="rgb24") for colour in ("#a03030", "#3030a0")
    )
    assert red[100, 100, 0] > red[100, 100, 2] and blue[100, 100, 2] > blue[100, 100, 0]


def test_pictures_move():
    first, second = (PORTRAIT.picture(number, True).to_ndarray() for number in (4, 5))
    assert (first != second).mean() > 0.0005


def test_a_picture_of_somebody_else_has_no_number():
    black = PORTRAIT.picture(0, False).to_ndarray()
    black[:] = 16
    assert number_of(VideoFrame.from_ndarray(black, format="yuv420p")) is None


def test_the_voice_is_a_tone_while_they_talk_and_silence_else():
    voice = Voice(440.0)
    assert voice.block() is None
    voice.talking = True
    blocks = [voice.block() for _ in range(50)]
    sound = np.concatenate([block for block in blocks if block is not None])
    assert sound.shape == (50 * BLOCK, 1)
    spectrum = np.abs(np.fft.rfft(sound.ravel().astype(float)))
    assert abs(int(spectrum.argmax()) - 440) <= 1, "one second: a line of the spectrum is a hertz"


def test_U7_they_talk_in_turn():
    now = [0.0]
    turns = Turns(clock=lambda: now[0])
    assert not turns.talks("Ann")
    turns.present += ["Ann", "Bob"]
    talked = []
    for second in range(0, 24, 6):
        now[0] = float(second)
        talked += [name for name in ("Ann", "Bob") if turns.talks(name)]
    assert talked == ["Ann", "Bob", "Ann", "Bob"]
    turns.present.remove("Bob")
    assert not turns.talks("Ann"), "who is alone listens, too"


def patient(clinic: FakeClinic, part: Part = PART) -> SimulatedPatient:
    # A clock that stands: it is always their turn.
    return SimulatedPatient(replace(part, link=clinic.link), Turns(clock=lambda: 0.0))


async def test_U7_a_patient_knocks_waits_takes_part_and_leaves():
    async with FakeClinic([], role="participant", state="arriving").run() as clinic:
        one = patient(clinic, replace(PART, stays=1.0))
        task = asyncio.create_task(one.run())
        await until(lambda: one.state == "waiting", timeout=20)
        assert clinic.last("enter") == {"type": "enter", "devices": {"camera": "on", "microphone": "on"}}
        assert clinic.last("offer") is None
        await clinic.show(state="admitted")
        await clinic.tell({"type": "media", "state": "ready"})
        await until(lambda: clinic.seen and clinic.heard, timeout=20)
        assert number_of(clinic.seen[-1]) is not None
        await until(lambda: any(frame.to_ndarray().any() for frame in clinic.heard), timeout=20)
        assert await asyncio.wait_for(task, 20) == "left"
        assert clinic.last("leave")


async def test_a_patient_without_camera_says_so_and_sends_no_picture():
    async with FakeClinic([], role="participant", state="arriving").run() as clinic:
        one = patient(clinic, replace(PART, camera=False))
        task = asyncio.create_task(one.run())
        await until(lambda: one.state == "waiting", timeout=20)
        assert clinic.last("enter") == {"type": "enter", "devices": {"camera": "off", "microphone": "on"}}
        await clinic.show(state="admitted")
        await clinic.tell({"type": "media", "state": "ready"})
        await until(lambda: clinic.heard, timeout=20)
        assert not clinic.seen
        await clinic.tell({"type": "over", "reason": "ended"})
        assert await asyncio.wait_for(task, 20) == "ended"


async def test_S14_a_removed_patient_stops_and_stays_away():
    async with FakeClinic([], role="participant", state="arriving").run() as clinic:
        task = asyncio.create_task(patient(clinic).run())
        await until(lambda: clinic.last("enter"), timeout=20)
        await clinic.tell({"type": "over", "reason": "removed"})
        assert await asyncio.wait_for(task, 20) == "removed"


async def test_S12_a_disconnected_patient_asks_once_more():
    async with FakeClinic([], role="participant", state="arriving").run() as clinic:
        task = asyncio.create_task(patient(clinic, replace(PART, comes_back=0.0)).run())
        await until(lambda: clinic.last("enter"), timeout=20)
        clinic.view["state"] = "disconnected"
        await clinic.tell({"type": "over", "reason": "disconnected"})
        await until(lambda: clinic.last("ask_again"), timeout=20)
        await clinic.tell({"type": "over", "reason": "disconnected"})
        assert await asyncio.wait_for(task, 20) == "disconnected"


async def test_S15_a_removed_patient_who_comes_back_opens_the_same_link_again():
    async with FakeClinic([], role="participant", state="arriving").run() as clinic:
        task = asyncio.create_task(patient(clinic, replace(PART, comes_back=0.0)).run())
        await until(lambda: clinic.last("enter"), timeout=20)
        clinic.said.clear()
        clinic.opened = 0
        clinic.view["state"] = "arriving"
        await clinic.tell({"type": "over", "reason": "removed"})
        await until(lambda: clinic.last("enter"), timeout=20)
        assert clinic.opened == 1
        await clinic.tell({"type": "over", "reason": "ended"})
        assert await asyncio.wait_for(task, 20) == "ended"


async def test_a_muted_patient_agrees_to_speak_again():
    async with FakeClinic([], role="participant", state="arriving").run() as clinic:
        task = asyncio.create_task(patient(clinic).run())
        await until(lambda: clinic.last("enter"), timeout=20)
        await clinic.show(state="admitted", muted=True, unmute_asked=True)
        await until(lambda: clinic.last("unmute") == {"type": "unmute", "accept": True}, timeout=20)
        await clinic.tell({"type": "over", "reason": "ended"})
        await asyncio.wait_for(task, 20)


@pytest.mark.parametrize("agrees", [True, False])
async def test_a_patient_answers_a_screenshot_request_once_and_by_their_own_mind(agrees: bool):
    async with FakeClinic([], role="participant", state="arriving").run() as clinic:
        task = asyncio.create_task(patient(clinic, replace(PART, agrees=agrees)).run())
        await until(lambda: clinic.last("enter"), timeout=20)
        answer = {"type": "consent", "consent": "c1", "allow": agrees}
        await clinic.show(state="admitted", screenshot={"consent": "c1", "by": "Dr Lee"})
        await until(lambda: clinic.last("consent") == answer, timeout=20)
        await clinic.show(state="admitted", screenshot={"consent": "c1", "by": "Dr Lee"}, unmute_asked=True)
        await until(lambda: clinic.last("unmute"), timeout=20)
        assert [m["type"] for m in clinic.said].count("consent") == 1
        await clinic.tell({"type": "over", "reason": "ended"})
        await asyncio.wait_for(task, 20)


async def test_a_link_that_is_not_valid_ends_them_quietly():
    async with FakeClinic([]).run() as clinic:
        part = replace(PART, link=clinic.link.replace(clinic.token, "x" * 27))
        assert await play([part, replace(part, link="nonsense")]) == ["link_not_valid"] * 2


@pytest.mark.parametrize("gone", [True, False])
async def test_they_end_with_whoever_started_them(gone):
    async with FakeClinic([], role="participant", state="arriving").run() as clinic:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "media.simulated", stdin=subprocess.PIPE
        )
        assert process.stdin
        process.stdin.write(json.dumps([{"link": clinic.link, "name": "Ann"}]).encode() + b"\n")
        await process.stdin.drain()
        await until(lambda: clinic.last("enter"), timeout=60)
        if gone:
            process.stdin.close()
        else:
            await clinic.tell({"type": "over", "reason": "ended"})
        assert await asyncio.wait_for(process.wait(), 60) == 0
