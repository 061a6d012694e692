"""Messages that screens and dialogs send to the app; each carries ids and values, never widgets."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message


@dataclass
class OpenRequested(Message):
    """The person wants this appointment's session on the screen."""

    appointment: str


@dataclass
class LinkRequested(Message):
    """The person wants the join link of someone: an appointment's patient when `person` is empty."""

    appointment: str
    person: str = ""
    notice: str = ""
    """What to say with it; empty for nothing."""


@dataclass
class HangUpRequested(Message):
    """The person leaves the session; with `end` it ends for everyone."""

    end: bool


@dataclass
class WindowRequested(Message):
    """The person wants to see and be seen in this appointment's call."""

    appointment: str
