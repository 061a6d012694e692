"""The console's line to the service: it connects, follows, sends, and comes back by itself, telling in words how it is.

The client is a parameter, made only after the first picture is on the screen: it brings its libraries along.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ecm_tui.client.items import CaughtUp, Fact
from ecm_tui.console.model import Desk, Session, clinic_of
from ecm_tui.core.appointment import Appointment
from ecm_tui.core.clinic import ClinicCommand
from ecm_tui.core.commands import Command
from ecm_tui.core.log import Recorded
from ecm_tui.core.schedule import Summary
from ecm_tui.errors import EcmError, RefusedError, UnreachableError

if TYPE_CHECKING:
    from ecm_tui.client.files import Progress, Shared
    from ecm_tui.client.sources import Source

REFUSED_PAUSE = 15.0
"""Seconds before who was turned away asks again: a stale token must not look like somebody who guesses."""

READ_SECONDS = 10.0
"""How long the service may take to tell all of one appointment."""

PAUSES = (0.2, 0.5, 1.0, 2.0)
"""Seconds before each new try to reach a service that is gone; the last one repeats."""


class Sent(Protocol):
    """What the client answers to a command."""

    @property
    def seq(self) -> int: ...
    @property
    def result(self) -> Mapping[str, Any]: ...


class Feed(Protocol):
    """One stream that is read; `close` ends it."""

    def __aiter__(self) -> AsyncIterator[object]: ...
    def close(self) -> None: ...


class Service(Protocol):
    """What the console uses of a `ServiceClient`."""

    @property
    def account(self) -> Any: ...
    @property
    def clinic(self) -> Any: ...
    @property
    def clock_offset(self) -> Any: ...
    @property
    def public_url(self) -> str: ...
    @property
    def local_only(self) -> bool: ...
    async def send(self, stream: str, command: Command | ClinicCommand, command_id: str | None = None) -> Sent: ...
    def follow(self, stream: str, after: int = 0) -> Feed: ...
    def schedule(self) -> AsyncIterator[object]: ...
    async def query(self, what: str, **asked: Any) -> Mapping[str, Any]: ...
    async def send_file(self, appointment: str, source: Source, progress: Progress) -> str: ...
    async def fetch_file(self, appointment: str, file: Shared, folder: Path, progress: Progress) -> Path: ...
    def states(self) -> AsyncIterator[Any]: ...


Connect = Callable[[], AbstractAsyncContextManager[Service]]
Revive = Callable[[], Awaitable[None]]


class Line:
    """One per console. `changed` is called after each change of `desk`."""

    def __init__(
        self,
        desk: Desk,
        connect: Connect,
        revive: Revive | None,
        changed: Callable[[], None],
        read_only: bool = False,
    ) -> None:
        self._desk = desk
        self._read_only = read_only
        self._connect = connect
        self._revive = revive
        self._changed = changed
        self._service: Service | None = None
        self._following: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Keep the line until cancelled; a service that is gone is started again and asked again."""
        failures, why_not = 0, ""
        while True:
            refused = False
            try:
                async with self._connect() as service:
                    failures, why_not = 0, ""
                    await self._serve(service)
                message = self._desk.line[1]
            except (EcmError, OSError) as error:
                message = why_not or _said(error)
                refused = isinstance(error, RefusedError)
            finally:
                self._service = None
                await self._stop_following()
            self._tell("gone", message)
            await asyncio.sleep(REFUSED_PAUSE if refused else PAUSES[min(failures, len(PAUSES) - 1)])
            failures += 1
            why_not = await self._start_again()

    async def send(self, stream: str, command: Command, command_id: str | None = None) -> Sent:
        """Ask the service; what is asked twice under one id happens once.

        Raises `RefusedError` with the reason, or `UnreachableError`.
        """
        if self._read_only:
            raise RefusedError("This console was opened to look only (--read-only).", "not_allowed")
        return await self._reached().send(stream, command, command_id)

    async def query(self, what: str, **asked: Any) -> Mapping[str, Any]:
        """Ask the service for something to show. Raises as `send` does."""
        return await self._reached().query(what, **asked)

    async def send_file(self, appointment: str, source: Source, progress: Progress) -> str:
        """Share a file with everyone in the call; its id. Raises EcmError; cancel to give up."""
        return await self._reached().send_file(appointment, source, progress)

    async def fetch_file(self, appointment: str, file: Shared, folder: Path, progress: Progress) -> Path:
        """Fetch a shared file into a folder; its new path. Raises EcmError; cancel to give up."""
        return await self._reached().fetch_file(appointment, file, folder, progress)

    async def follow(self) -> None:
        """Read the appointments that the desk has open, and no others."""
        wanted = self._desk.streams if self._service is not None else frozenset()
        for stream, task in list(self._following.items()):
            if stream not in wanted or task.done():
                self._following.pop(stream, None)
                await _ended(task)
        if self._service is not None:
            for stream in wanted - self._following.keys():
                self._following[stream] = asyncio.create_task(self._follow(self._service, stream))

    async def read(self, appointment: str) -> Session:
        """An appointment as it is now. Raises as `send` does."""
        known = self._desk.session_of(appointment)
        if known is not None and known.ready:
            return known
        feed, read = self._reached().follow(appointment), Session(appointment=Appointment(id=appointment))
        try:
            async with asyncio.timeout(READ_SECONDS):
                async for item in feed:
                    if isinstance(item, CaughtUp):
                        return replace(read, ready=True)
                    if isinstance(item, Recorded):
                        read = read.heard(item)
        except TimeoutError:
            pass
        finally:
            feed.close()
        raise UnreachableError("The service does not answer. Nothing was done; try again in a moment.")

    def _reached(self) -> Service:
        if self._service is None:
            raise UnreachableError("The service does not answer yet. Nothing was done; try again in a moment.")
        return self._service

    async def _serve(self, service: Service) -> None:
        self._service = service
        self._greet(service)
        await self.follow()
        feed = asyncio.create_task(self._read_schedule(service))
        try:
            async for state in service.states():
                self._tell(str(state.word), str(getattr(state, "message", "")))
                if state.word == "connected":
                    self._greet(service)
                elif state.word == "gone":
                    return
        finally:
            await _ended(feed)

    def _greet(self, service: Service) -> None:
        desk, account, offset = self._desk, service.account, service.clock_offset
        desk.clinic = clinic_of(service.clinic, service.public_url, service.local_only)
        if account is not None:
            desk.account = (account.id, account.name, account.role)
        desk.offset = offset if isinstance(offset, timedelta) else timedelta(seconds=float(offset or 0))
        self._tell("connected", "")

    async def _read_schedule(self, service: Service) -> None:
        async for item in service.schedule():
            if isinstance(item, Summary):
                self._desk.hear_summary(item)
            else:
                self._desk.read()
            self._changed()

    async def _follow(self, service: Service, stream: str) -> None:
        session = self._desk.session_of(stream)
        after = session.appointment.seq if session else 0
        feed = service.follow(stream, after)
        try:
            async for item in feed:
                if isinstance(item, Recorded):
                    self._desk.hear(stream, item)
                elif isinstance(item, CaughtUp):
                    self._desk.caught_up(stream)
                elif isinstance(item, Fact):
                    self._desk.hear_fact(stream, item.person, item.data)
                self._changed()
        finally:
            feed.close()

    async def _stop_following(self) -> None:
        following, self._following = self._following, {}
        for task in following.values():
            await _ended(task)

    def _tell(self, word: str, message: str) -> None:
        if self._desk.line != (word, message):
            self._desk.line = (word, message)
            self._changed()

    async def _start_again(self) -> str:
        """Ask for the daemon to be started; why it cannot be, or ""."""
        if self._revive is None:
            return ""
        try:
            await self._revive()
        except (EcmError, OSError) as error:
            self._tell("gone", _said(error))
            return _said(error)
        return ""


def _said(error: EcmError | OSError) -> str:
    return error.message if isinstance(error, EcmError) else str(error)


async def _ended(task: asyncio.Task[None]) -> None:
    """The task cancelled and over; how it ended is of no interest any more, only that it did."""
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        task.exception()
