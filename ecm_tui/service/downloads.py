"""Shared files on their way out: attachments that no browser opens in our name, cut when their reader is gone."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from fastapi.responses import FileResponse
from starlette.types import Message, Receive, Scope, Send

from ecm_tui.core.appointment import Appointment
from ecm_tui.core.clinic import Clinic
from ecm_tui.core.files import SharedFile
from ecm_tui.core.log import Recorded
from ecm_tui.errors import RefusedError
from ecm_tui.service.files import Files
from ecm_tui.service.limits import Paces
from ecm_tui.service.streams import Streams

STALL_SECONDS = 60.0
"""How long a reader may take none of what is sent."""

MOST_DOWNLOADS = 6
"""Downloads that one reader may have under way: as many as a browser asks one host for at once."""

AT_ONCE = 60
PER_SECOND = 2.0
"""Downloads that one reader may begin in a burst, and on and on."""

HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads, and whether they still may."""

    appointment: str
    name: str
    """Account or person id."""
    may: Callable[[Appointment], bool]
    """Whether this reader may have the appointment's files, as it is now. Asked again until the end."""


@dataclass(eq=False, slots=True)
class _Running:
    reader: Reader
    appointment: Appointment
    cut: Callable[[], None]

    def look(self) -> None:
        if not self.reader.may(self.appointment):
            self.cut()


class Downloads:
    """All files on their way out. Hears the hub (`changed`, `clinic_changed`)."""

    def __init__(self, streams: Streams, files: Files) -> None:
        self._streams = streams
        self._files = files
        self._running: set[_Running] = set()
        self._paces = Paces(AT_ONCE, PER_SECOND)

    async def answer(self, reader: Reader, file_id: str) -> Download:
        """The file as an answer. Raises RefusedError; what one may not have looks as if it were not there."""
        appointment = await self._streams.appointment(reader.appointment)
        file = appointment and next((file for file in appointment.files if file.id == file_id), None)
        if not appointment or not file or not reader.may(appointment):
            raise RefusedError("There is no such file.", "no_such_file")
        under_way = sum(each.reader.name == reader.name for each in self._running)
        if under_way >= MOST_DOWNLOADS or not self._paces.allows(reader.name):
            raise RefusedError("You fetch files very fast. Wait a minute, then go on.", "too_fast")
        return Download(partial(self.running, reader, appointment), file, str(self._files.path(file_id)))

    def changed(self, before: Appointment, after: Appointment, records: Sequence[Recorded]) -> None:
        """Hear what was committed: who may not read any more gets no further byte."""
        for each in list(self._running):
            if each.appointment.id == after.id:
                each.appointment = after
                each.look()

    def clinic_changed(self, before: Clinic, after: Clinic, records: Sequence[Recorded]) -> None:
        """The same where an account lost its way in."""
        for each in list(self._running):
            each.look()

    @contextlib.contextmanager
    def running(self, reader: Reader, appointment: Appointment, cut: Callable[[], None]) -> Iterator[None]:
        """A download is under way until the end of the block; `cut` ends it at once."""
        one = _Running(reader, appointment, cut)
        self._running.add(one)
        one.look()
        try:
            yield
        finally:
            self._running.discard(one)


class Download(FileResponse):
    """One file for one reader; parts of it too (Range)."""

    def __init__(
        self,
        running: Callable[[Callable[[], None]], contextlib.AbstractContextManager[None]],
        file: SharedFile,
        path: str,
    ) -> None:
        digest = base64.b64encode(bytes.fromhex(file.sha256)).decode()
        headers = {**HEADERS, "Repr-Digest": f"sha-256=:{digest}:"}
        super().__init__(path, headers=headers, media_type="application/octet-stream", filename=file.name)
        self._running = running

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        abort = scope.get("state", {}).get("abort")

        async def sent(message: Message) -> None:
            async with asyncio.timeout(STALL_SECONDS):
                await send(message)

        task = asyncio.create_task(super().__call__(scope, receive, sent))

        def cut() -> None:
            task.cancel()
            # What waits to be sent is not sent either.
            if abort:
                abort()

        with self._running(cut):
            try:
                await asyncio.wait({task})
            finally:
                task.cancel()
        if task.cancelled():
            return
        if isinstance(task.exception(), TimeoutError):
            cut()
        else:
            task.result()
