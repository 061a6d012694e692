"""What the interpreter answers: lines, what is to be done, and what it asks next. Values only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ecm_tui.console.model import Session
from ecm_tui.console.unsent import Leftover
from ecm_tui.core.commands import Command
from ecm_tui.errors import EcmError


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Ask the service for something."""

    stream: str
    """Id of the appointment; empty for a new one."""
    command: Command
    said: str = ""
    """What is said when it was done; empty where the events of it say so."""
    after: Callable[[Mapping[str, Any]], Reply] | None = None
    """What follows from the service's result."""
    refused: Callable[[EcmError], Reply] | None = None
    """What follows from a refusal; None: its reason is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Say the join link of someone: an appointment's patient when `person` is empty."""

    appointment: str
    person: str = ""
    name: str
    before: str = ""
    """What is said before it, on the same line."""


@dataclass(frozen=True, slots=True)
class Open:
    """Open the session of this appointment."""

    appointment: str


@dataclass(frozen=True, slots=True)
class Leave:
    """Leave the session; with `end` it ends for everyone. `settled`: whatever note is not sent."""

    end: bool
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Quit:
    """Leave the console; with `end` the call ends first. `settled`: whatever note is not sent."""

    end: bool = False
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """Open the video window of this appointment."""

    appointment: str


@dataclass(frozen=True, slots=True)
class Stills:
    """Say where the pictures of this person are."""

    person: str


@dataclass(frozen=True, slots=True)
class Lock:
    """Lock the console."""


@dataclass(frozen=True, slots=True)
class Read:
    """Read an appointment whose session need not be open, and go on with it as it is."""

    appointment: str
    then: Callable[[Session], Reply]


@dataclass(frozen=True, slots=True)
class UploadLink:
    """Say how a file comes into the chat of this appointment."""

    appointment: str


@dataclass(frozen=True, slots=True)
class OpenNote:
    """Go on with the private note of this appointment, line by line or in the organiser's own editor."""

    appointment: str
    own_editor: bool = False


@dataclass(frozen=True, slots=True)
class KeepNote:
    """The note is this now, on the disk."""

    text: str


@dataclass(frozen=True, slots=True)
class SendNote:
    """Save the note with the appointment."""

    text: str


@dataclass(frozen=True, slots=True)
class CloseNote:
    """Let go of the note. What was written stays a draft, unless it is `thrown_away`."""

    thrown_away: bool = False


@dataclass(frozen=True, slots=True)
class ReadDrafts:
    """Say what was never sent of appointments that are erased, and ask what becomes of it."""


@dataclass(frozen=True, slots=True)
class RemoveDrafts:
    """Away with these."""

    found: tuple[Leftover, ...]


NoteWant = OpenNote | KeepNote | SendNote | CloseNote | ReadDrafts | RemoveDrafts
Want = Act | Link | Lock | NoteWant | Open | Leave | Quit | Read | Stills | UploadLink | Window


class Conversation(Protocol):
    """Something that was asked and takes the next lines instead of commands."""

    @property
    def prompt(self) -> str:
        """What stands before the line."""

    @property
    def decides(self) -> bool:
        """Whether one line does what cannot be undone: it counts only when it was typed after the question."""

    def hear(self, text: str) -> Reply:
        """The answer to one line."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one line."""

    lines: tuple[str, ...] = ()
    wants: tuple[Want, ...] = ()
    then: Conversation | None = None
    """What takes the next line; None: a command does."""


def said(*lines: str) -> Reply:
    """An answer in words alone."""
    return Reply(lines)
