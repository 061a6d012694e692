"""`admit`: from key `a` in the console to the first frame on both sides, in real browsers.

The console runs in tmux; the key's time is taken before tmux is asked to press it, so that the key's own way counts.
A frame counts when Chromium hands it over for showing (requestVideoFrameCallback). The one who is admitted is put back
in the waiting room before the next run, so that each run connects anew.
"""

from __future__ import annotations

import asyncio
import time

from playwright.async_api import Page

from ecm_tui.core import commands as c
from tests.benchmarks.figures import Goal, Result
from tests.benchmarks.house import PATIENT, House, house
from tests.benchmarks.options import Options
from tests.chromium import chromium, desktop_context
from tests.end_to_end.page import Patient, patient
from tests.end_to_end.terminal import Terminal
from tests.until import until

SETTLED = 0.6
"""Seconds before a key is pressed: a row that changed in the last 0.3 s is not acted on."""

GOALS = {
    "participant_first_frame_ms": Goal(most=500, of="p95"),
    "organiser_first_frame_ms": Goal(most=500, of="p95"),
}

WATCH = """(() => {
  globalThis.firstFrames = {};
  const watched = new WeakSet();
  const watch = (video) => {
    if (watched.has(video)) return;
    watched.add(video);
    const seen = () => {
      const label = video.getAttribute('aria-label') || '';
      if (!(label in globalThis.firstFrames)) globalThis.firstFrames[label] = Date.now();
      video.requestVideoFrameCallback(seen);
    };
    video.requestVideoFrameCallback(seen);
  };
  const look = () => document.querySelectorAll('video').forEach(watch);
  new MutationObserver(look).observe(document, { childList: true, subtree: true });
})()"""
"""Notes when the first frame of each video was shown, by its label, since the notes were last emptied."""

FIRST = """() => Object.entries(globalThis.firstFrames).filter(([label]) => label.startsWith('Video of'))"""


async def measure(options: Options) -> Result:
    runs = options.runs or 20
    result = Result("admit", runs, goals=GOALS)
    async with house() as here, chromium(rate=20) as browser:
        appointment = await here.appointment()
        await here.organiser.send(appointment, c.StartCall())
        await here.organiser.send(appointment, c.SetSwitches(microphone=True, camera=True))
        person = await here.patient(appointment)
        window = str((await here.organiser.query("window_link", id=appointment))["url"])
        async with desktop_context(browser) as context, patient(browser, await here.link(appointment, person)) as ann:
            await ann.page.add_init_script(WATCH)
            await ann.page.evaluate(WATCH)
            await context.add_init_script(WATCH)
            viewer = await context.new_page()
            await viewer.goto(window)
            await ann.waits()
            with here.clinic.console() as console:
                await console.shows(PATIENT, timeout=60)
                await asyncio.sleep(SETTLED)
                console.keys("Enter")
                await console.shows("Waiting (1)", timeout=30)
                for _ in range(runs):
                    await admission(result, here, appointment, person, console, ann, viewer)
    return result


async def admission(
    result: Result, here: House, appointment: str, person: str, console: Terminal, ann: Patient, viewer: Page
) -> None:
    """One press of `a`; afterwards the one who was admitted waits again."""
    await console.shows("Waiting (1)", PATIENT)
    await asyncio.sleep(SETTLED)
    for page in (ann.page, viewer):
        await page.evaluate("globalThis.firstFrames = {}")
    pressed = 1000 * time.time()
    console.keys("a")
    for page, name in ((ann.page, "participant"), (viewer, "organiser")):
        result.add(f"{name}_first_frame_ms", await first_frame(page) - pressed)
    await here.organiser.send(appointment, c.Hold(person_id=person))
    await ann.sees("You are in the waiting room")
    await until(lambda: gone(viewer), 10, every=0.1, what="the picture is gone from the organiser's side")


async def first_frame(page: Page) -> float:
    """When the first frame of somebody else was shown; milliseconds since 1970."""

    async def shown() -> float:
        found = await page.evaluate(FIRST)
        return min((float(at) for _, at in found), default=0.0)

    return await until(shown, 20, every=0.05, what="a first frame")


async def gone(page: Page) -> bool:
    return await page.get_by_label(f"Video of {PATIENT}", exact=True).count() == 0
