"""Everything that is known of one person in a session, line by line, and the part of it that names nobody. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from ecm_tui.console import words
from ecm_tui.console.model import Session, lasting
from ecm_tui.console.moment import Lines, Quality
from ecm_tui.core import events as e
from ecm_tui.core.people import Person

DEVICE: Mapping[str, str] = {
    "on": "on",
    "off": "switched off",
    "denied": "refused by the person or the browser",
    "none": "not there",
}
PATH: Mapping[str, str] = {
    "direct": "direct",
    "relay": "through a relay",
    "lost": "no picture and sound at the moment",
}
WEAK: Mapping[str, str] = {
    "": "good",
    "upload": "poor upload: what they send arrives badly",
    "download": "poor download: what they see and hear arrives badly",
}


@dataclass(frozen=True, slots=True)
class Detail:
    """One line: a label and what is known; an empty label continues the line before."""

    label: str
    text: str
    bad: bool = False


def details(
    session: Session, person: Person, lines: Lines, alike: Sequence[str], zone: tzinfo, now: datetime
) -> list[Detail]:
    """Name, contacts, state with times, line, devices, deliveries and who admitted; `alike` are ids of look-alikes."""
    return [
        *_who(session, person, alike),
        *_state(session, person, zone, now),
        *(_line(lines.of(person.id)) if person.present else ()),
        *(_devices(person) if person.present else ()),
        *_invitation(person),
    ]


def _who(session: Session, person: Person, alike: Sequence[str]) -> Iterator[Detail]:
    yield Detail("Name", person.name)
    for other in alike:
        found = session.appointment.people.get(other)
        said = f"{found.name} ({found.word})" if found else f"{organiser(session, other)} (organiser)"
        yield Detail("Looks like", said, bad=True)
    if person.patient:
        yield Detail("Role", "Patient")
    if person.description:
        yield Detail("Description", person.description)
    if person.email:
        yield Detail("Email", person.email)
    if person.mobile:
        yield Detail("Mobile", person.mobile)


def _state(session: Session, person: Person, zone: tzinfo, now: datetime) -> Iterator[Detail]:
    def since(at: datetime | None) -> str:
        return f", since {words.clock(at, zone)} ({lasting(at, now)})" if at else ""

    at = person.waiting_since if person.state == "waiting" else person.admitted_at if person.present else None
    yield Detail("State", person.word + since(person.lost_at if person.word == "Reconnecting" else at))
    if person.word == "Reconnecting":
        yield Detail("", ("Waiting" if person.state == "waiting" else "In call") + since(at))
    if person.asked_again and person.state == "waiting":
        yield Detail("", "asked again after a disconnect")
    if person.state == "admitted":
        yield Detail("Admitted by", _admitted_by(session, person))
    elif person.changed_by:
        yield Detail("Changed by", organiser(session, person.changed_by))
    if person.entry:
        yield Detail("Came", f"{_times(person.entry)} to the waiting room, {_times(person.admission)} admitted")
    if person.hand:
        yield Detail("Hand", "raised")


def _line(quality: Quality) -> Iterator[Detail]:
    figures = quality.figures
    yield Detail("Path", PATH.get(quality.path, "not known yet"), bad=quality.path == "lost")
    if not figures:
        return
    yield Detail("Line", WEAK[quality.weak], bad=bool(quality.weak))
    if "rtt_ms" in figures:
        yield Detail("Round trip", f"{figures['rtt_ms']:.0f} ms")
    for name, label in (("in", "From them"), ("out", "To them")):
        parts = [f"{figures[f'kbps_{name}']:.0f} kbit/s"] if f"kbps_{name}" in figures else []
        parts += [f"{figures[f'loss_{name}']:.1%} lost"] if f"loss_{name}" in figures else []
        if parts:
            yield Detail(label, ", ".join(parts))
    if "freezes" in figures:
        yield Detail("Freezes", f"{figures['freezes']:.0f}")
    if quality.hidden:
        yield Detail("Page", "behind another window or app", bad=True)


def _devices(person: Person) -> Iterator[Detail]:
    muted = ", muted by an organiser" if person.muted else ""
    asked = ", asked to unmute" if person.unmute_asked else ""
    microphone, camera = person.devices.microphone, person.devices.camera
    yield Detail("Microphone", DEVICE[microphone] + muted + asked, bad=microphone == "denied")
    yield Detail("Camera", DEVICE[camera], bad=camera == "denied")


def _invitation(person: Person) -> Iterator[Detail]:
    for each in person.deliveries:
        channel = "Email" if each.channel == "email" else "SMS"
        number = f" (sending {each.number})" if each.number > 1 else ""
        why = f": {each.why}" if each.why else ""
        yield Detail(f"{channel} invite", f"{each.state}{number}{why}", bad=each.state == "failed")
    if person.link_revoked:
        yield Detail("Link", "taken back", bad=True)


def _times(count: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")


def _admitted_by(session: Session, person: Person) -> str:
    for record in reversed(session.acts):
        event = record.event
        if isinstance(event, e.PersonAdmitted) and event.person_id == person.id:
            return record.actor.name or record.actor.id
    return organiser(session, person.changed_by)


def organiser(session: Session, account: str) -> str:
    """The name of an account, as far as the session tells it; else its id."""
    known = session.appointment.organisers.get(account)
    named = next((record.actor.name for record in session.acts if record.actor.id == account and record.actor.name), "")
    return (known.name if known else "") or named or account


def bundle(session: Session, person: Person, lines: Lines, now: datetime) -> str:
    """Ids, states and figures for who helps with a bad line, as JSON: no name, contact, description or free text."""
    quality = lines.of(person.id)

    def at(moment: datetime | None) -> str | None:
        return moment.isoformat().replace("+00:00", "Z") if moment else None

    said = {
        "appointment": session.id,
        "seq": session.appointment.seq,
        "running": session.appointment.running,
        "admitted": session.appointment.admitted,
        "now": at(now),
        "person": person.id,
        "state": person.state,
        "connected": person.connected,
        "left_reason": person.left_reason,
        "entry": person.entry,
        "admission": person.admission,
        "waiting_since": at(person.waiting_since),
        "admitted_at": at(person.admitted_at),
        "lost_at": at(person.lost_at),
        "changed_by": person.changed_by,
        "muted": person.muted,
        "devices": {"camera": person.devices.camera, "microphone": person.devices.microphone},
        "path": quality.path,
        "weak": quality.weak,
        "figures": dict(quality.figures),
        "deliveries": [{"channel": d.channel, "number": d.number, "state": d.state} for d in person.deliveries],
    }
    return json.dumps(said, indent=1)
