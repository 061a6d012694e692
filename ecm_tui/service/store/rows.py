"""Rows to frozen values and back, at the border of the database."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row

from ecm_tui.core.log import Entry
from ecm_tui.core.schedule import Summary
from ecm_tui.core.text import search_key
from ecm_tui.core.wire import decode_summary, encode
from ecm_tui.service.store.protocol import Answer, Append, Credential

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(at: datetime) -> int:
    """Microseconds since 1970, UTC."""
    return (at - _EPOCH) // _MICROSECOND


def moment(stored: int) -> datetime:
    """The time of `micros` again."""
    return _EPOCH + stored * _MICROSECOND


def entry_row(entry: Entry) -> dict[str, Any]:
    return {
        "stream": entry.stream,
        "seq": entry.seq,
        "at": entry.at,
        "role": entry.role,
        "actor": entry.actor,
        "data": entry.data,
        "hash": entry.hash,
    }


def entry_from(row: Row[Any]) -> Entry:
    return Entry(
        stream=row.stream, seq=row.seq, at=row.at, role=row.role, actor=row.actor, data=row.data, hash=row.hash
    )


def body_rows(append: Append) -> Iterable[dict[str, Any]]:
    for seq, found in append.bodies.items():
        for body in found:
            content = {"id": body.id, "salt": body.salt, "content": body.content}
            yield {**content, "stream": append.stream, "seq": seq}


def answer_row(answer: Answer) -> dict[str, Any]:
    return {
        "actor": answer.actor,
        "command_id": answer.command_id,
        "stream": answer.stream,
        "command": answer.command,
        "at": micros(answer.at),
        "answer": json.dumps(answer.answer),
    }


def answer_from(row: Row[Any]) -> Answer:
    return Answer(
        actor=row.actor,
        command_id=row.command_id,
        stream=row.stream,
        command=row.command,
        at=moment(row.at),
        answer=json.loads(row.answer),
    )


IDS = ("appointment_id", "person_ids", "became")
"""What of the result of a command that made an appointment is nobody's words."""


def without_words(answer: Answer) -> Answer:
    """The same answer when what people wrote was erased."""
    done = answer.answer["done"]
    result = {name: value for name, value in done["result"].items() if name in IDS}
    return replace(answer, answer={"done": {**done, "result": result}})


def credential_row(credential: Credential) -> dict[str, Any]:
    return {
        "visit": credential.visit,
        "kind": credential.kind,
        "appointment": credential.appointment,
        "holder": credential.holder,
        "created": micros(credential.created),
        "expires": None if credential.expires is None else micros(credential.expires),
        "link": credential.link,
    }


def credential_from(row: Row[Any]) -> Credential:
    return Credential(
        visit=row.visit,
        kind=row.kind,
        appointment=row.appointment,
        holder=row.holder,
        created=moment(row.created),
        expires=None if row.expires is None else moment(row.expires),
        link=row.link,
    )


def summary_row(summary: Summary) -> dict[str, Any]:
    return {
        "appointment": summary.id,
        "seq": summary.seq,
        "at": micros(summary.at),
        "search": "" if summary.erased else f"{search_key(summary.patient)}\n{search_key(summary.patient_id)}",
        "row": json.dumps(encode(summary)),
        "erased": summary.erased,
    }


def summary_from(row: str) -> Summary:
    return decode_summary(json.loads(row))
