"""What a role has no keys for, and who did what (U2)."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from ecm_tui.console.allowed import NEEDS, allowed
from ecm_tui.core import commands as c
from tests.console.driving import Console, console
from tests.console.fake_service import FakeClock, FakeService


@pytest.fixture
async def observer(service: FakeService, clock: FakeClock, state: Path, appointment: str) -> AsyncIterator[Console]:
    """An observer's console."""
    service.me = replace(service.me, name="Sam", role="observer")
    async with console(service, clock, state) as made:
        yield made


@pytest.fixture
async def clerk(service: FakeService, clock: FakeClock, state: Path, appointment: str) -> AsyncIterator[Console]:
    """A clerk's console."""
    service.me = replace(service.me, name="Kim", role="clerk")
    async with console(service, clock, state) as made:
        yield made


def test_U2_the_acts_that_change_something_are_the_organisers_and_none_the_observers():
    assert all(allowed(act, "organiser") for act in NEEDS)
    assert not any(allowed(act, "observer") for act in NEEDS)
    assert allowed("search", "observer")
    assert not allowed("admit", "stranger")


async def test_U2_an_observer_has_no_keys_and_no_controls_that_act(observer: Console, appointment: str):
    observer.service.other(appointment, c.StartCall())
    observer.service.enter(appointment, "Ann Lee")
    await observer.open("Ann Lee")
    await observer.sees("Ann Lee wants to join")
    assert "observer" in observer.line("Session Information")
    assert "F2" not in observer.text
    for control in ("[a] admit", "[x] disconnect", "+ add", "F9 mic", "i Invite"):
        assert control not in observer.text, control
    await observer.select("Ann Lee")
    await observer.press("a", "A", "x", "f2", "i", "f8", "f9")
    await observer.press("enter")
    await observer.sees("Details")
    assert "Remove" not in observer.text and "link" not in observer.text
    await observer.press("enter")
    await observer.sees("Waiting, since")
    assert "@clinic.test" not in observer.text.partition("Details")[2]
    await observer.press("escape", "ctrl+o")
    await observer.sees("What can be done here")
    for act in ("Admit", "Disconnect", "Join", "Window", "Copy link"):
        assert act not in observer.text, act
    assert "Search" in observer.text
    assert observer.service.sent == []
    assert observer.service.state(appointment, "Ann Lee") == "waiting"


async def test_U2_an_observer_leaves_a_running_call_without_a_question(observer: Console, appointment: str):
    observer.service.other(appointment, c.StartCall())
    await observer.open("Ann Lee")
    await observer.press("f10")
    await observer.sees("The call goes on without you.")
    assert observer.service.sent == []


async def test_U2_an_observer_cannot_start_a_call(observer: Console, appointment: str):
    await observer.open("Ann Lee")
    await observer.sees("You are here as an observer")
    assert "JOIN SESSION" not in observer.text
    await observer.press("enter", "J")
    assert observer.service.sent == []


async def test_U2_a_clerk_admits_and_has_no_part_in_picture_and_sound(clerk: Console, appointment: str):
    clerk.service.other(appointment, c.StartCall())
    clerk.service.enter(appointment, "Ann Lee")
    await clerk.open("Ann Lee")
    await clerk.select("Ann Lee")
    await clerk.press("a")
    await clerk.sees("In call (1)")
    await clerk.press("f8", "f9", "v")
    assert [type(command) for _, command in clerk.service.sent] == [c.Admit]
    await clerk.press("full_stop")
    await clerk.sees("Remove user")
    assert "Pin" not in clerk.text
    assert "Mute" in clerk.text


async def test_U2_who_is_second_is_told_by_whom(seen: Console, appointment: str):
    seen.service.other(appointment, c.StartCall())
    ann = seen.service.enter(appointment, "Ann Lee")
    await seen.open("Ann Lee")
    await seen.select("Ann Lee")
    seen.service.hold.clear()
    await seen.press("a")
    await seen.sees("admitting…")
    seen.service.other(appointment, c.Admit(person_id=ann))
    seen.service.hold.set()
    await seen.sees("Ann Lee is in the call already: Dr Brown admitted them.")
    await seen.sees("In call (1)")
    await seen.press("f4")
    await seen.sees("Dr Brown admitted Ann Lee")


async def test_U2_with_read_only_an_organisers_console_has_no_keys_and_no_controls_that_act(
    service: FakeService, clock: FakeClock, state: Path, appointment: str
):
    service.other(appointment, c.StartCall())
    service.enter(appointment, "Ann Lee")
    async with console(service, clock, state, read_only=True) as seen:
        await seen.sees("Ann Lee wants to join")
        await seen.press("i", "y", "f2")
        assert len(seen.app.screen_stack) == 1
        await seen.open("Ann Lee")
        assert "read only" in seen.line("Session Information")
        for control in ("[a] admit", "[x] disconnect", "+ add", "F9 mic", "i Invite", "F2"):
            assert control not in seen.text, control
        await seen.press("a", "A", "x", "f2", "i", "f5", "f8", "f9", "v", "J", "y")
        assert len(seen.app.screen_stack) == 1
        await seen.press("enter")
        await seen.sees("Details")
        assert "Remove" not in seen.text and "link" not in seen.text
        await seen.press("escape", "f10")
        await seen.sees("The call goes on without you.")
        assert service.sent == []
