"""The plan of an appointment: when, who, how they are reached, and what it came to. Pure.

Whoever was invited is never left with what is not true any more: a change of the plan or of a contact queues the
invitation again, under the next number.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from msgspec import structs

from ecm_tui.core import commands as c
from ecm_tui.core import events as e
from ecm_tui.core.appointment import Appointment, planned_anew
from ecm_tui.core.context import Context, Decision, nobody
from ecm_tui.core.delivery import Channel
from ecm_tui.core.invites import (
    MOST_PEOPLE,
    contacts,
    expects,
    invite,
    invited,
    no_contact,
    no_name,
    queued,
    send_again,
    send_all,
    too_many_people,
)
from ecm_tui.core.people import Person
from ecm_tui.core.refused import Refused

LONGEST_MINUTES = 24 * 60

YEARS = (2000, 2200)
"""Years that an appointment can be in: a day more or less never leaves the calendar of `datetime`."""


def schedule(was: Appointment, command: c.Schedule, context: Context) -> Decision:
    """A new appointment, and everybody invited to it (E3)."""
    if was.exists:
        return Refused(code="already_scheduled", message="This appointment exists already.")
    refused = no_time(command.at, command.minutes) or no_contact(command.patient, "The patient")
    for guest in command.guests:
        refused = refused or no_contact(guest, guest.name.strip() or "Each further person")
    if refused:
        return refused
    if len(command.guests) >= MOST_PEOPLE:
        return too_many_people()
    return [
        e.AppointmentScheduled(
            at=command.at,
            minutes=command.minutes,
            kind=command.kind,
            patient=command.patient.name.strip(),
            patient_id=command.patient_id.strip(),
        ),
        *invited(command.patient, context, patient=True),
        *(event for guest in command.guests for event in invited(guest, context)),
    ]


def no_time(at: datetime, minutes: int) -> Refused | None:
    """Why no appointment can be then, or that long."""
    if not 1 <= minutes <= LONGEST_MINUTES:
        return Refused(code="bad_minutes", message="An appointment takes from 1 minute to 24 hours.")
    if at.tzinfo is None:
        return Refused(code="bad_time", message="The time needs its offset from UTC.")
    if not YEARS[0] <= at.year <= YEARS[1]:
        return Refused(code="bad_time", message=f"The year is between {YEARS[0]} and {YEARS[1]}.")
    return None


def cancel(was: Appointment) -> Decision:
    """It will not take place."""
    if was.running:
        return Refused(code="call_running", message="The call is running. End it before you cancel the appointment.")
    return [] if was.cancelled else [e.AppointmentCancelled()]


def cancelled(was: Appointment) -> Refused | None:
    """Nothing more happens to a cancelled appointment."""
    return Refused(code="cancelled", message="This appointment was cancelled.") if was.cancelled else None


PlanCommand = c.EditAppointment | c.MarkOutcome | c.SendInvites | c.Invite


def about_the_plan(was: Appointment, command: PlanCommand, context: Context) -> Decision:
    """What an organiser does to the appointment as a whole."""
    refused = cancelled(was)
    if refused:
        return refused
    match command:
        case c.EditAppointment():
            return edit(was, command, context)
        case c.MarkOutcome():
            return _mark(was, command)
        case c.SendInvites():
            return send_all(was, context.rules)
        case c.Invite():
            return invite(was, command, context)
        case _:
            assert_never(command)


def edit(was: Appointment, command: c.EditAppointment, context: Context) -> Decision:
    """The plan changed, unless it cannot be so, or not now."""
    at = command.at or was.at
    minutes = was.minutes if command.minutes is None else command.minutes
    assert at is not None  # who asks has looked whether there is an appointment
    refused = no_time(at, minutes)
    if refused:
        return refused
    if was.running and (at, minutes, command.kind or was.kind) != (was.at, was.minutes, was.kind):
        message = "The call is running. End it before you change the time or the kind of the appointment."
        return Refused(code="call_running", message=message)
    return change_plan(was, command, context)


def change_plan(was: Appointment, command: c.EditAppointment, context: Context) -> list[e.Event]:
    """The plan as `command` says, and everybody invited again who was told another; nothing when it is all the same."""
    at = command.at or was.at
    assert at is not None  # as above
    event = e.AppointmentChanged(
        at=at,
        minutes=was.minutes if command.minutes is None else command.minutes,
        kind=command.kind or was.kind,
        patient_id=was.patient_id if command.patient_id is None else command.patient_id.strip(),
    )
    if (event.at, event.minutes, event.kind) == (was.at, was.minutes, was.kind):
        return [] if event.patient_id == was.patient_id else [event]
    after = planned_anew(was, event, context.now)
    expecting = [person for person in was.people.values() if expects(after, person, context.now)]
    return [event, *(moved for person in expecting for moved in queued(person, context.rules))]


def _mark(was: Appointment, command: c.MarkOutcome) -> Decision:
    if was.running:
        message = "The call is running. What it comes to is known when it ends, and can be corrected then."
        return Refused(code="call_running", message=message)
    return [] if was.outcome == command.outcome else [e.OutcomeMarked(outcome=command.outcome)]


PersonCommand = c.EditPerson | c.ReplaceLink | c.SendInvitation


def about_one_person(was: Appointment, command: PersonCommand, context: Context) -> Decision:
    """What an organiser does to one person's data, link or invitation."""
    refused = cancelled(was)
    if refused:
        return refused
    person = was.people.get(command.person_id)
    if person is None:
        return nobody()
    match command:
        case c.EditPerson():
            who = "The patient" if person.patient else "The person"
            guard, guest = no_contact if person.deliveries else no_name, _changed(person, command)
            return guard(guest, who) or change_person(was, person, guest, context)
        case c.SendInvitation():
            return send_again(person, context.rules)
        case c.ReplaceLink():
            replaced = e.LinkReplaced(person_id=person.id, link=person.link + 1, revoked=command.revoke)
            if command.revoke and person.state == "waiting":
                return [replaced, e.PersonDisconnected(person_id=person.id)]
            return [replaced]
        case _:
            assert_never(command)


def _changed(person: Person, command: c.EditPerson) -> c.Guest:
    """The person with what the asker changed, who may have seen them before somebody else changed something."""
    if command.known is None:
        return command.guest
    now = c.Guest(name=person.name, description=person.description, email=person.email, mobile=person.mobile)
    return structs.replace(now, **dict(structs.asdict(command.guest).items() - structs.asdict(command.known).items()))


def change_person(was: Appointment, person: Person, guest: c.Guest, context: Context) -> list[e.Event]:
    """The person as `guest` says, and invited again by whichever contact changed; nothing when it is all the same."""
    after = replace(
        person,
        name=guest.name.strip(),
        description=guest.description.strip(),
        email=guest.email.strip(),
        mobile=guest.mobile.strip(),
    )
    if after == person:
        return []
    changed = e.PersonChanged(
        person_id=person.id,
        name=after.name,
        description=after.description,
        email=after.email,
        mobile=after.mobile,
    )
    return [changed, *_gone(person, after), *_new(was, person, after, context)]


_GONE: dict[Channel, str] = {"email": "the email address was taken out", "sms": "the mobile number was taken out"}


def _gone(before: Person, after: Person) -> list[e.Event]:
    """What still waits to go out to a contact that is no more never will."""
    reach = contacts(after)
    return [
        e.InvitationMoved(
            person_id=before.id,
            channel=each.channel,
            number=each.number,
            state="failed",
            why=_GONE[each.channel],
        )
        for each in before.deliveries
        if each.state == "queued" and not reach[each.channel]
    ]


def _new(was: Appointment, before: Person, after: Person, context: Context) -> list[e.Event]:
    """The invitation by every contact that was not written to."""
    if not expects(was, before, context.now):
        return []
    old, reach = contacts(before), contacts(after)
    written = {each.channel for each in before.deliveries}
    return [
        moved
        for moved in queued(after, context.rules)
        if reach[moved.channel] != old[moved.channel] or moved.channel not in written
    ]
