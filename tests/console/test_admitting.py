"""Letting people in and seeing them out, by keys and by mouse (S3-S16a)."""

import asyncio
from dataclasses import replace

from ecm_tui.core import commands as c
from tests.console.driving import Console
from tests.until import until


async def in_call(seen: Console, appointment: str, *names: str) -> None:
    """The call runs with these people in it, and is open in the console."""
    seen.service.other(appointment, c.StartCall())
    for name in names:
        person = seen.service.enter(appointment, name)
        seen.service.other(appointment, c.Admit(person_id=person))
    await seen.open("Ann Lee")


async def test_from_the_schedule_to_an_admitted_patient_by_four_keys(seen: Console, appointment: str):
    seen.service.enter(appointment, "Ann Lee")
    await seen.open("Ann Lee")
    assert "JOIN SESSION" in seen.text
    await seen.join()
    await seen.select("Ann Lee")
    await seen.press("a")
    await seen.sees("In call (1)")
    assert seen.service.state(appointment, "Ann Lee") == "admitted"


async def test_S3_no_one_is_here_yet_shows_until_the_first_admission_and_again_after_the_last_has_left(
    seen: Console, appointment: str
):
    seen.service.enter(appointment, "Ann Lee")
    await seen.open("Ann Lee")
    assert "No one is here yet" not in seen.text
    await seen.join()
    assert "Waiting (1)" in seen.text
    seen.service.other(appointment, c.Admit(person_id=seen.service.people(appointment)["Ann Lee"]))
    await seen.sees_no("No one is here yet")
    seen.service.leave(appointment, "Ann Lee")
    await seen.sees("No one is here yet")


async def test_S3_no_one_is_here_yet_is_nowhere_before_the_call_is_started(seen: Console, appointment: str):
    await seen.pilot.resize_terminal(140, 40)
    await seen.open("Ann Lee")
    await seen.sees("The call does not run.")
    assert "No one is here yet" not in seen.text


async def test_S4_S5_joining_admits_nobody_and_each_person_needs_an_admission(seen: Console, appointment: str):
    seen.service.enter(appointment, "Ann Lee")
    seen.service.enter(appointment, "Bea Moreno")
    await seen.open("Ann Lee")
    await seen.join()
    await seen.sees("Waiting (2)")
    await seen.select("Ann Lee")
    await seen.press("a")
    await seen.sees("In call (1)")
    assert seen.service.state(appointment, "Bea Moreno") == "waiting"


async def test_S6_a_click_on_admit_admits(seen: Console, appointment: str):
    await in_call(seen, appointment)
    seen.service.enter(appointment, "Bea Moreno")
    await seen.sees("[a] admit")
    await seen.click("[a] admit")
    await seen.sees("In call (1)")


async def test_S6_enter_opens_the_menu_whose_first_item_is_admit_and_never_admits(seen: Console, appointment: str):
    await in_call(seen, appointment)
    seen.service.enter(appointment, "Bea Moreno")
    await seen.select("Bea Moreno")
    await seen.press("enter")
    await seen.sees("▌Admit")
    await seen.press_at_once("enter", "enter")
    assert seen.service.state(appointment, "Bea Moreno") == "waiting"
    await seen.press("enter")
    await seen.sees("In call (1)")


async def test_S8_x_and_the_red_control_disconnect_a_waiting_person(seen: Console, appointment: str):
    await in_call(seen, appointment)
    for name in ("Ann Lee", "Bea Moreno"):
        seen.service.enter(appointment, name)
    await seen.select("Ann Lee")
    await seen.press("x")
    await seen.sees("Waiting (1)")
    assert seen.service.state(appointment, "Ann Lee") == "disconnected"
    await seen.click("[x] disconnect")
    await seen.sees("Waiting (0)")
    assert seen.service.state(appointment, "Bea Moreno") == "disconnected"


async def test_S9_for_an_admitted_person_disconnect_is_neither_drawn_nor_bound(seen: Console, appointment: str):
    await in_call(seen, appointment, "Ann Lee")
    await seen.select("Ann Lee")
    assert "[x]" not in seen.row("Ann Lee")
    assert "x Disconnect" not in seen.text
    await seen.press("x")
    assert not any(isinstance(command, c.Disconnect) for _, command in seen.service.sent)


async def test_the_row_says_admitting_until_the_event_is_here(seen: Console, appointment: str):
    await in_call(seen, appointment)
    seen.service.enter(appointment, "Ann Lee")
    await seen.select("Ann Lee")
    seen.service.hold.clear()
    await seen.press("a")
    await seen.sees("admitting…")
    assert "In call (0)" in seen.text
    seen.service.hold.set()
    await seen.sees("In call (1)")
    assert "admitting…" not in seen.text


async def test_S34_a_refusal_shows_its_reason_and_the_row_is_as_before(seen: Console, appointment: str):
    seen.service.rules = type(seen.service.rules)(places=1)
    await in_call(seen, appointment, "Ann Lee")
    seen.service.enter(appointment, "Bea Moreno")
    await seen.select("Bea Moreno")
    await seen.press("a")
    await seen.sees("The call is full: 1 of 1 places are taken.")
    assert "[a] admit" in seen.row("Bea Moreno")


async def test_admitting_before_the_call_is_started_says_why_not(seen: Console, appointment: str):
    seen.service.enter(appointment, "Ann Lee")
    await seen.open("Ann Lee")
    await seen.press("tab", "tab")
    await seen.select("Ann Lee")
    await seen.press("a")
    await seen.sees("The call is not running. Start it first.")


async def test_S12_a_person_who_asks_again_is_told_from_the_first_entry(seen: Console, appointment: str):
    await in_call(seen, appointment)
    seen.service.enter(appointment, "Ann Lee")
    await seen.select("Ann Lee")
    await seen.press("x")
    await seen.sees("Disconnected")
    seen.service.enter(appointment, "Ann Lee", again=True)
    await seen.sees("Asked again")


async def test_S13_S14_remove_user_is_in_the_menu_and_asks_once(seen: Console, appointment: str):
    await in_call(seen, appointment, "Ann Lee")
    await seen.select("Ann Lee")
    await seen.press("full_stop")
    await seen.sees("Remove user")
    await seen.press("j", "j", "j", "j", "enter")
    await seen.sees("leaves the call at once")
    assert seen.service.state(appointment, "Ann Lee") == "admitted"
    await seen.press("enter")
    await seen.sees("Removed")
    assert seen.service.state(appointment, "Ann Lee") == "removed"


async def test_S14_n_and_escape_remove_nobody(seen: Console, appointment: str):
    await in_call(seen, appointment, "Ann Lee")
    await seen.select("Ann Lee")
    for no in ("n", "escape"):
        await seen.press("full_stop", "j", "j", "j", "j", "enter")
        await seen.sees("leaves the call at once")
        await seen.press(no)
        await seen.sees_no("leaves the call at once")
    assert seen.service.state(appointment, "Ann Lee") == "admitted"


async def test_S15_a_removed_person_comes_back_through_waiting_and_is_admitted_again(seen: Console, appointment: str):
    await in_call(seen, appointment, "Ann Lee")
    seen.service.other(appointment, c.Remove(person_id=seen.service.people(appointment)["Ann Lee"]))
    await seen.sees("Not here (1)")
    seen.service.enter(appointment, "Ann Lee")
    await seen.select("Ann Lee")
    await seen.press("a")
    await seen.sees("In call (1)")


async def test_S16a_put_back_mute_and_pin_are_in_the_menu_of_an_admitted_person(seen: Console, appointment: str):
    await in_call(seen, appointment, "Ann Lee")
    await seen.select("Ann Lee")
    await seen.press("full_stop", "enter")
    await seen.sees("muted")
    await seen.press("full_stop", "enter")
    await seen.sees("unmute asked")
    await seen.press("full_stop", "j", "enter")
    await until(lambda: seen.app.desk.me.pinned == seen.service.people(appointment)["Ann Lee"])
    await seen.press("full_stop", "j", "j", "j", "enter")
    await seen.sees("Waiting (1)")


async def test_S16a_admit_all_names_who_goes_in_and_asks_once(seen: Console, appointment: str):
    await in_call(seen, appointment)
    for name in ("Ann Lee", "Bea Moreno", "Omar Haddad"):
        seen.clock.pass_()
        seen.service.enter(appointment, name)
    seen.service.presence(appointment, "Omar Haddad", "lost")
    await seen.sees("Reconnecting")
    await seen.press("A")
    await seen.sees("Ann Lee and Bea Moreno")
    await seen.sees("Admit all 2")
    assert seen.service.state(appointment, "Ann Lee") == "waiting"
    await seen.press("enter")
    await seen.sees("In call (2)")
    assert seen.service.state(appointment, "Omar Haddad") == "waiting"


async def test_S16a_S34_admit_all_says_how_many_have_a_place_and_asks_nothing_when_none_is_left(
    seen: Console, appointment: str
):
    await in_call(seen, appointment)
    for name in ("Ann Lee", "Bea Moreno", "Omar Haddad"):
        seen.clock.pass_()
        seen.service.enter(appointment, name)
    await seen.sees("Waiting (3)")
    seen.app.desk.clinic = replace(seen.app.desk.clinic, places=2)
    await seen.press("A")
    await seen.sees("2 of 3 have a place: those who wait longest.")
    await seen.sees("Admit 2 people")
    await seen.press("escape")
    seen.app.desk.clinic = replace(seen.app.desk.clinic, places=0)
    await seen.press("A")
    await seen.sees("The call is full: nobody can go in before somebody leaves.")
    assert "Cancel" not in seen.text


async def test_E4_a_running_session_opens_in_people_with_the_list_focused_and_its_first_row_selected(
    seen: Console, appointment: str
):
    await in_call(seen, appointment, "Ann Lee")
    assert "[PEOPLE]" in seen.text
    assert "JOIN SESSION" not in seen.text
    assert seen.row("Ann Lee").startswith("▌")
    assert seen.app.focused is not None and seen.app.focused.id == "people"


async def test_E4_before_joining_the_patients_data_and_own_devices_are_shown_and_join_has_the_focus(
    seen: Console, appointment: str
):
    await seen.open("Ann Lee")
    for part in ("ID 4718", "09:30, 15 min", "patient@clinic.test", "F9 mic on", "F5 camera on", "+ add"):
        assert part in seen.text
    assert seen.app.focused is not None and seen.app.focused.id == "join-button"


async def test_E6_own_switches_are_always_visible_and_switched_by_f9_and_f5(seen: Console, appointment: str):
    await in_call(seen, appointment)
    await seen.press("f9", "f5")
    await seen.sees("F9 mic off  F5 camera off")
    await seen.press("f6")
    await seen.sees("F9 mic off  F5 camera off")


async def test_another_organisers_acts_appear_with_their_name_in_the_chat_view(seen: Console, appointment: str):
    await in_call(seen, appointment, "Ann Lee")
    await seen.press("f4")
    await seen.sees("[CHAT]")
    assert "In the call: Ann Lee" in seen.text
    assert "Dr Brown admitted Ann Lee" in seen.text
    await seen.press("a", "x", "full_stop")
    await asyncio.sleep(0)
    assert len(seen.app.screen_stack) == 1
    await seen.press("f3")
    await seen.sees("[PEOPLE]")


async def test_S1_the_views_are_reached_by_mouse_too(seen: Console, appointment: str):
    await in_call(seen, appointment)
    await seen.click("CHAT")
    await seen.sees("[CHAT]")
    await seen.click("PEOPLE")
    await seen.sees("[PEOPLE]")


async def with_two_calls(seen: Console, appointment: str) -> str:
    """Two calls run, in one of which Bea waits longer than Ann in the other; the other's id."""
    other = seen.service.schedule("Carla Diaz", "Bea Moreno|Daughter")
    for each in (appointment, other):
        seen.service.other(each, c.StartCall())
    seen.service.enter(other, "Bea Moreno")
    seen.clock.pass_(60)
    seen.service.enter(appointment, "Ann Lee")
    await seen.sees("Now (2)")
    await seen.settle()
    seen.clock.pass_()
    return other


async def test_E5_a_on_the_schedule_admits_who_waits_longest_in_the_selected_session(seen: Console, appointment: str):
    other = await with_two_calls(seen, appointment)
    lines = seen.text.splitlines()
    assert lines.index(seen.line("Carla Diaz")) < lines.index(seen.line("▶ Session running Ann Lee"))
    assert seen.line("Ann Lee  ").startswith("▌")
    await seen.press("k", "a")
    await seen.sees("Bea Moreno is in the call of Carla Diaz.")
    assert seen.service.state(other, "Bea Moreno") == "admitted"
    assert seen.service.state(appointment, "Ann Lee") == "waiting"
    assert seen.app.desk.session is None
    await seen.press("a")
    await seen.sees("Nobody waits in the session of Carla Diaz.")


async def test_the_schedules_control_is_clicked_and_the_row_says_admitting_until_it_happened(
    seen: Console, appointment: str
):
    other = await with_two_calls(seen, appointment)
    seen.service.hold.clear()
    line = seen.line("Carla Diaz")
    await seen.pilot.click(offset=(line.index("[a] admit") + 2, seen.text.splitlines().index(line)))
    await seen.sees("admitting…")
    assert seen.service.state(other, "Bea Moreno") == "waiting"
    seen.service.hold.set()
    await seen.sees("1 in call")
    await seen.sees_no("admitting…")


async def test_a_on_a_row_that_just_came_to_name_somebody_else_only_says_so(seen: Console, appointment: str):
    await with_two_calls(seen, appointment)
    seen.service.enter(appointment, "Omar Haddad")
    seen.service.leave(appointment, "Ann Lee")
    await seen.sees("Omar Haddad")
    await seen.press_at_once("a")
    await seen.sees("changed: press again")
    assert seen.service.state(appointment, "Omar Haddad") == "waiting"
    await seen.press("a")
    await seen.sees("Omar Haddad is in the call of Ann Lee.")


async def test_the_schedules_menu_admits_by_name_and_says_why_it_cannot(seen: Console, appointment: str):
    seen.service.enter(appointment, "Ann Lee")
    await seen.sees("Patient online")
    await seen.press("a")
    await seen.sees("Ann Lee waits for a call that has not started.")
    await seen.press("full_stop")
    await seen.sees("Admit Ann Lee")
    await seen.press("enter")
    await seen.sees("Ann Lee waits for a call that has not started.")
    await seen.press("escape")
    seen.service.other(appointment, c.StartCall())
    await seen.sees("[a] admit")
    await seen.press("full_stop", "enter")
    await seen.sees("Ann Lee is in the call.")
    assert seen.service.state(appointment, "Ann Lee") == "admitted"


async def test_the_schedules_menu_opens_and_copies_the_link(seen: Console, appointment: str):
    await seen.press("full_stop")
    await seen.sees("Copy link and show QR code")
    await seen.click("Copy link and show QR code")
    await seen.sees("/join/t-")
    await seen.press("escape", "full_stop", "enter")
    await seen.sees("In call (")
