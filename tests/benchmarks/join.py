"""`join`: real browsers come into a call one after another, each until picture and sound go both ways."""

from __future__ import annotations

import time

from playwright.async_api import Browser

from ecm_tui.core import commands as c
from tests.benchmarks.figures import Goal, Result
from tests.benchmarks.house import House, house
from tests.benchmarks.options import Options
from tests.chromium import chromium, desktop_context
from tests.end_to_end.page import REMEMBER_PEERS, Patient, patient
from tests.until import NotInTimeError, until

JOINS = 50
IN_TIME = 15.0
"""Seconds after which media that did not come both ways will not come."""

GOALS = {"joined": Goal(least=1.0)}


async def measure(options: Options) -> Result:
    runs = options.runs or JOINS
    result = Result("join", runs, goals=GOALS)
    joined = 0
    async with house() as here, chromium(rate=20) as browser:
        appointment = await here.appointment()
        await here.organiser.send(appointment, c.StartCall())
        await here.organiser.send(appointment, c.SetSwitches(microphone=True, camera=True))
        window = str((await here.organiser.query("window_link", id=appointment))["url"])
        async with desktop_context(browser) as context:
            await context.add_init_script(REMEMBER_PEERS)
            viewer = Patient(await context.new_page())
            await viewer.page.goto(window)
            for number in range(runs):
                joined += await join(result, here, browser, appointment, viewer, f"Guest {number:02d}")
    result.ratios["joined"] = joined / runs
    return result


async def join(result: Result, here: House, browser: Browser, appointment: str, viewer: Patient, name: str) -> bool:
    """From the admission until both see new pictures and hear sound; whoever joined leaves the call again."""
    person = await here.invite(appointment, name)
    async with patient(browser, await here.link(appointment, person), phone=False) as guest:
        await guest.waits()
        began = time.perf_counter()
        await here.organiser.send(appointment, c.Admit(person_id=person))
        try:
            await guest.in_call()
            await viewer.sees_video_of(name, timeout=IN_TIME)
            await viewer.hears(IN_TIME)
            await guest.hears(IN_TIME)
            await until(lambda: pictures(guest), IN_TIME, every=0.05, what="pictures of the organiser")
        except NotInTimeError:
            return False
        result.add("media_both_ways_s", time.perf_counter() - began)
    await here.organiser.send(appointment, c.Remove(person_id=person))
    return True


async def pictures(guest: Patient) -> bool:
    """Whether pictures of anybody else are shown."""
    counts = "videos => videos.map(v => v.getVideoPlaybackQuality().totalVideoFrames)"
    return any(count >= 5 for count in await guest.page.locator("video[aria-label^='Video of']").evaluate_all(counts))
