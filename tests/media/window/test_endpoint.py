"""The endpoint in a call: a real connection to an answering peer, SDL without a display."""

import asyncio
import contextlib
import ctypes
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from media.simulated import number_of
from media.window import line, session
from media.window.config import Config
from media.window.devices import Devices
from media.window.endpoint import NO_ONE, NOT_STARTED, OFFLINE, RESTORING, Endpoint
from media.window.screen import Screen
from media.window.sdl import SDL
from media.window.session import Link, Session, trade
from tests.media.window.clinic import FakeClinic, person
from tests.media.window.test_camera import Device
from tests.until import until

ANN, BOB = person("p1", "Ann"), person("p2", "Bob")


@dataclass
class Call:
    clinic: FakeClinic
    endpoint: Endpoint
    screen: Screen
    said: list[dict[str, Any]]
    task: "asyncio.Task[None]"

    def states(self) -> list[str]:
        return [message["message"] for message in self.said if message["type"] == "state"]

    def number(self, slot: int) -> int | None:
        """The number on the newest picture of a slot."""
        video = self.clinic.video
        box = self.endpoint._pictures.get(video[slot]) if slot < len(video) else None
        frame = box.peek() if box else None
        return number_of(frame) if frame else None


@contextlib.asynccontextmanager
async def call(
    *people: dict[str, Any], camera: Any = None, state: str = "admitted", **config: Any
) -> AsyncIterator[Call]:
    async with FakeClinic(list(people), state=state).run() as clinic:
        link = Link.parse(clinic.link)
        opened = await trade(link)
        devices = Devices(Config(link=clinic.link, **config), (lambda: camera) if camera else None)
        screen = Screen("Test", 400, 300)
        said: list[dict[str, Any]] = []
        endpoint = Endpoint(Session(link, opened.credential), screen, devices, said.append)
        task = asyncio.create_task(endpoint.run())
        try:
            yield Call(clinic, endpoint, screen, said, task)
        finally:
            endpoint.end("ended", "The test is over.", "closed")
            await asyncio.wait_for(task, 10)
            devices.close()
            screen.close()


def press(key: str) -> None:
    event = SDL.SDL_Event()
    event.type = SDL.SDL_KEYDOWN
    event.key.keysym.sym = SDL.SDL_GetKeyFromName(key.encode())
    SDL.SDL_PushEvent(ctypes.byref(event))


async def test_E6_pictures_and_sounds_of_the_others_come_in_and_go_on():
    async with call(ANN, BOB) as it:
        await until(lambda: it.number(0) and it.number(1), timeout=20)
        for voice in it.clinic.voices:
            voice.talking = True
        first = it.number(0)
        await until(lambda: (it.number(0) or 0) > (first or 0) + 3)
        await until(lambda: any(len(slot._blocks) > 0 for slot in it.endpoint._sounds.values()))
        assert it.states()[-1] == "The window is in the call."


async def test_without_a_camera_nothing_is_sent_and_the_service_is_told():
    async with call(ANN) as it:
        await until(lambda: it.clinic.last("devices"), timeout=20)
        assert it.clinic.last("devices") == {"type": "devices", "camera": "none", "microphone": "on"}
        await until(lambda: it.clinic.heard, timeout=20)
        assert not it.clinic.seen


async def test_E6_the_own_camera_is_sent_and_obeys_the_console():
    device = Device()
    async with call(ANN, camera=device) as it:
        await until(lambda: it.clinic.seen, timeout=20)
        assert number_of(it.clinic.seen[-1])
        await it.clinic.show(devices={"microphone": True, "camera": False})
        await until(lambda: it.clinic.last("devices") == {"type": "devices", "camera": "off", "microphone": "on"})
        await until(lambda: device.open == 0)
        await it.clinic.show(devices={"microphone": True, "camera": True})
        await until(lambda: it.clinic.last("devices") == {"type": "devices", "camera": "on", "microphone": "on"})
        await until(lambda: device.open == 1)


async def test_the_wanted_quality_decides_what_is_sent():
    async with call(ANN, camera=Device()) as it:
        await until(lambda: it.clinic.seen, timeout=20)
        await it.clinic.tell({"type": "sending", "quality": "small"})
        await until(lambda: it.clinic.seen[-1].height == 180, timeout=20)
        await it.clinic.tell({"type": "sending", "quality": "large"})
        await until(lambda: it.clinic.seen[-1].height == 360, timeout=20)


async def test_after_the_bridge_came_back_the_window_offers_again():
    async with call(ANN) as it:
        await until(lambda: it.number(0), timeout=20)
        await it.clinic.tell({"type": "media", "state": "lost"})
        await until(lambda: it.states()[-1] == RESTORING)
        assert it.number(0) is not None, "the last picture stays"
        await it.clinic.peers[-1].close()
        await it.clinic.tell({"type": "media", "state": "ready"})
        await until(
            lambda: len(it.clinic.peers) == 2 and it.clinic.peers[-1].connectionState == "connected", timeout=20
        )
        before = it.clinic.peers[-1]
        await until(lambda: it.states()[-1] == "The window is in the call.")
        await until(lambda: (it.number(0) or 99) < 50, timeout=20)
        assert it.clinic.peers[-1] is before


async def test_a_path_that_died_is_offered_anew(monkeypatch):
    monkeypatch.setattr(line, "FIRST_WAIT", 0.05)
    async with call(ANN) as it:
        await until(lambda: it.number(0), timeout=20)
        await it.clinic.peers[-1].close()
        await until(lambda: len(it.clinic.peers) > 1 and it.clinic.peers[-1].connectionState == "connected", timeout=20)


async def test_a_slot_that_changed_hands_never_shows_the_last_person():
    async with call(ANN, BOB) as it:
        await until(lambda: it.number(0) and it.number(1), timeout=20)
        await it.clinic.put({0: "p2"})
        await until(lambda: it.endpoint._scene.slots.get(it.clinic.video[0]) == "p2")
        assert it.clinic.video[1] not in it.endpoint._scene.slots
        assert it.number(1) is None
        await until(lambda: it.number(0), timeout=20)


async def test_a_call_that_has_not_started_is_waited_for():
    async with call(state="waiting") as it:
        await until(lambda: it.states()[-1:] == [NOT_STARTED])
        assert it.clinic.last("offer") is None
        await it.clinic.show(state="admitted")
        await it.clinic.tell({"type": "media", "state": "ready"})
        await until(lambda: it.clinic.last("offer"), timeout=20)
        await until(lambda: it.states()[-1] == NO_ONE)


@pytest.mark.parametrize(
    ("reason", "state"), [("ended", "ended"), ("elsewhere", "failed"), ("link_not_valid", "failed")]
)
async def test_E7_the_end_of_the_call_ends_the_window_with_a_sentence(reason, state):
    async with call(state="waiting") as it:
        await until(lambda: it.clinic.sockets)
        await it.clinic.tell({"type": "over", "reason": reason})
        await asyncio.wait_for(it.task, 10)
        assert (it.said[-1]["state"], it.said[-1]["reason"]) == (state, reason)
        assert it.endpoint.failed == (state == "failed")


async def test_U1_the_window_says_that_the_line_is_down_and_comes_back(monkeypatch):
    monkeypatch.setattr(session, "FIRST_WAIT", 0.05)
    async with call(ANN) as it:
        await until(lambda: it.number(0), timeout=20)
        port = it.clinic.port
        await it.clinic.stop()
        await until(lambda: it.states()[-1] == OFFLINE)
        await it.clinic.start(port)
        await until(lambda: it.states()[-1] == "The window is in the call.", timeout=20)
        await until(lambda: [m["type"] for m in it.clinic.said].count("devices") == 2)


async def test_E6_the_keys_switch_pin_turn_and_close():
    async with call(ANN, BOB) as it:
        await until(lambda: it.number(0), timeout=20)
        press("m")
        await until(lambda: it.clinic.last("devices") == {"type": "devices", "camera": "none", "microphone": "off"})
        press("c")
        await until(lambda: it.endpoint._sights.notice == "There is no camera on this computer.")
        press("2")
        await until(lambda: it.clinic.last("view") == {"type": "view", "pictures": 9, "pinned": "p2"})
        press("0")
        await until(lambda: it.clinic.last("view") == {"type": "view", "pictures": 9, "pinned": None})
        press("l")
        await until(lambda: it.endpoint._scene.effective == "speaker")
        press("f")
        await until(lambda: it.screen.fullscreen)
        press("Escape")
        await until(lambda: not it.screen.fullscreen)
        press("q")
        await asyncio.wait_for(it.task, 10)
        assert it.clinic.last("leave")
        assert (it.said[-1]["state"], it.said[-1]["reason"]) == ("ended", "closed")


async def test_a_refused_offer_is_said_and_tried_again(monkeypatch):
    monkeypatch.setattr(line, "FIRST_WAIT", 0.05)
    async with call(ANN) as it:
        it.clinic.answering = False
        offer = await until(lambda: it.clinic.last("offer"), timeout=20)
        assert offer
        it.clinic.answering = True
        words = {"code": "no_network", "message": "This host has no network."}
        await it.clinic.tell({"type": "refused", "request": offer["request"], **words})
        await until(lambda: it.endpoint._sights.notice == "This host has no network.", timeout=20)
        await until(lambda: it.number(0), timeout=20)


async def test_the_windows_close_button_closes_it():
    async with call(state="waiting") as it:
        await until(lambda: it.clinic.sockets)
        event = SDL.SDL_Event()
        event.type = SDL.SDL_QUIT
        SDL.SDL_PushEvent(ctypes.byref(event))
        await asyncio.wait_for(it.task, 10)
        assert it.said[-1]["reason"] == "closed"
