"""F8: the video window as a process of its own, and the viewer link where there is no display (U3)."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from ecm_tui.console.window import COMMAND, VideoWindow, WindowState
from ecm_tui.core import commands as c
from tests.console.driving import console
from tests.console.fake_service import FakeClock, FakeService
from tests.until import until

TOLD = """
import json, os, sys
line = sys.stdin.readline()
open("told.json", "w").write(json.dumps([json.loads(line), sys.argv, os.getcwd()]))
"""

NO_DISPLAY = 'print(\'{"type": "state", "state": "no_display", "message": "There is no display here."}\'); sys.exit(3)'


FAILED = 'print(json.dumps({"type": "state", "state": "failed", "message": "No \\x1b]52 way."})); sys.exit(1)'


def child(tail: str) -> list[str]:
    return [sys.executable, "-c", TOLD + tail]


def told(state: Path) -> str:
    """What the child wrote down, when it has."""
    file = state / "told.json"
    return file.read_text() if file.exists() else ""


async def opened(service: FakeService, clock: FakeClock, state: Path, appointment: str, tail: str):
    """A console in a running call whose window is this child."""
    service.other(appointment, c.StartCall())
    return console(service, clock, state, window=child(tail))


async def test_without_a_display_the_console_says_so_and_offers_the_viewer_link(
    service: FakeService, clock: FakeClock, state: Path, appointment: str
):
    async with await opened(service, clock, state, appointment, NO_DISPLAY) as seen:
        await seen.open("Ann Lee")
        await seen.press("f8")
        await seen.sees("Viewer link")
        await seen.sees("There is no display here.")
        assert "/view/w-" in seen.text


async def test_the_link_goes_over_standard_input_and_the_window_runs_in_the_state_directory(
    service: FakeService, clock: FakeClock, state: Path, appointment: str
):
    async with await opened(
        service, clock, state, appointment, "sys.stdin.read(); import time; time.sleep(60)"
    ) as seen:
        await seen.open("Ann Lee")
        await seen.press("f9", "f8")
        config, argv, cwd = json.loads(await until(lambda: told(state)))
        assert config["link"].endswith(f"/view/w-{appointment}")
        assert config["microphone"] is False
        assert config["camera"] is True
        assert not any("/view/" in part for part in argv)
        assert cwd == os.fspath(state)
        await seen.press("f8")
        await seen.sees("Your video window is open already.")
        await seen.press("f10", "enter")
        await seen.holds(lambda: not seen.app.window.open)


async def test_F8_pressed_again_while_the_window_is_on_its_way_starts_no_other(
    service: FakeService, clock: FakeClock, state: Path, appointment: str, monkeypatch: pytest.MonkeyPatch
):
    async with await opened(service, clock, state, appointment, NO_DISPLAY) as seen:
        await seen.open("Ann Lee")
        start, go_on, begun = seen.app.window.start, asyncio.Event(), 0

        async def slowly(link: str, microphone: bool, camera: bool) -> None:
            nonlocal begun
            begun += 1
            await go_on.wait()
            await start(link, microphone, camera)

        monkeypatch.setattr(seen.app.window, "start", slowly)
        await seen.press("f8")
        await seen.holds(lambda: begun)
        await seen.press("f8", "f8")
        go_on.set()
        await seen.sees("Viewer link")
        assert begun == 1


@pytest.mark.parametrize(
    ("tail", "words"),
    [
        ("sys.exit(0)", "The video window is closed. The call goes on."),
        ("sys.exit(7)", "The video window ended with status 7."),
        (FAILED, "No ␛]52 way."),
        ('print("noise"); print("[]"); print("x" * 200000); sys.exit(0)', "The video window is closed."),
    ],
)
async def test_how_a_window_ended_is_said_in_words(
    service: FakeService, clock: FakeClock, state: Path, appointment: str, tail: str, words: str
):
    async with await opened(service, clock, state, appointment, tail) as seen:
        await seen.open("Ann Lee")
        await seen.press("f8")
        await seen.sees(words)


async def test_a_planted_media_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "PYTHONPATH"):
        monkeypatch.delenv(name, raising=False)
    planted = tmp_path / "media" / "window"
    planted.mkdir(parents=True)
    (tmp_path / "media" / "__init__.py").write_text("open('planted', 'w')")
    (planted / "__init__.py").write_text("")
    (planted / "__main__.py").write_text("open('planted', 'w')")
    said: list[WindowState] = []
    window = VideoWindow(tmp_path, said.append, COMMAND)
    await window.start("http://127.0.0.1:1/view/x", microphone=False, camera=False)
    await until(lambda: said, timeout=60)
    await window.close()
    await window.close()
    assert not (tmp_path / "planted").exists()
