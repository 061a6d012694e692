"""What may happen next: `decide` turns a command into events or a refusal. Pure; every entrance goes through it.

Guards come first and each says why; the happy path is last. Nothing is read but the arguments: the appointment as it
is now, who asks, the clock's reading, the clinic's rules and a source of new ids.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from ecm_tui.core import commands as c
from ecm_tui.core import events as e
from ecm_tui.core.appointment import Appointment, Organiser
from ecm_tui.core.commands import Command, Refused
from ecm_tui.core.log import Actor
from ecm_tui.core.people import Person, waiting
from ecm_tui.core.rights import may

MOST_PEOPLE = 200
"""People that one appointment can ever know: four times the places, so that a list stays a list."""

MOST_WINDOWS = 4
"""Windows and viewer pages that one organiser can have open in a call: more is a runaway, not a need."""

LINK_LIFETIME = timedelta(hours=24)
"""How long after the planned end a join link still opens; a running call keeps its links alive."""

LONGEST_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The clinic's settings that decide."""

    places: int = 50
    """Admitted participants at most; organisers take no place (S34)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Everything about a command that is not the appointment."""

    actor: Actor
    now: datetime
    new_id: Callable[[], str]
    rules: Rules = Rules()


Decision = Sequence[e.Event] | Refused
"""Events to append, none when everything is as asked already; or why not."""


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
        case c.Cancel() | c.StartCall() | c.EndCall() | c.Invite() | c.ReplaceLink() | c.AdmitAll():
            return _about_the_call(was, command, context)
        case c.Admit() | c.Disconnect() | c.Remove() | c.Hold() | c.Mute() | c.AskUnmute():
            return _about_one_person(was, command, context)
        case c.Enter() | c.Leave() | c.ReportDevices() | c.AnswerUnmute():
            return _from_a_page(was, command, context)
        case c.Presence():
            return _presence(was, command)
        case c.OpenWindow() | c.CloseWindow() | c.ReportWindow() | c.SetSwitches() | c.ChooseView():
            return _own_part(was, command, context)
        case _:
            assert_never(command)


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
        _invited(command.patient, context.new_id(), patient=True),
        *(_invited(guest, context.new_id()) for guest in command.guests),
    ]


def _no_contact(guest: c.Guest, who: str) -> Refused | None:
    if not guest.name.strip():
        return Refused(code="name_required", message=f"{who} needs a name.")
    if not (guest.email.strip() or guest.mobile.strip()):
        return Refused(code="contact_required", message=f"{who} needs an email address or a mobile number.")
    return None


def _too_many_people() -> Refused:
    return Refused(code="too_many_people", message=f"An appointment knows at most {MOST_PEOPLE} people.")


def _invited(guest: c.Guest, person_id: str, patient: bool = False) -> e.PersonInvited:
    return e.PersonInvited(
        person_id=person_id,
        name=guest.name.strip(),
        description=guest.description.strip(),
        email=guest.email.strip(),
        mobile=guest.mobile.strip(),
        patient=patient,
    )


CallCommand = c.Cancel | c.StartCall | c.EndCall | c.Invite | c.ReplaceLink | c.AdmitAll


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
                return _not_running()
            return [e.CallEnded(outcome="taken" if was.someone_came else "missed")]
        case c.Invite():
            if len(was.people) >= MOST_PEOPLE:
                return _too_many_people()
            return _no_contact(command.guest, "The person to invite") or [_invited(command.guest, context.new_id())]
        case c.ReplaceLink():
            person = was.people.get(command.person_id)
            if person is None:
                return _nobody()
            return [e.LinkReplaced(person_id=person.id, link=person.link + 1, revoked=command.revoke)]
        case c.AdmitAll():
            return _admit_all(was, command, context)
        case _:
            assert_never(command)


def _cancel(was: Appointment) -> Decision:
    if was.running:
        return Refused(code="call_running", message="The call is running. End it before you cancel the appointment.")
    return [] if was.cancelled else [e.AppointmentCancelled()]


def _start(was: Appointment) -> Decision:
    if was.kind != "video":
        return Refused(code="not_video", message="This is not a video appointment: there is no call to start.")
    return [] if was.running else [e.CallStarted()]


def _not_running() -> Refused:
    return Refused(code="call_not_running", message="The call is not running. Start it first.")


def _nobody() -> Refused:
    return Refused(code="no_such_person", message="Nobody in this appointment has this id.")


def _full(rules: Rules) -> Refused:
    return Refused(code="full", message=f"The call is full: {rules.places} of {rules.places} places are taken.")


def _admit_all(was: Appointment, command: c.AdmitAll, context: Context) -> Decision:
    if not was.running:
        return _not_running()
    asked = [p for p in waiting(was.people.values()) if p.id in command.person_ids and p.connected]
    if not asked:
        return Refused(code="not_waiting", message="None of them is waiting any more.")
    free = context.rules.places - was.admitted
    if free <= 0:
        return _full(context.rules)
    return [e.PersonAdmitted(person_id=p.id, admission=p.admission + 1) for p in asked[:free]]


PersonCommand = c.Admit | c.Disconnect | c.Remove | c.Hold | c.Mute | c.AskUnmute


def _about_one_person(was: Appointment, command: PersonCommand, context: Context) -> Decision:
    person = was.people.get(command.person_id)
    if person is None:
        return _nobody()
    match command:
        case c.Admit():
            return _admit(was, person, context.rules)
        case c.Disconnect():
            return _disconnect(person)
        case c.Remove() | c.Hold() | c.Mute() | c.AskUnmute():
            if person.state != "admitted":
                return Refused(code="not_admitted", message=f"{person.name} is not in the call.")
            return _to_someone_in_the_call(person, command)
        case _:
            assert_never(command)


def _admit(was: Appointment, person: Person, rules: Rules) -> Decision:
    if person.state == "admitted":
        return Refused(code="already_admitted", message=f"{person.name} is in the call already.")
    if person.state != "waiting":
        return Refused(code="not_waiting", message=f"{person.name} is not waiting any more.")
    if not was.running:
        return _not_running()
    if not person.connected:
        return Refused(
            code="not_connected", message=f"{person.name} lost the connection. Admit them when they are back."
        )
    if was.admitted >= rules.places:
        return _full(rules)
    return [e.PersonAdmitted(person_id=person.id, admission=person.admission + 1)]


def _disconnect(person: Person) -> Decision:
    if person.state == "admitted":
        message = f"{person.name} is in the call. Remove user, in the row's menu, ends their call."
        return Refused(code="already_admitted", message=message)
    if person.state != "waiting":
        return Refused(code="not_waiting", message=f"{person.name} is not waiting any more.")
    return [e.PersonDisconnected(person_id=person.id)]


def _to_someone_in_the_call(person: Person, command: c.Remove | c.Hold | c.Mute | c.AskUnmute) -> Decision:
    match command:
        case c.Remove():
            return [e.PersonRemoved(person_id=person.id)]
        case c.Hold():
            return [e.PersonHeld(person_id=person.id, entry=person.entry + 1)]
        case c.Mute():
            return [] if person.muted else [e.PersonMuted(person_id=person.id)]
        case c.AskUnmute():
            if not person.muted:
                return Refused(code="not_muted", message=f"{person.name} is not muted.")
            return [] if person.unmute_asked else [e.UnmuteAsked(person_id=person.id)]
        case _:
            assert_never(command)


PageCommand = c.Enter | c.Leave | c.ReportDevices | c.AnswerUnmute


def _from_a_page(was: Appointment, command: PageCommand, context: Context) -> Decision:
    person = was.people.get(context.actor.id)
    if person is None:
        return _nobody()
    match command:
        case c.Enter():
            return _enter(was, person, command)
        case c.Leave():
            return [e.PersonLeft(person_id=person.id, reason="left")] if person.present else []
        case c.ReportDevices():
            if not person.present or person.devices == command.devices:
                return []
            return [e.DevicesReported(person_id=person.id, devices=command.devices)]
        case c.AnswerUnmute():
            if not person.unmute_asked:
                return Refused(code="nothing_asked", message="There is no open request to unmute.")
            return [e.UnmuteAnswered(person_id=person.id, accepted=command.accept)]
        case _:
            assert_never(command)


def _enter(was: Appointment, person: Person, command: c.Enter) -> Decision:
    if was.cancelled:
        return Refused(code="link_not_valid", message="This link is not valid.")
    if person.present and person.connected:
        if person.visit == command.visit:
            return []
        return Refused(code="open_elsewhere", message="This link is open in another window.")
    if person.state == "disconnected" and not command.again:
        return Refused(code="must_ask_again", message="You were disconnected from the waiting room. You can ask again.")
    if person.state == "waiting" or (person.state == "admitted" and person.visit == command.visit):
        return [e.ConnectionRestored(person_id=person.id, visit=command.visit)]
    entered = e.PersonEntered(
        person_id=person.id,
        visit=command.visit,
        entry=person.entry + 1,
        again=person.state == "disconnected",
        devices=command.devices,
    )
    if person.state == "admitted":  # another page of the link never gets into the call by itself (S15, S31)
        return [e.PersonLeft(person_id=person.id, reason="lost"), entered]
    return [entered]


def _presence(was: Appointment, command: c.Presence) -> Decision:
    person = was.people.get(command.person_id)
    if person is None or not person.present or person.visit != command.visit:
        return []
    match command.sign:
        case "lost":
            return [e.ConnectionLost(person_id=person.id)] if person.connected else []
        case "back":
            return [] if person.connected else [e.ConnectionRestored(person_id=person.id, visit=person.visit)]
        case "over":
            return [] if person.connected else [e.PersonLeft(person_id=person.id, reason="lost")]
        case _:
            assert_never(command.sign)


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
        return _not_running()
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
        return _nobody()
    if (pinned, layout) == (me.pinned, me.layout):
        return []
    return [e.ViewChosen(organiser_id=me.id, pinned=pinned, layout=layout)]
