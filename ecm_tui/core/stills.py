"""An open screenshot request, and a still that came of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One open request."""

    id: str
    asked_by: str
    """Id of the organiser who asked."""
    by: str = ""
    """The organiser's name."""
    asked_at: datetime
    allowed_at: datetime | None = None
    """The confirmation, by the service's clock; None until the person agrees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A request that is over, and what became of it."""

    id: str
    outcome: str
    """As in the event `ScreenshotEnded`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """One still that was taken; the picture itself is kept apart under the same id."""

    id: str
    person_id: str
    requested_by: str
    confirmed_at: datetime
    captured_at: datetime
    """Estimated by the bridge's clock; never before `confirmed_at`."""
