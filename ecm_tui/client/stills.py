"""Asking for a still from the organiser's side: the request, its outcome, the picture, a private copy of it."""

from __future__ import annotations

import base64
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ecm_tui.core import commands as c
from ecm_tui.core import events as e
from ecm_tui.core.log import Recorded
from ecm_tui.errors import EcmError

if TYPE_CHECKING:
    from ecm_tui.client.feeds import Feed
    from ecm_tui.client.items import CaughtUp, Fact
    from ecm_tui.client.service import ServiceClient

Query = Callable[..., Awaitable[Mapping[str, Any]]]
"""A client's `query`."""

MOST_BYTES = 16 * 1024 * 1024
"""More than any still has; a service that sends more is none of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a request."""

    outcome: str
    """`taken declined timeout left cancelled failed`"""
    why: str = ""
    """Why it failed, in words."""
    still_id: str = ""
    confirmed_at: datetime | None = None
    captured_at: datetime | None = None


class Request:
    """One request that was made; `outcome` waits for its end."""

    def __init__(
        self,
        service: ServiceClient,
        appointment: str,
        person: str,
        consent: str,
        feed: Feed[Recorded | CaughtUp | Fact],
    ) -> None:
        self.consent = consent
        self._service = service
        self._appointment = appointment
        self._person = person
        self._feed = feed
        self._confirmed_at: datetime | None = None

    async def outcome(self) -> Outcome:
        """The request's one outcome. Raises UnreachableError when the service is gone for good."""
        async for item in self._feed:
            if isinstance(item, Recorded) and (found := self._heard(item)):
                return found
        raise EcmError("The line to the service ended before the request did.")

    async def cancel(self) -> None:
        """Take the request back. Raises RefusedError once the person has agreed."""
        await self._service.send(self._appointment, c.CancelScreenshot(person_id=self._person))

    def _heard(self, record: Recorded) -> Outcome | None:
        event = record.event
        if isinstance(event, e.ScreenshotAllowed) and event.consent_id == self.consent:
            self._confirmed_at = record.at
        if not isinstance(event, e.ScreenshotEnded) or event.consent_id != self.consent:
            return None
        return Outcome(
            outcome=event.outcome,
            why=event.why,
            still_id=event.still_id,
            confirmed_at=self._confirmed_at,
            captured_at=event.captured_at,
        )


@asynccontextmanager
async def asked(service: ServiceClient, appointment: str, person: str) -> AsyncIterator[Request]:
    """Ask for a still of a person. Raises RefusedError; then nobody was asked."""
    done = await service.send(appointment, c.AskScreenshot(person_id=person))
    async with service.follow(appointment, done.seq) as feed:
        yield Request(service, appointment, person, str(done.result["consent_id"]), feed)


async def picture(query: Query, appointment: str, still_id: str) -> bytes:
    """The PNG of a still, asked for in pieces. Raises RefusedError or UnreachableError."""
    whole = bytearray()
    while True:
        piece = await query("still", appointment=appointment, still=still_id, offset=len(whole))
        part = base64.b64decode(str(piece.get("png") or ""))
        whole += part
        if len(whole) >= int(piece.get("size") or 0) or not part or len(whole) > MOST_BYTES:
            return bytes(whole)


async def kept_at(service: ServiceClient, appointment: str, still_id: str) -> Path | None:
    """Where the service keeps the still, when this program works on the same computer and for the same user."""
    if service.address.socket is None:
        return None
    shown: dict[str, Any] = await service.query("appointment", id=appointment)
    path = next((still.get("path") for still in shown.get("stills", []) if still.get("id") == still_id), None)
    return Path(path) if path else None


def save(path: Path, png: bytes) -> None:
    """Write a copy that only this user can read; never over another file, never through a link. Raises OSError."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(path, flags, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(png)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink(missing_ok=True)
        raise
