"""What may happen next: `decide` turns a command into events or a refusal. Pure; every entrance goes through it.

Guards come first and each says why; the happy path is last. Nothing is read but the arguments: the appointment as it
is now, who asks, the clock's reading, the clinic's rules and a source of new ids.
"""

from __future__ import annotations

from typing import assert_never

from ecm_tui.core import admission, chat, consent, feed, notes, retention, scheduling
from ecm_tui.core import commands as c
from ecm_tui.core import events as e
from ecm_tui.core.appointment import Appointment, Organiser
from ecm_tui.core.commands import Command, Refused
from ecm_tui.core.context import Context, Decision, nobody, not_running
from ecm_tui.core.invites import note_delivery
from ecm_tui.core.log import Actor
from ecm_tui.core.rights import may

MOST_WINDOWS = 4
"""Windows and viewer pages that one organiser can have open in a call: more is a runaway, not a need."""


def decide(was: Appointment, command: Command, context: Context) -> Decision:
    """What `command` does to the appointment `was`."""
    refused = may(context.actor, command)
    if refused:
        return refused
    if isinstance(command, c.Schedule):
        return scheduling.schedule(was, command, context)
    if isinstance(command, c.Import):
        return feed.take(was, command, context)
    if not was.exists:
        return Refused(code="no_such_appointment", message="There is no appointment with this id.")
    if was.erased:
        return retention.over(command)
    match command:
        case c.AdmitAll():
            return admission.admit_all(was, command, context)
        case c.Cancel():
            return scheduling.cancel(was)
        case c.StartCall() | c.EndCall():
            return scheduling.cancelled(was) or _about_the_call(was, command)
        case c.EditAppointment() | c.MarkOutcome() | c.SendInvites() | c.Invite():
            return scheduling.about_the_plan(was, command, context)
        case c.EditPerson() | c.ReplaceLink() | c.SendInvitation():
            return scheduling.about_one_person(was, command, context)
        case c.Enter() | c.Leave() | c.ReportDevices() | c.RaiseHand() | c.AnswerUnmute() | c.AnswerScreenshot():
            return admission.from_a_page(was, command, context)
        case c.Presence():
            return admission.presence(was, command)
        case c.EraseContent():
            return retention.erase(was, context)
        case c.NoteDelivery():
            return note_delivery(was, command)
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


def _about_the_call(was: Appointment, command: c.StartCall | c.EndCall) -> Decision:
    match command:
        case c.StartCall():
            return _start(was)
        case c.EndCall():
            if not was.running:
                message = "The call is not running."
                return Refused(code="call_not_running", message=message, by=was.ended_by, did="ended it")
            open_requests = [event for person in was.people.values() for event in admission.request_dies(person)]
            return [*open_requests, e.CallEnded(outcome="taken" if was.someone_came else "missed")]
        case _:
            assert_never(command)


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
