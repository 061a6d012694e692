"""One thing that a menu offers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a menu."""

    id: str
    label: str
    key: str = ""
    """The key that does the same without the menu."""
    why_not: str = ""
    """Why it cannot be chosen now, a sentence; empty when it can."""
