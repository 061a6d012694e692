"""The console's words in one catalogue, so that another language is another module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, tzinfo

from ecm_tui.console.board import longest
from ecm_tui.console.cells import NAME_CELLS, short
from ecm_tui.console.model import MANY, Desk, Notice, lasting
from ecm_tui.core.events import Kind
from ecm_tui.core.people import Person
from ecm_tui.core.schedule import Status, Summary

NOBODY_YET = "No one is here yet"
NOT_STARTED = "The session has not started. Nobody sees or hears you before you admit them."
CHANGED = "changed: press again"
ONLY_LOOK = "You are here as an observer: you can look, not act."
PICTURE_HIDDEN = "Pictures are hidden while names are. Show names again to see it."
HIDDEN = "Names, contacts, chat and notes are hidden."
SHOWN = "Names are shown again."
READ_ONLY = "This console was opened to look only (--read-only)."
NOBODY_SELECTED = "Nobody is selected."
NO_APPOINTMENT_CHOSEN = "No appointment is selected."
NO_APPOINTMENTS = "No appointments on this day."
NO_MORE = "No others on this day."
NOTHING_FOUND = "No appointment is found. Esc shows the day again."
READING = "Reading this day…"
LOOKING = "Looking through all days…"
LOCAL_ONLY = "works on this computer only"
ENDED = "The call has ended."
CONFINED = "Your key opens this console and nothing else of this computer: no files, no programs."

STATUS: Mapping[Status, tuple[str, str]] = {
    "imported": ("○", "Imported"),
    "scheduled": ("◇", "Scheduled"),
    "online": ("●", "Patient online"),
    "running": ("▶", "Session running"),
    "missed": ("✗", "Did not attend"),
    "taken": ("✓", "Taken"),
    "cancelled": ("–", "Cancelled"),
}
"""Glyph and word of each state of an appointment (E1)."""

KINDS: Mapping[Kind, str] = {"video": "video", "phone": "phone", "face_to_face": "face to face"}

ALIKE = "≈ alike "
"""Before the description of someone whose name could be taken for another's in the session."""

HAND = "▲ hand "
"""Before the devices of someone in the call who raised a hand."""

SPEAKING = "◉"
"""Glyph of someone in the call who speaks now."""

PERSON: Mapping[str, str] = {
    "Waiting": "◐",
    "In call": "●",
    "Invited": "○",
    "Left": "·",
    "Removed": "✗",
    "Taken out": "✗",
    "Disconnected": "✗",
    "Reconnecting": "◌",
}
"""Glyph of each state word of a person (S36)."""

LINE: Mapping[str, str] = {
    "connecting": "Connecting to the clinic service…",
    "reconnecting": "Reconnecting to the service…",
    "gone": "The service has stopped. Starting it again…",
}

INTRODUCTION = (
    "Welcome. Each line is an appointment: Enter opens it, JOIN SESSION starts",
    "the call. It admits nobody.",
    "Whoever opens a link waits until you admit them. A notice in the corner",
    "names them, and F2 lets them in from anywhere.",
    "[ and ] other days · i new appointment · F1 help · Esc closes this for good",
)


def notice(named: Notice, cells: int = 20) -> str:
    """`Ann Lee wants to join`, or with how many others; the name in at most so many cells."""
    name = short(named.name, cells)
    if not named.others:
        return f"{name} wants to join"
    others = "1 other" if named.others == 1 else f"{named.others} others"
    return f"{name} and {others} want to join"


def only_look(desk: Desk) -> str:
    """Why something cannot be done here by anybody of our role."""
    if desk.read_only:
        return READ_ONLY
    return ONLY_LOOK if desk.role == "observer" else f"The role {desk.role} may not do this."


def named(names: Sequence[str], most: int = 12, width: int = 24) -> str:
    """`Ann Lee, Bea Moreno and 3 more`."""
    shown = [short(name, width) for name in names[:most]]
    shown += [f"{len(names) - most} more"] if len(names) > most else []
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def going_in(going: int, waiting: int) -> str:
    """Who goes in when everyone is admitted: `going` of those who wait have a place."""
    if going <= 0:
        return "The call is full: nobody can go in before somebody leaves."
    if going < waiting:
        return f"{going} of {waiting} have a place: those who wait longest."
    return "Those who wait longest go in first."


def people(number: int) -> str:
    """`1 person`, `3 people`."""
    return "1 person" if number == 1 else f"{number} people"


def calls(running: bool) -> str:
    """All that a locked console says of calls."""
    return "A call is running." if running else "No call is running."


def want_to_join(count: int) -> str:
    """How many wait, without a name."""
    return {0: "Nobody wants to join.", 1: "1 person wants to join."}.get(count, f"{count} people want to join.")


def staying(count: int) -> str:
    """Who would stay in the call."""
    return {0: "Nobody is in the call.", 1: "1 person is in the call."}.get(count, f"{count} people are in the call.")


def layout(speaker: bool) -> str:
    """What the own video window shows now."""
    return "Your video window shows whoever speaks." if speaker else "Your video window shows everyone in tiles."


def waits_for_start(name: str) -> str:
    """Why somebody cannot be admitted from outside the session."""
    return f"{short(name)} waits for a call that has not started. Open it and JOIN SESSION."


def hands(names: Sequence[str]) -> str:
    """`Ann Lee raised a hand.`"""
    return f"{named(names, 3, 20)} raised a hand."


def count(number: int) -> str:
    """A number of unread lines: `3`, `99+`."""
    return str(number) if number < MANY else f"{MANY - 1}+"


def clock(at: datetime | None, zone: tzinfo) -> str:
    """`14:30` in the clinic's time zone."""
    return at.astimezone(zone).strftime("%H:%M") if at else ""


NEAR: Mapping[int, str] = {-1: "Yesterday", 0: "Today", 1: "Tomorrow"}


def day(on: date, today: date) -> str:
    """`Today, Monday 23 November 2026`."""
    near = NEAR.get((on - today).days)
    return (f"{near}, " if near else "") + f"{on:%A} {on.day} {on:%B} {on.year}"


def day_name(on: date, today: date) -> str:
    """`Today`, `Monday`."""
    return NEAR.get((on - today).days) or f"{on:%A}"


def short_day(on: date, today: date) -> str:
    """`23 Nov`, or `23 Nov 27` in another year than today."""
    return f"{on.day:>2} {on:%b}" if on.year == today.year else f"{on.day:>2} {on:%b %y}"


def waits(row: Summary, now: datetime) -> str:
    """Who waits and for how long, to be read aloud: `waiting 12 min`, `3 waiting, 12 min`."""
    if not row.waiting:
        return f"{row.admitted} in call" if row.admitted else ""
    longest_wait = lasting(row.waiting[0].since, now)
    if len(row.waiting) == 1:
        return f"waiting {longest_wait}"
    return f"{len(row.waiting)} waiting, {longest_wait}"


def who_waits(row: Summary, width: int = NAME_CELLS) -> str:
    """Who waits longest, and how many more: `waiting` for the patient, `Bea Moreno +2`; else who is in the call."""
    if not row.waiting:
        return f"{row.admitted} in call" if row.admitted else ""
    more = f" +{len(row.waiting) - 1}" if len(row.waiting) > 1 and width > 9 else ""
    first = longest(row)
    who = "reconnecting" if first is None else "waiting" if first.patient else first.name
    return short(who, width - len(more)) + more


def devices(person: Person, weak: str = "") -> str:
    """What an admitted person's microphone, camera and line do: `mic, camera`, `poor upload, muted, no camera`."""
    spoken = {"on": "mic", "off": "mic off", "denied": "mic denied", "none": "no mic"}[person.devices.microphone]
    if person.muted:
        spoken = "unmute asked" if person.unmute_asked else "muted"
    seen = {"on": "camera", "off": "camera off", "denied": "camera denied", "none": "no camera"}[person.devices.camera]
    line = f"poor {weak}, " if weak else ""
    if person.consent is not None:
        return "picture being taken…" if person.consent.allowed_at else "screenshot asked…"
    if (spoken, seen) == ("mic denied", "camera denied"):  # once is enough, and fits the column at 80
        return f"{line}mic, camera denied"
    return f"{line}{spoken}, {seen}"


def deliveries(person: Person, why: bool = True) -> str:
    """How the invitation travels (S30): `email sent`, `SMS failed: no such number`; "" when there is none."""
    said = []
    for each in person.deliveries:
        channel = "email" if each.channel == "email" else "SMS"
        said.append(f"{channel} {each.state}" + (f": {each.why}" if why and each.why else ""))
    return ", ".join(said)


def small_pictures(window: bool, display: bool, key: str) -> str:
    """What the small pictures in the terminal are, and by which other way more can be seen (U3)."""
    here = "One small picture a second, no sound, none is kept. "
    if window:
        return f"{here}Your video window is open and shows more."
    if display:
        return f"{here}{key} opens your video window, which shows more."
    return f"{here}No display here for a window: {key} gives a link to see more in a browser."


ASK_STILL = (
    "$name is asked on their page. The picture is taken the moment they agree, without any further key: set the image "
    "first, in your video window. It shows their camera only, and is kept here."
)
"""What to know before a still is asked for (S21)."""

STILL_OVER: Mapping[str, str] = {
    "taken": "The picture of $name was taken.",
    "declined": "$name declined. No picture was taken.",
    "timeout": "$name did not answer in time. No picture was taken.",
    "left": "$name left the call before it. No picture was taken.",
    "cancelled": "The screenshot request to $name was taken back. No picture was taken.",
    "failed": "No picture of $name was taken: $why.",
}
"""What each outcome of a screenshot request is told as (S24)."""


def still_over(outcome: str, name: str, why: str = "") -> str:
    """What became of a screenshot request, a sentence of its own for each outcome (S24)."""
    return STILL_OVER[outcome].replace("$why", why or "it did not work").replace("$name", name)


def role(person: Person) -> str:
    """What the row says beside the name: `Patient`, or the description given with the invitation."""
    if person.patient:
        return f"Patient, {person.description}" if person.description else "Patient"
    return person.description
