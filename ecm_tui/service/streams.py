"""The one owner of truth. Every command comes through `execute`: decided, committed, and only then published, in order.

One task writes. What queues up while a commit is on its way to the disk goes into the next commit together.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ecm_tui.core.appointment import Appointment
from ecm_tui.core.clinic import Clinic, ClinicCommand
from ecm_tui.core.commands import Command, Refused
from ecm_tui.core.context import Rules
from ecm_tui.core.log import Actor, Recorded
from ecm_tui.core.schedule import Summary, summary
from ecm_tui.core.text import clean, search_key
from ecm_tui.core.wire import ID
from ecm_tui.errors import DamagedError, RefusedError, StoreError
from ecm_tui.service.collect import Collector, Done, LinkToken, Request, Sources, by_hash
from ecm_tui.service.folds import Folds
from ecm_tui.service.hub import Fact, Hub
from ecm_tui.service.store import Answer, StaleError, Store, open_store
from ecm_tui.service.verify import StreamReport, verified

__all__ = ["CaughtUp", "Done", "Fact", "StreamReport", "Streams"]

MOST_WAITING = 1000
"""Commands waiting for the writer; who comes later waits outside. A second's work."""

MOST_TOGETHER = 64
"""Commands in one commit: enough for a burst of joiners, few enough that a batch takes milliseconds."""

TRIES = 5
"""How often a batch is decided again when a stream grew meanwhile; with one service it never does."""

ANSWERS_KEPT = timedelta(days=1)
"""How long a repeated command gets its first answer: far longer than any client repeats it."""

TIDY_SECONDS = 3600.0

MOST_ROWS = 1000
"""Schedule rows in one answer."""

MOST_QUERY = 1000
"""Characters of a search that count."""

MOST_WORDS = 16
"""Words of a search that count."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """Everything up to `seq` was given; what follows happens now."""

    seq: int


class Streams:
    """The clinic's and every appointment's stream, and what follows from them. Made by `open`."""

    def __init__(self, store: Store, sources: Sources) -> None:
        self.store = store
        """Links and credentials are looked up and kept here; streams are written by `execute` alone."""
        self.hub = Hub()
        self.sources = sources
        self._folds = Folds(store)
        self._queue: asyncio.Queue[tuple[Request, asyncio.Future[Done]] | None] = asyncio.Queue(MOST_WAITING)
        self._closing = False
        self._ended = False

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        path: Path,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        new_id: Callable[[], str] = lambda: secrets.token_hex(8),
        rules: Rules = Rules(),  # noqa: B008  frozen
        link_token: LinkToken | None = None,
        of_source: Callable[[str], str] = by_hash,
    ) -> AsyncIterator[Streams]:
        """The streams in the database at `path`, until the end of the block.

        `new_id` gives letters and digits, never the same twice; ids get `a`, `p` or `b` before it. Raises
        `NewerDatabaseError`, `LockedError`, `ReadOnlyError`, `DamagedError` or `StoreError`.
        """
        sources = Sources(clock=clock, new_id=new_id, rules=rules, link_token=link_token, of_source=of_source)
        async with open_store(path) as store:
            streams = cls(store, sources)
            await streams._start()
            writer = asyncio.create_task(streams._run(), name="the writer of the streams")
            try:
                yield streams
            finally:
                await streams._close(writer)

    async def execute(
        self,
        stream: str,
        command: Command | ClinicCommand,
        actor: Actor,
        command_id: str = "",
        token: str = "",
        spends: str = "",
    ) -> Done:
        """Carry out `command` on an appointment, on "" for a new one, or on "clinic"; back when it is on disk.

        The same `command_id` of the same actor again gives the first answer again. `token` is the id of the one by
        which the actor asks: when the command is decided it must still count. `spends` is the secret of a credential
        that is used up with it. Raises `RefusedError`, or a `StoreError` when it could not be saved: then nothing has
        happened.
        """
        if self._closing:
            raise _closed()
        answer: asyncio.Future[Done] = asyncio.get_running_loop().create_future()
        request = Request(
            stream=stream, command=command, actor=actor, command_id=command_id, token=token, spends=spends
        )
        await self._queue.put((request, answer))
        if self._ended:
            raise _closed()
        return await answer

    async def tried(self, stream: str, command: Command, actor: Actor) -> Done:
        """What the command would come to now; nothing happens, and ids in it are nobody's.

        Raises `RefusedError` as `execute` would.
        """
        outcome = await Collector(self.store, self._folds, self.sources).add(
            Request(stream=stream, command=command, actor=actor)
        )
        if isinstance(outcome, Refused):
            raise RefusedError(outcome.message, outcome.code)
        return outcome

    async def appointment(self, appointment_id: str) -> Appointment | None:
        """The appointment as it is now; None when there is none. Raises `DamagedError` naming the stream."""
        state = (await self._folds.appointment(appointment_id)).state
        return state if state.exists else None

    async def clinic(self) -> Clinic:
        """The clinic as it is now."""
        return self.clinic_now

    @property
    def clinic_now(self) -> Clinic:
        """The same, for those who cannot wait."""
        return self._folds.clinic.state

    async def read(self, stream: str, after: int = 0, limit: int = 1000) -> list[Recorded]:
        """At most `limit` records above number `after`, with their actors' names; none for an unknown stream."""
        return await self._folds.records(stream, after, limit) if ID.fullmatch(stream) else []

    async def follow(self, stream: str, after: int = 0) -> AsyncGenerator[Recorded | CaughtUp | Fact, None]:
        """Every record above `after`, then `CaughtUp`, then what happens, without gap or repeat, until closing.

        Raises `FellBehindError` when more than a megabyte waits for the reader.
        """
        feed = self.hub.open_feed(stream, after)
        try:
            while found := await self.read(stream, feed.read_to):
                for record in found:
                    feed.read_to = record.seq
                    yield record
            yield CaughtUp(feed.read_to)
            while item := await feed.get():
                yield item
        finally:
            self.hub.close_feed(stream, feed)

    async def summaries(self, first: datetime, last: datetime, limit: int = MOST_ROWS) -> list[Summary]:
        """The Schedule's rows with `first <= at < last`, by time."""
        return await self.store.summaries(first, last, limit)

    async def search(self, query: str, limit: int = 200) -> list[Summary]:
        """Rows that hold every word of `query` in the patient's name or ID, in any order, newest first.

        Case and accents do not count. Nothing to search for finds nothing.
        """
        words = search_key(clean(query, MOST_QUERY, multiline=True)).split()[:MOST_WORDS]
        return await self.store.search(words, limit) if words else []

    async def verify(self, after: str = "", most: int | None = None) -> list[StreamReport]:
        """Each stream, of `most` that come `after` that name, with the first number that is not as it was written."""
        return await verified(self.store, self._folds.clinic.state.heads, after, most)

    async def _start(self) -> None:
        await self._folds.load_clinic()
        await self._tidy()
        for stream in await self.store.lacking_summaries():
            try:
                folded = await self._folds.appointment(stream)
                await self.store.put_summary(summary(folded.state))
            except (DamagedError, ValueError) as error:
                _log.error("no row on the Schedule for %s: %s", stream, error)

    async def _close(self, writer: asyncio.Task[None]) -> None:
        """What was asked before is still served; who still stands outside the queue is sent away."""
        self._closing = True
        self.hub.close()
        try:
            await self._queue.put(None)
            await writer
        finally:
            self._ended = True
            while not self._queue.empty():
                left = self._queue.get_nowait()
                if left:
                    _fail(left[1], _closed())

    async def _tidy(self) -> None:
        now = self.sources.clock()
        await self.store.tidy(now - ANSWERS_KEPT, now)

    async def _run(self) -> None:
        """The writer: takes what waits, until the end of the queue."""
        tidied = time.monotonic()
        ending = False
        while not ending:
            waiting = [await self._queue.get()]
            while len(waiting) < MOST_TOGETHER and not self._queue.empty():
                waiting.append(self._queue.get_nowait())
            ending = None in waiting
            asked = [each for each in waiting if each and not each[1].done()]
            try:
                await self._serve(asked)
                if time.monotonic() - tidied > TIDY_SECONDS:
                    tidied = time.monotonic()
                    await self._tidy()
            except Exception as error:
                # The writer outlives every fault: those who wait are told, those who come are served.
                _log.exception("the writer of the streams")
                for _, answer in asked:
                    _fail(answer, error)

    async def _serve(self, asked: Sequence[tuple[Request, asyncio.Future[Done]]]) -> None:
        for _ in range(TRIES):
            collector = Collector(self.store, self._folds, self.sources, await self._answered(asked))
            outcomes = [(answer, await _outcome(collector, request)) for request, answer in asked]
            batch = collector.batch()
            try:
                if batch.appends or batch.answers:
                    await self.store.commit(batch)
            except StaleError:
                for stream in collector.streams:
                    await self._folds.forget(stream)
                continue
            except StoreError as error:
                await self._serve_singly(asked, error)
                return
            self._publish(collector)
            for answer, outcome in outcomes:
                _give(answer, outcome)
            return
        for _, answer in asked:
            _fail(answer, StoreError("Something else writes to the database. Nothing was saved; try again."))

    async def _answered(self, asked: Sequence[tuple[Request, asyncio.Future[Done]]]) -> list[Answer] | None:
        """What of all that was answered before: one question instead of one for each. None leaves it to each."""
        try:
            return await self.store.answers({(each.actor.id, each.command_id) for each, _ in asked if each.command_id})
        except StoreError:
            return None

    async def _serve_singly(self, asked: Sequence[tuple[Request, asyncio.Future[Done]]], error: StoreError) -> None:
        """A batch that cannot be saved is tried one by one, so that nobody fails for another's command."""
        if len(asked) == 1:
            _fail(asked[0][1], error)
            return
        for one in asked:
            await self._serve([one])

    def _publish(self, collector: Collector) -> None:
        for folded in collector.appointments.values():
            self._folds.put(folded)
        if collector.clinic:
            self._folds.put_clinic(collector.clinic)
        for change in collector.changes:
            self.hub.publish(change)
        self.hub.settle()


def _closed() -> StoreError:
    return StoreError("The service is closing. Nothing was saved; try again when it is back.")


async def _outcome(collector: Collector, request: Request) -> Done | Refused | Exception:
    try:
        return await collector.add(request)
    except Exception as error:
        # Whatever is wrong with one command is for its author: the others in the batch go on.
        return error


def _give(answer: asyncio.Future[Done], outcome: Done | Refused | Exception) -> None:
    if isinstance(outcome, Refused):
        _fail(answer, RefusedError(outcome.message, outcome.code))
    elif isinstance(outcome, Exception):
        _fail(answer, outcome)
    elif not answer.done():
        answer.set_result(outcome)


def _fail(answer: asyncio.Future[Done], error: Exception) -> None:
    if not answer.done():
        answer.set_exception(error)
