"""Erases what the clinic keeps no longer (`retention.days`): at every start, and once an hour.

The core says when, and the log that it was done: the texts go with that event, in one transaction. Stills and files
follow on the disk; until they have, the database remembers the appointment, so that a crash leaves none behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

from ecm_tui.core.appointment import Appointment
from ecm_tui.core.commands import EraseContent
from ecm_tui.core.log import SERVICE
from ecm_tui.core.retention import due
from ecm_tui.errors import EcmError
from ecm_tui.service.album import Album
from ecm_tui.service.files import Files
from ecm_tui.service.streams import Streams

EVERY_SECONDS = 3600.0

MOST_AT_ONCE = 10_000
"""Appointments that one round looks at; the next one goes on."""

_log = logging.getLogger(__name__)


class Retention:
    """The rule of one clinic, carried out beside everything else."""

    def __init__(self, streams: Streams, album: Album, files: Files, every: float = EVERY_SECONDS) -> None:
        self._streams = streams
        self._album = album
        self._files = files
        self._every = every

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Erases until the end of the block."""
        task = asyncio.create_task(self._run(), name="retention")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                await self.round()
            except EcmError as error:
                _log.error("retention: %s", error)
            await asyncio.sleep(self._every)

    async def round(self) -> None:
        """Erase what is due now, and finish what an earlier round began. Raises StoreError."""
        days = self._streams.sources.rules.keep_days
        before = len(await self._streams.store.erasures())
        if days:
            start = self._streams.sources.clock() - timedelta(days=days)
            for appointment_id in await self._streams.store.kept(start, MOST_AT_ONCE):
                await self._erase(appointment_id)
        begun = await self._streams.store.erasures()
        for appointment_id in begun:
            await self._clear(appointment_id)
        if begun or before:
            await self._streams.store.scrub()
        if days:
            await asyncio.to_thread(
                self._old_copies, (self._streams.sources.clock() - timedelta(days=days)).timestamp()
            )

    async def _erase(self, appointment_id: str) -> None:
        try:
            found = await self._streams.appointment(appointment_id)
            if found and due(found, self._streams.sources.rules, self._streams.sources.clock()):
                await self._streams.execute(appointment_id, EraseContent(), SERVICE)
        except (
            EcmError
        ) as error:  # one that cannot be read, or is in use again since: the others are erased all the same
            _log.error("%s was not erased: %s", appointment_id, error)
        await asyncio.sleep(0)

    async def _clear(self, appointment_id: str) -> None:
        try:
            found = await self._streams.appointment(appointment_id)
            if found:
                await asyncio.to_thread(self._drop, found)
            await self._streams.store.end_erasure(appointment_id)
        except (EcmError, OSError) as error:
            _log.error("stills and files of %s were not erased: %s", appointment_id, error)

    def _drop(self, appointment: Appointment) -> None:
        """All of the appointment that lies on the disk; the one place that knows what that is. Raises OSError."""
        for still in appointment.stills:
            self._album.drop(still.id)
            if self._album.path(still.id).exists():
                raise OSError("a still cannot be removed")
        for file in appointment.files:
            self._files.drop(file.id)

    def _old_copies(self, before: float) -> None:
        """Copies of the database that were made before a migration, when they are older than what is kept."""
        database = Path(self._streams.store.path)
        for copy in database.parent.glob(f"{database.name}.*.backup"):
            with contextlib.suppress(OSError):
                if copy.stat().st_mtime < before:
                    copy.unlink()
                    _log.warning("a copy of the database from before an update was removed: %s", copy.name)
