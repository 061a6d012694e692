"""Files on their way in: offered, taken piece by piece, looked at, and only then shared. What fails leaves no file.

An offer lives in memory and counts against the quotas until its file is shared or given up. Memory is bounded by one
piece for each file that arrives.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ecm_tui.core import commands as c
from ecm_tui.core.appointment import Appointment
from ecm_tui.core.chat import offer
from ecm_tui.core.events import Scan
from ecm_tui.core.files import SharedFile, in_words, is_program, refused_program
from ecm_tui.core.log import Actor, Recorded
from ecm_tui.core.refused import Refused
from ecm_tui.core.text import clean_file_name
from ecm_tui.errors import EcmError, RefusedError, StoreError
from ecm_tui.service.files import Files, Part, no_room
from ecm_tui.service.limits import Paces
from ecm_tui.service.scanner import Scanner
from ecm_tui.service.streams import Streams

PIECE = 128 * 1024
"""Bytes that are written at once."""

PIECE_SECONDS = 30.0
"""How long the next `PIECE` may take to come: less than 35 kbit/s is nobody's upload."""

OFFER_SECONDS = 120.0
"""How long an offer waits for its first byte."""

MOST_OFFERS = 4
"""Files that one person may have under way at once."""

OFFERS_AT_ONCE = 20
OFFERS_PER_SECOND = 0.2
"""Offers that one person may make in a burst, and on and on."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who sends, and whether they still may."""

    appointment: str
    actor: Actor
    token: str = ""
    """Id of the token by which the actor asks; empty without one."""
    refused: Callable[[Appointment], Refused | None]
    """Why this sender may not send now, as the appointment is; None when they may. Asked again until the end."""
    only_one: Callable[[], contextlib.AbstractAsyncContextManager[str]] = lambda: contextlib.nullcontext("")
    """Held while the file is shared; raises RefusedError where somebody was first. Gives what sharing it uses up."""


@dataclass(slots=True)
class _Offer:
    """One file that somebody is about to send, or sends."""

    file_id: str
    sender: Sender
    name: str
    size: int
    made: float
    came: int = 0
    """Bytes that have come."""
    task: asyncio.Task[SharedFile] | None = None
    sharing: bool = False
    """All has come, and only the log decides."""
    why: Refused | None = None
    """Why the task was ended from outside."""

    def end(self, why: Refused | None = None) -> None:
        """Stop taking bytes; too late once it is being shared."""
        if self.task and not self.sharing:
            self.why = why
            self.task.cancel()


class Uploads:
    """All files on their way in. Hears the hub (`changed`)."""

    def __init__(
        self, streams: Streams, files: Files, scanner: Scanner, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._streams = streams
        self._files = files
        self._scanner = scanner
        self._monotonic = monotonic
        self._offers: dict[str, _Offer] = {}
        self._paces = Paces(OFFERS_AT_ONCE, OFFERS_PER_SECOND, monotonic=monotonic)
        self._sharing: set[asyncio.Task[SharedFile]] = set()

    async def recover(self) -> None:
        """Remove what a crash left of files that no log tells of. Called before anyone is let in."""
        for appointment_id, file_id, mark in list(self._files.left()):
            try:
                appointment = await self._streams.appointment(appointment_id)
                if appointment is None or all(file.id != file_id for file in appointment.files):
                    self._files.drop(file_id)
                mark.unlink(missing_ok=True)
            except (EcmError, OSError) as error:  # one that cannot be looked up keeps nobody from the others
                _log.error("what is left of the file %s stays: %s", file_id, error)

    async def welcome(self, sender: Sender) -> None:
        """Raises RefusedError for a sender who may send nothing now."""
        await self._appointment(sender)

    async def offer(self, sender: Sender, name: str, size: int) -> dict[str, Any]:
        """Somebody is about to send a file: its `id`, cleaned `name` and `size`. Raises RefusedError, NotKeptError."""
        name = clean_file_name(name)
        appointment, room = await self._appointment(sender), await asyncio.to_thread(self._files.room)
        # From here to the end in one turn of the loop: of many offers at once each counts those before it.
        self._forget_old()
        if not self._paces.allows(sender.actor.id):
            raise RefusedError("You share files very fast. Wait a minute, then go on.", "too_fast")
        if sum(each.sender.actor.id == sender.actor.id for each in self._offers.values()) >= MOST_OFFERS:
            raise RefusedError(f"{MOST_OFFERS} of your files are under way. Wait until one is there.", "too_many_files")
        there = [each for each in self._offers.values() if each.sender.appointment == sender.appointment]
        rules = self._streams.sources.rules
        left = replace(
            rules,
            session_bytes=rules.session_bytes - sum(each.size for each in there),
            person_bytes=rules.person_bytes
            - sum(each.size for each in there if each.sender.actor.id == sender.actor.id),
        )
        _heed(offer(appointment, sender.actor, name, size, left))
        promised = sum(each.size - each.came for each in self._offers.values())
        if room - promised < size:
            raise no_room(name, size)
        file_id = "f" + self._streams.sources.new_id()
        self._offers[file_id] = _Offer(file_id, sender, name, size, self._monotonic())
        return {"id": file_id, "name": name, "size": size}

    async def receive(
        self, sender: Sender, file_id: str, length: int | None, pieces: AsyncIterator[bytes], sha256: str = ""
    ) -> SharedFile:
        """Take the offered file and share it; the same file again, once it is shared, is only answered.

        `length` is what the sender says is coming, `sha256` what it says that is (hexadecimal, or empty). Raises
        RefusedError, NotKeptError or StoreError; then nothing of the file is left.
        """
        known = _shared(await self._appointment_now(sender), sender, file_id)
        if known:
            return known
        await self._appointment(sender)
        found = self._mine(sender, file_id)
        if found.task:
            raise RefusedError("This file is being sent already.", "sent_already")
        if length != found.size:
            raise _wrong_size(found)
        found.sender = sender
        found.task = asyncio.create_task(self._receive(found, pieces, sha256), name=f"upload {file_id}")
        try:
            return await asyncio.shield(found.task)
        except asyncio.CancelledError:
            if found.task.cancelled():
                _heed(found.why)
            found.end()
            raise
        finally:
            self._offers.pop(file_id, None)

    def cancel(self, sender: Sender, file_id: str) -> None:
        """The sender thought better of it. Raises RefusedError when there is no such file under way."""
        found = self._mine(sender, file_id)
        if found.sharing:
            raise RefusedError(f"{found.name} is there already and is being shared.", "sent_already")
        found.end(Refused(code="cancelled", message="Sending was cancelled: nothing was shared."))
        self._offers.pop(file_id, None)

    def changed(self, before: Appointment, after: Appointment, records: Sequence[Recorded]) -> None:
        """Hear what was committed: who may not send any more is stopped in the same turn of the loop."""
        for each in list(self._offers.values()):
            if each.sender.appointment == after.id and (refused := each.sender.refused(after)):
                each.end(refused)

    async def close(self) -> None:
        """Stop what is under way; what is being shared at this moment is shared or not, and known as such."""
        for each in list(self._offers.values()):
            each.end(Refused(code="closing", message="The service is closing: the file was not shared. Send it again."))
        await asyncio.gather(*self._sharing, return_exceptions=True)

    # One file

    async def _receive(self, found: _Offer, pieces: AsyncIterator[bytes], sha256: str) -> SharedFile:
        part = await self._begun(found)
        try:
            await self._write(found, part, pieces)
            if sha256 and sha256 != part.sha256:
                raise RefusedError(f"{found.name} arrived damaged and was not shared. Send it again.", "damaged")
            scan = await self._scanner.scan(part.path, found.name)
        except BaseException:
            await _surely(asyncio.to_thread(part.drop))
            raise
        # From here on nothing stops half-way: whoever asked may go, the log and the disk must agree.
        found.sharing = True
        sharing = asyncio.create_task(self._share(found, part, scan))
        self._sharing.add(sharing)
        sharing.add_done_callback(self._sharing.discard)
        return await asyncio.shield(sharing)

    async def _begun(self, found: _Offer) -> Part:
        beginning = asyncio.ensure_future(asyncio.to_thread(self._files.begin, found.sender.appointment, found.file_id))
        try:
            return await asyncio.shield(beginning)
        except asyncio.CancelledError:  # the thread goes on, and its file would stay
            part = await _surely(beginning)
            await _surely(asyncio.to_thread(part.drop))
            raise

    async def _write(self, found: _Offer, part: Part, pieces: AsyncIterator[bytes]) -> None:
        async for piece in _gathered(pieces, found.name):
            found.came += len(piece)
            if found.came > found.size:
                raise _wrong_size(found)
            looked_at = bool(part.beginning)
            await asyncio.to_thread(part.write, piece)
            if not looked_at and not self._streams.sources.rules.programs and is_program(part.beginning):
                _heed(refused_program(found.name))
            await self._appointment(found.sender)
        if found.came != found.size:
            raise _wrong_size(found)

    async def _share(self, found: _Offer, part: Part, scan: Scan) -> SharedFile:
        sender, file_id = found.sender, found.file_id
        try:
            await asyncio.to_thread(part.keep)
            await self._appointment(sender)
            command = c.ShareFile(file_id=file_id, name=found.name, size=found.size, sha256=part.sha256, scan=scan)
            async with sender.only_one() as spends:
                await self._streams.execute(
                    sender.appointment, command, sender.actor, token=sender.token, spends=spends
                )
            shared = _shared(await self._appointment_now(sender), sender, file_id)
            if shared is None:
                raise StoreError("The file could not be shared. Send it again.")
        except Exception:
            with contextlib.suppress(EcmError):
                if _shared(await self._appointment_now(sender), sender, file_id):
                    _log.error("the file %s was shared and its sender heard otherwise", file_id)
                    raise
            await asyncio.to_thread(part.drop)
            raise
        await asyncio.to_thread(part.known)
        return shared

    # What holds now

    async def _appointment(self, sender: Sender) -> Appointment:
        """The appointment, in which the sender may send now. Raises RefusedError."""
        appointment = await self._appointment_now(sender)
        _heed(sender.refused(appointment))
        return appointment

    async def _appointment_now(self, sender: Sender) -> Appointment:
        appointment = await self._streams.appointment(sender.appointment)
        if appointment is None:
            raise RefusedError("There is no appointment with this id.", "no_such_appointment")
        return appointment

    def _mine(self, sender: Sender, file_id: str) -> _Offer:
        found = self._offers.get(file_id)
        if found is None or (found.sender.appointment, found.sender.actor.id) != (sender.appointment, sender.actor.id):
            raise RefusedError("No such file is under way. Offer it first.", "no_such_file")
        return found

    def _forget_old(self) -> None:
        """Offers that nobody followed up promise nothing any more."""
        oldest = self._monotonic() - OFFER_SECONDS
        for each in [each for each in self._offers.values() if each.task is None and each.made < oldest]:
            del self._offers[each.file_id]


async def _gathered(pieces: AsyncIterator[bytes], name: str) -> AsyncGenerator[bytes, None]:
    """The same bytes in pieces of about `PIECE`. Raises RefusedError for a sender who takes too long over one."""
    gathered, over = bytearray(), False
    while not over:
        try:
            async with asyncio.timeout(PIECE_SECONDS):
                while len(gathered) < PIECE and not over:
                    piece = await anext(pieces, None)
                    over = piece is None
                    gathered += piece or b""
        except TimeoutError as error:
            message = f"{name} came too slowly and was not shared. Send it again over a better line."
            raise RefusedError(message, "too_slow") from error
        if gathered:
            yield bytes(gathered)
            gathered.clear()


async def _surely(work: Any) -> Any:
    """Do it to its end although we are being cancelled; its result."""
    task = asyncio.ensure_future(work)
    while not task.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.shield(task)
    return task.result()


def _shared(appointment: Appointment, sender: Sender, file_id: str) -> SharedFile | None:
    """The file, when this sender has shared it."""
    return next((f for f in appointment.files if f.id == file_id and f.by.id == sender.actor.id), None)


def _heed(refused: Refused | None) -> None:
    if refused:
        raise RefusedError(refused.message, refused.code)


def _wrong_size(found: _Offer) -> RefusedError:
    message = f"{found.name} was to have {in_words(found.size)}, and something else came. It was not shared."
    return RefusedError(message, "wrong_size")
