"""The general chat of a call: one order for everyone, written by those who are in the call and nobody else (S47). Pure.

A shared file is a line of the chat. Private notes are not here: nothing of `notes.py` ever becomes a line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ecm_tui.core import commands as c
from ecm_tui.core import events as e
from ecm_tui.core.context import Context, Decision, Rules, nobody, not_running
from ecm_tui.core.files import SharedFile, may_share
from ecm_tui.core.log import Actor, timestamp
from ecm_tui.core.refused import Refused

if TYPE_CHECKING:
    from ecm_tui.core.appointment import Appointment

LONGEST_LINE = 4_000
"""Characters of one message; a longer one is refused and not cut."""

MOST_LINES = 20_000
"""Lines of one appointment's chat: a day of fast talk, and a bound on what everybody keeps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatLine:
    """One message, or one shared file."""

    number: int
    """1 for the first line, without gaps: the order that everyone sees."""
    at: datetime
    by: Actor
    """Who wrote it; the name is empty where only the log was read, see `author`."""
    text: str = field(default="", repr=False)
    """Lines apart by `\\n`; empty for a file."""
    file: SharedFile | None = None


def say(was: Appointment, command: c.Say, context: Context) -> Decision:
    """A message to everyone in the call."""
    refused = may_write(was, context.actor)
    if refused:
        return refused
    text = command.text.strip()
    if not text:
        return Refused(code="empty_text", message="There is nothing to send yet.")
    if len(text) > LONGEST_LINE:
        message = f"A message has at most {LONGEST_LINE:,} characters, and this has {len(text):,}. Nothing was sent."
        return Refused(code="text_too_long", message=message)
    return [e.ChatSaid(text=text)]


def share(was: Appointment, command: c.ShareFile, context: Context) -> Decision:
    """A file that has arrived whole becomes a line; the rules of `offer` are asked once more."""
    if any(line.file and line.file.id == command.file_id for line in was.chat):
        return []
    refused = offer(was, context.actor, command.name, command.size, context.rules)
    if refused:
        return refused
    return [
        e.FileShared(
            file_id=command.file_id, name=command.name, size=command.size, sha256=command.sha256, scan=command.scan
        )
    ]


def offer(was: Appointment, actor: Actor, name: str, size: int, rules: Rules) -> Refused | None:
    """Why `actor` cannot share a file of that name and size (bytes) now; None when they can. Asked before any byte."""
    return may_write(was, actor) or may_share(was.files, actor, name, size, rules)


def may_write(was: Appointment, actor: Actor) -> Refused | None:
    """Why `actor` cannot write to everyone in the call now; None when they can."""
    if not was.running:
        return not_running()
    if len(was.chat) >= MOST_LINES:
        return Refused(code="chat_full", message=f"This chat has {MOST_LINES:,} lines and takes no more.")
    if actor.role != "participant":
        return None
    person = was.people.get(actor.id)
    if person is None or person.state != "admitted":
        return Refused(code="not_admitted", message="You are not in the call: nothing was sent.")
    if person.silenced:
        return Refused(code="silenced", message="The organiser has closed the chat for you. You can read it.")
    return None


def silence(was: Appointment, command: c.Silence) -> Decision:
    """Close the chat for one person, or open it again; wherever they are, so that leaving is no way round it."""
    person = was.people.get(command.person_id)
    if person is None:
        return nobody()
    if person.silenced == command.on:
        return []
    return [e.PersonSilenced(person_id=person.id, on=command.on)]


def with_line(
    was: Sequence[ChatLine], at: datetime, by: Actor, event: e.ChatSaid | e.FileShared
) -> tuple[ChatLine, ...]:
    """The chat with one more line."""
    if isinstance(event, e.ChatSaid):
        line = ChatLine(number=len(was) + 1, at=at, by=by, text=event.text)
    else:
        file = SharedFile(
            id=event.file_id, name=event.name, size=event.size, sha256=event.sha256, scan=event.scan, by=by, at=at
        )
        line = ChatLine(number=len(was) + 1, at=at, by=by, file=file)
    return (*was, line)


def author(line: ChatLine, appointment: Appointment, accounts: Mapping[str, str]) -> str:
    """The name of who wrote the line; `accounts` are names by account id."""
    if line.by.role == "participant":
        person = appointment.people.get(line.by.id)
        return person.name if person else line.by.name
    return accounts.get(line.by.id) or line.by.name


def heard(appointment: Appointment, person_id: str, rules: Rules) -> Sequence[ChatLine]:
    """The lines that someone in the call may read: all so far, or those since they came in; none for anyone else."""
    person = appointment.people.get(person_id)
    if person is None or person.state != "admitted":
        return ()
    return appointment.chat if rules.history == "all" else appointment.chat[person.chat_before :]


def line_seen(line: ChatLine, name: str) -> dict[str, Any]:
    """One line as a participant's page gets it, as JSON. Nothing of the log but its place in the chat."""
    file = line.file
    return {
        "number": line.number,
        "at": timestamp(line.at),
        "by": {"id": line.by.id, "name": name, "organiser": line.by.role != "participant"},
        "text": line.text,
        "file": {"id": file.id, "name": file.name, "size": file.size} if file else None,
    }
