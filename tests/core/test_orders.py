"""Random orders of organisers and participants: whatever comes in whichever order, nothing of a session is seen outside
an admitted stay, and what the events say is what the state shows."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ecm_tui.core import commands as c
from ecm_tui.core import events as e
from ecm_tui.core.appointment import fold
from ecm_tui.core.chat import heard
from ecm_tui.core.commands import Refused
from ecm_tui.core.devices import Devices
from ecm_tui.core.log import GENESIS, SERVICE, Actor, Entry, canonical, first_bad, timestamp
from ecm_tui.core.page import ClinicCard, page_view, scene
from ecm_tui.core.people import listed
from ecm_tui.core.rights import view
from ecm_tui.core.schedule import status, summary
from ecm_tui.core.wire import decode_command, decode_record, encode, encode_record
from tests.core.session import LEE, ROY, Session, as_person

PLACES = 2
PEOPLE = st.sampled_from(["p1", "p2", "p3", "p4"])
VISITS = st.sampled_from(["v1", "v2", "v3"])
ORGANISERS = st.sampled_from([LEE, ROY])
DEVICES = st.builds(Devices, camera=st.sampled_from(["on", "off"]), microphone=st.sampled_from(["on", "none"]))

OF_THE_SESSION = {"people", "pinned", "layout", "muted", "unmute_asked", "screenshot"}
NAMES = {"p1": "Ann", "p2": "Bob", "p3": "Cem", "p4": "Dan"}
CLINIC = ClinicCard(name="Riverside Clinic", support="555 0100")


class Orders(RuleBasedStateMachine):
    """One appointment with four people, two places, two organisers and three browser tabs that anyone may open."""

    def __init__(self) -> None:
        super().__init__()
        self.session = Session("Bob", "Cem", "Dan", places=PLACES)
        self.inside: dict[str, str] = {}
        """Who is in the call, told by the events alone: person -> the page that was admitted."""

        self.requests: dict[str, str] = {}
        """Screenshot requests that are open: person -> consent id."""
        self.agreed: set[str] = set()
        """Consent ids that the person asked agreed to while the request was open."""

    def do(self, command: c.Command, actor: object = LEE) -> None:
        assert decode_command(encode(command)) == command
        waiting = {p.id for p in self.session.appointment.people.values() if p.state == "waiting"}
        decision = self.session.do(command, actor)
        if isinstance(decision, Refused):
            assert decision.code
            assert decision.message.endswith(".")
            return
        for event in decision:
            self.note(event, waiting)

    def note(self, event: e.Event, waiting: set[str]) -> None:
        match event:
            case e.PersonAdmitted():
                assert event.person_id in waiting, "nobody is admitted but from the waiting room"
                self.inside[event.person_id] = self.session.person(event.person_id).visit
            case e.PersonRemoved() | e.PersonHeld() | e.PersonLeft():
                self.inside.pop(event.person_id, None)
            case e.CallEnded():
                self.inside.clear()
            case e.ScreenshotAsked():
                assert event.person_id in self.inside
                assert event.person_id not in self.requests, "S25"
                self.requests[event.person_id] = event.consent_id
            case e.ScreenshotAllowed():
                assert self.requests[event.person_id] == event.consent_id
                self.agreed.add(event.consent_id)
            case e.ScreenshotEnded():
                assert self.requests.pop(event.person_id) == event.consent_id
                if event.outcome == "taken":
                    assert event.consent_id in self.agreed, "S19"
                    assert event.captured_at is not None
                    assert event.person_id in self.inside

    @rule(person=PEOPLE, visit=VISITS, again=st.booleans(), devices=DEVICES)
    def enters(self, person: str, visit: str, again: bool, devices: Devices) -> None:
        self.do(c.Enter(visit=visit, again=again, devices=devices), as_person(person))

    @rule(person=PEOPLE)
    def leaves(self, person: str) -> None:
        self.do(c.Leave(), as_person(person))

    @rule(person=PEOPLE, visit=VISITS, sign=st.sampled_from(["lost", "back", "over"]))
    def line_is(self, person: str, visit: str, sign: str) -> None:
        self.do(c.Presence(person_id=person, visit=visit, sign=sign), SERVICE)

    @rule(person=PEOPLE, devices=DEVICES)
    def reports(self, person: str, devices: Devices) -> None:
        self.do(c.ReportDevices(devices=devices), as_person(person))

    @rule(person=PEOPLE, accept=st.booleans())
    def answers(self, person: str, accept: bool) -> None:
        self.do(c.RaiseHand(up=accept), as_person(person))
        self.do(c.AnswerUnmute(accept=accept), as_person(person))

    @rule(person=PEOPLE, cancels=st.booleans())
    def screenshot(self, person: str, cancels: bool) -> None:
        self.do(c.CancelScreenshot(person_id=person) if cancels else c.AskScreenshot(person_id=person))

    @rule(person=PEOPLE, whose=PEOPLE, allow=st.booleans())
    def consents(self, person: str, whose: str, allow: bool) -> None:
        """Someone answers their own request, another person's, or one that never was."""
        self.do(c.AnswerScreenshot(consent_id=self.requests.get(whose, "forged"), allow=allow), as_person(person))

    @rule(person=PEOPLE, outcome=st.sampled_from(["taken", "timeout", "failed"]), early=st.booleans())
    def picture(self, person: str, outcome: str, early: bool) -> None:
        captured = self.session.now - timedelta(days=1) if early else self.session.now + timedelta(seconds=1)
        consent = self.requests.get(person, "forged")
        end = c.EndScreenshot(
            person_id=person, consent_id=consent, outcome=outcome, still_id="s1", captured_at=captured
        )
        self.do(end, SERVICE)

    @rule(person=PEOPLE, organiser=ORGANISERS)
    def admits(self, person: str, organiser: object) -> None:
        self.do(c.Admit(person_id=person), organiser)

    @rule(people=st.lists(PEOPLE, max_size=4), organiser=ORGANISERS)
    def admits_all(self, people: list[str], organiser: object) -> None:
        self.do(c.AdmitAll(person_ids=tuple(people)), organiser)

    @rule(
        person=PEOPLE,
        kind=st.sampled_from(
            [c.Disconnect, c.Remove, c.Hold, c.LowerHand, c.SendInvitation, c.Mute, c.AskUnmute, c.ReplaceLink]
        ),
    )
    def acts_on(self, person: str, kind: type) -> None:
        self.do(kind(person_id=person))

    @rule(organiser=ORGANISERS, visit=VISITS, opens=st.booleans())
    def windows(self, organiser: object, visit: str, opens: bool) -> None:
        self.do(c.OpenWindow(visit=visit) if opens else c.CloseWindow(visit=visit), organiser)

    @rule(organiser=ORGANISERS, pinned=PEOPLE | st.just(""), layout=st.sampled_from(["tiles", "speaker"]))
    def looks(self, organiser: object, pinned: str, layout: str) -> None:
        self.do(c.ChooseView(pinned=pinned, layout=layout), organiser)

    @rule(organiser=ORGANISERS, on=st.booleans(), devices=DEVICES)
    def switches(self, organiser: object, on: bool, devices: Devices) -> None:
        self.do(c.SetSwitches(microphone=on), organiser)
        self.do(c.ReportWindow(devices=devices), organiser)

    @rule(person=PEOPLE, on=st.booleans())
    def silences(self, person: str, on: bool) -> None:
        self.do(c.Silence(person_id=person, on=on))

    @rule(person=PEOPLE)
    def talks(self, person: str) -> None:
        before = len(self.session.appointment.chat)
        silenced = self.session.person(person).silenced
        self.do(c.Say(text="hello"), as_person(person))
        said = len(self.session.appointment.chat) - before
        assert said == (person in self.inside and not silenced), "S47"

    @rule(organiser=ORGANISERS, note=st.sampled_from(["n1", "n2"]))
    def organiser_writes(self, organiser: Actor, note: str) -> None:
        self.do(c.Say(text="good morning"), organiser)
        self.do(c.SaveNote(note_id=note, text=f"a note of {organiser.name}"), organiser)

    @rule(
        hours=st.integers(-48, 48),
        kind=st.sampled_from(["video", "phone"]),
        outcome=st.sampled_from(["taken", "missed"]),
    )
    def plans(self, hours: int, kind: str, outcome: str) -> None:
        self.do(c.EditAppointment(at=self.session.now + timedelta(hours=hours), kind=kind))
        self.do(c.MarkOutcome(outcome=outcome))
        self.do(c.EditAppointment(kind="video"))

    @rule(person=PEOPLE, email=st.sampled_from(["", "x@example.org"]), mobile=st.sampled_from(["", "+441234567890"]))
    def edits(self, person: str, email: str, mobile: str) -> None:
        guest = c.Guest(name=NAMES[person], email=email, mobile=mobile)
        self.do(c.EditPerson(person_id=person, guest=guest))

    @rule()
    def starts(self) -> None:
        self.do(c.StartCall())

    @precondition(lambda self: self.session.appointment.running)
    @rule()
    def ends(self) -> None:
        self.do(c.EndCall())

    @invariant()
    def nothing_of_the_session_is_visible_outside_an_admitted_stay(self) -> None:
        everyone = scene(self.session.appointment, CLINIC, self.session.rules)
        for person_id, person in self.session.appointment.people.items():
            for visit in ("v1", "v2", "v3", ""):
                seen = page_view(everyone, person, visit)
                if self.inside.get(person_id) == visit and visit:
                    assert seen["state"] == "admitted"
                    continue
                assert not OF_THE_SESSION & set(seen), "S10"
                text = json.dumps(seen)
                assert not any(name in text for other, name in NAMES.items() if other != person_id)
                assert LEE.name not in text

    @invariant()
    def the_chat_is_read_in_the_call_only_and_has_no_gap(self) -> None:
        state = self.session.appointment
        assert [line.number for line in state.chat] == list(range(1, len(state.chat) + 1))
        for person_id in state.people:
            lines = heard(state, person_id, self.session.rules)
            assert lines == (state.chat if person_id in self.inside else ()), "S47"

    @invariant()
    def places_are_kept(self) -> None:
        state = self.session.appointment
        assert {p.id for p in state.people.values() if p.state == "admitted"} == set(self.inside)
        assert state.admitted <= PLACES
        assert state.running or not state.admitted

    @invariant()
    def a_still_is_never_older_than_the_yes(self) -> None:
        for still in self.session.appointment.stills:
            assert still.captured_at >= still.confirmed_at, "S19"

    @invariant()
    def rows_are_whole(self) -> None:
        people = self.session.appointment.people
        assert sorted(p.id for p in listed(people.values())) == sorted(people)
        for person in people.values():
            assert person.connected <= person.present
            assert (person.waiting_since is not None) == (person.state == "waiting")
            assert (person.admitted_at is not None) == (person.state == "admitted")
            assert (person.left_reason is not None) == (person.state == "left")
            assert person.state == "admitted" or not (person.muted or person.hand)
            sendings = [(each.channel, each.state) for each in person.deliveries]
            assert ("email", "queued") not in sendings or person.email, "nothing waits to go nowhere"
            assert ("sms", "queued") not in sendings or person.mobile
            assert (person.consent.id if person.consent else None) == self.requests.get(person.id), "S24"

    def teardown(self) -> None:
        log, state = self.session.log, self.session.appointment
        assert fold("a1", log) == state
        travelled = [decode_record(json.loads(json.dumps(encode_record(record)))) for record in log]
        assert travelled == log
        for role in ("organiser", "clerk", "observer"):
            seen = fold("a1", [view(record, Actor(role=role, id="o-x")) for record in log])
            assert seen.seq == state.seq
            assert not seen.notes, "S41"
            assert seen.chat == state.chat
            assert {p.id: p.state for p in seen.people.values()} == {p.id: p.state for p in state.people.values()}
        for author in (LEE, ROY):
            own = tuple(note for note in state.notes if note.author == author.id)
            assert fold("a1", [view(record, author) for record in log]).notes == own, "S41"
        row = summary(state)
        assert (status(row, self.session.now) == "running") == state.running
        assert first_bad(chained(log)) is None


def chained(log: list) -> list[Entry]:
    entries, previous = [], GENESIS
    for record in log:
        entry = Entry(
            stream="a1",
            seq=record.seq,
            at=timestamp(record.at),
            role=record.actor.role,
            actor=record.actor.id,
            data=canonical(encode(record.event)),
        )
        previous = entry.hashed(previous)
        entries.append(Entry(**{**{f: getattr(entry, f) for f in entry.__slots__}, "hash": previous}))
    return entries


Orders.TestCase.settings = settings(max_examples=120, stateful_step_count=60, deadline=None)
# What chance comes upon counts as covered by nobody, and counting lines would take most of the time.
TestOrders = pytest.mark.no_cover(Orders.TestCase)
