"""The notice in the corner, and F2 (S33)."""

from pathlib import Path

from ecm_tui.core import commands as c
from tests.console.driving import Console, console
from tests.console.fake_service import FakeClock, FakeService


async def running(seen: Console, appointment: str) -> None:
    seen.service.other(appointment, c.StartCall())
    await seen.settle()


async def test_S33_the_notice_names_the_person_and_f2_admits_them_from_the_schedule(seen: Console, appointment: str):
    await running(seen, appointment)
    seen.service.enter(appointment, "Bea Moreno")
    await seen.sees("Bea Moreno wants to join  F2 admit")
    await seen.press("f2")
    await seen.sees_no("wants to join")
    assert seen.service.state(appointment, "Bea Moreno") == "admitted"


async def test_S33_several_are_counted_and_the_longest_waiting_is_named(seen: Console, appointment: str):
    await running(seen, appointment)
    for name in ("Bea Moreno", "Ann Lee", "Omar Haddad"):
        seen.clock.pass_()
        seen.service.enter(appointment, name)
    await seen.sees("Bea Moreno and 2 others want to join")
    await seen.press("f2")
    await seen.sees("Ann Lee and 1 other want to join")


async def test_S33_the_notice_goes_when_another_organiser_handles_it(seen: Console, appointment: str):
    await running(seen, appointment)
    person = seen.service.enter(appointment, "Bea Moreno")
    await seen.sees("wants to join")
    seen.service.other(appointment, c.Disconnect(person_id=person))
    await seen.sees_no("wants to join")
    await seen.press("f2")
    await seen.sees("Nobody wants to join.")


async def test_S33_f2_admits_while_typing_in_a_dialog_and_what_was_typed_stays(seen: Console, appointment: str):
    await running(seen, appointment)
    await seen.open("Ann Lee")
    await seen.press("i")
    await seen.sees("Invite a person")
    await seen.type("Eve")
    seen.service.enter(appointment, "Bea Moreno")
    await seen.sees("Bea Moreno wants to join")
    await seen.press("f2")
    await seen.holds(lambda: seen.service.state(appointment, "Bea Moreno") == "admitted")
    await seen.sees("Eve")
    await seen.sees("Invite a person")


async def test_S33_a_notice_that_changed_a_moment_ago_takes_no_key(seen: Console, appointment: str):
    await running(seen, appointment)
    person = seen.service.enter(appointment, "Bea Moreno")
    seen.clock.pass_()
    seen.service.enter(appointment, "Ann Lee")
    await seen.sees("Bea Moreno and 1 other")
    seen.clock.pass_()
    seen.service.other(appointment, c.Admit(person_id=person))
    await seen.sees("Ann Lee wants to join")
    await seen.press_at_once("f2")
    await seen.sees("changed: press again")
    assert seen.service.state(appointment, "Ann Lee") == "waiting"
    await seen.press("f2")
    await seen.holds(lambda: seen.service.state(appointment, "Ann Lee") == "admitted")


async def test_S33_more_newcomers_do_not_unsettle_the_one_who_is_named(seen: Console, appointment: str):
    await running(seen, appointment)
    seen.service.enter(appointment, "Bea Moreno")
    await seen.sees("Bea Moreno wants to join")
    seen.clock.pass_()
    seen.service.enter(appointment, "Ann Lee")
    await seen.sees("Bea Moreno and 1 other")
    await seen.press_at_once("f2")
    await seen.holds(lambda: seen.service.state(appointment, "Bea Moreno") == "admitted")


async def test_S33_f2_before_the_call_is_started_says_what_to_do(seen: Console, appointment: str):
    seen.service.enter(appointment, "Ann Lee")
    await seen.sees("Ann Lee wants to join")
    await seen.press("f2")
    await seen.sees("waits for a call that has not started")


async def test_S33_a_click_on_the_notice_admits(seen: Console, appointment: str):
    await running(seen, appointment)
    seen.service.enter(appointment, "Bea Moreno")
    await seen.sees("wants to join")
    await seen.click("wants to join")
    await seen.holds(lambda: seen.service.state(appointment, "Bea Moreno") == "admitted")


async def test_S33_the_bell_rings_once_for_a_burst(
    service: FakeService, clock: FakeClock, state: Path, appointment: str, monkeypatch
):
    async with console(service, clock, state) as seen:
        rung: list[float] = []
        monkeypatch.setattr(seen.app, "bell", lambda: rung.append(clock.timer()))
        service.enter(appointment, "Ann Lee")
        service.enter(appointment, "Bea Moreno")
        await seen.sees("Ann Lee and 1 other")
        clock.pass_(1)
        service.enter(appointment, "Omar Haddad")
        await seen.sees("Ann Lee and 2 others")
        assert len(rung) == 1
        clock.pass_(10)
        service.leave(appointment, "Omar Haddad")
        service.enter(appointment, "Omar Haddad")
        await seen.holds(lambda: len(rung) == 2)


async def test_S33_the_notice_stands_on_help_and_palette_too(seen: Console, appointment: str):
    await running(seen, appointment)
    seen.service.enter(appointment, "Bea Moreno")
    await seen.sees("wants to join")
    await seen.press("f1")
    await seen.sees("Admit who waits longest in the selected session.")
    assert "Bea Moreno wants to join" in seen.text
    await seen.press("escape", "ctrl+p")
    await seen.sees("Search for commands")
    assert "Bea Moreno wants to join" in seen.text
