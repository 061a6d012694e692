"""What may happen next: `decide` turns a command into events or a refusal. Pure; every entrance goes through it.

Guards come first and each says why; the happy path is last. Nothing is read but the arguments: the appointment as it
is now, who asks, the clock's reading, the clinic's rules and a source of new ids.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import assert_never

from ecm_tui.core import admission, chat, consent, notes
from ecm_tui.core import commands as c
from ecm_tui.core import events as e
from ecm_tui.core.appointment import Appointment, Organiser
from ecm_tui.core.commands import Command, Refused
from ecm_tui.core.context import Context, Decision, Rules, nobody, not_running
from ecm_tui.core.delivery import Channel, Delivery
from ecm_tui.core.log import Actor
from ecm_tui.core.people import Person
from ecm_tui.core.rights import may

MOST_PEOPLE = 200
"""People that one appointment can ever know: four times the places, so that a list stays a list."""

MOST_WINDOWS = 4
"""Windows and viewer pages that one organiser can have open in a call: more is a runaway, not a need."""

LINK_LIFETIME = timedelta(hours=24)
"""How long after the planned end a join link still opens; a running call keeps its links alive."""

LONGEST_MINUTES = 24 * 60

YEARS = (2000, 2200)
"""Years that an appointment can be in: a day more or less never leaves the calendar of `datetime`."""


def decide(was: Appointment, command: Command, context: Context) -> Decision:
    """What `command` does to the appointment `was`."""
    refused = may(context.actor, command)
    if refused:
        return refused
    if isinstance(command, c.Schedule):
        return _schedule(was, command, context)
    if not was.exists:
        return Refused(code="no_such_appointment", message="There is no appointment with this id.")
    match command:
        case c.AdmitAll():
            return admission.admit_all(was, command, context)
        case c.Cancel() | c.StartCall() | c.EndCall() | c.Invite() | c.ReplaceLink() | c.SendInvitation():
            return _about_the_call(was, command, context)
        case c.Enter() | c.Leave() | c.ReportDevices() | c.RaiseHand() | c.AnswerUnmute() | c.AnswerScreenshot():
            return admission.from_a_page(was, command, context)
        case c.Presence():
            return admission.presence(was, command)
        case c.NoteDelivery():
            return _note_delivery(was, command)
        case c.EndScreenshot():
            person = was.people.get(command.person_id)
            return consent.end(person.consent, command) if person else []
        case c.OpenWindow() | c.CloseWindow() | c.ReportWindow() | c.SetSwitches() | c.ChooseView():
            return _own_part(was, command, context)
        case c.Say():
            return chat.say(was, command, context)
        case c.ShareFile():
            return chat.share(was, command, context)
        case c.Silence():
            return chat.silence(was, command)
        case c.SaveNote():
            return notes.save(was, command, context)
        case _:
            return admission.about_one_person(was, command, context)


def link_opens(appointment: Appointment, person_id: str, link: int, now: datetime) -> bool:
    """Whether the person's link of that number still opens: not replaced, not cancelled, not expired."""
    person = appointment.people.get(person_id)
    if person is None or appointment.at is None or appointment.cancelled or person.link_revoked:
        return False
    if link != person.link:
        return False
    return appointment.running or now < appointment.at + timedelta(minutes=appointment.minutes) + LINK_LIFETIME


def _schedule(was: Appointment, command: c.Schedule, context: Context) -> Decision:
    if was.exists:
        return Refused(code="already_scheduled", message="This appointment exists already.")
    if not 1 <= command.minutes <= LONGEST_MINUTES:
        return Refused(code="bad_minutes", message="An appointment takes from 1 minute to 24 hours.")
    if command.at.tzinfo is None:
        return Refused(code="bad_time", message="The time needs its offset from UTC.")
    if not YEARS[0] <= command.at.year <= YEARS[1]:
        return Refused(code="bad_time", message=f"The year is between {YEARS[0]} and {YEARS[1]}.")
    refused = _no_contact(command.patient, "The patient")
    for guest in command.guests:
        refused = refused or _no_contact(guest, guest.name.strip() or "Each further person")
    if refused:
        return refused
    if len(command.guests) >= MOST_PEOPLE:
        return _too_many_people()
    return [
        e.AppointmentScheduled(
            at=command.at,
            minutes=command.minutes,
            kind=command.kind,
            patient=command.patient.name.strip(),
            patient_id=command.patient_id.strip(),
        ),
        *_invited(command.patient, context, patient=True),
        *(event for guest in command.guests for event in _invited(guest, context)),
    ]


def _no_contact(guest: c.Guest, who: str) -> Refused | None:
    if not guest.name.strip():
        return Refused(code="name_required", message=f"{who} needs a name.")
    if not (guest.email.strip() or guest.mobile.strip()):
        return Refused(code="contact_required", message=f"{who} needs an email address or a mobile number.")
    return None


def _too_many_people() -> Refused:
    return Refused(code="too_many_people", message=f"An appointment knows at most {MOST_PEOPLE} people.")


def _invited(guest: c.Guest, context: Context, patient: bool = False) -> list[e.Event]:
    """The person, and their invitation queued by the clinic's channels that there is a contact for."""
    invited = e.PersonInvited(
        person_id=context.new_id(),
        name=guest.name.strip(),
        description=guest.description.strip(),
        email=guest.email.strip(),
        mobile=guest.mobile.strip(),
        patient=patient,
    )
    return [invited, *_queued(invited.person_id, invited.email, invited.mobile, (), context.rules)]


def _queued(
    person_id: str, email: str, mobile: str, before: tuple[Delivery, ...], rules: Rules
) -> list[e.InvitationMoved]:
    sent = {delivery.channel: delivery.number for delivery in before}
    contacts: dict[Channel, str] = {"email": email, "sms": mobile}
    return [
        e.InvitationMoved(person_id=person_id, channel=channel, number=sent.get(channel, 0) + 1, state="queued")
        for channel, contact in contacts.items()
        if contact and (rules.channel in ("both", channel) or not (email and mobile))
    ]


def _note_delivery(was: Appointment, command: c.NoteDelivery) -> Decision:
    """A sending that a newer one replaced, or that was taken or failed before, is past telling."""
    person = was.people.get(command.person_id)
    known = {delivery.channel: delivery for delivery in person.deliveries} if person else {}
    delivery = known.get(command.channel)
    if delivery is None or delivery.number != command.number or delivery.state != "queued":
        return []
    if (delivery.state, delivery.why) == (command.state, command.why):
        return []
    return [
        e.InvitationMoved(
            person_id=command.person_id,
            channel=command.channel,
            number=command.number,
            state=command.state,
            why=command.why,
        )
    ]


CallCommand = c.Cancel | c.StartCall | c.EndCall | c.Invite | c.ReplaceLink | c.SendInvitation


def _about_the_call(was: Appointment, command: CallCommand, context: Context) -> Decision:
    if was.cancelled and not isinstance(command, c.Cancel):
        return Refused(code="cancelled", message="This appointment was cancelled.")
    match command:
        case c.Cancel():
            return _cancel(was)
        case c.StartCall():
            return _start(was)
        case c.EndCall():
            if not was.running:
                message = "The call is not running."
                return Refused(code="call_not_running", message=message, by=was.ended_by, did="ended it")
            open_requests = [event for person in was.people.values() for event in admission.request_dies(person)]
            return [*open_requests, e.CallEnded(outcome="taken" if was.someone_came else "missed")]
        case c.Invite():
            if len(was.people) >= MOST_PEOPLE:
                return _too_many_people()
            return _no_contact(command.guest, "The person to invite") or _invited(command.guest, context)
        case c.ReplaceLink() | c.SendInvitation():
            person = was.people.get(command.person_id)
            if person is None:
                return nobody()
            if isinstance(command, c.SendInvitation):
                return _send_again(person, context.rules)
            replaced = e.LinkReplaced(person_id=person.id, link=person.link + 1, revoked=command.revoke)
            if command.revoke and person.state == "waiting":
                return [replaced, e.PersonDisconnected(person_id=person.id)]
            return [replaced]
        case _:
            assert_never(command)


def _send_again(person: Person, rules: Rules) -> Decision:
    if person.link_revoked:
        return Refused(code="link_not_valid", message=f"{person.name}'s link was revoked. Make a new one first.")
    return _queued(person.id, person.email, person.mobile, person.deliveries, rules)


def _cancel(was: Appointment) -> Decision:
    if was.running:
        return Refused(code="call_running", message="The call is running. End it before you cancel the appointment.")
    return [] if was.cancelled else [e.AppointmentCancelled()]


def _start(was: Appointment) -> Decision:
    if was.kind != "video":
        return Refused(code="not_video", message="This is not a video appointment: there is no call to start.")
    return [] if was.running else [e.CallStarted()]


OwnCommand = c.OpenWindow | c.CloseWindow | c.ReportWindow | c.SetSwitches | c.ChooseView


def _own_part(was: Appointment, command: OwnCommand, context: Context) -> Decision:
    me = was.organisers.get(context.actor.id, Organiser(id=context.actor.id))
    match command:
        case c.OpenWindow():
            return _open_window(was, me, command.visit, context.actor)
        case c.CloseWindow():
            return [e.WindowClosed(organiser_id=me.id, visit=command.visit)] if command.visit in me.windows else []
        case c.ReportWindow():
            if not me.windows or command.devices == me.devices:
                return []
            return [e.WindowReported(organiser_id=me.id, devices=command.devices)]
        case c.SetSwitches():
            microphone = me.microphone if command.microphone is None else command.microphone
            camera = me.camera if command.camera is None else command.camera
            if (microphone, camera) == (me.microphone, me.camera):
                return []
            return [e.SwitchesSet(organiser_id=me.id, microphone=microphone, camera=camera)]
        case c.ChooseView():
            return _choose_view(was, me, command)
        case _:
            assert_never(command)


def _open_window(was: Appointment, me: Organiser, visit: str, actor: Actor) -> Decision:
    if not was.running:
        return not_running()
    if visit in me.windows:
        return []
    if len(me.windows) >= MOST_WINDOWS:
        message = f"{MOST_WINDOWS} windows are open already. Close one of them first."
        return Refused(code="too_many_windows", message=message)
    return [e.WindowOpened(organiser_id=me.id, name=actor.name, visit=visit)]


def _choose_view(was: Appointment, me: Organiser, command: c.ChooseView) -> Decision:
    pinned = me.pinned if command.pinned is None else command.pinned
    layout = command.layout or me.layout
    if pinned and pinned not in was.people:
        return nobody()
    if (pinned, layout) == (me.pinned, me.layout):
        return []
    return [e.ViewChosen(organiser_id=me.id, pinned=pinned, layout=layout)]
