"""What is said of a list: of a file as a whole, and of what became of its lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

NOTHING_OF_THESE = (
    "This is neither a calendar (ICS), nor a table (CSV) whose first line names its columns, nor a FHIR appointment or "
    "bundle (JSON)."
)

BECAME: Mapping[str, str] = {
    "created": "new",
    "changed": "changed",
    "unchanged": "unchanged",
    "left": "left as it is",
    "skipped": "skipped",
    "refused": "cannot",
}
"""What became of a line, or would."""


def counts(became: Iterable[str]) -> dict[str, int]:
    """How many lines became what, each word of `BECAME` with its number."""
    times = Counter(became)
    return {each: times.get(each, 0) for each in BECAME}


def summary(became: Iterable[str]) -> str:
    """`12 new, 3 changed, 1 cannot`."""
    return ", ".join(f"{count} {BECAME[each]}" for each, count in counts(became).items() if count)
