"""What can be done with an appointment as it stands now, and what is asked before. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ecm_tui.console import words
from ecm_tui.console.board import longest
from ecm_tui.console.cells import short
from ecm_tui.console.item import Item
from ecm_tui.core.appointment import Appointment
from ecm_tui.core.events import Outcome
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
    return Item(outcome, label, "o", why_not)


def cancelling(appointment: Appointment, seen: Appointment) -> str:
    """Who is told when it is cancelled, and who is not: sentences. `seen` is the same as it may be seen now."""
    people = list(appointment.people.values())
    written = [p.id for p in people if p.email and any(d.arrived for d in p.deliveries if d.channel == "email")]
    texted = [p.id for p in people if p.id not in written and any(d.arrived for d in p.deliveries)]
    here = [p.id for p in people if p.state == "waiting"]
    said = (
        [f"{_names(seen, here)} {'waits' if len(here) == 1 else 'wait'} now, and their page says so."] if here else []
    )
    said.append("Its links open nothing any more.")
    if written:
        be = "is" if len(written) == 1 else "are"
        said.append(f"{_names(seen, written)} {be} told by email, and it is taken out of the calendar.")
    if texted:
        said.append(f"{_names(seen, texted)} had a text message, which is not taken back: tell them yourself.")
    if not written and not texted:
        said.append(f"No invitation has gone out: nobody {'else ' if here else ''}is told.")
    return " ".join(said)


def inviting(appointment: Appointment, seen: Appointment) -> str:
    """Who is invited with SEND INVITE, and how: a sentence. `seen` is the same as it may be seen now."""
    new = [p for p in appointment.people.values() if not p.deliveries and not p.link_revoked]
    lacking = [p.id for p in new if not (p.email or p.mobile)]
    contact = {p.id: f" ({p.email or p.mobile})" if p.email or p.mobile else "" for p in seen.people.values()}
    reached = [short(seen.people[p.id].name) + contact[p.id] for p in new if p.id not in lacking]
    said = [f"The invitation goes to {words.named(reached, 6, 60)}."] if reached else []
    if lacking:
        said.append(f"{_names(seen, lacking)} cannot be reached yet: edit it first and type an email or mobile number.")
    return " ".join(said)


def _names(seen: Appointment, people: Sequence[str]) -> str:
    return words.named([seen.people[one].name for one in people], 4)
