"""A picture is taken for an open request, that person, a fresh yes; every other order gives none."""

from datetime import timedelta

import pytest

from ecm_tui.core import commands as c
from ecm_tui.core import events as e
from ecm_tui.core.appointment import evolve
from ecm_tui.core.devices import Devices
from ecm_tui.core.log import Recorded
from ecm_tui.core.page import ClinicCard, page_view, scene
from tests.core.session import LEE, Session, as_person, in_call

ANN, BOB = as_person("p1"), as_person("p2")


def with_cameras(*guests: str) -> Session:
    session = in_call(*guests)
    for person_id in session.appointment.people:
        session.do(c.ReportDevices(devices=Devices(camera="on", microphone="on")), as_person(person_id))
    return session


def asked(*guests: str) -> tuple[Session, str]:
    session = with_cameras(*guests)
    session.do(c.AskScreenshot(person_id="p1"))
    consent = session.person("p1").consent
    assert consent is not None
    return session, consent.id


def end(session: Session, consent_id: str, outcome: str = "taken", **fields: object) -> list:
    fields = {"still_id": "s1", "captured_at": session.now + timedelta(seconds=2), **fields}
    decided = session.decide_by_service(
        c.EndScreenshot(person_id="p1", consent_id=consent_id, outcome=outcome, **fields)
    )
    assert isinstance(decided, list)
    return decided


def test_S17_a_request_needs_someone_in_the_call_with_the_camera_on_and_the_line_up():
    session = in_call("Bob")
    assert session.code(c.AskScreenshot(person_id="p1")) == "no_video"
    session = with_cameras("Bob")
    session.lose("p1")
    assert session.code(c.AskScreenshot(person_id="p1")) == "not_connected"
    session.do(c.Hold(person_id="p2"))
    assert session.code(c.AskScreenshot(person_id="p2")) == "not_admitted"


def test_S18_the_request_is_shown_on_that_persons_page_alone_and_says_who_asks():
    session, consent = asked("Bob")
    session.do(c.OpenWindow(visit="w1"))

    def question(person_id: str) -> object:
        person = session.person(person_id)
        view = page_view(scene(session.appointment, ClinicCard(name="C"), session.rules), person, f"v-{person_id}")
        return view["screenshot"]

    assert question("p1") == {"consent": consent, "by": LEE.name}
    assert question("p2") is None
    session.do(c.AnswerScreenshot(consent_id=consent, allow=True), ANN)
    assert question("p1") is None


def test_S20_S23_allow_then_a_fresh_frame_makes_one_still_with_both_times():
    session, consent = asked()
    assert session.do(c.AnswerScreenshot(consent_id=consent, allow=True), ANN) == [
        e.ScreenshotAllowed(person_id="p1", consent_id=consent)
    ]
    confirmed = session.now
    end(session, consent)
    still = session.appointment.stills[0]
    assert (still.id, still.person_id, still.requested_by, still.confirmed_at) == ("s1", "p1", LEE.id, confirmed)
    assert still.captured_at > confirmed
    assert session.person("p1").consent is None
    assert end(session, consent) == [], "once"


@pytest.mark.parametrize(
    "fields",
    [{"captured_at": None}, {"still_id": ""}, {"captured_at": "before"}],
)
def test_S19_a_picture_without_time_or_older_than_the_yes_is_a_failure(fields: dict):
    session, consent = asked()
    session.do(c.AnswerScreenshot(consent_id=consent, allow=True), ANN)
    if fields.get("captured_at") == "before":
        fields = {"captured_at": session.now - timedelta(microseconds=1)}
    assert [event.outcome for event in end(session, consent, **fields)] == ["failed"]
    assert session.appointment.stills == ()


def test_S19_a_picture_without_a_yes_is_a_failure():
    session, consent = asked()
    assert [event.outcome for event in end(session, consent)] == ["failed"]
    assert session.appointment.stills == ()


def test_S24_declined_timeout_cancelled_and_left_each_end_with_their_own_outcome():
    session, consent = asked()
    assert session.do(c.AnswerScreenshot(consent_id=consent, allow=False), ANN)[0].outcome == "declined"
    session, consent = asked()
    assert end(session, consent, "timeout")[0].outcome == "timeout"
    session, consent = asked()
    assert session.do(c.CancelScreenshot(person_id="p1"))[0].outcome == "cancelled"
    assert session.code(c.CancelScreenshot(person_id="p1")) == "nothing_asked"
    for way_out in (c.Remove(person_id="p1"), c.Hold(person_id="p1"), c.EndCall()):
        session, consent = asked()
        assert session.do(way_out)[0] == e.ScreenshotEnded(person_id="p1", consent_id=consent, outcome="left")
    session, consent = asked()
    assert session.do(c.Leave(), ANN)[0].outcome == "left"
    assert session.appointment.stills == ()


def test_after_the_yes_it_cannot_be_cancelled_or_time_out():
    session, consent = asked()
    session.do(c.AnswerScreenshot(consent_id=consent, allow=True), ANN)
    assert session.code(c.CancelScreenshot(person_id="p1")) == "already_allowed"
    assert end(session, consent, "timeout") == []
    assert end(session, consent, "failed")[0].outcome == "failed"


def test_S25_a_second_request_is_refused_and_late_repeated_or_forged_answers_are_noted_and_take_nothing():
    session, consent = asked("Bob")
    assert session.code(c.AskScreenshot(person_id="p1")) == "request_open"
    allow = c.AnswerScreenshot(consent_id=consent, allow=True)
    ignored = e.ConsentIgnored
    assert isinstance(session.do(allow, BOB)[0], ignored), "another person"
    assert isinstance(session.do(c.AnswerScreenshot(consent_id="other", allow=True), ANN)[0], ignored)
    session.do(allow, ANN)
    assert isinstance(session.do(allow, ANN)[0], ignored), "repeated"
    end(session, consent)
    assert isinstance(session.do(allow, ANN)[0], ignored), "late"
    assert len(session.appointment.stills) == 1


def test_an_unknown_persons_picture_is_nothing():
    session = Session()
    command = c.EndScreenshot(person_id="p9", consent_id="c", outcome="failed")
    assert session.decide_by_service(command) == []


def test_a_still_without_its_consent_in_the_log_is_no_still():
    session = with_cameras()
    taken = e.ScreenshotEnded(person_id="p1", consent_id="c", outcome="taken", still_id="s1", captured_at=session.now)
    record = Recorded(seq=99, at=session.now, actor=LEE, event=taken)
    assert evolve(session.appointment, record).stills == ()
