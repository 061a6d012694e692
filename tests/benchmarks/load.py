"""The load generator: people who send and receive at the pace of a real call, in the process that measures.

The hub under test is always another process, so that our processor time is not its own. What we cost, how late we
were and what our own sockets lost is measured too: figures of a starved generator say nothing about a hub.
"""

from __future__ import annotations

import asyncio
import heapq
import os
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from tests.benchmarks.content import RATE, Content
from tests.benchmarks.person import Person
from tests.benchmarks.process import cpu_seconds, lost_datagrams

QUANTUM = 0.002
"""Seconds between two looks at what is due."""
SOUND_GAP = 0.02
STEPS = (7, 11, 13)
QUIET, LEVELS = 75, (22, 30, 38)
"""-dBov of those who listen, and of the three who talk."""


@dataclass(slots=True)
class Seen:
    """What happened in a stretch of time."""

    seconds: float = 0.0
    sent: int = 0
    received: int = 0
    expected: int = 0
    """Packets that the numbering of the streams says were sent to us."""
    gaps: int = 0
    strangers: int = 0
    frames: int = 0
    """Pictures that arrived to their end, on all slots together."""
    keyframes: int = 0
    nacked: int = 0
    pictures: int = 0
    """Picture slots on which something came."""
    sounds: int = 0
    cpu: float = 0.0
    """Processor seconds of this process."""
    lost: int = 0
    """Datagrams lost by our own sockets."""
    delays: list[float] = field(default_factory=list)
    """Milliseconds, of sampled frames."""
    lateness: list[float] = field(default_factory=list)
    """Milliseconds by which packets left later than planned, sampled."""


@dataclass(frozen=True, slots=True)
class _Mark:
    at: float
    cpu: float
    lost: int
    sent: int
    keyframes: int
    nacked: int
    strangers: int
    streams: dict[tuple[int, int], tuple[int, int, int]]


class Load:
    """A set of people of one call, and the clock that makes them send. `async with`."""

    def __init__(self, content: Content, turn: float = 2.0) -> None:
        """`turn` is the number of seconds for which the same three talk."""
        self.people: list[Person] = []
        self.content = content
        self.turn = turn
        self._due: list[tuple[float, int, float, Callable[[], None]]] = []
        self._order = 0
        self._lateness: list[float] = []
        self._timer: asyncio.TimerHandle | None = None
        self._turns = -1

    async def __aenter__(self) -> Load:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()

    def person(self, name: str, sounds: int, pictures: int, sends: bool = True) -> Person:
        """One more; they send once they are connected and the load has started."""
        one = Person(name, self.content, sounds, pictures, sends)
        one.level = QUIET
        self.people.append(one)
        if self._timer is not None:
            self._plan(one)
        return one

    async def drop(self, one: Person) -> None:
        """Let one go."""
        self.people.remove(one)
        self._due = [entry for entry in self._due if getattr(entry[3], "__self__", None) is not one]
        heapq.heapify(self._due)
        await one.close()

    def start(self) -> None:
        """Begin to send; each person at a phase of their own."""
        for one in self.people:
            self._plan(one)
        self._at(time.monotonic(), 0.1, self._talk)
        self._timer = asyncio.get_running_loop().call_soon(self._tick)  # type: ignore[assignment]

    def _plan(self, one: Person) -> None:
        now = time.monotonic()
        self._at(now + random.uniform(0, SOUND_GAP), SOUND_GAP, one.send_sound)
        self._at(now + random.uniform(0, 1 / RATE), 1 / RATE, one.send_frame)
        self._at(now + random.uniform(0, 1), 1.0, one.send_reports)

    def _at(self, when: float, every: float, act: Callable[[], None]) -> None:
        self._order += 1
        heapq.heappush(self._due, (when, self._order, every, act))

    def _tick(self) -> None:
        due, now = self._due, time.monotonic()
        if due and due[0][0] <= now:
            self._lateness.append(1000 * (now - due[0][0]))
        while due and due[0][0] <= now:
            when, order, every, act = due[0]
            act()
            heapq.heapreplace(due, (when + every, order, every, act))
        loop = asyncio.get_running_loop()
        wait = max(QUANTUM, due[0][0] - time.monotonic()) if due else QUANTUM
        self._timer = loop.call_later(wait, self._tick)

    def _talk(self) -> None:
        """Every `turn` seconds somebody new talks, and who talked longest falls silent."""
        turns = int(time.monotonic() / self.turn)
        if turns == self._turns:
            return
        self._turns = turns
        talking = (
            {(turns + place) % len(self.people): level for place, level in enumerate(LEVELS)} if self.people else {}
        )
        for index, one in enumerate(self.people):
            one.level = talking.get(index, QUIET)

    def mark(self) -> _Mark:
        """The state of all counters now; give it to `since` later."""
        self._lateness.clear()
        for one in self.people:
            one.delays.clear()
        streams = {
            (id(one), ssrc): (stream.count, stream.expected, stream.frames)
            for one in self.people
            for ssrc, stream in one.streams.items()
        }
        return _Mark(
            time.monotonic(), cpu_seconds(os.getpid()), lost_datagrams(os.getpid()), self._sum("sent"),
            self._sum("keyframes"), self._sum("nacked"), self._sum("strangers"), streams,
        )  # fmt: skip

    def since(self, mark: _Mark) -> Seen:
        """What happened since the mark."""
        seen = Seen(
            seconds=time.monotonic() - mark.at,
            cpu=cpu_seconds(os.getpid()) - mark.cpu,
            lost=lost_datagrams(os.getpid()) - mark.lost,
            sent=self._sum("sent") - mark.sent,
            keyframes=self._sum("keyframes") - mark.keyframes,
            nacked=self._sum("nacked") - mark.nacked,
            strangers=self._sum("strangers") - mark.strangers,
            delays=[delay for one in self.people for delay in one.delays],
            lateness=list(self._lateness),
        )
        for one in self.people:
            for ssrc, stream in one.streams.items():
                count, expected, frames = mark.streams.get((id(one), ssrc), (0, 0, 0))
                seen.received += stream.count - count
                seen.expected += stream.expected - expected
                seen.frames += stream.frames - frames
                if stream.count > count:
                    seen.pictures += stream.kind == "video"
                    seen.sounds += stream.kind == "audio"
        seen.gaps = max(0, seen.expected - seen.received)
        return seen

    def _sum(self, name: str) -> int:
        return sum(getattr(one, name) for one in self.people)

    async def close(self) -> None:
        """Stop sending and let go of all connections; may be called again."""
        if self._timer is not None:
            self._timer.cancel()
        self._due.clear()
        people, self.people = self.people, []
        await asyncio.gather(*(one.close() for one in people))


def names(count: int) -> Iterable[str]:
    """Ids of so many people."""
    return (f"p{number}" for number in range(count))
