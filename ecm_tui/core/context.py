"""What a decision is made of beside the appointment and the command, and what it comes to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ecm_tui.core.commands import Refused
from ecm_tui.core.events import Event
from ecm_tui.core.log import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The clinic's settings that decide."""

    places: int = 50
    """Admitted participants at most; organisers take no place (S34)."""
    channel: Literal["both", "email", "sms"] = "both"
    """How invitations go out to a person who has both contacts (E9); who has one gets them by that one."""
    history: Literal["all", "none"] = "all"
    """What a late joiner reads of the chat so far (S47)."""
    file_bytes: int = 1024 * 1024 * 1024
    """Bytes of the largest file."""
    session_bytes: int = 4 * 1024 * 1024 * 1024
    """Bytes of all files of one appointment."""
    person_bytes: int = 1024 * 1024 * 1024
    """Bytes of all files that one participant shares in one appointment: room is left for the others."""
    keep_days: int = 0
    """Days that what people wrote is kept after the appointment (`retention.due`); 0: for ever."""
    programs: bool = False
    """Whether files that a computer runs may be shared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Everything about a command that is not the appointment."""

    actor: Actor
    now: datetime
    new_id: Callable[[], str]
    rules: Rules = Rules()


Decision = Sequence[Event] | Refused
"""Events to append, none when everything is as asked already; or why not."""


def not_running() -> Refused:
    """The call is not running."""
    return Refused(code="call_not_running", message="The call is not running. Start it first.")


def nobody() -> Refused:
    """The id names nobody here."""
    return Refused(code="no_such_person", message="Nobody in this appointment has this id.")
