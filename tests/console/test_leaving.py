"""Between the places, out of a call, and out of the console (E5, E7, U1)."""

from pathlib import Path

import pytest

from ecm_tui.core import commands as c
from tests.console.driving import Console, console
from tests.console.fake_service import FakeClock, FakeService


async def in_a_call(seen: Console, appointment: str) -> None:
    seen.service.other(appointment, c.StartCall())
    person = seen.service.enter(appointment, "Ann Lee")
    seen.service.other(appointment, c.Admit(person_id=person))
    await seen.open("Ann Lee")


async def test_E7_exit_without_ending_leaves_the_people_in_the_call_and_one_can_come_back(
    seen: Console, appointment: str
):
    await in_a_call(seen, appointment)
    await seen.press("f10")
    await seen.sees("Exit without ending")
    await seen.press("enter")
    await seen.sees("The call goes on without you.")
    assert seen.service.streams[appointment].running
    await seen.open("Ann Lee")
    await seen.sees("In call (1)")


async def test_E7_leave_session_ends_it_for_all(seen: Console, appointment: str):
    await in_a_call(seen, appointment)
    await seen.press("f10")
    await seen.sees("Leave session")
    await seen.press("right", "enter")
    await seen.sees("✓ Taken")
    assert seen.service.state(appointment, "Ann Lee") == "left"


async def test_E7_escape_stays(seen: Console, appointment: str):
    await in_a_call(seen, appointment)
    await seen.press("f10")
    await seen.sees("Leave session")
    await seen.press("escape")
    await seen.sees_no("Leave session")
    assert "[PEOPLE]" in seen.text


async def test_f6_goes_to_the_schedule_and_back_while_the_session_goes_on(seen: Console, appointment: str):
    await in_a_call(seen, appointment)
    await seen.press("f6")
    await seen.sees("▶ Session running")
    seen.service.enter(appointment, "Bea Moreno")
    await seen.press("3")
    await seen.sees("Waiting (1)")


async def test_ctrl_q_quits_at_once_without_a_call_and_asks_in_one(
    service: FakeService, clock: FakeClock, state: Path, appointment: str
):
    async with console(service, clock, state) as seen:
        await seen.press("ctrl+q")
        await seen.holds(lambda: not seen.app.is_running)
    async with console(service, clock, state) as seen:
        await in_a_call(seen, appointment)
        await seen.press("ctrl+q")
        await seen.sees("Exit without ending")
        await seen.press("enter")
        await seen.holds(lambda: not seen.app.is_running)
    assert service.streams[appointment].running


async def test_S2_the_introduction_takes_no_focus_and_goes_for_good_with_escape(
    service: FakeService, clock: FakeClock, tmp_path: Path, appointment: str
):
    async with console(service, clock, tmp_path) as seen:
        await seen.sees("Welcome.")
        assert seen.app.focused is not None and seen.app.focused.id == "appointments"
        await seen.press("escape")
        await seen.sees_no("Welcome.")
    async with console(service, clock, tmp_path) as seen:
        await seen.sees("Ann Lee")
        assert "Welcome." not in seen.text


async def test_S2_the_introduction_goes_for_good_with_the_first_opened_appointment(
    service: FakeService, clock: FakeClock, tmp_path: Path, appointment: str
):
    async with console(service, clock, tmp_path) as seen:
        await seen.open("Ann Lee")
        await seen.press("f6")
        await seen.sees("Schedule")
        assert "Welcome." not in seen.text
    assert (tmp_path / "introduced").exists()


async def test_a_closing_dialog_swallows_keys_for_a_moment(seen: Console, appointment: str):
    await in_a_call(seen, appointment)
    seen.service.enter(appointment, "Bea Moreno")
    await seen.select("Bea Moreno")
    await seen.press("f1")
    await seen.sees("Admit the selected person.")
    await seen.press("escape")
    await seen.press_at_once("x", "a", "f2")
    await seen.sees_no("Admit the selected person.")
    assert seen.service.state(appointment, "Bea Moreno") == "waiting"
    await seen.press("a")
    await seen.sees("In call (2)")


async def test_another_appointments_session_replaces_the_one_before(
    service: FakeService, clock: FakeClock, state: Path, appointment: str
):
    service.schedule("Zed Young")
    async with console(service, clock, state) as seen:
        await seen.open("Ann Lee")
        await seen.press("f6")
        await seen.open("Zed Young")
        await seen.sees("Zed Young  09:30")
        assert "Bea Moreno" not in seen.text


async def test_after_fg_the_whole_screen_is_painted_again(seen: Console, monkeypatch: pytest.MonkeyPatch):
    full: list[object] = []
    compositor = seen.app.screen._compositor
    paint_all = compositor.render_full_update

    def spy(simplify: bool = False):
        full.append(simplify)
        return paint_all(simplify)

    await seen.settle()
    monkeypatch.setattr(compositor, "render_full_update", spy)
    seen.app.app_resume_signal.publish(seen.app)
    await seen.holds(lambda: full, "a full picture")
