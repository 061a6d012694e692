"""What can be done with an appointment, as it stands now: the items of its options menu. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ecm_tui.console import words
from ecm_tui.console.board import longest
from ecm_tui.console.cells import short
from ecm_tui.console.item import Item
from ecm_tui.core.schedule import Summary


def appointment_options(row: Summary) -> Sequence[Item]:
    """The menu's items."""
    gone = "The appointment was cancelled: its link opens nothing." if row.cancelled else ""
    return (
        *_admit(row),
        Item("open", "Open session", "Enter"),
        Item("details", "Details, notes and files", "v"),
        Item("link", "Copy link and show QR code", "y", gone),
    )


def _admit(row: Summary) -> Sequence[Item]:
    first = longest(row)
    if first is None or row.cancelled:
        return ()
    why_not = "" if row.running else words.waits_for_start(first.name)
    return (Item("admit", f"Admit {short(first.name, 30)}", "a", why_not),)
