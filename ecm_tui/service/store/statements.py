"""The statements, portable: what SQLite and PostgreSQL both understand, beside nothing else.

Those that every command and every page needs are made once: to build one takes longer than to carry it out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Delete,
    Select,
    and_,
    bindparam,
    delete,
    insert,
    or_,
    select,
    tuple_,
    union,
    update,
)
from sqlalchemy.exc import IntegrityError

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

MOVE_HEAD = update(heads).where(heads.c.stream == bindparam("the_stream"), heads.c.seq == bindparam("seen"))
"""Takes the new `seq` and `hash` too."""

PUT_SUMMARY = update(summaries).where(summaries.c.appointment == bindparam("the_appointment"))
"""Takes the whole new row too."""

HEAD = select(heads.c.seq, heads.c.hash).where(heads.c.stream == bindparam("stream"))

ENTRIES_AFTER = (
    select(entries)
    .where(entries.c.stream == bindparam("stream"), entries.c.seq > bindparam("after"))
    .order_by(entries.c.seq)
    .limit(bindparam("most"))
)

BODIES_BETWEEN = select(bodies.c.id, bodies.c.salt, bodies.c.content).where(
    bodies.c.stream == bindparam("stream"), bodies.c.seq > bindparam("after"), bodies.c.seq <= bindparam("last")
)

ANSWERS_TO = select(answers).where(
    tuple_(answers.c.actor, answers.c.command_id).in_(bindparam("asked", expanding=True))
)
"""`asked` are actors, each with an id of theirs."""

LINK = select(links).where(links.c.token_hash == bindparam("token_hash"))

CREDENTIAL = select(credentials).where(
    credentials.c.token_hash == bindparam("token_hash"),
    or_(credentials.c.expires.is_(None), credentials.c.expires > bindparam("now")),
)


def write(connection: Connection, batch: Batch) -> None:
    """Every row of `batch`, inside the transaction of `connection`. Raises `StaleError`."""
    for append in batch.appends:
        _append(connection, append)
    if batch.answers:
        _insert_answers(connection, batch.answers)
    if batch.spent:
        spent = credentials.c.token_hash.in_([token_hash(secret) for secret in batch.spent])
        connection.execute(delete(credentials).where(spent))


def _append(connection: Connection, append: Append) -> None:
    _move_head(connection, append)
    connection.execute(insert(entries), [entry_row(entry) for entry in append.entries])
    if found := list(body_rows(append)):
        connection.execute(insert(bodies), found)
    if append.links:
        rows = [
            {"token_hash": hashed, "appointment": link.appointment, "person": link.person, "link": link.link}
            for hashed, link in append.links.items()
        ]
        connection.execute(insert(links), rows)
    if append.erase:
        _erase(connection, append.stream)
    if append.summary:
        row = summary_row(append.summary)
        if append.expected == 0:
            connection.execute(insert(summaries), row)
        else:
            put_summary(connection, row)


def _erase(connection: Connection, stream: str) -> None:
    """What people wrote, answers that may quote it, and every way in; and a note that the disk is to follow."""
    connection.execute(delete(bodies).where(bodies.c.stream == stream))
    connection.execute(delete(answers).where(answers.c.stream == stream))
    _scrub_answers(connection, stream)
    connection.execute(delete(links).where(links.c.appointment == stream))
    connection.execute(delete(credentials).where(credentials.c.appointment == stream))
    connection.execute(insert(erasures).values(appointment=stream))


def _scrub_answers(connection: Connection, stream: str) -> None:
    """Answers to what made the appointment name it inside only. They keep its ids, so that a repeat makes no second
    one, and lose every word."""
    of_it = answers.c.answer.contains(f'"stream": "{stream}"', autoescape=True)
    for row in connection.execute(select(answers).where(answers.c.stream == "", of_it)).all():
        scrubbed = answer_row(without_words(answer_from(row)))
        own = and_(answers.c.actor == row.actor, answers.c.command_id == row.command_id)
        connection.execute(update(answers).where(own).values(answer=scrubbed["answer"]))


def _move_head(connection: Connection, append: Append) -> None:
    """The head moves from exactly where the decision saw it, whichever process or node decides."""
    newest = append.entries[-1]
    values = {"seq": newest.seq, "hash": newest.hash}
    if append.expected == 0:
        try:
            connection.execute(insert(heads).values(stream=append.stream, **values))
        except IntegrityError as error:
            raise StaleError(append.stream) from error
        return
    moved = connection.execute(MOVE_HEAD, {"the_stream": append.stream, "seen": append.expected, **values})
    if moved.rowcount != 1:
        raise StaleError(append.stream)


def _insert_answers(connection: Connection, found: Sequence[Answer]) -> None:
    try:
        connection.execute(insert(answers), [answer_row(answer) for answer in found])
    except IntegrityError as error:
        raise StaleError("a command was answered meanwhile") from error


def put_summary(connection: Connection, row: dict[str, Any]) -> None:
    """The row of one appointment, in place of an older one."""
    changed = connection.execute(PUT_SUMMARY, {"the_appointment": row["appointment"], **row})
    if changed.rowcount == 0:
        connection.execute(insert(summaries), row)


def all_heads() -> Select[Any]:
    """Each stream that has entries or a head, with its head where there is one."""
    names = union(select(heads.c.stream), select(entries.c.stream)).subquery()
    joined = names.outerjoin(heads, heads.c.stream == names.c.stream)
    return select(names.c.stream, heads.c.seq, heads.c.hash).select_from(joined).order_by(names.c.stream)


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


def expired_credentials(now: datetime) -> Delete:
    return delete(credentials).where(credentials.c.expires <= micros(now))
