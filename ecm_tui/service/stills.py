"""Screenshot requests from asking to outcome: tells the bridge, keeps the picture, ends what nobody ends.

The rules are the core's. A picture is on the disk before the log says that it was taken; every other end leaves none.
A still has its consent's id, so that whatever a fault left behind is found and removed.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from ecm_tui.core import commands as c
from ecm_tui.core import events as e
from ecm_tui.core.appointment import Appointment
from ecm_tui.core.log import SERVICE, Recorded, timestamp
from ecm_tui.core.people import Person
from ecm_tui.errors import EcmError
from ecm_tui.service.album import Album, labelled, labels_of
from ecm_tui.service.bridge import Bridge
from ecm_tui.service.grants import Grant, peer_of
from ecm_tui.service.insist import insist
from ecm_tui.service.streams import Streams

TAKE_SECONDS = 8.0
"""How long the bridge may take from the confirmation to its word; it gives up by itself after three."""

MOST_UNDER_WAY = 32
"""Pictures that a service can have kept and not told of when it is killed: more than it writes at once."""

NO_BRIDGE = "picture and sound are being restored"
RESTARTED = "the service was started again"
SILENT = "the camera's picture did not come"

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Open:
    """One open request."""

    appointment: str
    person: Person
    consent: str
    asker: str
    timer: asyncio.TimerHandle | None = None
    confirmed_at: datetime | None = None
    ending: bool = False
    """Its end is on the way to the log."""


class Stills:
    """All open requests. Hears the hub (`changed`) and the bridge."""

    def __init__(self, streams: Streams, bridge: Bridge, album: Album, timeout: float) -> None:
        self._streams = streams
        self._bridge = bridge
        self._album = album
        self._timeout = timeout
        self._open: dict[str, _Open] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    # What the log says

    def changed(self, before: Appointment, after: Appointment, records: Sequence[Recorded]) -> None:
        """Hear what was committed."""
        for record in records:
            match record.event:
                case e.ScreenshotAsked():
                    self._asked(after, record.event, record.actor.name)
                case e.ScreenshotAllowed():
                    self._allowed(record.event.consent_id, record.at)
                case e.ScreenshotEnded():
                    self._over(record.event.consent_id)

    async def recover(self, appointments: Iterable[Appointment]) -> None:
        """End the requests that an earlier service left open, and leave no picture that it never told of.

        Called before anyone is let in.
        """
        for appointment in list(appointments):
            for person in appointment.people.values():
                if person.consent:
                    left = _Open(appointment.id, person, person.consent.id, "")
                    self._album.drop(_still_id(left))
                    await self._end(left, "failed", RESTARTED, tries=1)
        for path in self._album.newest(MOST_UNDER_WAY):
            if not await self._told(path):
                _log.warning("a picture that no appointment knows of is removed: %s", path.name)
                try:
                    path.unlink(missing_ok=True)
                except OSError as error:  # a disk that takes no writes keeps nobody from their call
                    _log.error("%s stays: %s", path.name, error)

    async def _told(self, path: Path) -> bool:
        """Whether the log says that the picture was taken; one that cannot be looked up is left where it is."""
        try:
            labels = await asyncio.to_thread(lambda: labels_of(path.read_bytes()))
            appointment = await self._streams.appointment(labels.get("Appointment", ""))
        except (EcmError, OSError, ValueError) as error:
            _log.error("%s: %s", path.name, error)
            return True
        return appointment is not None and any(still.id == path.stem for still in appointment.stills)

    def _asked(self, appointment: Appointment, event: e.ScreenshotAsked, asker: str) -> None:
        person = appointment.people[event.person_id]
        request = self._open[event.consent_id] = _Open(appointment.id, person, event.consent_id, asker)
        if not self._bridge.tell({"type": "still_open", "consent": request.consent, "peer": peer_of(person)}):
            self._later(self._end(request, "failed", NO_BRIDGE))
            return
        self._after(request, self._timeout, "timeout", "")

    def _allowed(self, consent: str, at: datetime) -> None:
        request = self._open.get(consent)
        if request is None or request.ending:
            return
        request.confirmed_at = at
        self._bridge.tell({"type": "still_take", "consent": consent, "confirmed_at": timestamp(at)})
        self._after(request, TAKE_SECONDS, "failed", SILENT)

    def _over(self, consent: str) -> None:
        request = self._open.pop(consent, None)
        if request is None:
            return
        request.ending = True
        if request.timer:
            request.timer.cancel()
        self._bridge.tell({"type": "still_close", "consent": consent})

    def _after(self, request: _Open, seconds: float, outcome: Literal["timeout", "failed"], why: str) -> None:
        """Loop time is monotonic: a clock that is set ends no request early or late."""
        if request.timer:
            request.timer.cancel()
        loop = asyncio.get_running_loop()
        request.timer = loop.call_later(seconds, lambda: self._later(self._end(request, outcome, why)))

    # What the bridge says

    def bridge_up(self) -> None:
        """A bridge that comes knows of no request, and none is open: they ended with the one before."""

    def bridge_down(self) -> None:
        """With the bridge every open request fails."""
        for request in list(self._open.values()):
            self._later(self._end(request, "failed", NO_BRIDGE))

    def from_bridge(self, grant: Grant, message: Mapping[str, Any]) -> None:
        """`still`: the picture that was asked for of this peer, or why there is none."""
        if message["type"] != "still":
            return
        request = self._open.get(str(message.get("consent")))
        if request is None or request.ending or peer_of(request.person) != grant.peer:
            return
        if message.get("outcome") == "taken" and request.confirmed_at:
            request.ending = True
            if request.timer:
                request.timer.cancel()
            self._later(self._keep(request, message))
        else:
            self._later(self._end(request, "failed", str(message.get("why") or SILENT)))

    def speaking(self, call: str, people: list[str]) -> None:
        """Of no interest here."""

    async def _keep(self, request: _Open, message: Mapping[str, Any]) -> None:
        """The picture onto the disk, then the word into the log; without either there is neither."""
        still = _still_id(request)
        try:
            captured = datetime.fromisoformat(str(message.get("captured_at")))
            png = base64.b64decode(str(message.get("png")), validate=True)
            labels = _labels(request, captured, str(message.get("sha256")))
            await asyncio.to_thread(lambda: self._album.keep(still, labelled(png, labels)))
            await self._streams.execute(
                request.appointment,
                c.EndScreenshot(
                    person_id=request.person.id,
                    consent_id=request.consent,
                    outcome="taken",
                    still_id=still,
                    captured_at=captured,
                ),
                SERVICE,
            )
            appointment = await self._streams.appointment(request.appointment)
            if appointment is None or all(kept.id != still for kept in appointment.stills):
                self._album.drop(still)  # Somebody ended the request meanwhile, or the picture was too old.
        except (EcmError, ValueError, OverflowError) as error:
            self._album.drop(still)
            why = error.message if isinstance(error, EcmError) else SILENT
            _log.error("no still for %s: %s", request.consent, error)
            await self._end(request, "failed", why, anew=True)

    async def _end(
        self, request: _Open, outcome: Literal["timeout", "failed"], why: str, *, anew: bool = False, tries: int = 0
    ) -> None:
        """Say how it ended until that is saved: a full disk must not leave a request open for ever.

        With `tries`, what is not saved after so many is said later.
        """
        if request.ending and not anew and outcome != "timeout":
            return
        request.ending = request.ending or outcome == "failed"
        command = c.EndScreenshot(
            person_id=request.person.id, consent_id=request.consent, outcome=outcome, why=why.rstrip(".")
        )
        if self._closed:
            return
        if not await insist(self._streams, request.appointment, command, lambda: self._closed, tries=tries):
            self._later(self._end(request, outcome, why, anew=True))

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        if self._closed:
            work.close()
            return
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Give up what is under way; the next service ends what is left open."""
        self._closed = True
        for request in self._open.values():
            if request.timer:
                request.timer.cancel()
        for task in list(self._tasks):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


def _still_id(request: _Open) -> str:
    return f"s{request.consent}"


def _labels(request: _Open, captured: datetime, sha256: str) -> dict[str, str]:
    """What stands in the picture's file, so that it can be told where it comes from (S23)."""
    assert request.confirmed_at is not None
    return {
        "Title": f"Still of {request.person.name}, taken with consent",
        "Creation Time": timestamp(captured),
        "Person": request.person.name,
        "Person ID": request.person.id,
        "Appointment": request.appointment,
        "Requested by": request.asker,
        "Consent": request.consent,
        "Consent given": timestamp(request.confirmed_at),
        "Pixels SHA-256": sha256 if sha256.isalnum() else "",
    }
