"""What a page is told, and above all what it is not."""

from ecm_tui.core import commands as c
from ecm_tui.core.context import Rules
from ecm_tui.core.devices import Devices
from ecm_tui.core.page import ClinicCard, page_view, scene, window_view
from tests.core.session import LEE, Session, as_person, in_call

CLINIC = ClinicCard(name="Riverside Clinic", support="555 0100", colour="#246b5e", timezone="Europe/London")


def page(session: Session, person_id: str = "p1", visit: str = "") -> dict:
    person = session.person(person_id)
    return page_view(scene(session.appointment, CLINIC, session.rules, "Dr Lee"), person, visit or f"v-{person_id}")


def window(session: Session) -> dict:
    return window_view(session.appointment, LEE.id, LEE.name, CLINIC)


def test_S10_a_waiting_page_knows_the_clinic_the_time_and_who_lets_it_in_and_nothing_more():
    session = Session("Bob")
    session.do(c.StartCall())
    session.enter("p2")
    session.do(c.Admit(person_id="p2"))
    session.enter("p1")
    assert page(session) == {
        "role": "participant",
        "state": "waiting",
        "clinic": {"name": "Riverside Clinic", "support": "555 0100", "colour": "#246b5e"},
        "appointment": {"at": "2026-11-24T09:30:00Z", "minutes": 15, "timezone": "Europe/London"},
        "organiser": "Dr Lee",
        "me": {"id": "p1", "name": "Ann"},
        "since": "2026-11-24T09:20:05Z",
        "full": False,
    }


def test_S34_a_waiting_page_knows_when_the_call_is_full():
    session = Session("Bob", places=1)
    session.do(c.StartCall())
    session.enter("p1")
    session.enter("p2")
    session.do(c.Admit(person_id="p2"))
    assert page(session)["full"] is True


def test_an_admitted_page_sees_the_others_and_organisers_with_a_window():
    session = in_call("Bob")
    session.do(c.ReportDevices(devices=Devices(camera="on", microphone="off")), as_person("p2"))
    assert [card["name"] for card in page(session)["people"]] == ["Bob"]
    session.do(c.OpenWindow(visit="w1"))
    seen = page(session)["people"]
    assert seen == [
        {"id": "o-lee", "name": "Dr Lee", "organiser": True, "microphone": False, "camera": False, "muted": False},
        {"id": "p2", "name": "Bob", "organiser": False, "microphone": False, "camera": True, "muted": False},
    ]


def test_another_page_of_the_same_link_sees_nothing_of_the_call():
    session = in_call()
    assert page(session, visit="v-other")["state"] == "arriving"
    assert "people" not in page(session, visit="v-other")


def test_every_ending_has_its_own_state():
    session = Session()
    assert page(session)["state"] == "arriving"
    session.enter("p1")
    session.do(c.Disconnect(person_id="p1"))
    assert page(session)["state"] == "disconnected"
    assert page(session, visit="v-new")["state"] == "disconnected"
    removed, left, ended = in_call(), in_call(), in_call()
    removed.do(c.Remove(person_id="p1"))
    left.do(c.Leave(), as_person("p1"))
    ended.do(c.EndCall())
    assert [page(each)["state"] for each in (removed, left, ended)] == ["removed", "left", "ended"]
    assert page(ended, visit="v-new")["state"] == "arriving"


def test_a_window_waits_for_the_call_sees_it_and_sees_its_end():
    session = Session()
    assert window(session)["state"] == "waiting"
    session.do(c.StartCall())
    assert window(session)["devices"] == {"microphone": True, "camera": True}
    session.do(c.SetSwitches(camera=False))
    session.do(c.ChooseView(pinned="p1", layout="speaker"))
    seen = window(session)
    assert (seen["pinned"], seen["layout"]) == ("p1", "speaker")
    assert seen["devices"] == {"microphone": True, "camera": False}
    session.do(c.EndCall())
    assert window(session)["state"] == "ended"
    assert "people" not in window(session)


def test_a_page_of_an_appointment_without_a_known_organiser_says_none():
    session = Session()
    view = page_view(scene(session.appointment, CLINIC, Rules()), session.person("p1"), "v")
    assert view["organiser"] is None
