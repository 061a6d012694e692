"""`chat`: ten thousand lines in the chat of one session: until it is open in the console, and turning its pages.

On a real terminal of 100 x 30, as `console` measures. The lines are written by the organiser before; that is not timed.
"""

from __future__ import annotations

import asyncio
import time

from ecm_tui.core import commands as c
from tests.benchmarks.console import keys, press
from tests.benchmarks.figures import Goal, Result
from tests.benchmarks.house import PATIENT, House, house
from tests.benchmarks.options import Options
from tests.benchmarks.process import memory_mb
from tests.benchmarks.screen import Screen, screen
from tests.end_to_end.clinic import ECM

LINES = 10_000
AT_ONCE = 100
"""Lines that are under way together while the chat is filled."""
PRESSES = 20
"""Pages turned in each run: half of them back, half forth."""

PEOPLE, CHAT, UP, PAGE_UP, PAGE_DOWN = "\x1bOR", "\x1bOS", "\x1b[A", "\x1b[5~", "\x1b[6~"

GOALS = {"opened_ms": Goal(most=300, of="p95"), "scroll_ms": Goal(most=50, of="p95")}


async def measure(options: Options) -> Result:
    runs, lines = options.runs or 10, options.size or LINES
    result = Result("chat", runs, goals=GOALS)
    async with house() as here:
        appointment = await here.appointment()
        await here.organiser.send(appointment, c.StartCall())
        await filled(here, appointment, lines)
        async with screen(ECM, here.clinic.env) as shown:
            await shown.shows(PATIENT)
            await shown.quiet(1.0)
            shown.press("\r")
            await shown.shows("In call (")
            for _ in range(runs):
                await shown.quiet(1.0)
                await opened(result, shown, line(lines - 1))
                await press(shown, UP)
                await keys(result, shown, PRESSES, page, "scroll_ms", "bytes_scroll")
                await press(shown, PEOPLE)
            result.add("memory_mb", memory_mb(shown.pid))
    return result


async def filled(here: House, appointment: str, lines: int) -> None:
    for first in range(0, lines, AT_ONCE):
        batch = range(first, min(first + AT_ONCE, lines))
        await asyncio.gather(*(here.organiser.send(appointment, c.Say(text=line(number))) for number in batch))


def line(number: int) -> str:
    """Some take one row of the screen and some three."""
    return f"Line {number:05d}." + " and what else was to be said of it" * (number % 5)


async def opened(result: Result, shown: Screen, last: str) -> None:
    """From the key to the newest line."""
    pressed = time.perf_counter()
    shown.press(CHAT)
    await shown.shows(last.partition(" and")[0])
    result.add("opened_ms", 1000 * (time.perf_counter() - pressed))


def page(number: int) -> str:
    return PAGE_UP if number % PRESSES < PRESSES // 2 else PAGE_DOWN
