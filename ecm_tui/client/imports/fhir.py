"""FHIR R4 and R5 appointments in JSON: a single one, or those of a bundle with their patients and relatives. Pure.

Only the fields that are used have a model. Unknown ones are none of our business, and a resource that is not as its
model costs that appointment alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import tzinfo
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from ecm_tui.client.imports.line import (
    MOST_LINES,
    USUAL_MINUTES,
    ImportedLine,
    NoLineError,
    further,
    guest,
    iso,
    line,
    minutes_between,
    no_line,
    patient,
    source_of,
)
from ecm_tui.client.imports.words import NOTHING_OF_THESE
from ecm_tui.core.commands import Guest, Import
from ecm_tui.core.text import clean
from ecm_tui.errors import NotAListError

OVER: Mapping[str, str] = {
    "cancelled": "The list calls it cancelled. If it was imported before, cancel it here too.",
    "noshow": "The patient did not attend, says the list.",
    "entered-in-error": "The list calls it entered in error. If it was imported before, cancel it here too.",
    "fulfilled": "It has taken place, says the list.",
    "proposed": "It is proposed, and not booked yet.",
    "waitlist": "It is on a waiting list, and not booked yet.",
}
"""Status -> why nothing comes of such an appointment."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Identifier(_Model):
    """A key that somebody gave to a thing."""

    system: str | None = None
    value: str | None = None


class Reference(_Model):
    """Who or what is meant: by address, by name, or by key."""

    reference: str | None = None
    type: str | None = None
    display: str | None = None
    identifier: Identifier | None = None

    @property
    def of_a_patient(self) -> bool:
        """Whether it says that it is one."""
        return self.type == "Patient" or "Patient/" in (self.reference or "")


class Participant(_Model):
    """Somebody or something that takes part."""

    actor: Reference | None = None
    status: str | None = None


class HumanName(_Model):
    """A name in its parts."""

    use: str | None = None
    text: str | None = None
    family: str | None = None
    given: list[str | None] = []


class ContactPoint(_Model):
    """A way to reach somebody."""

    system: str | None = None
    value: str | None = None
    use: str | None = None


class Coding(_Model):
    """A word of some list of words."""

    display: str | None = None


class Concept(_Model):
    """What something is, in words."""

    text: str | None = None
    coding: list[Coding] = []


class Person(_Model):
    """A patient, or somebody related to one; only these have a relationship."""

    identifier: list[Identifier] = []
    name: list[HumanName] = []
    telecom: list[ContactPoint] = []
    relationship: list[Concept] = []


class Appointment(_Model):
    """An appointment; `subject` is of R5."""

    id: str | None = None
    identifier: list[Identifier] = []
    status: str | None = None
    start: str | None = None
    end: str | None = None
    minutesDuration: int | None = None
    subject: Reference | None = None
    participant: list[Participant] = []
    contained: list[Any] = []


COMES = frozenset({"Patient", "RelatedPerson"})
"""What the clinic invites; practitioners and rooms are the clinic's own."""

People = Mapping[str, Any]
"""Address of whoever or whatever may take part -> the resource."""


def lines(text: str, zone: tzinfo) -> list[ImportedLine]:
    """A line for each appointment; times without an offset are those of `zone`. Raises `NotAListError`."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotAListError(f"This is no whole JSON: {_where(error)}.") from error
    people: dict[str, Any] = {}
    appointments = []
    for address, resource in _resources(data):
        if resource.get("resourceType") == "Appointment":
            appointments.append(resource)
            continue
        for key in (address, f"{resource.get('resourceType')}/{resource.get('id')}"):
            people.setdefault(key, resource)
    if not appointments:
        known = isinstance(data, dict) and data.get("resourceType") == "Bundle"
        raise NotAListError("The bundle has no appointments." if known else NOTHING_OF_THESE)
    if len(appointments) > MOST_LINES:
        raise NotAListError(f"The bundle has more than {MOST_LINES} appointments: divide it.")
    return [_line(number, each, people, zone) for number, each in enumerate(appointments, start=1)]


def _where(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg}, line {error.lineno}, column {error.colno}"
    return "it is nested too deeply"


def _resources(data: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each resource with its address: of a bundle, of a list, or the only one."""
    entries: Any = data if isinstance(data, list) else [data]
    if isinstance(data, dict) and data.get("resourceType") == "Bundle":
        entries = data.get("entry")
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict):
            resource = entry.get("resource", entry)
            if isinstance(resource, dict):
                yield str(entry.get("fullUrl") or ""), resource


def _line(number: int, resource: Mapping[str, Any], people: People, zone: tzinfo) -> ImportedLine:
    try:
        return line(number, _import(_as(Appointment, resource), people, zone))
    except NoLineError as error:
        return no_line(number, error)


def _import(found: Appointment, people: People, zone: tzinfo) -> Import:
    why = OVER.get(found.status or "")
    if why:
        raise NoLineError(why, skipped=True)
    key = found.id or next((f"{one.system or ''}|{one.value}" for one in found.identifier if one.value), "")
    if not key:
        raise NoLineError("id: it is missing, and the appointment would not be found again when the list comes again.")
    if not found.start:
        raise NoLineError("start: it is missing.")
    start = iso(found.start, zone, "start")
    minutes = found.minutesDuration
    if minutes is None:
        minutes = minutes_between(start, iso(found.end, zone, "end"), "end") if found.end else USUAL_MINUTES
    around = {**people, **_contained(found)}
    who = _subject(found, around)
    known = _resource(who, around)
    person = _as(Person, known)
    if not (known or who.display):
        where = clean(who.reference or "the patient", 60)
        include = "a search brings it along with _include=Appointment:actor"
        raise NoLineError(f"The patient's name is missing, and {where} is not in the list: {include}.")
    for_whom = patient(*_reached(who, person))
    others = list(_guests(found, who, around))
    return Import(
        source=source_of("fhir", key),
        at=start,
        minutes=minutes,
        patient=for_whom,
        patient_id=_number(who, person),
        guests=further(for_whom, filter(None, others)),
        whole=None not in others,
    )


def _subject(found: Appointment, people: People) -> Reference:
    """Who the appointment is for. Raises `NoLineError`."""
    actors = [each.actor for each in found.participant if each.actor]
    all_ = [found.subject, *actors] if found.subject else actors
    known = (who for who in all_ if who.of_a_patient or _resource(who, people).get("resourceType") == "Patient")
    named = (who for who in all_ if who.display and not (who.reference or who.type))
    who = next(known, None) or next(named, None)
    if who is None:
        raise NoLineError("participant: none of them is a patient.")
    return who


def _guests(found: Appointment, subject: Reference, people: People) -> Iterator[Guest | None]:
    """Who else of `COMES` takes part and did not decline; None for each who cannot be reached, or is not known."""
    for each in found.participant:
        who = each.actor
        if who is None or each.status == "declined" or _meant(who) == _meant(subject):
            continue
        resource = _resource(who, people)
        if _of_the_clinic(who, resource):
            continue
        person = _as(Person, resource)
        name, email, mobile = _reached(who, person)
        reached = name.strip() and (email or mobile)
        yield guest(name, email, mobile, _relationship(person)) if reached else None


def _of_the_clinic(who: Reference, resource: Mapping[str, Any]) -> bool:
    """Whether it is none of `COMES`, such as a practitioner or a room."""
    address = _unversioned(who.reference or "").split("/")
    kind = resource.get("resourceType") or who.type or (address[-2] if len(address) > 1 else "")
    return bool(kind) and kind not in COMES


def _unversioned(address: str) -> str:
    """Without the version that some servers name with each reference."""
    return address.partition("/_history/")[0]


def _meant(who: Reference) -> object:
    return who.reference or who


def _relationship(person: Person) -> str:
    """Such as `mother`."""
    words = (one for each in person.relationship for one in (each.text, *(code.display for code in each.coding)))
    return next(filter(None, words), "")


def _contained(found: Appointment) -> dict[str, Any]:
    inside = [each for each in found.contained if isinstance(each, dict)]
    return {f"#{each.get('id')}": each for each in inside}


def _resource(who: Reference, people: People) -> Mapping[str, Any]:
    """The person as far as the list knows them; empty when it holds no more than the reference says."""
    address = _unversioned(who.reference or "")
    if not address:
        return {}
    return people.get(address) or people.get("/".join(address.split("/")[-2:])) or {}


_FIRST = {"official": 0, "usual": 1}


def _reached(who: Reference, person: Person) -> tuple[str, str, str]:
    """Name, email and mobile."""
    names = sorted(
        (one for one in person.name if one.use not in ("old", "maiden")), key=lambda one: _FIRST.get(one.use or "", 2)
    )
    name = next(filter(None, map(_name, names)), "") or who.display or ""
    reach = [one for one in person.telecom if one.use != "old" and one.value]
    email = next((one.value for one in reach if one.system == "email"), None)
    phones = [one for one in reach if one.system in ("phone", "sms")]
    best = sorted(phones, key=lambda one: not (one.use == "mobile" or one.system == "sms"))
    return name, email or "", next((one.value for one in best if one.value), "")


def _name(name: HumanName) -> str:
    return name.text or " ".join(filter(None, [*name.given, name.family]))


def _number(who: Reference, person: Person) -> str:
    own = [who.identifier] if who.identifier else []
    return next((one.value.strip() for one in (*person.identifier, *own) if one.value), "")


M = TypeVar("M", bound=_Model)


def _as(model: type[M], resource: Mapping[str, Any]) -> M:
    try:
        return model.model_validate(resource)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise NoLineError(f"{where}: {first['msg'].lower()}.") from error
