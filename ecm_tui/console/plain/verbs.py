"""The typed commands: one table for reading, help and completion. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
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


TABLE: Sequence[Verb] = (
    Verb("help", "[COMMAND]", "Say what can be typed."),
    Verb("schedule", "[DATE | all]", "Number the appointments of a day; today without a date."),
    Verb("open", "N | next", "Open an appointment; next is the one of the notice."),
    Verb("people", "", "Number the people of the open session."),
    Verb("find", "WORDS", "Number the people and appointments that the words find."),
    Verb("start", "", "Start the call. It admits nobody.", ("join",)),
    Verb("admit", "N | next | all", "Let someone in; next is whom the notice named, all asks first."),
    Verb("disconnect", "N", "End the connection of someone who waits."),
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
    Verb("cancel", "N", "Take a screenshot request back."),
    Verb("stills", "N", "Say where the stills of someone are."),
    Verb("details", "N", "Say all that is known of someone."),
    Verb("invite", "", "Invite a person; it asks for name and contact."),
    Verb("link", "N", "Say the join link of a person or an appointment."),
    Verb("resend", "N", "Send the invitation again."),
    Verb("replace", "N", "Make a new link; the one before opens nothing any more."),
    Verb("revoke", "N", "Take the link back."),
    Verb("chat", "", "Read the chat, the newest line last."),
    Verb("say", "TEXT", "Write to everyone in the call."),
    Verb("note", "", "Write a private note, line by line. Only you can read it."),
    Verb("notes", "", "Read your notes of this appointment."),
    Verb("new", "", "Make an appointment; it asks for time and patient."),
    Verb("microphone", "", "Switch your own microphone on or off."),
    Verb("camera", "", "Switch your own camera on or off."),
    Verb("window", "", "Open your video window."),
    Verb("layout", "", "Switch your video window between tiles and the speaker."),
    Verb("hang up", "", "Leave the call; it asks whether the others stay.", ("hangup",)),
    Verb("names", "", "Read initials for names, or names again; contacts, chat and notes are hidden with them."),
    Verb("status", "", "Say how everything stands."),
    Verb("quit", "", "Leave the console; the call goes on. In a call it asks."),
)

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
