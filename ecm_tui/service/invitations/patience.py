"""How long to wait before the next try, and when to stop trying."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

DELAYS = (5.0, 30.0, 120.0, 600.0)
"""Seconds before the second, third … try; after the last of them once an hour."""

HOURLY = 3600.0

GIVE_UP_SECONDS = 24 * 3600.0
"""How long after its first try a message is still tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """When it is tried again, and when no more; on the monotonic clock of the loop."""

    delays: Sequence[float] = DELAYS
    hourly: float = HOURLY
    give_up: float = GIVE_UP_SECONDS

    def pauses(self) -> Iterator[float]:
        """Seconds before each further try."""
        return itertools.chain(self.delays, itertools.repeat(self.hourly))
