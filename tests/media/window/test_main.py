"""The window as its parent starts it: a process of its own, on a real X display, looked at in a grab."""

import asyncio
import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from media.window.layout import arrange
from tests.media.window.clinic import FakeClinic, person
from tests.media.window.grab import SIZE, grab, number_in, x_display
from tests.until import until


@pytest.fixture
def display(monkeypatch):
    """An X server exactly as large as the window."""
    with x_display() as name:
        monkeypatch.setenv("DISPLAY", name)
        monkeypatch.delenv("SDL_VIDEODRIVER")
        yield name


@dataclass
class Window:
    process: asyncio.subprocess.Process
    said: list[dict[str, Any]] = field(default_factory=list)

    def states(self) -> list[str]:
        return [message["state"] for message in self.said if message["type"] == "state"]

    async def end(self) -> int:
        return await asyncio.wait_for(self.process.wait(), 60)


@contextlib.asynccontextmanager
async def window(line: str) -> AsyncIterator[Window]:
    """The window process, its line read and its standard input closed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "media.window",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin and process.stdout
    started = Window(process)

    async def read(lines: asyncio.StreamReader) -> None:
        async for text in lines:
            started.said.append(json.loads(text))

    task = asyncio.create_task(read(process.stdout))
    try:
        process.stdin.write(line.encode() + b"\n")
        process.stdin.close()
        yield started
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await task


def line_for(clinic: FakeClinic) -> str:
    return json.dumps({"link": clinic.link, "microphone": True, "camera": True, "devices": {"camera": None}})


async def test_two_people_are_seen_side_by_side_and_their_pictures_go_on(display):
    people = [person("p1", "Ann Lee"), person("p2", "Robert von Hohenstein", microphone=False)]
    async with FakeClinic(people).run() as clinic, window(line_for(clinic)) as shown:
        await until(lambda: "open" in shown.states(), timeout=30)
        tiles = arrange(2, "tiles", *SIZE).tiles

        async def numbers() -> list[int | None]:
            frame = await asyncio.to_thread(grab, display)
            return [number_in(frame, tile) for tile in tiles]

        first = await until(lambda: _all(numbers()), timeout=30, every=0.2)
        await until(lambda: _all(numbers(), more_than=first), timeout=30, every=0.2)
        await clinic.show(layout="speaker", pinned="p2")
        large = arrange(2, "speaker", *SIZE).tiles[0]

        async def pinned() -> bool:
            frame = await asyncio.to_thread(grab, display)
            red, _, blue = frame.to_ndarray(format="rgb24")[large.y + large.h // 2, large.x + 40]
            return bool(number_in(frame, large)) and red > blue

        await until(pinned, timeout=30, every=0.2)
        assert shown.process.stdin and shown.process.stdin.is_closing(), "it survives the end of its standard input"
        shown.process.send_signal(signal.SIGTERM)
        assert await shown.end() == 0
        assert shown.said[-1] == {
            "type": "state",
            "state": "ended",
            "message": "The window was closed. The call goes on.",
            "reason": "closed",
        }


async def _all(numbers: Any, more_than: list[int] | None = None) -> list[int] | None:
    """The numbers when every tile has one, each larger than before."""
    found = await numbers
    if any(number is None for number in found):
        return None
    if more_than and any(number <= before for number, before in zip(found, more_than, strict=True)):
        return None
    return found


async def test_E7_it_ends_with_the_call(display):
    async with FakeClinic([], state="waiting").run() as clinic, window(line_for(clinic)) as shown:
        await until(lambda: "waiting" in shown.states(), timeout=30)
        await clinic.show(state="ended")
        assert await shown.end() == 0
        assert shown.said[-1]["message"] == "The call has ended."


async def test_U3_without_a_display_it_says_so_and_the_link_is_not_spent(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"):
        monkeypatch.delenv(name, raising=False)
    async with FakeClinic([]).run() as clinic, window(line_for(clinic)) as shown:
        assert await shown.end() == 3
        await until(lambda: shown.states() == ["no_display"])
        assert "There is no display here" in shown.said[0]["message"]
        assert clinic.opened == 0


async def test_a_link_that_is_not_valid_is_said():
    async with FakeClinic([]).run() as clinic, window(line_for(clinic).replace(clinic.token, "x" * 27)) as shown:
        assert await shown.end() == 1
        await until(lambda: shown.states() == ["connecting", "failed"])
        assert shown.said[-1]["reason"] == "link_not_valid"


async def test_a_line_that_cannot_be_used_is_said():
    async with window("{}") as shown:
        assert await shown.end() == 2
        await until(lambda: shown.said and shown.said[-1]["message"] == "link: a text is needed")
