"""Details of a person, what the row says in words, look-alike names, raised hands, and reasons in the menu."""

import json
from datetime import timedelta

import pytest

from ecm_tui.console import details as known
from ecm_tui.console.model import Desk
from ecm_tui.console.options import options
from ecm_tui.console.widgets import people
from ecm_tui.core import commands as c
from ecm_tui.core.log import SERVICE, Actor
from tests.console.driving import Console
from tests.console.fake_service import TUESDAY, FakeClock, FakeService

QUALITY = {"kind": "quality", "rtt_ms": 38.4, "loss_in": 0.072, "loss_out": 0, "kbps_in": 310.2, "kbps_out": 900}


def desk_of(service: FakeService, appointment: str) -> Desk:
    desk = Desk()
    desk.open(appointment)
    for record in service.logs[appointment]:
        desk.hear(appointment, record)
    desk.caught_up(appointment)
    return desk


def told(desk: Desk, name: str) -> dict[str, str]:
    session = desk.session
    assert session is not None
    person = next(p for p in session.appointment.people.values() if p.name == name)
    found = known.details(session, person, desk.lines, desk.alike().get(person.id, ()), desk.clinic.zone, TUESDAY)
    return {detail.label: detail.text for detail in found if detail.label}


def test_U6_everything_that_is_known_of_a_person_is_in_the_details(service: FakeService, appointment: str):
    service.other(appointment, c.StartCall())
    person = service.enter(appointment, "Bea Moreno")
    service.other(appointment, c.Admit(person_id=person))
    service.other(appointment, c.Mute(person_id=person))
    desk = desk_of(service, appointment)
    desk.hear_fact(appointment, person, {"kind": "media", "state": "connected", "path": "relay"})
    desk.hear_fact(appointment, person, {"kind": "page", "hidden": True, "freezes": 3})
    desk.hear_fact(appointment, person, QUALITY | {"weak": "upload"})
    said = told(desk, "Bea Moreno")
    assert said["Admitted by"] == "Dr Brown"
    assert (said["Path"], said["Round trip"]) == ("through a relay", "38 ms")
    assert (said["From them"], said["To them"]) == ("310 kbit/s, 7.2% lost", "900 kbit/s, 0.0% lost")
    assert said["Line"].startswith("poor upload")
    assert (said["Freezes"], said["Page"]) == ("3", "behind another window or app")
    assert said["State"] == "In call, since 09:30 (<1 min)"
    assert (said["Microphone"], said["Camera"]) == ("on, muted by an organiser", "on")
    assert (said["Description"], said["Email"]) == ("Daughter", "guest@clinic.test")
    assert said["Email invite"] == "queued"


def test_a_line_that_was_lost_says_so_and_forgets_its_figures(service: FakeService, appointment: str):
    service.other(appointment, c.StartCall())
    person = service.enter(appointment, "Bea Moreno")
    service.other(appointment, c.Admit(person_id=person))
    desk = desk_of(service, appointment)
    desk.hear_fact(appointment, person, QUALITY)
    desk.hear_fact(appointment, person, {"kind": "media", "state": "lost", "reason": "closed"})
    assert told(desk, "Bea Moreno")["Path"] == "no picture and sound at the moment"
    assert "Round trip" not in told(desk, "Bea Moreno")
    desk.hear_fact(appointment, person, {"kind": "quality", "rtt_ms": "<b>", "loss_in": None, "kbps_in": -3, "weak": 7})
    assert "Round trip" not in told(desk, "Bea Moreno")


def test_the_bundle_holds_no_name_contact_or_free_text(service: FakeService, appointment: str):
    person = service.enter(appointment, "Bea Moreno")
    why = "550 guest@clinic.test is unknown to Bea"
    note = c.NoteDelivery(person_id=person, channel="email", number=1, state="failed", why=why)
    service.do(appointment, note, SERVICE)
    desk = desk_of(service, appointment)
    desk.hear_fact(appointment, person, QUALITY)
    session = desk.session
    assert session is not None
    assert told(desk, "Bea Moreno")["Email invite"] == f"failed: {why}"
    text = known.bundle(session, session.appointment.people[person], desk.lines, TUESDAY)
    for secret in ("Bea", "Ann", "Daughter", "clinic.test", "Dr Brown", "Dr Grey", "550"):
        assert secret not in text
    read = json.loads(text)
    assert (read["person"], read["state"], read["figures"]["rtt_ms"]) == (person, "waiting", 38.4)
    assert read["deliveries"] == [{"channel": "email", "number": 1, "state": "failed"}]


async def test_the_details_dialog_follows_what_happens_and_y_copies_the_bundle(seen: Console, appointment: str):
    seen.service.other(appointment, c.StartCall())
    await seen.open("Ann Lee")
    seen.service.enter(appointment, "Bea Moreno")
    await seen.select("Bea Moreno")
    await seen.press("full_stop")
    await seen.sees("Details")
    await seen.press("G", "enter")
    await seen.sees("guest@clinic.test")
    await seen.sees("Waiting, since")
    seen.service.other(appointment, c.Admit(person_id=seen.service.people(appointment)["Bea Moreno"]))
    await seen.sees("Dr Brown")
    await seen.press("y")
    await seen.sees("without names and contacts")
    assert "Bea" not in seen.app.clipboard and seen.service.people(appointment)["Bea Moreno"] in seen.app.clipboard


def test_a_name_that_looks_like_anothers_is_marked_with_glyph_and_word(service: FakeService, clock: FakeClock):
    appointment = service.schedule("Ann Lee", "Аnn Lее|Aunt", "Bea Moreno", "Dr. Brown")
    service.other(appointment, c.StartCall())
    service.do(appointment, c.OpenWindow(visit="w1"), Actor(role="organiser", id="o2", name="Dr Brown"))
    desk = desk_of(service, appointment)
    drawn = people.rows(service.streams[appointment], "", {}, clock(), 79, desk.lines, desk.alike())
    lines = ["".join(part.text for part in row.parts) for row in drawn if row.id]
    assert ["≈ alike" in line for line in lines] == [True, True, False, True]
    assert told(desk, "Ann Lee")["Looks like"] == "Аnn Lее (Invited)"
    assert told(desk, "Dr. Brown")["Looks like"] == "Dr Brown (organiser)"


def test_look_alikes_are_counted_on_change_only(service: FakeService, appointment: str, monkeypatch):
    from ecm_tui.console import model

    counted = []
    before = model.look_alikes
    monkeypatch.setattr(model, "look_alikes", lambda names: counted.append(1) or before(names))
    desk = desk_of(service, appointment)
    for _repaint in range(5):
        desk.alike()
    service.enter(appointment, "Ann Lee")
    desk.hear(appointment, service.logs[appointment][-1])
    desk.alike()
    assert len(counted) == 1


def test_S30_the_row_says_how_each_channel_does_and_why_where_there_is_room(service: FakeService, clock: FakeClock):
    appointment = service.schedule("Ann Lee")
    service.other(appointment, c.Invite(guest=c.Guest(name="Bea", email="b@x.test", mobile="+41790000000")))
    bea = service.people(appointment)["Bea"]
    why = "the gateway said that there is no such number"
    service.do(appointment, c.NoteDelivery(person_id=bea, channel="sms", number=1, state="failed", why=why), SERVICE)
    drawn = people.rows(service.streams[appointment], "", {}, clock(), 79)
    line = next("".join(part.text for part in row.parts) for row in drawn if row.id == bea)
    assert "email queued, SMS failed" in line
    assert len(line) == 78


def test_a_raised_hand_stands_on_the_row_and_can_be_lowered_in_the_menu(service: FakeService, appointment: str):
    service.other(appointment, c.StartCall())
    bea = service.enter(appointment, "Bea Moreno")
    service.other(appointment, c.Admit(person_id=bea))
    service.do(appointment, c.RaiseHand(up=True), Actor(role="participant", id=bea, name="Bea Moreno"))
    drawn = people.rows(service.streams[appointment], "", {}, TUESDAY, 79)
    line = next("".join(part.text for part in row.parts) for row in drawn if row.id == bea)
    assert "▲ hand mic, camera" in line and len(line) == 78
    person = service.streams[appointment].people[bea]
    assert "Lower hand" in [item.label for item in options(person, pinned=False)]


@pytest.mark.parametrize(("lost", "running"), [(True, True), (False, False)])
def test_an_item_that_cannot_be_chosen_says_why(service: FakeService, appointment: str, lost: bool, running: bool):
    service.enter(appointment, "Ann Lee")
    if lost:
        service.presence(appointment, "Ann Lee", "lost")
    person = next(p for p in service.streams[appointment].people.values() if p.patient)
    admit = next(item for item in options(person, pinned=False, running=running) if item.id == "admit")
    assert admit.why_not == (
        "Ann Lee lost the connection." if lost else "The call has not started. JOIN SESSION starts it."
    )


def test_a_link_that_was_taken_back_can_only_be_made_anew(service: FakeService, appointment: str):
    bea = service.people(appointment)["Bea Moreno"]
    service.other(appointment, c.ReplaceLink(person_id=bea, revoke=True))
    items = {item.id: item.why_not for item in options(service.streams[appointment].people[bea], pinned=False)}
    assert items["link"] and items["resend"] and items["revoke"]
    assert not items["replace"] and not items["details"]


def test_who_was_asked_to_unmute_is_not_asked_twice(service: FakeService, appointment: str):
    service.other(appointment, c.StartCall())
    bea = service.enter(appointment, "Bea Moreno")
    for command in (c.Admit(person_id=bea), c.Mute(person_id=bea), c.AskUnmute(person_id=bea)):
        service.other(appointment, command)
    items = {item.id: item.why_not for item in options(service.streams[appointment].people[bea], pinned=False)}
    assert items["unmute"] == "Bea Moreno was asked and has not answered yet."


async def test_E6_a_quiet_line_says_who_raised_a_hand_and_the_menu_lowers_it(seen: Console, appointment: str):
    seen.service.other(appointment, c.StartCall())
    bea = seen.service.enter(appointment, "Bea Moreno")
    seen.service.other(appointment, c.Admit(person_id=bea))
    await seen.open("Ann Lee")
    seen.service.do(appointment, c.RaiseHand(up=True), Actor(role="participant", id=bea, name="Bea Moreno"))
    await seen.sees("Bea Moreno raised a hand.")
    assert "▲ hand" in seen.row("Bea Moreno")
    await seen.select("Bea Moreno")
    await seen.press("full_stop")
    await seen.sees("Lower hand")
    await seen.press("j", "j", "enter")
    await seen.holds(lambda: not seen.service.streams[appointment].people[bea].hand)
    await seen.sees_no("▲ hand")


async def test_E6_v_switches_the_layout_and_the_menu_pins(seen: Console, appointment: str):
    seen.service.other(appointment, c.StartCall())
    bea = seen.service.enter(appointment, "Bea Moreno")
    seen.service.other(appointment, c.Admit(person_id=bea))
    await seen.open("Ann Lee")
    await seen.press("v")
    await seen.sees("Your video window shows whoever speaks.")
    await seen.select("Bea Moreno")
    await seen.press("full_stop", "j", "enter")
    await seen.sees("Pinned in your video window.")
    me = seen.service.streams[appointment].organisers["o1"]
    assert (me.layout, me.pinned) == ("speaker", bea)


async def test_S30_an_invitation_is_sent_again_from_the_menu(seen: Console, appointment: str):
    await seen.open("Ann Lee")
    await seen.press("f3")
    await seen.select("Bea Moreno")
    await seen.press("full_stop", "j", "enter")
    await seen.sees("The invitation of Bea Moreno is on its way again.")
    person = seen.service.streams[appointment].people[seen.service.people(appointment)["Bea Moreno"]]
    assert [delivery.number for delivery in person.deliveries] == [2]


def test_times_in_details_are_those_of_the_clinic(service: FakeService, clock: FakeClock, appointment: str):
    service.enter(appointment, "Ann Lee")
    clock.pass_(timedelta(minutes=3).total_seconds())
    service.presence(appointment, "Ann Lee", "lost")
    assert told(desk_of(service, appointment), "Ann Lee")["State"].startswith("Reconnecting, since 09:33")
