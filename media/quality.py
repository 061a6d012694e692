"""How much of a picture each path can take. Pure: time and measurements are arguments.

A weak receiver loses pictures before sound; a weak sender is told to send less. No rate is guessed that was not
measured: loss and the receiver's own estimate decide.
"""

from __future__ import annotations

CEILING = 2_500_000
"""Bits a second granted to every sender at first: a lower start climbs slowly in browsers."""
FLOOR = 120_000
"""Never below: sound and a small picture."""
HIGH_LOSS, LOW_LOSS = 0.10, 0.02

STEPS = 3
"""Downlink steps: all pictures, half, one, none."""
WORSE_AFTER = 2
"""Measurements in a row that must be bad."""
PATIENCE, MAX_PATIENCE = 6.0, 60.0
"""Seconds without trouble before one step back up; doubles whenever that was too early."""


class Uplink:
    """The bandwidth granted to one sender."""

    def __init__(self) -> None:
        self.bitrate = CEILING
        """Bits a second."""
        self.weak = False

    def step(self, loss: float, rate: float) -> None:
        """Take a second's loss (0..1) and rate (bits a second)."""
        if loss > HIGH_LOSS:
            self.bitrate = max(FLOOR, int(min(self.bitrate, max(rate, FLOOR)) * 0.85))
        elif loss < LOW_LOSS:
            self.bitrate = min(CEILING, int(self.bitrate * 1.08) + 1000)
        self.weak = loss > HIGH_LOSS or self.bitrate < CEILING / 4


class Downlink:
    """How many pictures one receiver gets."""

    def __init__(self) -> None:
        self.level = 0
        """0 all pictures, 1 half of them, 2 one, 3 none."""
        self._bad = 0
        self._calm_since: float | None = None
        self._patience = PATIENCE
        self._raised = -MAX_PATIENCE

    @property
    def weak(self) -> bool:
        return self.level > 0

    def step(self, now: float, loss: float, remb: int | None, rate: float) -> None:
        """Take a second's loss (0..1), the receiver's estimate and what it was sent (bits a second)."""
        # An estimate alone proves nothing: it lags behind by many seconds when a picture grows.
        starved = loss > LOW_LOSS and remb is not None and rate > FLOOR and remb < rate / 2
        if loss > HIGH_LOSS or starved:
            self._calm_since = None
            self._bad += 1
            if self._bad >= WORSE_AFTER and self.level < STEPS:
                self._worse(now)
            return
        self._bad = 0
        if loss > LOW_LOSS:
            self._calm_since = None
            return
        if self._calm_since is None:
            self._calm_since = now
        if self.level and now - self._calm_since >= self._patience:
            self.level -= 1
            self._raised = self._calm_since = now

    def _worse(self, now: float) -> None:
        self._patience = min(MAX_PATIENCE, self._patience * 2) if now - self._raised < 2 * PATIENCE else PATIENCE
        self.level += 1
        self._bad = 0

    def pictures(self, wanted: int) -> int:
        """How many of `wanted` pictures this path takes."""
        return (wanted, (wanted + 1) // 2, min(1, wanted), 0)[self.level]
