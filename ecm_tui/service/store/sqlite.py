"""The store on SQLite: one connection writes and checkpoints for life, a few read-only ones serve everyone who reads.

Default transactions of the driver lose concurrent updates without an error, so it is told to begin none and every
transaction begins here: IMMEDIATE for the writer. `synchronous=FULL`: what was committed is on disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from sqlalchemy import URL, Connection, Executable, Row, delete, event, insert, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, StaticPool

from ecm_tui.core.log import GENESIS, Body
from ecm_tui.core.schedule import Summary
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
    summary_from,
    summary_row,
)
from ecm_tui.service.store.tables import credentials, erasures

T = TypeVar("T")

READERS = 3
"""Read-only connections: enough that a long replay, a search and a list do not wait for each other."""

BUSY_SECONDS = 2.0
"""How long a foreign program may hold the database before a command fails: longer than a backup's glance at it."""

_WRITER = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON", "temp_store=MEMORY")
_READER = ("query_only=ON", "temp_store=MEMORY")


class SqliteStore:
    """A `Store` in one file. Made by `open_store`."""

    def __init__(self, path: Path, writer: AsyncConnection, readers: AsyncEngine) -> None:
        self._path = path
        self._writer = writer
        self._readers = readers
        self._turn = asyncio.Lock()
        self._running: set[asyncio.Task[Any]] = set()

    @property
    def path(self) -> str:
        return str(self._path)

    async def settle(self) -> None:
        """Wait for writes whose callers have gone."""
        while self._running:
            await asyncio.wait(self._running)

    async def commit(self, batch: Batch) -> None:
        await self._write(lambda connection: statements.write(connection, batch))

    async def head(self, stream: str) -> Head:
        rows = await self._rows(statements.head(stream))
        return Head(stream=stream, seq=rows[0].seq, hash=rows[0].hash) if rows else Head(stream=stream)

    async def heads(self) -> list[Head]:
        rows = await self._rows(statements.all_heads())
        return [Head(stream=row.stream, seq=row.seq or 0, hash=row.hash or GENESIS) for row in rows]

    async def read(self, stream: str, after: int, limit: int) -> Page:
        with translated(self._path):
            async with self._readers.connect() as connection:
                rows = (await connection.execute(statements.entries_after(stream, after, limit))).all()
                found = [entry_from(row) for row in rows]
                last = found[-1].seq if found else after
                written = (await connection.execute(statements.bodies_between(stream, after, last))).all()
        return Page(
            entries=found, bodies={row.id: Body(id=row.id, salt=row.salt, content=row.content) for row in written}
        )

    async def answer(self, actor: str, command_id: str) -> Answer | None:
        rows = await self._rows(statements.answer(actor, command_id))
        return answer_from(rows[0]) if rows else None

    async def answers(self, asked: Collection[tuple[str, str]]) -> list[Answer]:
        return [answer_from(row) for row in await self._rows(statements.answers_to(asked))] if asked else []

    async def tidy(self, answers_before: datetime, now: datetime) -> None:
        async def delete_old(connection: AsyncConnection) -> None:
            await connection.execute(statements.old_answers(answers_before))
            await connection.execute(statements.expired_credentials(now))

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
        with translated(self._path):
            async with self._turn:
                raw = await self._writer.get_raw_connection()
                # Past SQLAlchemy, which begins a transaction before everything; a checkpoint stands outside of any.
                await raw.driver_connection.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]  # aiosqlite's own

    async def find_link(self, token: str) -> Link | None:
        rows = await self._rows(statements.link(token))
        return Link(appointment=rows[0].appointment, person=rows[0].person, link=rows[0].link) if rows else None

    async def add_credential(self, secret: str, credential: Credential) -> None:
        row = {"token_hash": token_hash(secret), **credential_row(credential)}
        await self._write(lambda connection: connection.execute(insert(credentials), row))

    async def find_credential(self, secret: str, now: datetime) -> Credential | None:
        rows = await self._rows(statements.credential(secret, now))
        return credential_from(rows[0]) if rows else None

    async def take_credential(self, secret: str, now: datetime) -> Credential | None:
        async def take(connection: AsyncConnection) -> Credential | None:
            row = (await connection.execute(statements.credential(secret, now))).first()
            if row is None:
                return None
            await connection.execute(delete(credentials).where(credentials.c.token_hash == token_hash(secret)))
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

    async def _rows(self, statement: Executable) -> Sequence[Row[Any]]:
        with translated(self._path):
            async with self._readers.connect() as connection:
                return (await connection.execute(statement)).all()

    async def _write(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """`work` in a transaction of its own. A caller that is cancelled meanwhile leaves the connection in order."""
        task = asyncio.create_task(self._transaction(work))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def _transaction(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        with translated(self._path):
            async with self._turn, self._writer.begin():
                return await work(self._writer)


@asynccontextmanager
async def open_store(path: Path) -> AsyncIterator[SqliteStore]:
    """The database at `path`, made or migrated as needed, until the end of the block.

    Raises `NewerDatabaseError`, `LockedError`, `ReadOnlyError`, `DamagedError` or `StoreError`.
    """
    async with AsyncExitStack() as stack:
        with translated(path):
            stack.enter_context(held(path))
            prepared(path)
            writer = await stack.enter_async_context(_writer(path))
            await migrated(writer, path)
            readers = _engine(_read_only(path), _READER, "", READERS)
            stack.push_async_callback(readers.dispose)
        store = SqliteStore(path, writer, readers)
        stack.push_async_callback(store.settle)
        yield store


@asynccontextmanager
async def _writer(path: Path) -> AsyncIterator[AsyncConnection]:
    """The one connection that writes. It leaves no log behind when it is closed in order."""
    engine = _engine(URL.create("sqlite+aiosqlite", database=str(path)), _WRITER, "BEGIN IMMEDIATE", 0)
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


def _read_only(path: Path) -> URL:
    # The path is quoted because SQLite reads it as a URI here, in which ? and # end a name.
    return URL.create("sqlite+aiosqlite", database=f"file:{quote(str(path))}", query={"mode": "ro", "uri": "true"})


def _engine(url: URL, pragmas: Sequence[str], begin: str, most: int) -> AsyncEngine:
    """An engine of at most `most` connections, or of a single one for life when that is 0.

    Without `begin` each statement stands alone, which suits readers: a body is there as soon as its entry is.
    """
    pool: dict[str, Any] = {"poolclass": StaticPool}
    if most:
        pool = {"poolclass": AsyncAdaptedQueuePool, "pool_size": most, "max_overflow": 0, "pool_reset_on_return": None}
    arguments = {"isolation_level": None, "timeout": BUSY_SECONDS}
    # An error tells which statement failed, and nothing of what people wrote: it ends in the log.
    engine = create_async_engine(url, connect_args=arguments, hide_parameters=True, **pool)

    def connected(connection: DBAPIConnection, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    event.listen(engine.sync_engine, "connect", connected)

    def begun(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    if begin:
        event.listen(engine.sync_engine, "begin", begun)
    return engine
