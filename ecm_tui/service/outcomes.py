"""What a command came to, as its author is told: ids that it made, notices, who was first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ecm_tui.core import clinic
from ecm_tui.core import commands as c
from ecm_tui.core import events as e
from ecm_tui.core.appointment import Appointment
from ecm_tui.core.clinic import ClinicCommand, ClinicEvent
from ecm_tui.core.commands import Command
from ecm_tui.core.feed import differences, left_alone
from ecm_tui.core.invites import contacts, same_contact, sent_by_email, still_with
from ecm_tui.core.log import Actor, Recorded, timestamp
from ecm_tui.core.refused import Refused
from ecm_tui.service.store.codec import Names


def result(was: Appointment, after: Appointment, command: Command, records: Sequence[Recorded]) -> dict[str, Any]:
    """The ids that the command made, and what became of a line of a list."""
    invited = [record.event.person_id for record in records if isinstance(record.event, e.PersonInvited)]
    asked = [record.event.consent_id for record in records if isinstance(record.event, e.ScreenshotAsked)]
    match command:
        case c.Schedule():
            return {"appointment_id": was.id, "person_ids": invited}
        case c.Import():
            return {"appointment_id": was.id, **_became(was, after, command, records)}
        case c.Invite():
            return {"person_id": invited[0]}
        case c.AskScreenshot():
            return {"consent_id": asked[0]}
        case _:
            return {}


def _became(was: Appointment, after: Appointment, command: c.Import, records: Sequence[Recorded]) -> dict[str, Any]:
    if not was.exists:
        return {"became": "created"}
    was_at = {"was_at": timestamp(was.at) if was.at and was.at != command.at else None}
    if not records:
        left = left_alone(was)
        why = {"notice": left, "cancelled": was.cancelled}
        return {"became": "left", **why, **was_at} if left else {"became": "unchanged"}
    moved = [record.event for record in records]
    told = {each.person_id for each in moved if isinstance(each, e.InvitationMoved) and each.state == "queued"}
    out = [each for each in after.people.values() if each.taken_out and not was.people[each.id].taken_out]
    told |= {each.id for each in out if sent_by_email(each)}
    return {
        "became": "changed",
        "changes": differences(was, after),
        **was_at,
        "taken_out": [each.name for each in out],
        "told": [after.people[each].name for each in after.people if each in told],
    }


def clinic_result(command: ClinicCommand, events: Sequence[ClinicEvent]) -> dict[str, Any]:
    """The same for a command to the clinic."""
    match command:
        case clinic.AddAccount():
            return {"account_id": command.account_id}
        case clinic.IssueToken():
            return {"account_id": command.account_id, "token_id": command.token_id}
        case clinic.RevokeTokens():
            return {"account_id": command.account_id, "revoked": len(events)}
        case _:
            return {}


def noticed(was: Appointment, after: Appointment, records: Sequence[Recorded]) -> dict[str, str]:
    """What the inviter should know although nothing was refused."""
    edited = {record.event.person_id for record in records if isinstance(record.event, e.PersonChanged)}
    changed = {each for each in edited if contacts(was.people[each]) != contacts(after.people[each])}
    invited = {record.event.person_id for record in records if isinstance(record.event, e.PersonInvited)}
    notices = [still_with(was.people[each], after.people[each]) for each in sorted(changed)]
    if changed or invited:
        notices.append(same_contact(after.people.values(), changed | invited))
    notice = " ".join(filter(None, notices))
    return {"notice": notice} if notice else {}


def told(refused: Refused, actor: Actor, names: Names) -> Refused:
    """The refusal with the name of whoever was first, when somebody was (U2)."""
    return refused.told("you" if refused.by == actor.id else names("organiser", refused.by))
