"""Events to entries and bodies, and back: what the log keeps, and what people can read of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from ecm_tui.core.clinic import ClinicEvent
from ecm_tui.core.events import Event
from ecm_tui.core.log import Actor, Body, Entry, Recorded, canonical, seal, timestamp, unseal
from ecm_tui.core.wire import decode_event, encode
from ecm_tui.errors import DamagedError
from ecm_tui.service.store.protocol import Head, Page

Names = Callable[[str, str], str]
"""Role and id of an actor -> name, empty when nobody knows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One event as it will be stored, and as everyone will read it."""

    entry: Entry
    bodies: list[Body]
    event: Event | ClinicEvent
    size: int
    """Bytes of the event's JSON, about."""


def written(
    head: Head, at: datetime, actor: Actor, event: Event | ClinicEvent, new_body: Callable[[str], Body]
) -> Written:
    """`event` as the entry after `head`. Raises `WireError` for one that could not be read back."""
    event = decode_event(encode(event))
    data = encode(event)
    sealed, bodies = seal(type(event), data, new_body)
    unchained = Entry(
        stream=head.stream,
        seq=head.seq + 1,
        at=timestamp(at),
        role=actor.role,
        actor=actor.id,
        data=canonical(sealed),
    )
    entry = replace(unchained, hash=unchained.hashed(head.hash))
    size = len(entry.data) + sum(len(body.content.encode()) for body in bodies)
    return Written(entry=entry, bodies=bodies, event=event, size=size)


def records(path: str, stream: str, after: int, page: Page, names: Names) -> list[Recorded]:
    """The readable records of `page`, which follows `after`. Raises `DamagedError` naming the stream."""
    contents = {body.id: body.content for body in page.bodies.values()}
    found = []
    for expected, entry in enumerate(page.entries, start=after + 1):
        try:
            if entry.seq != expected:
                raise ValueError("an entry is missing")
            event = decode_event(unseal(json.loads(entry.data), contents))
            actor = Actor(role=entry.role, id=entry.actor, name=names(entry.role, entry.actor))  # type: ignore[arg-type]  # written by us from a Role
            found.append(Recorded(seq=entry.seq, at=datetime.fromisoformat(entry.at), actor=actor, event=event))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise DamagedError(path, f"the stream {stream} cannot be read from number {expected} on") from error
    return found
