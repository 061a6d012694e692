"""The typed commands: one table for reading, help and completion. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verb:
    """One command."""

    name: str
    takes: str
    """What follows, as help writes it; empty for nothing."""
    help: str
    """A sentence."""
    also: tuple[str, ...] = ()
    """Other names of the same."""
    does: tuple[str, ...] = ()
    """Ids of the drawn console's actions whose work it does."""


TABLE: Sequence[Verb] = (
    Verb("help", "[COMMAND]", "Say what can be typed.", does=("help", "menu", "palette", "command")),
    Verb(
        "schedule", "[DATE | all]", "Number the appointments of a day, such as tomorrow or 3 dec; today without one.",
        does=("go.schedule", "schedule.previous", "schedule.next", "schedule.today", "schedule.day"),
    ),
    Verb("open", "N | next", "Open an appointment; next is the one of the notice.", does=("schedule.open",)),
    Verb("people", "", "Number the people of the open session.", does=("view.people",)),
    Verb(
        "find", "WORDS", "Number the people and appointments that the words find.",
        does=("people.search", "schedule.search"),
    ),
    Verb("start", "", "Start the call. It admits nobody.", ("join",), ("session.join",)),
    Verb(
        "admit", "N | next | all", "Let someone in; next is whom the notice named, all asks first.",
        does=("people.admit", "people.admit_all", "notice.admit", "schedule.admit"),
    ),
    Verb("disconnect", "N", "End the connection of someone who waits.", does=("people.disconnect",)),
    Verb("remove", "N", "Remove someone from the call; it asks first."),
    Verb("hold", "N", "Put someone in the call back in the waiting room."),
    Verb("mute", "N", "Mute someone in the call."),
    Verb("unmute", "N", "Ask someone who is muted to speak again."),
    Verb("silence", "N", "Close the chat for someone; they still read it."),
    Verb("unsilence", "N", "Let someone write in the chat again."),
    Verb("lower", "N", "Lower someone's hand."),
    Verb("pin", "N", "Show someone large in your video window."),
    Verb("unpin", "N", "Pin nobody any more."),
    Verb("screenshot", "N", "Ask someone for a still of their camera; it asks first."),
    Verb(
        "cancel", "N", "Take a screenshot request back, or cancel an appointment: it says who is told and asks.",
        does=("schedule.cancel",),
    ),
    Verb("stills", "N", "Say where the stills of someone are."),
    Verb("details", "N", "Say all that is known of someone.", does=("people.options",)),
    Verb("invite", "", "Invite a person; it asks for name and contact.", does=("people.invite",)),
    Verb("link", "N", "Say the join link of a person or an appointment.", does=("people.link", "schedule.link")),
    Verb("resend", "N", "Send the invitation again."),
    Verb("replace", "N", "Make a new link; the one before opens nothing any more."),
    Verb("revoke", "N", "Take the link back."),
    Verb("chat", "", "Read the chat, the newest line last.", does=("view.chat",)),
    Verb("say", "TEXT", "Write to everyone in the call."),
    Verb(
        "note", "[edit | drop]", "Write a private note, which only you can read; edit opens your own editor.",
        does=("note.open", "note.send", "note.editor"),
    ),
    Verb("drafts", "", "Read what you never sent of erased appointments; it asks whether it goes."),
    Verb("notes", "", "Read your notes of this appointment.", does=("schedule.details",)),
    Verb("attach", "", "Say how a file is sent to everyone in the call.", does=("chat.attach",)),
    Verb("new", "", "Make an appointment; it asks for time and patient.", does=("schedule.new",)),
    Verb("edit", "N", "Change time, kind, patient and contacts of an appointment.", does=("schedule.edit",)),
    Verb("mark", "N taken | missed", "Say what an appointment came to.", does=("schedule.outcome",)),
    Verb(
        "send", "N | all", "Send the invitations of an imported appointment, or of all of today; it asks.",
        does=("schedule.send", "schedule.send_all"),
    ),
    Verb("import", "", "Say how a list is imported.", does=("schedule.import",)),
    Verb("microphone", "", "Switch your own microphone on or off.", does=("own.microphone",)),
    Verb("camera", "", "Switch your own camera on or off.", does=("own.camera",)),
    Verb("window", "", "Open your video window.", does=("session.window",)),
    Verb("layout", "", "Switch your video window between tiles and the speaker.", does=("session.layout",)),
    Verb("hang up", "", "Leave the call; it asks whether the others stay.", ("hangup",), ("session.hang_up",)),
    Verb(
        "names", "", "Read initials for names, or names again; contacts, chat and notes are hidden with them.",
        does=("privacy",),
    ),
    Verb("lock", "", "Put everything out of sight until you unlock; the call goes on.", does=("lock",)),
    Verb("status", "", "Say how everything stands."),
    Verb("quit", "", "Leave the console; the call goes on. In a call it asks.", does=("quit",)),
)  # fmt: skip

NOT_HERE: Mapping[str, str] = {
    "suspend": "ctrl+z suspends, as any program of a shell",
    "display.theme": "nothing is drawn in colours",
    "repaint": "ctrl+l shows the line again, and nothing else is drawn",
    "schedule.options": "each item of the menu is a command",
    "chat.acts": "what happened is told as it comes, apart from the chat",
    "note.stamp": "each saved note is read with its time",
    "note.template": "a template is a page to fill in: your own editor reads it in",
    "session.picture": "a picture is drawn; that of `window` opens elsewhere",
    "list.down": "rows are numbered, and nothing is selected",
    "list.up": "rows are numbered, and nothing is selected",
    "list.first": "rows are numbered, and nothing is selected",
    "list.last": "rows are numbered, and nothing is selected",
    "list.page_down": "the terminal keeps what was printed",
    "list.page_up": "the terminal keeps what was printed",
}
"""Actions of the drawn console that are no commands -> why."""

NAMES = {name: verb.name for verb in TABLE for name in (verb.name, *verb.also)}


def parted(text: str) -> tuple[str, str]:
    """The command's name and what follows it; the name as typed when there is no such command."""
    words = text.split(maxsplit=1)
    if not words:
        return "", ""
    low = " ".join(text.lower().split())
    if low == "hang up":
        return "hang up", ""
    name = words[0].lower()
    return NAMES.get(name, name), words[1].strip() if len(words) > 1 else ""


def known(name: str) -> bool:
    """Whether there is a command of this name."""
    return name in NAMES.values()


def unknown(name: str) -> str:
    """What is said to a command that there is not."""
    near = difflib.get_close_matches(name, list(NAMES), 1, 0.6)
    meant = f" Did you mean {near[0]}?" if near else ""
    return f"There is no command “{name[:40]}”.{meant} Type help for all of them."


def help_lines(name: str = "") -> tuple[str, ...]:
    """All commands, or the one of this name."""
    shown = [verb for verb in TABLE if not name or NAMES.get(name.lower()) == verb.name]
    if not shown:
        return (unknown(name),)
    return tuple(f"{verb.name}{' ' if verb.takes else ''}{verb.takes}: {verb.help}" for verb in shown)


def completions(text: str) -> list[str]:
    """What the beginning of a command can become."""
    low = text.lstrip().lower()
    return [f"{name} " for name in NAMES if name.startswith(low)] if low else []
