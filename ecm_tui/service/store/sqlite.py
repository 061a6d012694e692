"""The store on SQLite: one connection writes and checkpoints for life, a few read-only ones serve everyone who reads.

Each has a thread of its own, and whatever is asked is one errand there: a transaction goes over and comes back as a
whole. Default transactions of the driver lose concurrent updates without an error, so it is told to begin none and
every transaction begins here: IMMEDIATE for the writer. `synchronous=FULL`: what was committed is on disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, ParamSpec, TypeVar
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, Executable, Row, create_engine, delete, event, insert, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import QueuePool, StaticPool

from ecm_tui.core.log import GENESIS, Body
from ecm_tui.core.schedule import Summary
from ecm_tui.errors import StoreError
from ecm_tui.service.store import statements
from ecm_tui.service.store.faults import translated
from ecm_tui.service.store.files import held, prepared
from ecm_tui.service.store.migrate import migrated
from ecm_tui.service.store.protocol import Answer, Batch, Credential, Head, Link, Page, token_hash
from ecm_tui.service.store.rows import (
    answer_from,
    credential_from,
    credential_row,
    entry_from,
    micros,
    summary_from,
    summary_row,
)
from ecm_tui.service.store.tables import credentials, erasures

P = ParamSpec("P")
T = TypeVar("T")

READERS = 3
"""Read-only connections, each with its thread: a long replay, a search and a list do not wait for each other."""

BUSY_SECONDS = 2.0
"""How long a foreign program may hold the database before a command fails: longer than a backup's glance at it."""

_WRITER = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON", "temp_store=MEMORY")
_READER = ("query_only=ON", "temp_store=MEMORY")


class SqliteStore:
    """A `Store` in one file. Made by `open_store`."""

    def __init__(self, path: Path, writer: Connection, writing: Executor, readers: Engine, reading: Executor) -> None:
        self._path = path
        self._writer = writer
        self._writing = writing
        self._readers = readers
        self._reading = reading

    @property
    def path(self) -> str:
        return str(self._path)

    async def commit(self, batch: Batch) -> None:
        await self._write(lambda connection: statements.write(connection, batch))

    async def head(self, stream: str) -> Head:
        rows = await self._rows(statements.HEAD, stream=stream)
        return Head(stream=stream, seq=rows[0].seq, hash=rows[0].hash) if rows else Head(stream=stream)

    async def heads(self) -> list[Head]:
        rows = await self._rows(statements.all_heads())
        return [Head(stream=row.stream, seq=row.seq or 0, hash=row.hash or GENESIS) for row in rows]

    async def read(self, stream: str, after: int, limit: int) -> Page:
        def read(connection: Connection) -> Page:
            asked = {"stream": stream, "after": after}
            rows = connection.execute(statements.ENTRIES_AFTER, {**asked, "most": limit}).all()
            found = [entry_from(row) for row in rows]
            last = found[-1].seq if found else after
            written = connection.execute(statements.BODIES_BETWEEN, {**asked, "last": last}).all()
            return Page(
                entries=found, bodies={row.id: Body(id=row.id, salt=row.salt, content=row.content) for row in written}
            )

        return await self._read(read)

    async def answer(self, actor: str, command_id: str) -> Answer | None:
        return next(iter(await self.answers([(actor, command_id)])), None)

    async def answers(self, asked: Collection[tuple[str, str]]) -> list[Answer]:
        if not asked:
            return []
        return [answer_from(row) for row in await self._rows(statements.ANSWERS_TO, asked=list(asked))]

    async def tidy(self, answers_before: datetime, now: datetime) -> None:
        def delete_old(connection: Connection) -> None:
            connection.execute(statements.old_answers(answers_before))
            connection.execute(statements.expired_credentials(now))

        await self._write(delete_old)

    async def summaries(self, first: datetime, last: datetime, limit: int) -> list[Summary]:
        return [summary_from(row[0]) for row in await self._rows(statements.rows_between(first, last, limit))]

    async def search(self, words: Sequence[str], limit: int) -> list[Summary]:
        return [summary_from(row[0]) for row in await self._rows(statements.rows_with(words, limit))]

    async def lacking_summaries(self) -> list[str]:
        return [row[0] for row in await self._rows(statements.lacking_rows())]

    async def put_summary(self, summary: Summary) -> None:
        await self._write(lambda connection: statements.put_summary(connection, summary_row(summary)))

    async def kept(self, before: datetime, limit: int) -> list[str]:
        return [row[0] for row in await self._rows(statements.kept(before, limit))]

    async def erasures(self) -> list[str]:
        return [row[0] for row in await self._rows(select(erasures.c.appointment))]

    async def end_erasure(self, appointment: str) -> None:
        done = delete(erasures).where(erasures.c.appointment == appointment)
        await self._write(lambda connection: connection.execute(done))

    async def scrub(self) -> None:
        def scrub() -> None:
            with translated(self._path):
                # Past SQLAlchemy, which begins a transaction before everything; a checkpoint stands outside of any.
                raw: Any = self._writer.connection.driver_connection
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

        await _errand(self._writing, scrub)

    async def find_link(self, token: str) -> Link | None:
        rows = await self._rows(statements.LINK, token_hash=token_hash(token))
        return Link(appointment=rows[0].appointment, person=rows[0].person, link=rows[0].link) if rows else None

    async def add_credential(self, secret: str, credential: Credential) -> None:
        row = {"token_hash": token_hash(secret), **credential_row(credential)}
        await self._write(lambda connection: connection.execute(insert(credentials), row))

    async def find_credential(self, secret: str, now: datetime) -> Credential | None:
        rows = await self._rows(statements.CREDENTIAL, token_hash=token_hash(secret), now=micros(now))
        return credential_from(rows[0]) if rows else None

    async def take_credential(self, secret: str, now: datetime) -> Credential | None:
        own = token_hash(secret)

        def take(connection: Connection) -> Credential | None:
            row = connection.execute(statements.CREDENTIAL, {"token_hash": own, "now": micros(now)}).first()
            if row is None:
                return None
            connection.execute(delete(credentials).where(credentials.c.token_hash == own))
            return credential_from(row)

        return await self._write(take)

    async def drop_credential(self, visit: str) -> None:
        await self._write(
            lambda connection: connection.execute(delete(credentials).where(credentials.c.visit == visit))
        )

    async def drop_credentials(self, appointment: str, holder: str, but: str = "") -> None:
        theirs = (
            credentials.c.appointment == appointment,
            credentials.c.holder == holder,
            credentials.c.visit != but,
        )
        await self._write(lambda connection: connection.execute(delete(credentials).where(*theirs)))

    async def _rows(self, statement: Executable, **values: Any) -> Sequence[Row[Any]]:
        return await self._read(lambda connection: connection.execute(statement, values).all())

    async def _read(self, work: Callable[[Connection], T]) -> T:
        def look() -> T:
            with translated(self._path), self._readers.connect() as connection:
                return work(connection)

        return await _errand(self._reading, look)

    async def _write(self, work: Callable[[Connection], T]) -> T:
        """`work` in a transaction of its own, which comes to its end also when its caller is cancelled meanwhile."""

        def transact() -> T:
            with translated(self._path), self._writer.begin():
                return work(self._writer)

        return await asyncio.shield(_errand(self._writing, transact))


def _errand(threads: Executor, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> asyncio.Future[T]:
    """What `work` comes to in one of these threads. Raises `StoreError` when they have ended."""
    try:
        return asyncio.wrap_future(threads.submit(work, *args, **kwargs))
    except RuntimeError as error:
        raise StoreError("The database is closed. Nothing was saved.") from error


@asynccontextmanager
async def open_store(path: Path) -> AsyncIterator[SqliteStore]:
    """The database at `path`, made or migrated as needed, until the end of the block.

    Raises `NewerDatabaseError`, `LockedError`, `ReadOnlyError`, `DamagedError` or `StoreError`.
    """
    async with AsyncExitStack() as stack:
        with translated(path):
            stack.enter_context(held(path))
            prepared(path)
            writing = await stack.enter_async_context(_threads(1, "database writer"))
            opened = ExitStack()
            stack.push_async_callback(_errand, writing, opened.close)
            writer = await _errand(writing, opened.enter_context, _writer(path))
            await _errand(writing, migrated, writer, path)
            readers = _engine(_read_only(path), _READER, "", READERS)
            stack.callback(readers.dispose)
            reading = await stack.enter_async_context(_threads(READERS, "database reader"))
        yield SqliteStore(path, writer, writing, readers, reading)


@asynccontextmanager
async def _threads(most: int, name: str) -> AsyncIterator[Executor]:
    """So many threads; at the end of the block what was asked of them is done, whoever has gone meanwhile."""
    threads = ThreadPoolExecutor(most, name)
    try:
        yield threads
    finally:
        await asyncio.to_thread(threads.shutdown)


@contextmanager
def _writer(path: Path) -> Iterator[Connection]:
    """The one connection that writes. It leaves no log behind when it is closed in order."""
    engine = _engine(URL.create("sqlite", database=str(path)), _WRITER, "BEGIN IMMEDIATE", 0)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _read_only(path: Path) -> URL:
    # The path is quoted because SQLite reads it as a URI here, in which ? and # end a name.
    return URL.create("sqlite", database=f"file:{quote(str(path))}", query={"mode": "ro", "uri": "true"})


def _engine(url: URL, pragmas: Sequence[str], begin: str, most: int) -> Engine:
    """An engine of at most `most` connections, or of a single one for life when that is 0.

    Without `begin` each statement stands alone, which suits readers: a body is there as soon as its entry is.
    """
    pool: dict[str, Any] = {"poolclass": StaticPool}
    if most:
        pool = {"poolclass": QueuePool, "pool_size": most, "max_overflow": 0, "pool_reset_on_return": None}
    # Whichever of the threads a connection is used in, it is used in one at a time.
    arguments = {"isolation_level": None, "timeout": BUSY_SECONDS, "check_same_thread": False}
    # An error tells which statement failed, and nothing of what people wrote: it ends in the log.
    engine = create_engine(url, connect_args=arguments, hide_parameters=True, **pool)

    def connected(connection: DBAPIConnection, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    event.listen(engine, "connect", connected)

    def begun(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    if begin:
        event.listen(engine, "begin", begun)
    return engine
