"""What the chat view tells, in the order it happened: what people wrote, and what happened between it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ecm_tui.core import events as e
from ecm_tui.core.appointment import Appointment
from ecm_tui.core.chat import MOST_LINES, ChatLine
from ecm_tui.core.log import Hidden, Recorded

MOST = MOST_LINES + 5_000
"""Entries that the console keeps: the fullest chat, and what happened around it. The log itself has everything."""

UNTOLD = (
    Hidden,
    e.NoteSaved,
    e.DevicesReported,
    e.SwitchesSet,
    e.ViewChosen,
    e.WindowReported,
    e.WindowClosed,
)
"""What nobody reads between the lines of a chat."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the chat, or one act."""

    record: Recorded
    line: ChatLine | None
    """What was written or shared; None for an act."""

    @property
    def seq(self) -> int:
        return self.record.seq

    @property
    def at(self) -> datetime:
        return self.record.at


class Transcript:
    """Grows at its end. When it is full the oldest fifth goes, and `cut` says how many went."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.cut = 0

    def hear(self, record: Recorded, appointment: Appointment) -> None:
        """One more event; `appointment` is as it stands after it."""
        if isinstance(record.event, UNTOLD):
            return
        if len(self.entries) >= MOST:
            went = MOST // 5
            self.entries, self.cut = self.entries[went:], self.cut + went
        self.entries.append(Entry(record, appointment.chat[-1] if isinstance(record.event, e.ChatEvent) else None))
