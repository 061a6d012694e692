"""A clinic with a database of its own, a clock that stands at 09:20 on a Tuesday, and ids that count."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ecm_tui.core import commands as c
from ecm_tui.core.appointment import Appointment
from ecm_tui.core.clinic import AddAccount
from ecm_tui.core.context import Rules
from ecm_tui.core.log import SERVICE, Actor
from ecm_tui.errors import EcmError
from ecm_tui.service.streams import Streams

TUESDAY = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
LEE = Actor(role="organiser", id="o-lee", name="Dr Lee")
ANN = c.Guest(name="Ann", email="ann@example.org")


@dataclass
class Clock:
    """Stands still until moved."""

    now: datetime = TUESDAY - timedelta(minutes=10)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Ids:
    """1, 2, 3 and so on, after a word that tells one opening of a database from the next."""

    word: str = ""
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def __call__(self) -> str:
        return f"{self.word}{next(self._numbers)}"


def token(appointment: str, person: str, link: int) -> str:
    """A link's token that a test can read."""
    return f"{appointment}/{person}/{link}"


@asynccontextmanager
async def clinic(
    path: Path, places: int = 50, word: str = "", clock: Clock | None = None, keep_days: int = 0
) -> AsyncIterator[Streams]:
    """The streams in the database at `path`, with Dr Lee's account."""
    rules = Rules(places=places, keep_days=keep_days)
    async with Streams.open(path, clock=clock or Clock(), new_id=Ids(word), rules=rules, link_token=token) as streams:
        await streams.execute("clinic", AddAccount(account_id=LEE.id, name=LEE.name), SERVICE)
        yield streams


def person(person_id: str) -> Actor:
    """The actor of a participant's page."""
    return Actor(role="participant", id=person_id)


async def scheduled(
    streams: Streams, *guests: str, patient: str = "Ann", patient_id: str = "", at: datetime = TUESDAY
) -> tuple[str, list[str]]:
    """A new appointment: its id and those of its people, the patient first."""
    others = tuple(c.Guest(name=name, mobile="+441234567890") for name in guests)
    command = c.Schedule(
        at=at, patient=c.Guest(name=patient, email="ann@example.org"), patient_id=patient_id, guests=others
    )
    done = await streams.execute("", command, LEE)
    return done.result["appointment_id"], done.result["person_ids"]


async def known(streams: Streams, stream: str) -> Appointment:
    """The appointment, which is there."""
    found = await streams.appointment(stream)
    assert found is not None
    return found


async def waiting(streams: Streams, *guests: str) -> tuple[str, list[str]]:
    """A running call in which everyone waits and nobody is admitted."""
    appointment, people = await scheduled(streams, *guests)
    await streams.execute(appointment, c.StartCall(), LEE)
    for each in people:
        await streams.execute(appointment, c.Enter(visit=f"v-{each}"), person(each))
    return appointment, people


async def code(streams: Streams, stream: str, command: object, actor: Actor = LEE, command_id: str = "") -> str:
    """The code with which the command fails, empty when it does not."""
    try:
        await streams.execute(stream, command, actor, command_id)  # type: ignore[arg-type]  # tests ask anything
    except EcmError as error:
        return error.code
    return ""
