"""What people wrote, and who they were, is kept for as long as the clinic says and then erased for good (U4). Pure.

The stream stays: that somebody was invited, admitted, asked. Nothing more happens in it afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ecm_tui.core import commands as c
from ecm_tui.core import events as e
from ecm_tui.core.context import Context, Decision, Rules
from ecm_tui.core.log import ERASED
from ecm_tui.core.people import Person
from ecm_tui.core.refused import Refused

if TYPE_CHECKING:
    from ecm_tui.core.appointment import Appointment

ON_THEIR_WAY = (c.EraseContent, c.NoteDelivery, c.EndScreenshot, c.Presence)
"""What the service may still ask of an erased appointment without a fault: it comes to nothing."""


def due(was: Appointment, rules: Rules, now: datetime) -> bool:
    """Whether the time is over: so long after the planned end, or the end of the last call when that was later.

    Never while the call runs or anybody waits.
    """
    if not rules.keep_days or was.ends is None or was.erased:
        return False
    if was.running or any(person.present for person in was.people.values()):
        return False
    return now >= max(was.ends, was.ended_at or was.ends) + timedelta(days=rules.keep_days)


def erase(was: Appointment, context: Context) -> Decision:
    """The clinic's rule, carried out once."""
    if not due(was, context.rules, context.now):
        message = "It is not time yet to erase what was kept of this appointment."
        return [] if was.erased else Refused(code="not_due", message=message)
    return [e.ContentErased()]


def over(command: c.Command) -> Decision:
    """Nothing more happens to an appointment whose content was erased."""
    if isinstance(command, ON_THEIR_WAY):
        return []
    message = "What was kept of this appointment was erased, as the clinic's rule says. Make a new appointment."
    return Refused(code="erased", message=message)


def erased(was: Appointment) -> Appointment:
    """The appointment without a word that somebody wrote: as its stream reads once the bodies are gone."""
    return replace(
        was,
        erased=True,
        patient=_gone(was.patient),
        patient_id=_gone(was.patient_id),
        people={key: _person(person) for key, person in was.people.items()},
        organisers={key: replace(one, name=_gone(one.name)) for key, one in was.organisers.items()},
        chat=tuple(
            replace(
                line,
                by=replace(line.by, name=""),
                text=_gone(line.text),
                file=replace(line.file, name=ERASED, by=replace(line.file.by, name="")) if line.file else None,
            )
            for line in was.chat
        ),
        notes=tuple(replace(note, text=ERASED) for note in was.notes),
    )


def _person(was: Person) -> Person:
    """Without deliveries: nothing waits to be sent any more."""
    found: Mapping[str, str] = {name: getattr(was, name) for name in ("name", "description", "email", "mobile")}
    return replace(was, **{name: _gone(text) for name, text in found.items()}, deliveries=())  # type: ignore[arg-type]  # four texts by name


def _gone(text: str) -> str:
    return ERASED if text else ""
