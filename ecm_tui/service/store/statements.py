"""The statements, portable: what SQLite and PostgreSQL both understand, beside nothing else."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Delete, Select, and_, delete, insert, or_, select, union, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from ecm_tui.core.clinic import CLINIC
from ecm_tui.service.store.protocol import Answer, Append, Batch, StaleError, token_hash
from ecm_tui.service.store.rows import (
    answer_from,
    answer_row,
    body_rows,
    entry_row,
    micros,
    summary_row,
    without_words,
)
from ecm_tui.service.store.tables import answers, bodies, credentials, entries, erasures, heads, links, summaries


async def write(connection: AsyncConnection, batch: Batch) -> None:
    """Every row of `batch`, inside the transaction of `connection`. Raises `StaleError`."""
    for append in batch.appends:
        await _append(connection, append)
    if batch.answers:
        await _insert_answers(connection, batch.answers)
    if batch.spent:
        spent = credentials.c.token_hash.in_([token_hash(secret) for secret in batch.spent])
        await connection.execute(delete(credentials).where(spent))


async def _append(connection: AsyncConnection, append: Append) -> None:
    await _move_head(connection, append)
    await connection.execute(insert(entries), [entry_row(entry) for entry in append.entries])
    if found := list(body_rows(append)):
        await connection.execute(insert(bodies), found)
    if append.links:
        rows = [
            {"token_hash": hashed, "appointment": link.appointment, "person": link.person, "link": link.link}
            for hashed, link in append.links.items()
        ]
        await connection.execute(insert(links), rows)
    if append.erase:
        await _erase(connection, append.stream)
    if append.summary:
        row = summary_row(append.summary)
        if append.expected == 0:
            await connection.execute(insert(summaries), row)
        else:
            await put_summary(connection, row)


async def _erase(connection: AsyncConnection, stream: str) -> None:
    """What people wrote, answers that may quote it, and every way in; and a note that the disk is to follow."""
    await connection.execute(delete(bodies).where(bodies.c.stream == stream))
    await connection.execute(delete(answers).where(answers.c.stream == stream))
    await _scrub_answers(connection, stream)
    await connection.execute(delete(links).where(links.c.appointment == stream))
    await connection.execute(delete(credentials).where(credentials.c.appointment == stream))
    await connection.execute(insert(erasures).values(appointment=stream))


async def _scrub_answers(connection: AsyncConnection, stream: str) -> None:
    """Answers to what made the appointment name it inside only. They keep its ids, so that a repeat makes no second
    one, and lose every word."""
    of_it = answers.c.answer.contains(f'"stream": "{stream}"', autoescape=True)
    for row in (await connection.execute(select(answers).where(answers.c.stream == "", of_it))).all():
        scrubbed = answer_row(without_words(answer_from(row)))
        own = and_(answers.c.actor == row.actor, answers.c.command_id == row.command_id)
        await connection.execute(update(answers).where(own).values(answer=scrubbed["answer"]))


async def _move_head(connection: AsyncConnection, append: Append) -> None:
    """The head moves from exactly where the decision saw it, whichever process or node decides."""
    newest = append.entries[-1]
    values = {"seq": newest.seq, "hash": newest.hash}
    if append.expected == 0:
        try:
            await connection.execute(insert(heads).values(stream=append.stream, **values))
        except IntegrityError as error:
            raise StaleError(append.stream) from error
        return
    as_seen = and_(heads.c.stream == append.stream, heads.c.seq == append.expected)
    moved = await connection.execute(update(heads).where(as_seen).values(values))
    if moved.rowcount != 1:
        raise StaleError(append.stream)


async def _insert_answers(connection: AsyncConnection, found: Sequence[Answer]) -> None:
    try:
        await connection.execute(insert(answers), [answer_row(answer) for answer in found])
    except IntegrityError as error:
        raise StaleError("a command was answered meanwhile") from error


async def put_summary(connection: AsyncConnection, row: dict[str, Any]) -> None:
    """The row of one appointment, in place of an older one."""
    changed = await connection.execute(
        update(summaries).where(summaries.c.appointment == row["appointment"]).values(row)
    )
    if changed.rowcount == 0:
        await connection.execute(insert(summaries), row)


def head(stream: str) -> Select[Any]:
    return select(heads.c.seq, heads.c.hash).where(heads.c.stream == stream)


def all_heads() -> Select[Any]:
    """Each stream that has entries or a head, with its head where there is one."""
    names = union(select(heads.c.stream), select(entries.c.stream)).subquery()
    joined = names.outerjoin(heads, heads.c.stream == names.c.stream)
    return select(names.c.stream, heads.c.seq, heads.c.hash).select_from(joined).order_by(names.c.stream)


def entries_after(stream: str, after: int, limit: int) -> Select[Any]:
    found = and_(entries.c.stream == stream, entries.c.seq > after)
    return select(entries).where(found).order_by(entries.c.seq).limit(limit)


def bodies_between(stream: str, after: int, last: int) -> Select[Any]:
    found = and_(bodies.c.stream == stream, bodies.c.seq > after, bodies.c.seq <= last)
    return select(bodies.c.id, bodies.c.salt, bodies.c.content).where(found)


def answer(actor: str, command_id: str) -> Select[Any]:
    return select(answers).where(answers.c.actor == actor, answers.c.command_id == command_id)


def answers_to(asked: Collection[tuple[str, str]]) -> Select[Any]:
    return select(answers).where(
        or_(*(and_(answers.c.actor == actor, answers.c.command_id == command) for actor, command in asked))
    )


def old_answers(before: datetime) -> Delete:
    return delete(answers).where(answers.c.at < micros(before))


def rows_between(first: datetime, last: datetime, limit: int) -> Select[Any]:
    within = and_(summaries.c.at >= micros(first), summaries.c.at < micros(last))
    return select(summaries.c.row).where(within).order_by(summaries.c.at, summaries.c.appointment).limit(limit)


def rows_with(words: Sequence[str], limit: int) -> Select[Any]:
    found = and_(*(summaries.c.search.contains(word, autoescape=True) for word in words))
    return select(summaries.c.row).where(found).order_by(summaries.c.at.desc(), summaries.c.appointment).limit(limit)


def kept(before: datetime, limit: int) -> Select[Any]:
    found = and_(summaries.c.erased.is_(False), summaries.c.at < micros(before))
    return select(summaries.c.appointment).where(found).order_by(summaries.c.at).limit(limit)


def lacking_rows() -> Select[Any]:
    joined = heads.outerjoin(summaries, heads.c.stream == summaries.c.appointment)
    lacking = or_(summaries.c.seq.is_(None), summaries.c.seq != heads.c.seq)
    return select(heads.c.stream).select_from(joined).where(heads.c.stream != CLINIC, lacking)


def link(token: str) -> Select[Any]:
    return select(links).where(links.c.token_hash == token_hash(token))


def credential(secret: str, now: datetime) -> Select[Any]:
    alive = or_(credentials.c.expires.is_(None), credentials.c.expires > micros(now))
    return select(credentials).where(credentials.c.token_hash == token_hash(secret), alive)


def expired_credentials(now: datetime) -> Delete:
    return delete(credentials).where(credentials.c.expires <= micros(now))
