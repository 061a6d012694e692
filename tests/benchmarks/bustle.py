"""Two hundred events a second in one appointment, made as people make them and not all by one hand.

A page may report each kind of thing once a second: people in the call report their devices and raise and lower their
hands, those who wait their devices. Organisers, who have no such bound, do the rest.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections.abc import Awaitable, Callable, Sequence

from ecm_tui.client.service import ServiceClient
from ecm_tui.core import commands as c
from ecm_tui.core.commands import Command
from ecm_tui.errors import UnreachableError
from tests.benchmarks.guest import Guest

EVENTS_PER_SECOND = 200


async def bustle(
    organiser: ServiceClient, appointment: str, inside: Sequence[Guest], waiting: Sequence[Guest] = ()
) -> None:
    """Until it is cancelled. Whoever cannot keep up falls behind: what really came is for the caller to count."""
    by_pages = 2 * len(inside) + len(waiting)
    acts = _acts([guest.id for guest in inside])
    share = max(0, EVENTS_PER_SECOND - by_pages) / len(acts)

    async def report(round_: int, guest: Guest, hand: bool) -> None:
        await guest.send(type="devices", camera="on", microphone="off" if round_ % 2 else "on")
        if hand:
            await guest.send(type="hand", up=round_ % 2 == 0)

    async def act(round_: int, command: Callable[[bool], Command]) -> None:
        with contextlib.suppress(UnreachableError):  # a service that is this far behind is seen in the rate
            await organiser.send(appointment, command(round_ % 2 == 0))

    async with asyncio.TaskGroup() as group:
        for number, guest in enumerate((*inside, *waiting)):
            hand, late = number < len(inside), number / max(1, len(inside) + len(waiting))
            group.create_task(_paced(lambda n, guest=guest, hand=hand: report(n, guest, hand), 1.0, late))
        for number, command in enumerate(acts) if share else ():
            late = number / len(acts) / share
            group.create_task(_paced(lambda n, command=command: act(n, command), share, late))


def _acts(people: Sequence[str]) -> Sequence[Callable[[bool], Command]]:
    """What organisers switch to and fro, each independent of the others."""
    pinned = people[0] if people else ""
    return (
        lambda on: c.SetSwitches(microphone=on),
        lambda on: c.SetSwitches(camera=on),
        lambda on: c.ChooseView(layout="tiles" if on else "speaker"),
        lambda on: c.ChooseView(pinned=pinned if on else ""),
    )


async def _paced(work: Callable[[int], Awaitable[None]], per_second: float, late: float) -> None:
    """Do it so often; who is behind goes on at once, and catches up."""
    began = time.perf_counter() + late
    for number in itertools.count():
        await asyncio.sleep(max(0.0, began + number / per_second - time.perf_counter()))
        await work(number)
