"""What a role has no keys for. A courtesy: the service refuses the act all the same. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import cast

from ecm_tui.console.item import Item
from ecm_tui.console.widgets.row import Row
from ecm_tui.core import commands as c
from ecm_tui.core.log import Role
from ecm_tui.core.rights import MAY

NEEDS: Mapping[str, type] = {
    "admit": c.Admit,
    "admit_notice": c.Admit,
    "admit_all": c.AdmitAll,
    "disconnect": c.Disconnect,
    "join": c.StartCall,
    "end": c.EndCall,
    "invite": c.Invite,
    "new": c.Schedule,
    "edit": c.EditAppointment,
    "send": c.SendInvites,
    "send_all": c.SendInvites,
    "outcome": c.MarkOutcome,
    "taken": c.MarkOutcome,
    "missed": c.MarkOutcome,
    "cancel": c.Cancel,
    "import_list": c.Import,
    "link": c.Invite,
    "window": c.OpenWindow,
    "picture": c.OpenWindow,
    "layout": c.ChooseView,
    "microphone": c.SetSwitches,
    "camera": c.SetSwitches,
    "mute": c.Mute,
    "unmute": c.AskUnmute,
    "pin": c.ChooseView,
    "unpin": c.ChooseView,
    "hold": c.Hold,
    "remove": c.Remove,
    "replace": c.ReplaceLink,
    "revoke": c.ReplaceLink,
    "resend": c.SendInvitation,
    "screenshot": c.AskScreenshot,
    "cancel_screenshot": c.CancelScreenshot,
    "stills": c.AskScreenshot,
    "lower": c.LowerHand,
    "say": c.Say,
    "attach": c.ShareFile,
    "note": c.SaveNote,
    "note_send": c.SaveNote,
    "note_stamp": c.SaveNote,
    "note_template": c.SaveNote,
    "note_editor": c.SaveNote,
    "silence": c.Silence,
    "unsilence": c.Silence,
}
"""What an action, a row's control or an item of the options menu asks of the service; the others change nothing."""


def allowed(act: str, role: str) -> bool:
    """Whether `role` may do this."""
    needed = NEEDS.get(act)
    return needed is None or needed in MAY.get(cast("Role", role), frozenset())


def shown_items(items: Iterable[Item], role: str) -> list[Item]:
    """The items of a menu that the role may choose."""
    return [item for item in items if allowed(item.id, role)]


def shown_rows(rows: Sequence[Row], role: str) -> Sequence[Row]:
    """The rows without the controls that the role has no part in."""
    if role == "organiser":
        return rows
    return [replace(row, parts=tuple(part for part in row.parts if allowed(part.act, role))) for row in rows]
