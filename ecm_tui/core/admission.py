"""Who comes in and who goes: the waiting room, the places of the call, and every way out. Pure.

The one promise: nobody is in the call but by an organiser's admission out of the waiting room, whatever came before
(S15, S31).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

from ecm_tui.core import commands as c
from ecm_tui.core import consent
from ecm_tui.core import events as e
from ecm_tui.core.appointment import Appointment
from ecm_tui.core.commands import Refused
from ecm_tui.core.context import Context, Decision, Rules, nobody, not_running
from ecm_tui.core.people import Person, PersonState, waiting


def _full(rules: Rules) -> Refused:
    return Refused(code="full", message=f"The call is full: {rules.places} of {rules.places} places are taken.")


def admit_all(was: Appointment, command: c.AdmitAll, context: Context) -> Decision:
    """Those named who still wait and are there, longest wait first, as far as there are places (S16a)."""
    if not was.running:
        return not_running()
    asked = [p for p in waiting(was.people.values()) if p.id in command.person_ids and p.connected]
    if not asked:
        first = {was.people[each].changed_by for each in command.person_ids if each in was.people}
        by = first.pop() if len(first) == 1 else ""
        return Refused(code="not_waiting", message="None of them is waiting any more.", by=by, did="was first")
    free = context.rules.places - was.admitted
    if free <= 0:
        return _full(context.rules)
    return [e.PersonAdmitted(person_id=p.id, admission=p.admission + 1) for p in asked[:free]]


ToSomeoneInTheCall = c.Remove | c.Hold | c.Mute | c.AskUnmute | c.LowerHand | c.AskScreenshot | c.CancelScreenshot
PersonCommand = c.Admit | c.Disconnect | ToSomeoneInTheCall


def about_one_person(was: Appointment, command: PersonCommand, context: Context) -> Decision:
    """What an organiser does to one person's place."""
    person = was.people.get(command.person_id)
    if person is None:
        return nobody()
    match command:
        case c.Admit():
            return _admit(was, person, context.rules)
        case c.Disconnect():
            return _disconnect(person)
        case _:
            if person.state != "admitted":
                return _elsewhere(person, "not_admitted", f"{person.name} is not in the call.")
            return _to_someone_in_the_call(person, command, context)


def _admit(was: Appointment, person: Person, rules: Rules) -> Decision:
    if person.state == "admitted":
        return _elsewhere(person, "already_admitted", f"{person.name} is in the call already.")
    if person.state != "waiting":
        return _elsewhere(person, "not_waiting", f"{person.name} is not waiting any more.")
    if not was.running:
        return not_running()
    if not person.connected:
        return Refused(
            code="not_connected", message=f"{person.name} lost the connection. Admit them when they are back."
        )
    if was.admitted >= rules.places:
        return _full(rules)
    return [e.PersonAdmitted(person_id=person.id, admission=person.admission + 1)]


def _disconnect(person: Person) -> Decision:
    if person.state == "admitted":
        message = f"Remove user, in the row's menu, ends their call. {person.name} is in the call already."
        return _elsewhere(person, "already_admitted", message)
    if person.state != "waiting":
        return _elsewhere(person, "not_waiting", f"{person.name} is not waiting any more.")
    return [e.PersonDisconnected(person_id=person.id)]


def _to_someone_in_the_call(person: Person, command: ToSomeoneInTheCall, context: Context) -> Decision:
    match command:
        case c.Remove():
            return [*request_dies(person), e.PersonRemoved(person_id=person.id)]
        case c.Hold():
            return [*request_dies(person), e.PersonHeld(person_id=person.id, entry=person.entry + 1)]
        case c.Mute():
            return [] if person.muted else [e.PersonMuted(person_id=person.id)]
        case c.AskUnmute():
            if not person.muted:
                return Refused(code="not_muted", message=f"{person.name} is not muted.")
            return [] if person.unmute_asked else [e.UnmuteAsked(person_id=person.id)]
        case c.LowerHand():
            return [e.HandRaised(person_id=person.id, up=False)] if person.hand else []
        case c.AskScreenshot():
            return consent.ask(person, context.new_id())
        case c.CancelScreenshot():
            return consent.cancel(person)
        case _:
            assert_never(command)


def request_dies(person: Person) -> Sequence[e.Event]:
    """An open screenshot request of someone who goes out of the call ends with them (S24)."""
    if person.consent is None:
        return []
    return [e.ScreenshotEnded(person_id=person.id, consent_id=person.consent.id, outcome="left")]


def _leaves(person: Person, reason: e.LeftReason) -> Sequence[e.Event]:
    return [*request_dies(person), e.PersonLeft(person_id=person.id, reason=reason)]


_DID: Mapping[PersonState, str] = {
    "invited": "",
    "waiting": "put them back in the waiting room",
    "admitted": "admitted them",
    "left": "ended the call",
    "removed": "removed them",
    "disconnected": "disconnected them",
}
"""What an account did that brought a person into each state."""


def _elsewhere(person: Person, code: str, message: str) -> Refused:
    """The person does not stand where the act needs them, and who brought them to where they are."""
    return Refused(code=code, message=message, by=person.changed_by, did=_DID[person.state])


PageCommand = c.Enter | c.Leave | c.ReportDevices | c.RaiseHand | c.AnswerUnmute | c.AnswerScreenshot


def from_a_page(was: Appointment, command: PageCommand, context: Context) -> Decision:
    """What a participant's own page asks for."""
    person = was.people.get(context.actor.id)
    if person is None:
        return nobody()
    match command:
        case c.Enter():
            return _enter(was, person, command)
        case c.Leave():
            return _leaves(person, "left") if person.present else []
        case c.ReportDevices():
            if not person.present or person.devices == command.devices:
                return []
            return [e.DevicesReported(person_id=person.id, devices=command.devices)]
        case c.RaiseHand():
            if person.state != "admitted" or person.hand == command.up:
                return []
            return [e.HandRaised(person_id=person.id, up=command.up)]
        case c.AnswerUnmute():
            if not person.unmute_asked:
                return Refused(code="nothing_asked", message="There is no open request to unmute.")
            return [e.UnmuteAnswered(person_id=person.id, accepted=command.accept)]
        case c.AnswerScreenshot():
            return consent.answer(person, command)
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
        restored = e.ConnectionRestored(person_id=person.id, visit=command.visit)
        if command.devices == person.devices:
            return [restored]
        return [restored, e.DevicesReported(person_id=person.id, devices=command.devices)]
    entered = e.PersonEntered(
        person_id=person.id,
        visit=command.visit,
        entry=person.entry + 1,
        again=person.state == "disconnected",
        devices=command.devices,
    )
    if person.state == "admitted":  # another page of the link never gets into the call by itself (S15, S31)
        return [*_leaves(person, "lost"), entered]
    return [entered]


def presence(was: Appointment, command: c.Presence) -> Decision:
    """What it means that a page was lost, is back, or was away too long (S38). An old page's signs mean nothing."""
    person = was.people.get(command.person_id)
    if person is None or not person.present or person.visit != command.visit:
        return []
    match command.sign:
        case "lost":
            return [e.ConnectionLost(person_id=person.id)] if person.connected else []
        case "back":
            return [] if person.connected else [e.ConnectionRestored(person_id=person.id, visit=person.visit)]
        case "over":
            return [] if person.connected else _leaves(person, "lost")
        case _:
            assert_never(command.sign)
