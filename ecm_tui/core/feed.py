"""Appointments out of a list (E10): made without inviting anybody; the same list again changes them, and doubles none.

Pure. The stream is found by the list's own key before this is asked. What the list does not know it does not take away:
a contact that somebody typed here outlives a list without contacts, and whoever was invited here stays. A guest whom a
list brought, who never came, whom nobody here changed and whom the list names no more is taken out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from msgspec import structs

from ecm_tui.core import commands as c
from ecm_tui.core import events as e
from ecm_tui.core.appointment import Appointment
from ecm_tui.core.context import Context, Decision
from ecm_tui.core.invites import MOST_PEOPLE, invited, known, no_name, queued, too_many_people
from ecm_tui.core.people import Person
from ecm_tui.core.refused import Refused
from ecm_tui.core.scheduling import change_person, change_plan, no_time


def take(was: Appointment, command: c.Import, context: Context) -> Decision:
    """The appointment as the list has it; nothing when it is so already, or is left alone."""
    if not command.source.strip():
        return Refused(
            code="source_required", message="An imported appointment needs the key that its list has for it."
        )
    refused = no_time(command.at, command.minutes) or no_name(command.patient, "The patient")
    for guest in command.guests:
        refused = refused or no_name(guest, "Each further person")
    if refused:
        return refused
    if len(command.guests) >= MOST_PEOPLE:
        return too_many_people()
    if not was.exists:
        return _made(command, context)
    return [] if left_alone(was) else _changed(was, command, context)


def left_alone(was: Appointment) -> str:
    """Why no list changes the appointment, in words for whoever imports; empty when it does."""
    if was.erased:
        return "What was kept of it was erased, and it is left as it is."
    if was.cancelled:
        return "It was cancelled here and is left as it is."
    if was.running:
        return "Its call is running: it is left as it is."
    return "It has taken place or was missed, and is left as it is." if was.outcome else ""


def differences(was: Appointment, after: Appointment) -> list[str]:
    """What is another now, in words for whoever imports."""
    pairs = {
        "time": (was.at, after.at),
        "length": (was.minutes, after.minutes),
        "kind": (was.kind, after.kind),
        "patient ID": (was.patient_id, after.patient_id),
        "name": (was.patient, after.patient),
        "contact": (_reach(was, True), _reach(after, True)),
        "further people": (_reach(was, False), _reach(after, False)),
    }
    return [word for word, (before, now) in pairs.items() if before != now]


def _reach(appointment: Appointment, patient: bool) -> list[tuple[str, ...]]:
    people = [each for each in appointment.people.values() if each.patient is patient and not each.taken_out]
    return [
        (person.email, person.mobile, person.description, *(() if patient else (person.name,))) for person in people
    ]


def _made(command: c.Import, context: Context) -> Decision:
    return [
        e.AppointmentScheduled(
            at=command.at,
            minutes=command.minutes,
            kind=command.kind,
            patient=command.patient.name.strip(),
            patient_id=command.patient_id.strip(),
            imported=True,
        ),
        known(command.patient, context, patient=True),
        *_by_list([known(guest, context) for guest in command.guests]),
    ]


def _changed(was: Appointment, command: c.Import, context: Context) -> Decision:
    plan = c.EditAppointment(
        at=command.at,
        minutes=command.minutes,
        kind=command.kind,
        patient_id=command.patient_id.strip() or None,
    )
    people = list(was.people.values())
    patient = next(person for person in people if person.patient)
    events = change_plan(was, plan, context)
    events += change_person(was, patient, _beside(patient, command.patient), context)
    named = _paired([person for person in people if not person.patient], command.guests)
    for same, guest in named:
        if same:
            events += _again(was, same, _beside(same, guest), context)
        else:
            events += _one_more(was, guest, context)
    if command.whole:
        still = {same.id for same, _ in named if same}
        events += [_out(each) for each in people if each.id not in still and each.by_list and each.state == "invited"]
    count = len(people) + sum(isinstance(event, e.PersonInvited) for event in events)
    # A change of the plan and one of a contact may both have queued the same sending.
    return too_many_people() if count > MOST_PEOPLE else list(dict.fromkeys(events))


def _again(was: Appointment, person: Person, guest: c.Guest, context: Context) -> list[e.Event]:
    """A guest whom the list names still, or names again: then they have a link again, and are invited as others are."""
    events = _by_list(change_person(was, person, guest, context), person.by_list or person.taken_out)
    if not person.taken_out:
        return events
    back = replace(person, email=guest.email, mobile=guest.mobile)
    link = e.LinkReplaced(person_id=person.id, link=person.link + 1, by_list=True)
    return [link, *events, *([] if was.imported else queued(back, context.rules))]


def _out(person: Person) -> e.Event:
    return e.LinkReplaced(person_id=person.id, link=person.link + 1, revoked=True, by_list=True)


def _one_more(was: Appointment, guest: c.Guest, context: Context) -> list[e.Event]:
    """Invited like the others when they were."""
    return _by_list([known(guest, context)] if was.imported else invited(guest, context))


def _by_list(events: Iterable[e.Event], by_list: bool = True) -> list[e.Event]:
    """The same, where a list says who somebody is."""
    of_people = (e.PersonInvited, e.PersonChanged)
    return [structs.replace(event, by_list=by_list) if isinstance(event, of_people) else event for event in events]


def _beside(person: Person, guest: c.Guest) -> c.Guest:
    """What the list says of the person, and what is known here where it says nothing."""
    return structs.replace(
        guest,
        description=guest.description.strip() or person.description,
        email=guest.email.strip() or person.email,
        mobile=guest.mobile.strip() or person.mobile,
    )


def _paired(people: Sequence[Person], guests: Sequence[c.Guest]) -> list[tuple[Person | None, c.Guest]]:
    """Each guest of the list and who that is here: the surest likeness first, so that a family which shares an address
    stays who they are in whatever order they come."""
    left, found = list(people), dict[int, Person]()
    for alike in (_by_both, _by_name, _by_contact):
        for number, guest in enumerate(guests):
            same = next((person for person in left if number not in found and alike(person, guest)), None)
            if same:
                left.remove(same)
                found[number] = same
    return [(found.get(number), guest) for number, guest in enumerate(guests)]


def _by_both(person: Person, guest: c.Guest) -> bool:
    return _by_name(person, guest) and _by_contact(person, guest)


def _by_name(person: Person, guest: c.Guest) -> bool:
    return person.name.casefold() == guest.name.strip().casefold()


def _by_contact(person: Person, guest: c.Guest) -> bool:
    if guest.email.strip():
        return person.email.casefold() == guest.email.strip().casefold()
    return bool(guest.mobile.strip()) and person.mobile == guest.mobile.strip()
