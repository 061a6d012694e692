"""Small live pictures in a real terminal (U3): of that person's camera, changing, and gone with the person."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pyte

from tests.chromium import chromium
from tests.end_to_end.cameras import NUMBERS, filmed
from tests.end_to_end.clinic import ECM, clinic
from tests.end_to_end.page import patient
from tests.end_to_end.slow_line import slow_line
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.test_call import person, pressed
from tests.end_to_end.test_seeing import admitted, opened
from tests.until import until

ANN = 10
"""The number of her camera."""
ENCODED = b"Lavc"
"""What the bridge's encoder writes into every picture."""


def picture(console: Terminal) -> list[list[str]]:
    """The colours of the upper halves of the half cells on the screen, line by line."""
    columns, rows = 80, 24
    screen = pyte.Screen(columns, rows)
    painted = console.tmux("capture-pane", "-p", "-e", "-t", "main").rstrip("\n")
    pyte.Stream(screen).feed(painted.replace("\n", "\r\n"))
    lines = [[screen.buffer[y][x] for x in range(columns)] for y in range(rows)]
    return [found for line in lines if len(found := [cell.fg for cell in line if cell.data == "▀"]) > 20]


def camera_and_frame(console: Terminal) -> tuple[int, int]:
    """Whose camera the picture in the terminal shows, and which of its frames; read from its middle line."""
    lines = picture(console)
    assert lines, "no picture on the screen"
    line = lines[len(lines) // 2]
    stripes = [line[int((at + 0.5) * len(line) / 16)] for at in range(16)]
    number = int("".join("1" if int(colour[:2], 16) > 127 else "0" for colour in stripes), 2)
    return number >> 12, number & NUMBERS


def files_with(home: Path, what: bytes) -> list[Path]:
    return [path for path in home.rglob("*") if path.is_file() and what in path.read_bytes()]


async def test_U3_S14_the_terminal_shows_the_persons_camera_live_until_they_are_removed(tmp_path: Path):
    home = tmp_path / "home"
    async with clinic(home) as here, filmed(tmp_path, ANN) as browser:
        made = await here.appointment("Ann Lee")
        await here.ecm("call", "start", made["id"])
        async with patient(browser, made["join_url"]) as ann:
            await admitted(here, made, ann, "Ann Lee")
            with here.console() as console:
                await opened(console)
                await pressed(console, "p", until_shown="Ann Lee · live")
                frames: set[int] = set()

                def changed_twice() -> bool:
                    whose, frame = camera_and_frame(console)
                    frames.update({frame} if whose == ANN else ())
                    return len(frames) >= 3

                await until(changed_twice, 40, every=0.2, what="three pictures of Ann's camera in the terminal")
                here.kill_bridge()
                await console.shows("Picture and sound are being restored.")
                assert not picture(console)
                frames.clear()
                await until(changed_twice, 40, every=0.2, what="three pictures by the next bridge")
                assert not await asyncio.to_thread(files_with, home, ENCODED)
                await here.ecm("call", "remove", made["id"], await person(here, made["id"], "Ann Lee"))
                await console.shows("not in the call any more: removed")
                assert not picture(console)
                console.keys("Escape")
                await console.shows_no("· live")
                await console.shows("In call (0)")
                assert not await asyncio.to_thread(files_with, home, ENCODED)


async def test_over_64_kbit_and_ssh_a_key_overtakes_the_pictures(tmp_path: Path):
    async with clinic(tmp_path) as here, chromium() as browser:
        made = await here.appointment("Ann Lee")
        await here.ecm("call", "start", made["id"])
        over_ssh = {**here.env, "SSH_CONNECTION": "198.51.100.9 50000 203.0.113.7 22"}
        async with (
            patient(browser, made["join_url"]) as ann,
            slow_line([*ECM, "--no-mouse"], over_ssh) as console,
        ):
            await admitted(here, made, ann, "Ann Lee")
            await console.shows("Ann Lee", "F1 Help")
            await console.press("\r")
            await console.shows("In call (1)", "mic, camera")
            await console.press("p")
            await console.shows("Ann Lee · live", "▀▀▀▀▀▀▀▀")
            began, carried = time.monotonic(), console.carried
            await until(lambda: console.carried - carried > 12_000, 60, every=0.1, what="pictures come")
            assert (console.carried - carried) / (time.monotonic() - began) < 6_000, "a quarter of the line stays free"
            carried = console.carried
            await console.press("\x1b")
            await console.shows("In call (1)", "mic, camera")
            assert console.carried - carried < 8_000, "at most a second of line before the key has its effect"
