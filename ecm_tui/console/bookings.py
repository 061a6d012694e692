"""What can be done with an appointment as it stands now, and what is asked before. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ecm_tui.console import words
from ecm_tui.console.board import longest
from ecm_tui.console.cells import short
from ecm_tui.console.item import Item
from ecm_tui.core.appointment import Appointment
from ecm_tui.core.events import Outcome
from ecm_tui.core.people import Person
from ecm_tui.core.schedule import Summary

GONE = "This appointment was cancelled."
RUNNING = "The call is running. End it first."


def appointment_options(row: Summary, elsewhere: bool = False) -> Sequence[Item]:
    """The items of its menu; `elsewhere` is whether the row is of another day than the one that is shown."""
    gone = GONE if row.cancelled else ""
    send = (Item("send", "Send invite", "s", gone),) if row.imported else ()
    day = (Item("show_day", "Show its day"),) if elsewhere else ()
    return (
        *_admit(row),
        *send,
        Item("open", "Open session", "Enter"),
        Item("details", "Details, notes and files", "v"),
        Item("edit", "Edit", "e", gone),
        Item("link", "Copy link and show QR code", "y", gone),
        _outcome(row, "taken", "Mark as Taken"),
        _outcome(row, "missed", "Mark as Did not attend"),
        Item("cancel", "Cancel appointment", "X", "It is cancelled already." if gone else RUNNING * row.running),
        *day,
    )


def outcomes(row: Summary) -> Sequence[Item]:
    """The items that mark what it came to."""
    return (_outcome(row, "taken", "Taken"), _outcome(row, "missed", "Did not attend"))


def _admit(row: Summary) -> Sequence[Item]:
    first = longest(row)
    if first is None or row.cancelled:
        return ()
    why_not = "" if row.running else words.waits_for_start(first.name)
    return (Item("admit", f"Admit {short(first.name, 30)}", "a", why_not),)


def _outcome(row: Summary, outcome: Outcome, label: str) -> Item:
    why_not = GONE if row.cancelled else RUNNING if row.running else ""
    if row.outcome == outcome:
        why_not = why_not or "It is marked so already."
    return Item(outcome, label, "", why_not)


def cancelling(appointment: Appointment) -> str:
    """Who is told when it is cancelled, and who is not: sentences."""
    people = list(appointment.people.values())
    written = [p for p in people if p.email and any(d.arrived for d in p.deliveries if d.channel == "email")]
    texted = [p for p in people if p not in written and any(d.arrived for d in p.deliveries)]
    said = ["Its links open nothing any more."]
    if written:
        said.append(f"{_names(written)} {_be(written)} told by email, and it is taken out of the calendar.")
    if texted:
        said.append(f"{_names(texted)} had a text message, which is not taken back: tell them yourself.")
    if not written and not texted:
        said.append("No invitation has gone out: nobody is told.")
    return " ".join(said)


def inviting(appointment: Appointment) -> str:
    """Who is invited with SEND INVITE, and how: a sentence."""
    new = [p for p in appointment.people.values() if not p.deliveries and not p.link_revoked]
    reached = [f"{short(p.name)} ({p.email or p.mobile or 'no email or mobile yet'})" for p in new[:6]]
    more = f" and {len(new) - 6} more" if len(new) > 6 else ""
    return f"The invitation goes to {', '.join(reached)}{more}."


def named(names: Sequence[str]) -> str:
    """`Ann Lee, Bea Moreno and 3 more`."""
    names = [short(name) for name in names]
    if len(names) > 4:
        return f"{', '.join(names[:3])} and {len(names) - 3} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _names(people: Iterable[Person]) -> str:
    return named([person.name for person in people])


def _be(people: Sequence[Person]) -> str:
    return "is" if len(people) == 1 else "are"
