"""One appointment and its call, as its events tell it. Pure: `evolve` folds what happened and never refuses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import assert_never

from ecm_tui.core import chat, clinic, retention
from ecm_tui.core import events as e
from ecm_tui.core.delivery import Delivery
from ecm_tui.core.devices import NO_DEVICES, Devices
from ecm_tui.core.files import SharedFile
from ecm_tui.core.log import Actor, Hidden, Recorded
from ecm_tui.core.notes import Note
from ecm_tui.core.people import Person
from ecm_tui.core.stills import Closed, Consent, Still


@dataclass(frozen=True, slots=True, kw_only=True)
class Organiser:
    """An organiser's part in the call: their switches, windows and view."""

    id: str
    name: str = ""
    microphone: bool = True
    """The organiser's own switch; whether there is a microphone at all is in `devices`."""
    camera: bool = True
    windows: tuple[str, ...] = ()
    """Open windows and viewer pages, oldest first; the newest one sends."""
    devices: Devices = NO_DEVICES
    """What the newest window really does."""
    pinned: str = ""
    layout: e.Layout = "tiles"


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """The whole truth of one stream. The patient and the guests are `people`; they keep id and row for life."""

    id: str
    seq: int = 0
    """Sequence number of the newest event folded in; 0 for a stream without events."""
    at: datetime | None = None
    """When it is planned to begin; always UTC; None only before the first event."""
    minutes: int = 15
    kind: e.Kind = "video"
    patient: str = ""
    patient_id: str = ""
    imported: bool = False
    """Whether it came from a list and its patient was not invited yet: grey on the Schedule."""
    cancelled: bool = False
    people: Mapping[str, Person] = field(default_factory=dict)
    organisers: Mapping[str, Organiser] = field(default_factory=dict)
    running: bool = False
    started_at: datetime | None = None
    started_by: str = ""
    """Id of the organiser who started the running or last call."""
    ended_at: datetime | None = None
    ended_by: str = ""
    """Id of the account that ended the last call."""
    outcome: e.Outcome | None = None
    """What it came to: as the last call ended, or as somebody marked it since; None when neither was."""
    stills: tuple[Still, ...] = ()
    """Stills taken, oldest first (S23)."""
    chat: tuple[chat.ChatLine, ...] = ()
    """Oldest first."""
    notes: tuple[Note, ...] = ()
    """Private notes, oldest first: all of them in the service, the viewer's own anywhere else (S41)."""
    erased: bool = False
    """Whether what people wrote was erased: every text reads `log.ERASED`, and nothing more happens."""
    someone_came: bool = False
    """Whether anyone was admitted since the call was started."""

    @property
    def exists(self) -> bool:
        """Whether the stream has its first event."""
        return self.at is not None

    @property
    def ends(self) -> datetime | None:
        """When it is planned to end; None only before the first event."""
        return self.at + timedelta(minutes=self.minutes) if self.at else None

    @property
    def files(self) -> list[SharedFile]:
        """The files that were shared, oldest first."""
        return [line.file for line in self.chat if line.file]

    @property
    def admitted(self) -> int:
        """How many places are taken; organisers take none (S34)."""
        return sum(p.state == "admitted" for p in self.people.values())


def fold(appointment_id: str, records: Iterable[Recorded]) -> Appointment:
    """The appointment that `records`, in the order of their sequence numbers, tell of."""
    appointment = Appointment(id=appointment_id)
    for record in records:
        appointment = evolve(appointment, record)
    return appointment


def evolve(appointment: Appointment, record: Recorded) -> Appointment:
    """The appointment after one more recorded event. An event hidden from the viewer only moves `seq`."""
    changed = _apply(appointment, record)
    return replace(changed, seq=record.seq)


def _apply(was: Appointment, record: Recorded) -> Appointment:
    event = record.event
    match event:
        case Hidden():
            return was
        case e.AppointmentScheduled():
            return replace(
                was,
                at=event.at,
                minutes=event.minutes,
                kind=event.kind,
                patient=event.patient,
                patient_id=event.patient_id,
                imported=event.imported,
            )
        case e.AppointmentChanged():
            return planned_anew(was, event, record.at)
        case e.OutcomeMarked():
            return replace(was, outcome=event.outcome)
        case e.AppointmentCancelled():
            return replace(was, cancelled=True, people=_everyone_gone(was))
        case e.CallStarted():
            return replace(was, running=True, started_at=record.at, started_by=record.actor.id, someone_came=False)
        case e.CallEnded():
            return _ended(was, record, event.outcome)
        case e.WindowOpened() | e.WindowClosed() | e.SwitchesSet() | e.WindowReported() | e.ViewChosen():
            organiser = _organiser_after(
                was.organisers.get(event.organiser_id, Organiser(id=event.organiser_id)), event
            )
            return replace(was, organisers={**was.organisers, organiser.id: organiser})
        case e.PersonInvited():
            return _with(was, _invited(event))
        case e.ChatSaid() | e.FileShared():
            return replace(was, chat=chat.with_line(was.chat, record.at, record.actor, event))
        case e.NoteSaved():
            note = Note(id=event.note_id, author=record.actor.id, at=record.at, text=event.text)
            return replace(was, notes=(*was.notes, note))
        case e.ContentErased():
            return retention.erased(was)
        case (
            clinic.AccountAdded()
            | clinic.TokenIssued()
            | clinic.TokenRevoked()
            | clinic.HeadNoted()
            | clinic.ContentExported()
        ):
            raise TypeError(f"{type(event).__name__} does not belong to an appointment's stream")
        case _:
            person = _person_after(was.people[event.person_id], event, record)
            if isinstance(event, (e.PersonEntered, e.PersonHeld, e.PersonAdmitted)):
                person = replace(person, stands_since=record.seq)
            if isinstance(event, e.PersonAdmitted):
                person = replace(person, chat_before=len(was.chat))
            came = was.someone_came or isinstance(event, e.PersonAdmitted)
            return replace(_with(was, person), someone_came=came, stills=(*was.stills, *_taken(was, event)))


def planned_anew(was: Appointment, event: e.AppointmentChanged, now: datetime) -> Appointment:
    """What was missed or taken and is put off until later is still to come."""
    outcome = None if event.at != was.at and event.at > now else was.outcome
    return replace(
        was, at=event.at, minutes=event.minutes, kind=event.kind, patient_id=event.patient_id, outcome=outcome
    )


def _with(was: Appointment, person: Person) -> Appointment:
    changed = replace(was, people={**was.people, person.id: person})
    if not person.patient:
        return changed
    return replace(changed, patient=person.name, imported=was.imported and not person.deliveries)


def _invited(event: e.PersonInvited) -> Person:
    return Person(
        id=event.person_id,
        name=event.name,
        description=event.description,
        email=event.email,
        mobile=event.mobile,
        patient=event.patient,
        by_list=event.by_list,
    )


def _ended(was: Appointment, record: Recorded, outcome: e.Outcome) -> Appointment:
    by = _account(record.actor)
    idle = {key: replace(o, windows=(), devices=NO_DEVICES) for key, o in was.organisers.items()}
    return replace(
        was,
        running=False,
        ended_at=record.at,
        ended_by=by,
        outcome=outcome,
        people=_everyone_gone(was, by),
        organisers=idle,
        someone_came=False,
    )


def _account(actor: Actor) -> str:
    """The id of an actor who works here; empty for a participant and for the service."""
    return actor.id if actor.role in ("organiser", "clerk") else ""


def _everyone_gone(was: Appointment, by: str = "") -> dict[str, Person]:
    return {key: _gone(p, "left", by, reason="ended") if p.present else p for key, p in was.people.items()}


def _gone(person: Person, state: e.GoneState, by: str = "", reason: e.LeftReason | None = None) -> Person:
    return replace(
        person,
        state=state,
        left_reason=reason,
        changed_by=by,
        connected=False,
        waiting_since=None,
        admitted_at=None,
        lost_at=None,
        asked_again=False,
        devices=NO_DEVICES,
        hand=False,
        muted=False,
        unmute_asked=False,
        consent=None,
        last_consent=None,
    )


def _taken(was: Appointment, event: e.PersonEvent) -> list[Still]:
    if not isinstance(event, e.ScreenshotEnded) or event.outcome != "taken":
        return []
    request = was.people[event.person_id].consent
    if request is None or request.allowed_at is None or event.captured_at is None:
        return []
    return [
        Still(
            id=event.still_id,
            person_id=event.person_id,
            requested_by=request.asked_by,
            confirmed_at=request.allowed_at,
            captured_at=event.captured_at,
        )
    ]


def _person_after(was: Person, event: e.PersonEvent, record: Recorded) -> Person:
    at, by = record.at, _account(record.actor)
    match event:
        case e.LinkReplaced():
            return _linked(was, event, by)
        case e.PersonChanged():
            changed = replace(was, name=event.name, description=event.description, by_list=event.by_list)
            return replace(changed, email=event.email, mobile=event.mobile)
        case e.InvitationMoved():
            return _delivered(was, event)
        case e.HandRaised():
            return replace(was, hand=event.up)
        case e.PersonSilenced():
            return replace(was, silenced=event.on)
        case e.PersonEntered():
            return _waiting(was, event, at)
        case e.PersonAdmitted():
            admitted = replace(was, state="admitted", admission=event.admission, admitted_at=at, waiting_since=None)
            return replace(admitted, changed_by=by)
        case e.PersonDisconnected():
            return _gone(was, "disconnected", by)
        case e.PersonRemoved():
            return _gone(was, "removed", by)
        case e.PersonHeld():
            held = replace(was, state="waiting", entry=event.entry, waiting_since=at, admitted_at=None)
            return replace(held, muted=False, unmute_asked=False, hand=False, changed_by=by)
        case e.PersonLeft():
            return _gone(was, "left", reason=event.reason)
        case e.ConnectionLost():
            return replace(was, connected=False, lost_at=at)
        case e.ConnectionRestored():
            return replace(was, connected=True, lost_at=None, visit=event.visit)
        case e.DevicesReported():
            return replace(was, devices=event.devices)
        case e.PersonMuted():
            return replace(was, muted=True, unmute_asked=False)
        case e.UnmuteAsked():
            return replace(was, unmute_asked=True)
        case e.UnmuteAnswered():
            return replace(was, unmute_asked=False, muted=was.muted and not event.accepted)
        case e.ScreenshotAsked():
            return replace(
                was, consent=Consent(id=event.consent_id, asked_by=record.actor.id, asked_at=at, by=record.actor.name)
            )
        case e.ScreenshotAllowed():
            return replace(was, consent=replace(was.consent, allowed_at=at) if was.consent else None)
        case e.ScreenshotEnded():
            return replace(was, consent=None, last_consent=Closed(id=event.consent_id, outcome=event.outcome))
        case e.ConsentIgnored():
            return was
        case _:
            assert_never(event)


def _linked(was: Person, event: e.LinkReplaced, by: str) -> Person:
    """Whom a list takes out is removed; who gets a link again, from the list or from somebody here, is invited."""
    linked = replace(was, link=event.link, link_revoked=event.revoked, by_list=event.by_list)
    if event.revoked and event.by_list:
        return replace(_gone(linked, "removed", by), taken_out=True)
    if was.taken_out and not event.revoked:
        return replace(linked, state="invited", changed_by="", taken_out=False)
    return linked


def _delivered(was: Person, event: e.InvitationMoved) -> Person:
    before = next((each for each in was.deliveries if each.channel == event.channel), None)
    arrived = event.state == "sent" or (before is not None and before.arrived)
    if before and event.number < before.number:
        moved = replace(before, arrived=arrived)
    else:
        moved = Delivery(channel=event.channel, number=event.number, state=event.state, why=event.why, arrived=arrived)
    others = tuple(delivery for delivery in was.deliveries if delivery.channel != event.channel)
    return replace(was, deliveries=(*others, moved))


def _waiting(was: Person, event: e.PersonEntered, at: datetime) -> Person:
    return replace(
        was,
        state="waiting",
        left_reason=None,
        changed_by="",
        connected=True,
        visit=event.visit,
        entry=event.entry,
        asked_again=event.again,
        waiting_since=at,
        lost_at=None,
        devices=event.devices,
    )


def _organiser_after(was: Organiser, event: e.OrganiserEvent) -> Organiser:
    match event:
        case e.WindowOpened():
            return replace(was, name=event.name, windows=(*was.windows, event.visit))
        case e.WindowClosed():
            windows = tuple(visit for visit in was.windows if visit != event.visit)
            return replace(was, windows=windows, devices=was.devices if windows else NO_DEVICES)
        case e.SwitchesSet():
            return replace(was, microphone=event.microphone, camera=event.camera)
        case e.WindowReported():
            return replace(was, devices=event.devices)
        case e.ViewChosen():
            return replace(was, pinned=event.pinned, layout=event.layout)
        case _:
            assert_never(event)
