"""What happened in a session, in sentences. Pure: an event in, words out; names pass the gate where they are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from ecm_tui.console import words
from ecm_tui.core import clinic
from ecm_tui.core import events as e
from ecm_tui.core.log import Hidden, Recorded
from ecm_tui.core.people import Person

_LEFT = {"left": "left", "lost": "lost the connection for good", "ended": "left when the call ended"}


def sentence(record: Recorded, people: Mapping[str, Person]) -> str:
    """What the event says to an organiser; "" for what is not worth a line."""
    event = record.event
    who = record.actor.name or record.actor.id
    match event:
        case Hidden() | clinic.AccountAdded() | clinic.TokenIssued() | clinic.TokenRevoked():
            return ""
        case clinic.HeadNoted() | clinic.ContentExported():
            return ""
        case e.AppointmentScheduled():
            return f"{who} imported the appointment" if event.imported else f"{who} made the appointment"
        case e.AppointmentChanged():
            return f"{who} changed the appointment"
        case e.AppointmentCancelled():
            return f"{who} cancelled the appointment"
        case e.OutcomeMarked():
            return f"{who} marked it: {'Taken' if event.outcome == 'taken' else 'Did not attend'}"
        case e.CallStarted():
            return f"{who} started the call"
        case e.CallEnded():
            outcome = "Taken" if event.outcome == "taken" else "Did not attend"
            return f"{who} ended the call: {outcome}"
        case e.WindowOpened():
            return f"{event.name} opened a video window"
        case e.WindowClosed() | e.SwitchesSet() | e.WindowReported() | e.ViewChosen():
            return ""
        case e.PersonInvited():
            known = people.get(event.person_id)
            added = known is not None and not known.deliveries  # out of a list, and not written to yet
            return f"{who} added {event.name}" if added else f"{who} invited {event.name}"
        case e.ChatSaid():
            return ""
        case e.FileShared():
            return f"{who} shared {event.name}"
        case e.NoteSaved():
            return f"{who} saved a private note"
        case e.ContentErased():
            return "What people wrote was erased, as the clinic's rule says"
        case _:
            found = people.get(event.person_id)
            return _of_person(event, found.name if found else event.person_id, who)


def _of_person(event: e.PersonEvent, name: str, who: str) -> str:
    match event:
        case e.PersonChanged():
            return f"{who} changed the data of {name}"
        case e.LinkReplaced() if event.by_list:
            return f"the list that {who} imported names {name} {'no more: taken out' if event.revoked else 'again'}"
        case e.LinkReplaced():
            return f"{who} took back the link of {name}" if event.revoked else f"{who} made a new link for {name}"
        case e.PersonEntered():
            return f"{name} asked again to join" if event.again else f"{name} came to the waiting room"
        case e.PersonAdmitted():
            return f"{who} admitted {name}"
        case e.PersonDisconnected():
            return f"{who} disconnected {name} from the waiting room"
        case e.PersonRemoved():
            return f"{who} removed {name} from the call"
        case e.PersonHeld():
            return f"{who} put {name} back in the waiting room"
        case e.PersonLeft():
            return f"{name} {_LEFT[event.reason]}"
        case e.ConnectionLost():
            return f"{name} lost the connection"
        case e.ConnectionRestored():
            return f"{name} is connected again"
        case e.PersonMuted():
            return f"{who} muted {name}"
        case e.UnmuteAsked():
            return f"{who} asked {name} to unmute"
        case e.UnmuteAnswered():
            return f"{name} is unmuted" if event.accepted else f"{name} stays muted"
        case e.PersonSilenced():
            return f"{who} closed the chat for {name}" if event.on else f"{who} opened the chat for {name}"
        case e.HandRaised():
            return f"{name} raised a hand" if event.up else f"the hand of {name} is down"
        case e.InvitationMoved():
            return _of_invitation(event, name)
        case _:
            return _of_device_or_still(event, name, who)


def _of_invitation(event: e.InvitationMoved, name: str) -> str:
    if event.state == "queued" and not event.why:
        return ""
    channel = "email" if event.channel == "email" else "SMS"
    why = f": {event.why}" if event.why else ""
    return f"invitation to {name} by {channel} {event.state}{why}"


DeviceOrStill = e.DevicesReported | e.ScreenshotAsked | e.ScreenshotAllowed | e.ScreenshotEnded | e.ConsentIgnored


def _of_device_or_still(event: DeviceOrStill, name: str, who: str) -> str:
    match event:
        case e.DevicesReported():
            return ""
        case e.ScreenshotAsked():
            return f"{who} asked {name} for a screenshot"
        case e.ScreenshotAllowed():
            return f"{name} allowed the screenshot"
        case e.ScreenshotEnded():
            return words.still_over(event.outcome, name, event.why).rstrip(".")
        case e.ConsentIgnored():
            return f"an answer of {name} came too late and took nothing"
        case _:
            assert_never(event)
