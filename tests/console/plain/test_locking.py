"""The lock of the line mode: nothing in sight, nobody named, no command heard, and only the PIN unlocks."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecm_tui.console.pin import made, save
from ecm_tui.console.plain.locking import NO_TERMINAL
from ecm_tui.core import commands as c
from tests.console.fake_service import FakeClock, FakeService
from tests.console.plain.test_console import Lines, lines
from tests.until import until


@pytest.fixture
def pin(tmp_path: Path) -> Path:
    save(tmp_path / "pin.json", made("2468"))
    return tmp_path / "pin.json"


def since_locked(seen: Lines) -> str:
    return "\n".join(seen.terminal.said[seen.terminal.cleared :])


async def test_while_locked_nobody_is_named_and_no_command_is_heard(
    service: FakeService, clock: FakeClock, state: Path, pin: Path, appointment: str
):
    service.other(appointment, c.StartCall())
    async with lines(service, clock, state, pin=pin) as seen:
        await seen.type("open 1")
        said = await seen.type("lock")
        assert seen.terminal.cleared and said == [
            "Locked. A call is running. Nobody wants to join.",
            "Type your PIN, then Enter. The call goes on.",
        ]
        service.enter(appointment, "Ann Lee")
        await seen.says("* 1 person wants to join.")
        for typed in ("admit next", "people", "quit", ""):
            await seen.type(typed)
        await seen.type("", "end")
        assert service.state(appointment, "Ann Lee") == "waiting"
        assert "Ann" not in since_locked(seen) and "Bea" not in since_locked(seen)
        assert set(seen.terminal.secrets) == {"PIN: "} and seen.terminal.prompts[-1] == "PIN: "


async def test_only_the_pin_unlocks_and_then_what_happened_is_told(
    service: FakeService, clock: FakeClock, state: Path, pin: Path, appointment: str
):
    service.other(appointment, c.StartCall())
    async with lines(service, clock, state, pin=pin) as seen:
        await seen.type("open 1")
        await seen.type("lock")
        service.enter(appointment, "Ann Lee")
        for _ in range(2):
            assert "That is not the PIN." in await seen.type("1111")
        assert (await seen.type("2468"))[-1].startswith("Too soon after a wrong PIN")
        clock.pass_(30)
        said = await seen.type("2468")
        assert said[0] == "Unlocked." and "* Ann Lee wants to join. Type: admit next" in said
        assert seen.terminal.prompts[-1] == "> " and not seen.terminal.kept[-2]
        assert await seen.type("admit next") == ["You admitted Ann Lee."]


async def test_without_a_pin_anything_unlocks(service: FakeService, clock: FakeClock, state: Path, appointment: str):
    async with lines(service, clock, state) as seen:
        assert (await seen.type("lock"))[-1] == "Type anything, then Enter. The call goes on."
        assert await seen.type("x") == ["Unlocked."]


async def test_it_locks_by_itself_where_no_key_came_for_long_enough(
    service: FakeService, clock: FakeClock, state: Path, pin: Path, appointment: str
):
    async with lines(service, clock, state, pin=pin, lock_minutes=5) as seen:
        clock.pass_(301)
        await seen.says("Locked. No call is running.")
        await until(lambda: seen.terminal.prompts[-1] == "PIN: ", what="the PIN is asked for")
        assert "Unlocked." in await seen.type("2468")


async def test_a_form_goes_on_after_the_lock_and_a_question_does_not(
    service: FakeService, clock: FakeClock, state: Path, appointment: str
):
    async with lines(service, clock, state, lock_minutes=5) as seen:
        await seen.type("open 1")
        await seen.type("invite")
        await seen.type("Cem Oz")
        clock.pass_(301)
        await seen.says("Locked.")
        await seen.type("x")
        assert seen.terminal.prompts[-1] == "Email: "
        await seen.type("cem@example.org")
        await seen.type("")
        await seen.type("")
        assert "Cem Oz" in service.people(appointment)
        await seen.type("revoke cem oz")
        assert seen.terminal.prompts[-1] == "y or n: "
        seen.terminal.used_at = clock.timer() - 301
        await until(lambda: seen.terminal.prompts[-1] != "y or n: ", what="it is locked")
        assert "Nothing was done." in await seen.type("x")
        assert seen.terminal.prompts[-1] == "> "


async def test_a_script_is_told_that_there_is_no_terminal(
    service: FakeService, clock: FakeClock, state: Path, appointment: str
):
    async with lines(service, clock, state, interactive=False) as seen:
        assert await seen.type("lock") == [NO_TERMINAL]
        assert (await seen.type("schedule"))[1].startswith("1. 09:30, Ann Lee")


async def test_a_terminal_that_vanishes_while_locked_ends_it(
    service: FakeService, clock: FakeClock, state: Path, pin: Path, appointment: str
):
    service.other(appointment, c.StartCall())
    async with lines(service, clock, state, pin=pin) as seen:
        await seen.type("open 1")
        await seen.type("lock")
        await seen.type("", "gone")
        await until(lambda: seen._ended, what="it has ended")
