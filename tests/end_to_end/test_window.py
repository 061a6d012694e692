"""The organiser's window in a call of the real service and bridge, with simulated patients."""

import asyncio
import contextlib
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from ecm_tui.client import Address
from ecm_tui.client.service import ServiceClient
from ecm_tui.core import commands as c
from ecm_tui.paths import find_places
from media.window.layout import arrange
from tests.end_to_end.clinic import Clinic, clinic
from tests.media.window.grab import SIZE, grab, number_in, x_display
from tests.until import until


@contextlib.asynccontextmanager
async def process(module: str, line: Any, env: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """`python -m module`, told one line of JSON; its standard input stays open."""
    command = [sys.executable, "-P", "-m", module]
    started = await asyncio.create_subprocess_exec(
        *command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env
    )
    assert started.stdin is not None
    started.stdin.write(json.dumps(line).encode() + b"\n")
    await started.stdin.drain()
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.wait()


async def call_with_two(house: Clinic, line: ServiceClient) -> tuple[str, list[dict[str, Any]]]:
    """A running call and its two people, still outside."""
    made = await house.appointment()
    await line.send(made["id"], c.Invite(guest=c.Guest(name="Tom Lee", email="tom@example.org")))
    await line.send(made["id"], c.StartCall())
    return made["id"], (await line.query("people", id=made["id"]))["people"]


async def test_U7_E6_two_simulated_patients_are_seen_and_one_is_removed(tmp_path: Path):
    async with clinic(tmp_path / "home") as house:
        socket = find_places(house.env).socket
        async with ServiceClient(Address(socket=socket)) as line:
            call, people = await call_with_two(house, line)
            colours = ("#3a7ca5", "#a5683a")
            parts = [
                {"link": each["join_url"], "name": each["name"], "colour": colour, "call": call}
                for each, colour in zip(people, colours, strict=True)
            ]

            async def states() -> dict[str, str]:
                return {each["name"]: each["state"] for each in (await line.query("people", id=call))["people"]}

            async def all_wait() -> bool:
                return set((await states()).values()) == {"waiting"}

            async with process("media.simulated", parts, house.env):
                await until(all_wait, timeout=60, every=0.1)
                for each in people:
                    await line.send(call, c.Admit(person_id=each["id"]))
                link = (await line.query("window_link", id=call))["url"]
                with x_display() as display:
                    env = house.env | {"DISPLAY": display, "SDL_AUDIODRIVER": "dummy"}
                    async with process("media.window", {"link": link}, env) as window:
                        await until(lambda: both_move(display), timeout=60, every=0.1)
                        await line.send(call, c.Remove(person_id=people[0]["id"]))
                        await until(lambda: one_moves(display), timeout=30, every=0.1)
                        await line.send(call, c.EndCall())
                        assert await asyncio.wait_for(window.wait(), 30) == 0


async def both_move(display: str) -> bool:
    return await _move(display, 2)


async def one_moves(display: str) -> bool:
    return await _move(display, 1)


async def _move(display: str, people: int) -> bool:
    """Whether each of so many tiles shows a picture whose number grows."""
    tiles = arrange(people, "tiles", *SIZE).tiles
    grabs = []
    for _ in range(2):
        frame = await asyncio.to_thread(grab, display)
        grabs.append([number_in(frame, tile) for tile in tiles])
        await asyncio.sleep(0.5)
    return all(a is not None and b is not None and b > a for a, b in zip(*grabs, strict=True))
