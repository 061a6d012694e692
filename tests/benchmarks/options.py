"""What can be asked of a benchmark on the command line."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """None = the benchmark's own choice."""

    people: int | None = None
    seconds: float | None = None
    """Length of one measured stretch."""
    runs: int | None = None
    size: int | None = None
    """How much of what it measures: MiB of a file, lines of a chat."""
