"""The append-only log: who did what when, chained by hashes, with everything that people wrote kept apart and salted.

The log says *that*, bodies say *what*. A stored event names a body by id and by SHA-256(salt ‖ content); erasing salt
and content together leaves a stream that still verifies.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from ecm_tui.core.foreign import Foreign, foreign_fields

if TYPE_CHECKING:
    from ecm_tui.core.clinic import ClinicEvent
    from ecm_tui.core.events import Event

ERASED = "[erased]"
"""What stands where retention has erased what somebody wrote."""

GENESIS = hashlib.sha256(b"ecm stream").hexdigest()
"""The hash before the first event of every stream."""

Role = Literal["organiser", "clerk", "observer", "participant", "service"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts: an account, a participant, or the service itself."""

    role: Role
    id: str
    """Account id, person id, or `service`."""
    name: Annotated[str, Foreign(80)] = ""
    """For people to read; not part of the log, looked up when the event is shown."""


SERVICE = Actor(role="service", id="service", name="the service")


@dataclass(frozen=True, slots=True)
class Hidden:
    """In the place of an event that the viewer has no right to see, so that no number is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One event of a stream, as it happened or as a viewer may see it."""

    seq: int
    """1 for the first event of a stream, without gaps."""
    at: datetime
    """The service's clock, UTC; the order is that of `seq`, never of clocks."""
    actor: Actor
    event: Event | ClinicEvent | Hidden


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """Something people wrote: content and salt, erased together by retention."""

    id: str
    salt: bytes
    """16 random bytes."""
    content: str

    @property
    def digest(self) -> str:
        """SHA-256 of salt and content, in hexadecimal."""
        return hashlib.sha256(self.salt + self.content.encode()).hexdigest()


def seal(
    event_class: type, data: Mapping[str, Any], new_body: Callable[[str], Body]
) -> tuple[dict[str, Any], list[Body]]:
    """The event's JSON with each text that people wrote replaced by its body's id and digest; and the bodies."""
    sealed = dict(data)
    bodies = []
    for name in foreign_fields(event_class):
        if not sealed.get(name):
            continue
        body = new_body(sealed[name])
        bodies.append(body)
        sealed[name] = {"body": body.id, "sha256": body.digest}
    return sealed, bodies


def unseal(sealed: Mapping[str, Any], content: Mapping[str, str]) -> dict[str, Any]:
    """The readable JSON again; a body that is not in `content` any more reads `ERASED`."""
    return {
        name: content.get(value["body"], ERASED) if isinstance(value, Mapping) and "body" in value else value
        for name, value in sealed.items()
    }


def body_ids(sealed: Mapping[str, Any]) -> list[str]:
    """The ids of the bodies that a sealed event names."""
    return [value["body"] for value in sealed.values() if isinstance(value, Mapping) and "body" in value]


def timestamp(at: datetime) -> str:
    """ISO 8601 in UTC with `Z`, microseconds when there are any."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of a stream as it is stored: what the hash covers, and the hash."""

    stream: str
    seq: int
    at: str
    role: str
    actor: str
    data: str
    """Canonical JSON of the sealed event, its type included."""
    hash: str = ""

    def hashed(self, previous: str) -> str:
        """SHA-256 over the previous hash and every field of this row, in hexadecimal."""
        covered = [previous, self.stream, self.seq, self.at, self.role, self.actor, self.data]
        return hashlib.sha256(canonical(covered).encode()).hexdigest()


def canonical(value: object) -> str:
    """One spelling of JSON: sorted keys, no spaces, ASCII only."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def first_bad(entries: Iterable[Entry]) -> int | None:
    """The sequence number of the first entry that does not follow from the ones before it; None when all do."""
    previous, expected = GENESIS, 1
    for entry in entries:
        if entry.seq != expected or entry.hash != entry.hashed(previous):
            return expected
        previous, expected = entry.hash, expected + 1
    return None
