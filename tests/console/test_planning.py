"""Changing appointments on the Schedule: edit, outcome, invites of imported ones, cancelling (E1, E3, E10)."""

from datetime import timedelta
from pathlib import Path

import pytest

from ecm_tui.console import bookings, words
from ecm_tui.console.widgets.rows import RowList
from ecm_tui.core import commands as c
from ecm_tui.core.log import SERVICE
from tests.console.driving import Console, console
from tests.console.fake_service import TUESDAY, FakeClock, FakeService


def arrived(service: FakeService, appointment: str, name: str, channel: str = "email") -> None:
    """The transport took the person's invitation."""
    person = service.people(appointment)[name]
    note = c.NoteDelivery(person_id=person, channel=channel, number=1, state="sent")  # type: ignore[arg-type]
    service.do(appointment, note, SERVICE)


def imported(service: FakeService, name: str, email: str = "x@clinic.test", minutes: int = 60) -> str:
    """An appointment out of a list."""
    guest = c.Guest(name=name, email=email)
    command = c.Import(source=f"uid-{name}", at=TUESDAY + timedelta(minutes=minutes), patient=guest)
    return str(service.do("", command, service.actor)["appointment_id"])


async def cleared(seen: Console, field: str, text: str) -> None:
    """Type this instead of what is in the field that has the focus."""
    focused = seen.app.focused
    assert focused is not None and focused.id == field
    await seen.press("ctrl+u", "end", "ctrl+u")
    await seen.type(text)


async def test_E3_an_appointment_is_edited_and_only_what_changed_is_asked_for(seen: Console, appointment: str):
    await seen.press("e")
    await seen.sees("Edit appointment")
    assert "2026-11-24" in seen.text and "patient@clinic.test" in seen.text and "4718" in seen.text
    await seen.sees("Whoever was invited gets the invitation again when it changes.")
    await seen.press("enter")
    await seen.sees("Nothing was changed.")
    await cleared(seen, "date", "fri")
    await seen.press("tab")
    await cleared(seen, "time", "14:05")
    await seen.press("enter")
    await seen.sees("The appointment of Ann Lee is changed.")
    assert [type(command) for _, command in seen.service.sent] == [c.EditAppointment]
    changed = seen.service.streams[appointment]
    assert (changed.at, changed.minutes) == (TUESDAY + timedelta(days=3, hours=4, minutes=35), 15)
    await seen.sees("Friday 27 November 2026")
    await seen.sees("▌14:05  15 min   ◇ Scheduled       Ann Lee")


async def test_E3_the_patient_is_changed_before_the_plan_so_that_nothing_more_goes_to_the_old_address(
    seen: Console, appointment: str
):
    await seen.press("e")
    await seen.sees("Edit appointment")
    await seen.press("tab", "tab")
    await cleared(seen, "minutes", "30")
    await seen.press("tab", "enter", "tab")
    await cleared(seen, "name", "Ann Leigh")
    await seen.press("tab")
    await cleared(seen, "email", "leigh@clinic.test")
    await seen.press("ctrl+s")
    await seen.sees("The appointment of Ann Leigh is changed.")
    assert [type(command) for _, command in seen.service.sent] == [c.EditPerson, c.EditAppointment]
    changed = seen.service.streams[appointment]
    assert (changed.patient, changed.minutes, changed.kind) == ("Ann Leigh", 30, "phone")


async def test_what_a_colleague_changed_while_a_form_was_open_stays(seen: Console, appointment: str):
    service, ann = seen.service, seen.service.people(appointment)["Ann Lee"]
    await seen.press("e")
    await seen.sees("Edit appointment")
    later = TUESDAY + timedelta(hours=2)
    service.do(appointment, c.EditAppointment(at=later), service.actor)
    new = c.Guest(name="Ann Lee", email="new@clinic.test")
    service.do(appointment, c.EditPerson(person_id=ann, guest=new), service.actor)
    await seen.press("tab", "tab", "tab", "tab")
    await cleared(seen, "name", "Ann Leigh")
    await seen.press("tab", "tab", "tab", "tab")
    await cleared(seen, "patient_id", "P-9")
    await seen.press("ctrl+s")
    await seen.sees("The appointment of Ann Leigh is changed.")
    changed = service.streams[appointment]
    assert (changed.at, changed.patient_id) == (later, "P-9")
    assert (changed.people[ann].name, changed.people[ann].email) == ("Ann Leigh", "new@clinic.test")


async def test_an_appointment_that_began_within_a_minute_keeps_its_time_when_something_else_is_changed(
    seen: Console, appointment: str
):
    began = TUESDAY + timedelta(seconds=40, microseconds=7)
    seen.service.do(appointment, c.EditAppointment(at=began), seen.service.actor)
    await seen.press("e")
    await seen.sees("Edit appointment")
    await seen.press("enter")
    await seen.sees("Nothing was changed.")
    await seen.press("tab", "tab")
    await cleared(seen, "minutes", "20")
    await seen.press("enter")
    await seen.sees("is changed.")
    changed = seen.service.streams[appointment]
    assert (changed.at, changed.minutes) == (began, 20)


async def test_what_was_typed_outlives_a_refusal_and_closing_asks(seen: Console, appointment: str):
    await seen.press("e")
    await seen.sees("Edit appointment")
    await cleared(seen, "date", "soon")
    await seen.press("enter")
    await seen.sees("A day is written like")
    assert "soon" in seen.line("Date")
    await cleared(seen, "date", "1.1.2345")
    await seen.press("enter")
    await seen.sees("The year is between 2000 and 2200.")
    await seen.press("escape")
    await seen.sees("Close the form?")
    assert seen.service.streams[appointment].at == TUESDAY


async def test_a_person_is_edited_from_the_details(seen: Console, appointment: str):
    await seen.press("v")
    await seen.sees("What happened")
    await seen.press("e")
    await seen.sees("Edit person")
    await cleared(seen, "name", "Ann Leigh")
    await seen.press("enter")
    await seen.sees("The data of Ann Lee is changed.")
    await seen.sees("Dr Grey changed the data of Ann Leigh")
    await seen.press("G", "e")
    await seen.sees("Select a person first.")


async def test_E1_an_outcome_is_marked_and_corrected(seen: Console, appointment: str):
    await seen.press("o")
    await seen.sees("What it came to: Ann Lee")
    await seen.press("j", "enter")
    await seen.sees("✗ Did not attend")
    await seen.press("full_stop")
    await seen.sees("Mark as Taken")
    await seen.click("Mark as Taken")
    await seen.sees("✓ Taken")
    await seen.press("o", "enter")
    await seen.sees("It is marked so already.")
    assert seen.service.streams[appointment].outcome == "taken"


def test_cancelling_says_who_stands_in_the_waiting_room(service: FakeService, appointment: str):
    service.enter(appointment, "Ann Lee")
    told = bookings.cancelling(service.streams[appointment], service.streams[appointment])
    assert told == (
        "Ann Lee waits now, and their page says so. Its links open nothing any more. "
        "No invitation has gone out: nobody else is told."
    )


async def test_cancelling_says_who_is_told_and_does_nothing_before_it_is_confirmed(seen: Console, appointment: str):
    for name in ("Ann Lee", "Bea Moreno"):
        arrived(seen.service, appointment, name)
    await seen.press("X")
    await seen.sees("Ann Lee and Bea Moreno are")
    await seen.press("right", "enter")
    await seen.sees_no("told by email")
    assert not seen.service.streams[appointment].cancelled
    await seen.press("X")
    await seen.sees("told by email")
    await seen.press("enter")
    await seen.sees("The appointment of Ann Lee is cancelled.")
    await seen.sees("– Cancelled")
    await seen.press("X")
    await seen.sees("It is cancelled already.")
    await seen.press("e")
    await seen.sees("This appointment was cancelled.")


async def test_a_running_call_is_not_cancelled(seen: Console, appointment: str):
    seen.service.other(appointment, c.StartCall())
    await seen.sees("▶")
    await seen.press("X")
    await seen.sees("The call is running. End it first.")


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ((), "No invitation has gone out: nobody is told."),
        ((("Ann Lee", "email"),), "Ann Lee is told by email, and it is taken out of the calendar."),
        ((("Cara", "sms"),), "Cara had a text message, which is not taken back: tell them yourself."),
    ],
)
def test_E9_who_is_told_of_a_cancelled_appointment(
    service: FakeService, appointment: str, sent: tuple[tuple[str, str], ...], said: str
):
    service.other(appointment, c.Invite(guest=c.Guest(name="Cara", mobile="+41791234567")))
    for name, channel in sent:
        arrived(service, appointment, name, channel)
    told = bookings.cancelling(service.streams[appointment], service.streams[appointment])
    assert told.startswith("Its links open nothing any more. ") and said in told


def test_many_names_are_counted():
    assert words.named([]) == "" and words.named(["A"]) == "A"
    assert words.named(["A", "B"]) == "A and B"
    assert words.named(list("ABCD"), 4) == "A, B, C and D"
    assert words.named(list("ABCDE"), 3) == "A, B, C and 2 more"


async def test_E10_an_imported_appointment_is_grey_until_its_invite_is_sent(
    service: FakeService, clock: FakeClock, state: Path
):
    appointment = imported(service, "Ina", "ina@clinic.test")
    async with console(service, clock, state) as seen:
        assert "○ Imported" in seen.line("Ina")
        await seen.press("s")
        await seen.sees("The invitation goes to Ina (ina@clinic.test).")
        await seen.press("enter")
        await seen.sees("The invitation of Ina is on its way.")
        await seen.sees("◇ Scheduled")
        assert service.sent == [(appointment, c.SendInvites())]
        await seen.press("s")
        await seen.sees("Ina was invited already.")


async def test_E10_all_invites_of_the_day_are_sent_at_once_and_who_cannot_be_reached_is_named(
    service: FakeService, clock: FakeClock, state: Path
):
    for number, email in enumerate(("ina@clinic.test", "", "eli@clinic.test")):
        imported(service, f"Ina{number}", email, minutes=60 + number)
    imported(service, "Tomorrow", minutes=24 * 60)
    async with console(service, clock, state) as seen:
        await seen.press("S")
        await seen.sees("is invited: Ina0, Ina1 and")
        assert "Tomorrow" not in seen.text
        await seen.press("enter")
        await seen.sees("2 of 3 are on their way. Ina1 needs an email address")
        await seen.press("j", "s")
        await seen.sees("Ina1 cannot be reached yet: edit it first")
        await seen.press("escape", "S")
        await seen.sees("SEND INVITE")
        await seen.press("escape", "right", "S", "enter")
        await seen.sees("The invitation is on its way.")
        await seen.press("right", "S")
        await seen.sees("No imported appointment here waits for its invitation.")


async def test_an_observers_menu_of_an_appointment_changes_nothing(service: FakeService, clock: FakeClock, state: Path):
    service.schedule("Ann Lee")
    service.me = type(service.me)(id="o3", name="Sam", role="observer")
    async with console(service, clock, state) as seen:
        await seen.press("full_stop")
        await seen.sees("Details, notes and files")
        for act in ("Edit", "Mark", "Cancel", "link", "Admit"):
            assert act not in seen.text, act
        await seen.press("escape", "e", "X", "o", "s", "S")
        await seen.settle()
        assert len(seen.app.screen_stack) == 1 and service.sent == []


async def test_E3_a_new_appointment_begins_on_the_day_that_is_shown_and_stays_selected(seen: Console):
    await seen.press("right", "right", "i")
    await seen.sees("New appointment")
    assert "2026-11-26" in seen.line("Date")
    await seen.type("Nora")
    await seen.press("tab")
    await seen.type("n@clinic.test")
    await seen.press("enter")
    await seen.sees("Join link")
    await seen.press("escape")
    await seen.sees("▌09:30  15 min   ◇ Scheduled       Nora")
    assert "Thursday 26 November 2026" in seen.text


async def test_a_hit_of_a_search_leads_to_its_day(service: FakeService, clock: FakeClock, state: Path):
    service.schedule("Ann Lee")
    service.schedule("Fred", at=TUESDAY + timedelta(days=400))
    async with console(service, clock, state) as seen:
        await seen.press("slash")
        await seen.type("fred")
        await seen.sees("1 found for fred")
        await seen.press("enter", "full_stop")
        await seen.sees("Show its day")
        await seen.press("G", "enter")
        await seen.sees("Wednesday 29 December 2027")
        assert seen.line("Fred").startswith("▌")


async def test_everything_works_while_a_call_runs_and_F6_leads_back(seen: Console, appointment: str):
    other = seen.service.schedule("Carla", at=TUESDAY + timedelta(hours=1))
    seen.service.other(appointment, c.StartCall())
    await seen.open("Ann Lee")
    await seen.press("f6")
    await seen.settle()
    seen.app.screen.query_one("#appointments", RowList).select(other)
    await seen.press("e")
    await seen.sees("Edit appointment")
    seen.service.enter(appointment, "Ann Lee")
    await seen.sees("Ann Lee wants to join  F2 admit")
    await seen.press("f2")
    await seen.holds(lambda: seen.service.state(appointment, "Ann Lee") == "admitted")
    await seen.press("f6")
    await seen.sees("In call (1)")
    await seen.press("f6")
    await seen.sees("Edit appointment")
