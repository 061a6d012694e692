"""`remove`: from the acknowledgement of a removal to the last media packet, in either direction.

The one who is removed goes on sending and receiving on an open connection, as a page would that does not obey: that
nothing passes any more is the bridge's doing alone. A figure below zero means that the last packet came before the
acknowledgement did.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from ecm_tui.core import commands as c
from tests.benchmarks.content import content
from tests.benchmarks.figures import Goal, Result
from tests.benchmarks.guest import Guest
from tests.benchmarks.house import House, house
from tests.benchmarks.load import Load
from tests.benchmarks.options import Options
from tests.until import NotInTimeError, until

SILENCE = 0.5
"""Seconds without a packet after which the last one was the last."""
LONGEST = 5.0
"""Seconds after which packets that still come are not waited for any more; the figure is then about so long."""

GOALS = {
    "to_the_removed_ms": Goal(most=250, of="p99"),
    "from_the_removed_ms": Goal(most=250, of="p99"),
}


async def measure(options: Options) -> Result:
    runs = options.runs or 30
    result = Result("remove", runs, goals=GOALS)
    encoded = await asyncio.to_thread(content, 2.0)
    async with house() as here, Load(encoded) as load, AsyncExitStack() as stack:
        load.start()
        appointment = await here.appointment()
        await here.organiser.send(appointment, c.StartCall())
        watchers = []
        for number in range((options.people or 3) - 1):
            person = await here.invite(appointment, f"Guest {number}")
            watchers.append(await stack.enter_async_context(admitted(here, load, appointment, person)))
        victim = await here.patient(appointment)
        for _ in range(runs):
            await removal(result, here, load, appointment, victim, watchers)
    return result


@asynccontextmanager
async def admitted(here: House, load: Load, appointment: str, person: str) -> AsyncIterator[Guest]:
    """A guest who is in the call, with media connected."""
    async with Guest(await here.link(appointment, person), load) as guest:
        await here.organiser.send(appointment, c.Admit(person_id=person))
        await guest.reaches("admitted")
        await until(lambda: guest.media is not None and guest.media.connected, 20, what="media of the admitted")
        yield guest


async def removal(
    result: Result, here: House, load: Load, appointment: str, victim: str, watchers: list[Guest]
) -> None:
    """Let one in, wait until packets go both ways, remove, and wait for silence."""
    async with admitted(here, load, appointment, victim) as guest:
        media = guest.media
        assert media is not None

        def both_ways() -> bool:
            seen = [stream for watcher in watchers for stream in watcher.streams_with(victim)]
            fresh = [stream for stream in seen if time.monotonic() - stream.last < 0.1]
            got = [stream for stream in media.streams.values() if time.monotonic() - stream.last < 0.1]
            return len(fresh) >= 2 * len(watchers) and len(got) >= 2 * len(watchers)

        await until(both_ways, 20, what="packets in both directions")
        streams = [stream for watcher in watchers for stream in watcher.streams_with(victim)]
        await here.organiser.send(appointment, c.Remove(person_id=victim))
        acknowledged = time.monotonic()

        def silent() -> bool:
            last = max(stream.last for stream in (*streams, *media.streams.values()))
            return time.monotonic() - max(last, acknowledged) > SILENCE

        with contextlib.suppress(NotInTimeError):
            await until(silent, LONGEST)
        to = max(stream.last for stream in media.streams.values())
        of = max(stream.last for stream in streams)
        result.add("to_the_removed_ms", 1000 * (to - acknowledged))
        result.add("from_the_removed_ms", 1000 * (of - acknowledged))
        await until(lambda: guest.over, 10, what="the page is told")
