"""Who may do what and who may see what: one table and one function for each. Hidden keys are a courtesy; this rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from msgspec import structs

from ecm_tui.core import clinic
from ecm_tui.core import commands as c
from ecm_tui.core import events as e
from ecm_tui.core.commands import Command
from ecm_tui.core.log import SERVICE, Actor, Hidden, Recorded, Role
from ecm_tui.core.refused import Refused
from ecm_tui.core.schedule import Summary

_PEOPLE = frozenset(
    {c.Invite, c.EditPerson, c.ReplaceLink, c.SendInvitation, c.Admit, c.AdmitAll, c.Disconnect, c.Remove, c.Hold}
)
_IN_CALL = frozenset({c.Mute, c.AskUnmute, c.LowerHand, c.AskScreenshot, c.CancelScreenshot})
_CALENDAR = frozenset(
    {c.Schedule, c.Import, c.SendInvites, c.EditAppointment, c.MarkOutcome, c.Cancel, c.StartCall, c.EndCall}
)
_MEDIA = frozenset({c.SetSwitches, c.ChooseView, c.OpenWindow, c.CloseWindow, c.ReportWindow})
_CHAT = frozenset({c.Say, c.ShareFile, c.Silence})
_EXPORT = frozenset({clinic.NoteExport})
_ACCOUNTS = frozenset({clinic.AddAccount, clinic.IssueToken, clinic.RevokeTokens})

MAY: Mapping[Role, frozenset[type]] = {
    "organiser": _PEOPLE | _IN_CALL | _CALENDAR | _MEDIA | _ACCOUNTS | _CHAT | _EXPORT | {c.SaveNote},
    "clerk": _PEOPLE | _CALENDAR | _CHAT | _EXPORT | {c.Mute, c.AskUnmute, c.LowerHand},
    "observer": frozenset(),
    "participant": frozenset(
        {c.Enter, c.Leave, c.ReportDevices, c.RaiseHand, c.AnswerUnmute, c.AnswerScreenshot, c.Say, c.ShareFile}
    ),
    "service": frozenset(
        {c.Presence, c.NoteDelivery, c.EndScreenshot, c.EraseContent, clinic.AddAccount, clinic.NoteHead}
    ),
}
"""The commands open to each role; whatever is not named is refused."""

BLANKED: Mapping[Role, Mapping[type, tuple[str, ...]]] = {
    "organiser": {},
    "clerk": {},
    "observer": {
        e.PersonInvited: ("email", "mobile"),
        e.PersonChanged: ("email", "mobile"),
        e.AppointmentScheduled: ("patient_id",),
        e.AppointmentChanged: ("patient_id",),
    },
    "service": {},
}
"""The fields that a role reads as empty. A participant is not here: participants get no log at all (`page_view`)."""


def may(actor: Actor, command: Command | clinic.ClinicCommand) -> Refused | None:
    """None when `actor` may ask for `command` at all; whether it can happen now is for `decide`."""
    if type(command) in MAY[actor.role]:
        return None
    if actor.role == "observer":
        return Refused(code="not_allowed", message="You are here as an observer: you can look, not act.")
    return Refused(code="not_allowed", message=f"The role {actor.role} may not do this.")


def view_summary(row: Summary, role: Role) -> Summary:
    """The row of the Schedule as somebody of that role may see it: without what `BLANKED` takes from its event."""
    return replace(row, patient_id="") if e.AppointmentScheduled in BLANKED[role] else row


def view(record: Recorded, viewer: Actor) -> Recorded:
    """The record as `viewer` may see it; its sequence number always stays.

    A private note is its author's: to everybody else it is a number, without even whose it is (S41). Raises `KeyError`
    for a participant: no part of the log is theirs.
    """
    fields = BLANKED[viewer.role].get(type(record.event))
    if isinstance(record.event, e.NoteSaved) and (viewer.role, viewer.id) != (record.actor.role, record.actor.id):
        return replace(record, actor=SERVICE, event=Hidden())
    if not fields:
        return record
    event: Any = record.event
    return replace(record, event=structs.replace(event, **dict.fromkeys(fields, "")))
