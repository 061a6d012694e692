"""`service`: how long an organiser waits for the service itself.

From a command to its acknowledgement, which means that it is on the disk; from fifty links opened at once until every
organiser has all fifty in the waiting room, in the session and on the Schedule; from a new line to the last of the ten
thousand events of a long session.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from ecm_tui.client.items import CaughtUp
from ecm_tui.client.service import ServiceClient
from ecm_tui.core import commands as c
from ecm_tui.core.appointment import Appointment, evolve
from ecm_tui.core.log import Recorded
from ecm_tui.core.people import waiting
from tests.benchmarks.figures import Goal, Result
from tests.benchmarks.guest import Guest
from tests.benchmarks.house import House, house
from tests.benchmarks.options import Options
from tests.until import until

COMMANDS = 100
"""Commands that are timed in each run, one after the other."""
JOINERS = 50
EVENTS_A_JOINER = 200
"""The long session has so many events for each joiner: ten thousand for fifty."""
AT_ONCE = 100
"""Commands that are under way together while the long session is made; that is not timed."""
ORGANISERS = 3
"""Lines of organisers who look on while people join."""

GOALS = {
    "acknowledged_ms": Goal(most=50, of="p99"),
    "joiners_listed_s": Goal(most=2, of="p95"),
    "resumed_s": Goal(most=1, of="p95"),
}


async def measure(options: Options) -> Result:
    runs, people = options.runs or 5, options.people or JOINERS
    result = Result("service", runs, goals=GOALS)
    async with house() as here:
        await acknowledged(result, here, runs * COMMANDS)
        for _ in range(runs):
            await joined(result, here, people)
        await resumed(result, here, runs, people * EVENTS_A_JOINER)
    return result


async def acknowledged(result: Result, here: House, commands: int) -> None:
    """What organisers do in a call, in turn: with and without bodies, on people and on themselves."""
    appointment = await here.appointment()
    await here.organiser.send(appointment, c.StartCall())
    kinds: tuple[Callable[[int], c.Command], ...] = (
        lambda n: c.Invite(guest=c.Guest(name=f"Guest {n}", email=f"guest{n}@example.org")),
        lambda n: c.Say(text=f"Line {n}"),
        lambda n: c.SetSwitches(microphone=n % 8 < 4),
        lambda n: c.ChooseView(layout="tiles" if n % 8 < 4 else "speaker"),
    )
    for number in range(commands):
        began = time.perf_counter()
        await here.organiser.send(appointment, kinds[number % len(kinds)](number))
        result.add("acknowledged_ms", 1000 * (time.perf_counter() - began))


async def joined(result: Result, here: House, people: int) -> None:
    """Open all links in the same moment."""
    appointment = await here.appointment(f"Patient of {people}")
    await here.organiser.send(appointment, c.StartCall())
    invited = [await here.invite(appointment, f"Guest {number:02d}") for number in range(people)]
    links = [await here.link(appointment, person) for person in invited]
    async with AsyncExitStack() as stack:
        lists = [await stack.enter_async_context(onlooker(here, appointment)) for _ in range(ORGANISERS)]
        began = time.perf_counter()
        opened = asyncio.gather(*(stack.enter_async_context(Guest(link)) for link in links))
        listed = (until(lambda look=look: look() >= people, 60, what="all are listed") for look in lists)
        await asyncio.gather(*listed)
        result.add("joiners_listed_s", time.perf_counter() - began)
        await opened


@asynccontextmanager
async def onlooker(here: House, appointment: str) -> AsyncIterator[Callable[[], int]]:
    """An organiser's line of its own; calling what it gives says how many wait, by whichever of its lists is behind."""
    seen = {"session": 0, "schedule": 0}
    async with ServiceClient(here.organiser.address) as line:

        async def session() -> None:
            state = Appointment(id=appointment)
            async for item in line.follow(appointment):
                if isinstance(item, Recorded):
                    state = evolve(state, item)
                    seen["session"] = len(waiting(state.people.values()))

        async def schedule() -> None:
            async for row in line.schedule():
                if not isinstance(row, CaughtUp) and row.id == appointment:
                    seen["schedule"] = len(row.waiting)

        readers = [asyncio.create_task(read()) for read in (session, schedule)]
        try:
            yield lambda: min(seen.values())
        finally:
            for reader in readers:
                reader.cancel()
            await asyncio.gather(*readers, return_exceptions=True)


async def resumed(result: Result, here: House, runs: int, events: int) -> None:
    """Read all of a session on a new line, as a console that was just opened does."""
    appointment = await here.appointment("Patient of a long day")
    await here.organiser.send(appointment, c.StartCall())
    turns = itertools.count()
    seq = 0
    while seq < events:
        batch = (here.organiser.send(appointment, c.SetSwitches(camera=next(turns) % 2 == 0)) for _ in range(AT_ONCE))
        seq = max(done.seq for done in await asyncio.gather(*batch))
    for _ in range(runs):
        began = time.perf_counter()
        async with ServiceClient(here.organiser.address) as line:
            count = 0
            async for item in line.follow(appointment):
                if isinstance(item, CaughtUp):
                    break
                count += isinstance(item, Recorded)
            result.add("resumed_s", time.perf_counter() - began)
        if count != seq:
            raise AssertionError(f"{count} of {seq} events came")
