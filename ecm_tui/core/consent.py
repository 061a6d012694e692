"""The consent that a still of someone's camera needs: asked of one person, answered once, good for one fresh picture.

Pure. Every other order of answers, departures and endings than ask, allow, take gives no still (S19, S24, S25).
"""

from __future__ import annotations

from collections.abc import Sequence

from ecm_tui.core import commands as c
from ecm_tui.core import events as e
from ecm_tui.core.commands import Refused
from ecm_tui.core.people import Person
from ecm_tui.core.stills import Consent


def ask(person: Person, new_id: str) -> Sequence[e.Event] | Refused:
    """The request to someone in the call, or why there is none (S17, S25)."""
    if person.consent:
        message = f"A screenshot request to {person.name} is open already."
        return Refused(code="request_open", message=message, by=person.consent.asked_by, did="asked")
    if not person.connected:
        return Refused(code="not_connected", message=f"{person.name} lost the connection. Ask when they are back.")
    if person.devices.camera != "on":
        return Refused(code="no_video", message=f"{person.name} has no camera on.")
    return [e.ScreenshotAsked(person_id=person.id, consent_id=new_id)]


def answer(person: Person, command: c.AnswerScreenshot) -> Sequence[e.Event]:
    """What the person's answer does: once, to the open request, and to nothing else (S25)."""
    request = person.consent
    if request is None or request.id != command.consent_id or request.allowed_at:
        return [e.ConsentIgnored(person_id=person.id, consent_id=command.consent_id)]
    if command.allow:
        return [e.ScreenshotAllowed(person_id=person.id, consent_id=request.id)]
    return [e.ScreenshotEnded(person_id=person.id, consent_id=request.id, outcome="declined")]


def cancel(person: Person) -> Sequence[e.Event] | Refused:
    """Taking a request back works until the person has agreed."""
    if person.consent is None:
        return Refused(code="nothing_asked", message=f"No screenshot request to {person.name} is open.")
    if person.consent.allowed_at:
        return Refused(code="already_allowed", message=f"{person.name} has agreed: the picture is being taken.")
    return [e.ScreenshotEnded(person_id=person.id, consent_id=person.consent.id, outcome="cancelled")]


def end(open_request: Consent | None, command: c.EndScreenshot) -> Sequence[e.Event]:
    """What the service reports of an open request. A picture counts only after a yes, and only one captured since."""
    if open_request is None or open_request.id != command.consent_id:
        return []
    if command.outcome == "timeout" and open_request.allowed_at:
        return []
    outcome: e.ScreenshotOutcome = command.outcome
    if outcome == "taken" and not _fresh(open_request, command):
        outcome = "failed"
    taken = outcome == "taken"
    why = command.why or ("" if command.outcome == "failed" else "no picture after the confirmation")
    return [
        e.ScreenshotEnded(
            person_id=command.person_id,
            consent_id=open_request.id,
            outcome=outcome,
            still_id=command.still_id if taken else "",
            captured_at=command.captured_at if taken else None,
            why=why if outcome == "failed" else "",
        )
    ]


def _fresh(request: Consent, command: c.EndScreenshot) -> bool:
    if request.allowed_at is None or command.captured_at is None or not command.still_id:
        return False
    return command.captured_at >= request.allowed_at
