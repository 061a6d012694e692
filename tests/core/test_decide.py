"""The rules, statement by statement, without a loop, a port or a sleep."""

from datetime import datetime, timedelta

import pytest

from ecm_tui.core import commands as c
from ecm_tui.core import events as e
from ecm_tui.core.commands import Refused
from ecm_tui.core.decide import MOST_WINDOWS
from ecm_tui.core.devices import Devices
from ecm_tui.core.invites import LINK_LIFETIME, MOST_PEOPLE, link_opens
from ecm_tui.core.log import SERVICE, Actor
from ecm_tui.core.people import waiting
from tests.core.session import LEE, ROY, TUESDAY, Session, as_person, in_call

ANN = as_person("p1")
BOB = as_person("p2")


def names(decision: object) -> list[str]:
    assert isinstance(decision, list), decision
    return [type(event).__name__ for event in decision]


# the appointment


def test_S28_an_appointment_needs_a_name_and_a_contact_and_says_whose():
    session = Session()
    session.appointment = type(session.appointment)(id="a2")

    def schedule(**patient: str) -> Refused:
        refused = session.decide(c.Schedule(at=TUESDAY, patient=c.Guest(**patient)))
        assert isinstance(refused, Refused)
        return refused

    assert schedule(name="  ", email="a@b.org").code == "name_required"
    assert schedule(name="Ann").code == "contact_required"
    assert "The patient" in schedule(name="Ann").message
    guest = session.decide(
        c.Schedule(at=TUESDAY, patient=c.Guest(name="Ann", email="a@b.org"), guests=(c.Guest(name="Bob"),))
    )
    assert isinstance(guest, Refused) and guest.message.startswith("Bob needs")
    nameless = session.decide(
        c.Schedule(at=TUESDAY, patient=c.Guest(name="Ann", email="a@b.org"), guests=(c.Guest(name=" "),))
    )
    assert isinstance(nameless, Refused) and nameless.message.startswith("Each further person")


def test_E3_an_appointment_has_a_sensible_length_an_offset_and_is_made_once():
    session = Session()
    patient = c.Guest(name="Ann", email="a@b.org")
    assert session.code(c.Schedule(at=TUESDAY, patient=patient)) == "already_scheduled"
    session.appointment = type(session.appointment)(id="a2")
    assert session.code(c.Schedule(at=TUESDAY, patient=patient, minutes=0)) == "bad_minutes"
    assert session.code(c.Schedule(at=TUESDAY, patient=patient, minutes=1441)) == "bad_minutes"
    naive = datetime(2026, 11, 24, 9, 30)  # noqa: DTZ001  a time without offset is the point
    assert session.code(c.Schedule(at=naive, patient=patient)) == "bad_time"
    for year in (1, 1999, 2201, 9999):
        assert session.code(c.Schedule(at=TUESDAY.replace(year=year), patient=patient)) == "bad_time"
    crowd = tuple(c.Guest(name=f"G{n}", email="g@b.org") for n in range(MOST_PEOPLE))
    assert session.code(c.Schedule(at=TUESDAY, patient=patient, guests=crowd)) == "too_many_people"
    assert session.code(c.StartCall()) == "no_such_appointment"


def test_the_patient_and_the_guests_each_get_a_row_of_their_own():
    session = Session("Bob")
    assert [(p.id, p.name, p.patient, p.state) for p in session.appointment.people.values()] == [
        ("p1", "Ann", True, "invited"),
        ("p2", "Bob", False, "invited"),
    ]


def test_a_cancelled_appointment_refuses_everything_and_its_links_are_dead():
    session = Session()
    session.enter("p1")
    assert names(session.do(c.Cancel())) == ["AppointmentCancelled"]
    assert session.do(c.Cancel()) == []
    assert session.code(c.StartCall()) == "cancelled"
    assert session.person("p1").state == "left"
    assert session.code(c.Enter(visit="v2"), ANN) == "link_not_valid"
    assert not link_opens(session.appointment, "p1", 1, TUESDAY)


def test_a_running_call_cannot_be_cancelled():
    assert in_call().code(c.Cancel()) == "call_running"


def test_only_video_appointments_have_a_call():
    assert Session(kind="phone").code(c.StartCall()) == "not_video"


def test_a_link_opens_until_a_day_after_the_planned_end_or_while_the_call_runs():
    session = Session()
    end = TUESDAY + timedelta(minutes=15)
    assert link_opens(session.appointment, "p1", 1, end + LINK_LIFETIME - timedelta(seconds=1))
    assert not link_opens(session.appointment, "p1", 1, end + LINK_LIFETIME)
    assert not link_opens(session.appointment, "p1", 2, TUESDAY)
    assert not link_opens(session.appointment, "p9", 1, TUESDAY)
    session.do(c.StartCall())
    assert link_opens(session.appointment, "p1", 1, end + LINK_LIFETIME)


def test_S30_a_replaced_or_revoked_link_never_comes_back_to_life():
    session = Session()
    session.do(c.ReplaceLink(person_id="p1", revoke=True))
    assert not any(link_opens(session.appointment, "p1", n, TUESDAY) for n in range(4))
    session.do(c.ReplaceLink(person_id="p1"))
    assert [n for n in range(5) if link_opens(session.appointment, "p1", n, TUESDAY)] == [3]
    assert session.code(c.ReplaceLink(person_id="p9")) == "no_such_person"


def test_S30_revoking_the_link_of_someone_who_waits_ends_their_wait_and_a_new_link_does_not():
    session = Session()
    session.enter("p1")
    assert names(session.do(c.ReplaceLink(person_id="p1"))) == ["LinkReplaced"]
    assert session.person("p1").state == "waiting"
    assert names(session.do(c.ReplaceLink(person_id="p1", revoke=True))) == ["LinkReplaced", "PersonDisconnected"]


def test_S26_people_can_be_invited_before_the_first_admission_and_during_the_call():
    session = Session()
    assert names(session.do(c.Invite(guest=c.Guest(name="Bob", mobile="1")))) == ["PersonInvited", "InvitationMoved"]
    session.do(c.StartCall())
    assert names(session.do(c.Invite(guest=c.Guest(name="Cem", email="c@d.org")))) == [
        "PersonInvited",
        "InvitationMoved",
    ]
    assert session.code(c.Invite(guest=c.Guest(name="Dan"))) == "contact_required"
    for n in range(MOST_PEOPLE - 3):
        session.do(c.Invite(guest=c.Guest(name=f"G{n}", email="g@b.org")))
    assert session.code(c.Invite(guest=c.Guest(name="Eve", email="e@b.org"))) == "too_many_people"


# waiting and admission


def test_S4_starting_the_call_admits_nobody_and_answers_the_same_twice():
    session = Session()
    session.enter("p1")
    assert names(session.do(c.StartCall())) == ["CallStarted"]
    assert session.person("p1").state == "waiting"
    assert session.do(c.StartCall()) == []
    assert session.appointment.started_by == LEE.id


def test_S5_admitting_one_person_leaves_the_other_waiting():
    session = Session("Bob")
    session.do(c.StartCall())
    session.enter("p1")
    session.enter("p2")
    before = session.person("p2")
    assert names(session.do(c.Admit(person_id="p1"))) == ["PersonAdmitted"]
    assert session.person("p2") == before


def test_S6_admitting_needs_a_running_call_and_somebody_who_waits_and_is_there():
    session = Session()
    assert session.code(c.Admit(person_id="p9")) == "no_such_person"
    assert session.code(c.Admit(person_id="p1")) == "not_waiting"
    session.enter("p1")
    assert session.code(c.Admit(person_id="p1")) == "call_not_running"
    session.do(c.StartCall())
    session.lose("p1")
    assert session.code(c.Admit(person_id="p1")) == "not_connected"
    session.presence("p1", "back")
    assert session.code(c.Admit(person_id="p1")) == ""
    assert session.code(c.Admit(person_id="p1")) == "already_admitted"


def test_S8_S9_disconnect_is_for_those_who_wait_and_nobody_else():
    session = Session("Bob", "Cem")
    session.do(c.StartCall())
    session.enter("p1")
    session.enter("p2")
    session.do(c.Admit(person_id="p2"))
    assert names(session.do(c.Disconnect(person_id="p1"))) == ["PersonDisconnected"]
    assert session.code(c.Disconnect(person_id="p1")) == "not_waiting"
    assert session.code(c.Disconnect(person_id="p2")) == "already_admitted"
    assert session.code(c.Disconnect(person_id="p3")) == "not_waiting"
    assert session.person("p2").state == "admitted"


def test_S12_who_was_disconnected_is_in_the_queue_again_only_by_asking_again():
    session = Session()
    session.enter("p1")
    session.do(c.Disconnect(person_id="p1"))
    assert session.code(c.Enter(visit="v-p1"), ANN) == "must_ask_again"
    session.enter("p1", again=True)
    person = session.person("p1")
    assert (person.state, person.entry, person.asked_again) == ("waiting", 2, True)


def test_asking_again_without_having_been_disconnected_is_an_ordinary_entry():
    session = Session()
    session.enter("p1", again=True)
    assert not session.person("p1").asked_again


def test_S13_S15_a_removed_person_waits_again_by_the_same_link_and_never_comes_straight_back_in():
    session = in_call()
    assert names(session.do(c.Remove(person_id="p1"))) == ["PersonRemoved"]
    assert session.code(c.Remove(person_id="p1")) == "not_admitted"
    session.presence("p1", "back")
    assert session.person("p1").state == "removed"
    assert names(session.enter("p1", "v2")) == ["PersonEntered"]
    assert session.person("p1").state == "waiting"
    session.do(c.Admit(person_id="p1"))
    assert (session.person("p1").state, session.person("p1").admission) == ("admitted", 2)


def test_S16a_putting_back_makes_a_new_waiting_entry():
    session = in_call()
    session.do(c.Mute(person_id="p1"))
    assert names(session.do(c.Hold(person_id="p1"))) == ["PersonHeld"]
    person = session.person("p1")
    assert (person.state, person.entry, person.muted, person.waiting_since) == ("waiting", 2, False, session.now)


def test_S16a_admit_all_takes_those_named_who_still_wait_longest_first_as_far_as_there_are_places():
    session = Session("Bob", "Cem", "Dan", places=2)
    everyone = ("p1", "p2", "p3", "p4")
    assert session.code(c.AdmitAll(person_ids=everyone)) == "call_not_running"
    session.do(c.StartCall())
    assert session.code(c.AdmitAll(person_ids=everyone)) == "not_waiting"
    for person_id in ("p3", "p2", "p1", "p4"):
        session.enter(person_id)
    session.lose("p3")
    assert [p.id for p in waiting(session.appointment.people.values())] == ["p3", "p2", "p1", "p4"]
    session.do(c.AdmitAll(person_ids=("p1", "p2", "p3")))
    assert [p.id for p in session.appointment.people.values() if p.state == "admitted"] == ["p1", "p2"]
    assert session.code(c.AdmitAll(person_ids=everyone)) == "full"


def test_S34_the_one_too_many_is_refused_and_a_freed_place_can_be_used_at_once():
    session = Session("Bob", places=1)
    session.do(c.StartCall())
    session.enter("p1")
    session.enter("p2")
    session.do(c.OpenWindow(visit="w1"))
    session.do(c.Admit(person_id="p1"))
    assert session.code(c.Admit(person_id="p2")) == "full"
    assert session.person("p2").state == "waiting"
    session.do(c.Leave(), ANN)
    assert session.code(c.Admit(person_id="p2")) == ""


# pages


def test_a_second_window_on_one_link_is_refused_and_harms_nothing():
    session = Session()
    session.enter("p1", "v1")
    assert session.code(c.Enter(visit="v2"), ANN) == "open_elsewhere"
    assert session.do(c.Enter(visit="v1"), ANN) == []
    assert session.person("p1").visit == "v1"


def test_S38_a_reload_keeps_the_place_in_the_queue_and_its_time():
    session = Session()
    session.enter("p1")
    since = session.person("p1").waiting_since
    session.lose("p1")
    assert session.person("p1").word == "Reconnecting"
    assert names(session.enter("p1")) == ["ConnectionRestored"]
    assert (session.person("p1").waiting_since, session.person("p1").word) == (since, "Waiting")


def test_while_waiting_another_page_of_the_link_may_take_over_a_lost_one():
    session = Session()
    session.enter("p1", "v1")
    session.lose("p1", "v1")
    session.enter("p1", "v2")
    assert (session.person("p1").visit, session.person("p1").connected, session.person("p1").entry) == ("v2", True, 1)


def test_who_comes_back_with_other_devices_is_known_by_those():
    session = Session()
    session.do(c.Enter(visit="v1", devices=Devices(camera="denied")), ANN)
    session.lose("p1", "v1")
    back = session.do(c.Enter(visit="v2", devices=Devices(camera="on")), ANN)
    assert names(back) == ["ConnectionRestored", "DevicesReported"]
    assert session.person("p1").devices.camera == "on"


def test_S16a_the_queue_keeps_its_order_when_the_clock_is_set_back():
    session = Session("Bob", places=1)
    session.do(c.StartCall())
    session.enter("p2")
    session.now -= timedelta(hours=1)
    session.enter("p1")
    assert [p.id for p in waiting(session.appointment.people.values())] == ["p2", "p1"]
    session.do(c.AdmitAll(person_ids=("p1", "p2")))
    assert session.person("p2").state == "admitted"


def test_S38_in_the_call_the_same_page_returns_within_the_grace_without_a_new_admission():
    session = in_call()
    session.lose("p1")
    assert names(session.enter("p1")) == ["ConnectionRestored"]
    assert (session.person("p1").state, session.person("p1").admission) == ("admitted", 1)


def test_S31_another_page_of_the_link_never_gets_into_the_call_by_itself():
    session = in_call()
    session.lose("p1")
    assert names(session.enter("p1", "v2")) == ["PersonLeft", "PersonEntered"]
    assert session.person("p1").state == "waiting"


def test_S38_past_the_grace_the_person_has_left_and_the_link_leads_to_waiting():
    session = in_call()
    assert session.presence("p1", "over") == []
    session.lose("p1")
    assert session.lose("p1") == []
    assert names(session.presence("p1", "over")) == ["PersonLeft"]
    assert (session.person("p1").word, session.person("p1").left_reason) == ("Left", "lost")
    session.enter("p1")
    assert session.person("p1").state == "waiting"


def test_signs_of_an_old_page_say_nothing_about_the_person():
    session = in_call()
    assert session.presence("p1", "lost", "v-old") == []
    assert session.presence("p9", "lost") == []
    session.lose("p1")
    assert names(session.presence("p1", "back")) == ["ConnectionRestored"]
    assert session.presence("p1", "back") == []


def test_leaving_twice_is_leaving_once():
    session = in_call()
    assert names(session.do(c.Leave(), ANN)) == ["PersonLeft"]
    assert session.do(c.Leave(), ANN) == []
    assert session.code(c.Leave(), as_person("p9")) == "no_such_person"


def test_devices_are_noted_when_they_change_and_only_of_people_who_are_here():
    session = Session()
    on = c.ReportDevices(devices=Devices(camera="on", microphone="denied"))
    assert session.do(on, ANN) == []
    session.enter("p1")
    assert names(session.do(on, ANN)) == ["DevicesReported"]
    assert session.do(on, ANN) == []
    assert session.person("p1").devices.microphone == "denied"


# muting


def test_E6_the_organiser_mutes_and_only_the_person_unmutes():
    session = in_call()
    assert session.code(c.AskUnmute(person_id="p1")) == "not_muted"
    assert names(session.do(c.Mute(person_id="p1"))) == ["PersonMuted"]
    assert session.do(c.Mute(person_id="p1")) == []
    assert session.code(c.AnswerUnmute(accept=True), ANN) == "nothing_asked"
    assert names(session.do(c.AskUnmute(person_id="p1"))) == ["UnmuteAsked"]
    assert session.do(c.AskUnmute(person_id="p1")) == []
    session.do(c.AnswerUnmute(accept=False), ANN)
    assert session.person("p1").muted
    session.do(c.AskUnmute(person_id="p1"))
    session.do(c.AnswerUnmute(accept=True), ANN)
    assert not session.person("p1").muted


def test_E6_a_hand_goes_up_in_the_call_and_down_by_either_side():
    session = in_call("Bob")
    assert names(session.do(c.RaiseHand(up=True), ANN)) == ["HandRaised"]
    assert session.do(c.RaiseHand(up=True), ANN) == []
    assert session.person("p1").hand
    assert names(session.do(c.LowerHand(person_id="p1"))) == ["HandRaised"]
    assert session.do(c.LowerHand(person_id="p1")) == []
    session.do(c.Hold(person_id="p2"))
    assert session.do(c.RaiseHand(up=True), BOB) == []


# the organiser's own part


def test_windows_open_in_a_running_call_and_are_bounded():
    session = Session()
    assert session.code(c.OpenWindow(visit="w1")) == "call_not_running"
    session.do(c.StartCall())
    for n in range(MOST_WINDOWS):
        assert names(session.do(c.OpenWindow(visit=f"w{n}"))) == ["WindowOpened"]
    assert session.do(c.OpenWindow(visit="w0")) == []
    assert session.code(c.OpenWindow(visit="w9")) == "too_many_windows"
    assert names(session.do(c.CloseWindow(visit="w0"))) == ["WindowClosed"]
    assert session.do(c.CloseWindow(visit="w0")) == []


def test_E6_switches_view_and_devices_are_each_organisers_own():
    session = in_call()
    on = Devices(camera="on", microphone="on")
    assert session.do(c.ReportWindow(devices=on)) == []
    session.do(c.OpenWindow(visit="w1"))
    assert names(session.do(c.ReportWindow(devices=on))) == ["WindowReported"]
    assert session.do(c.ReportWindow(devices=on)) == []
    assert names(session.do(c.SetSwitches(microphone=False))) == ["SwitchesSet"]
    assert session.do(c.SetSwitches(camera=True)) == []
    assert names(session.do(c.ChooseView(pinned="p1", layout="speaker"))) == ["ViewChosen"]
    assert session.do(c.ChooseView(pinned="p1")) == []
    assert session.code(c.ChooseView(pinned="p9")) == "no_such_person"
    session.do(c.ChooseView(layout="tiles"), ROY)
    lee = session.appointment.organisers[LEE.id]
    assert (lee.microphone, lee.camera, lee.pinned, lee.layout) == (False, True, "p1", "speaker")
    assert ROY.id not in session.appointment.organisers


# the end


@pytest.mark.parametrize(("came", "outcome"), [(True, "taken"), (False, "missed")])
def test_E7_ending_the_call_ends_it_for_all_and_says_what_it_came_to(came: bool, outcome: str):
    session = Session("Bob")
    session.do(c.StartCall())
    session.enter("p1")
    session.enter("p2")
    if came:
        session.do(c.Admit(person_id="p1"))
    assert session.do(c.EndCall()) == [e.CallEnded(outcome=outcome)]
    assert {p.left_reason for p in session.appointment.people.values()} == {"ended"}
    assert session.code(c.EndCall()) == "call_not_running"


def test_a_call_can_be_started_again_and_still_admits_nobody():
    session = in_call()
    session.do(c.EndCall())
    session.do(c.StartCall())
    assert session.appointment.admitted == 0
    assert session.do(c.EndCall()) == [e.CallEnded(outcome="missed")]


# rights come first


def test_observers_participants_and_the_service_are_refused_what_is_not_theirs():
    session = in_call("Bob")
    watcher = Actor(role="observer", id="o-w")
    assert session.code(c.Remove(person_id="p1"), watcher) == "not_allowed"
    assert session.code(c.Admit(person_id="p2"), BOB) == "not_allowed"
    assert session.code(c.StartCall(), SERVICE) == "not_allowed"
    assert session.code(c.Leave(), LEE) == "not_allowed"
    assert session.code(c.SetSwitches(camera=False), Actor(role="clerk", id="o-c")) == "not_allowed"
