"""The commands that write: to everyone in the call, to oneself, and to who is invited. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, tzinfo
from typing import cast, get_args

from ecm_tui.console import words
from ecm_tui.console.allowed import allowed
from ecm_tui.console.cells import short
from ecm_tui.console.forms import Wrong, check_guest, minutes_of, moment, next_slot
from ecm_tui.console.plain.acts import act, in_session, open_one
from ecm_tui.console.plain.asking import Asked, Fields, YesNo
from ecm_tui.console.plain.replies import CloseNote, Link, OpenNote, Reply, UploadLink, said
from ecm_tui.console.plain.talk import Talk
from ecm_tui.core import commands as c
from ecm_tui.core.events import Kind

PERSON = (
    Asked("name", "Name"),
    Asked("email", "Email"),
    Asked("mobile", "Mobile"),
    Asked("description", "Description"),
)
KIND = "Kind: video, phone or face_to_face"
EMPTY_HINT = "An empty line keeps what stands there, a hyphen alone empties it; a full stop alone gives up."
DROP = "The note in the making, if there is one, is gone for good. Throw it away? y or n"
GIVE_UP_HINT = "An empty line leaves a field empty; a full stop alone gives up."


def say(talk: Talk, typed: str) -> Reply:
    """A message to everyone in the call."""
    if not typed:
        return said("Say what? Everyone in the call reads it.")
    return in_session(talk, "say", lambda: act(talk, c.Say(text=typed), "Sent to everyone in the call."))


def note(talk: Talk, typed: str) -> Reply:
    """A private note: line by line, in the organiser's own editor, or the one in the making away with."""

    def begin() -> Reply:
        stream = open_one(talk).id
        match typed.lower():
            case "":
                return Reply(wants=(OpenNote(stream),))
            case "edit":
                return Reply(wants=(OpenNote(stream, own_editor=True),))
            case "drop":
                return Reply((DROP,), then=YesNo(DROP, lambda: Reply(wants=(OpenNote(stream), CloseNote(True)))))
            case _:
                return said("Type note alone and write it on the lines that follow; note edit opens your own editor.")

    return in_session(talk, "note", begin)


def invite(talk: Talk, typed: str) -> Reply:
    """One more person, asked for field by field (S26-S30)."""
    return in_session(talk, "invite", lambda: _invite(talk))


def _invite(talk: Talk) -> Reply:
    stream = open_one(talk).id

    def commands(values: Mapping[str, str]) -> Sequence[c.Command] | Wrong:
        guest = c.Guest(**values)
        return check_guest(guest, "The person to invite") or [c.Invite(guest=guest)]

    def done(result: Mapping[str, object]) -> Reply:
        person = open_one(talk).appointment.people.get(str(result.get("person_id")))
        name = short(person.name, 30) if person else "The person"
        before = f"{name} is invited. {result.get('notice') or ''}".strip()
        return Reply(wants=(Link(appointment=stream, person=person.id if person else "", name=name, before=before),))

    fields = Fields(stream=stream, fields=PERSON, commands=commands, done=done)
    return Reply((f"Invite a person. {GIVE_UP_HINT}",), then=fields)


def new(talk: Talk, typed: str) -> Reply:
    """A new appointment, asked for field by field (E3)."""
    if not allowed("new", talk.desk.role):
        return said(words.only_look(talk.desk))
    zone = talk.desk.clinic.zone
    begin = next_slot(talk.now(), zone)
    when = (
        Asked("date", "Date", f"{begin:%Y-%m-%d}"),
        Asked("time", "Time", f"{begin:%H:%M}"),
        Asked("minutes", "Minutes", "15"),
        Asked("kind", KIND, "video"),
    )

    def commands(values: Mapping[str, str]) -> Sequence[c.Command] | Wrong:
        slot = slot_of(values, zone, begin.date())
        if isinstance(slot, Wrong):
            return slot
        at, minutes, kind = slot
        patient = c.Guest(name=values["name"], email=values["email"], mobile=values["mobile"])
        return check_guest(patient, "The patient") or [
            c.Schedule(at=at, minutes=minutes, kind=kind, patient=patient, patient_id=values["patient_id"], guests=())
        ]

    def done(result: Mapping[str, object]) -> Reply:
        before = f"The appointment is made. {result.get('notice') or ''}".strip()
        return Reply(wants=(Link(appointment=str(result.get("appointment_id")), name="The patient", before=before),))

    fields = Fields(
        stream="", fields=(*when, *PERSON[:3], Asked("patient_id", "Patient ID")), commands=commands, done=done
    )
    return Reply((f"A new appointment. {GIVE_UP_HINT}",), then=fields)


def slot_of(values: Mapping[str, str], zone: tzinfo, today: date) -> tuple[datetime, int, Kind] | Wrong:
    """Begin, minutes and kind of an appointment, as typed; the first that is wrong says so."""
    at = moment(values["date"], values["time"], zone, today)
    minutes, kind = minutes_of(values["minutes"]), _kind_of(values["kind"])
    if isinstance(at, Wrong):
        return at
    if isinstance(minutes, Wrong):
        return minutes
    return kind if isinstance(kind, Wrong) else (at, minutes, kind)


def _kind_of(typed: str) -> Kind | Wrong:
    """The kind of an appointment, as typed."""
    kind = "_".join(typed.lower().split())
    return cast("Kind", kind) if kind in get_args(Kind) else Wrong("kind", "The kind is video, phone or face_to_face.")


def attach(talk: Talk, typed: str) -> Reply:
    """A file for everyone in the call, sent by another program: a link that works once, and the command."""
    return in_session(talk, "attach", lambda: Reply(wants=(UploadLink(open_one(talk).id),)))
