"""`still`: from the press of Allow on the page to the picture on the disk, and whether its frame is older than Allow.

The camera is a film of numbered frames that Chromium plays. The frame that the person saw of themselves at the press
was captured before it: a picture that shows that frame or an earlier one would be too old.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from ecm_tui.client.stills import asked
from tests.benchmarks.figures import Goal, Result
from tests.benchmarks.house import House, house
from tests.benchmarks.options import Options
from tests.end_to_end.cameras import AT_THE_CLICK, FRAMES, NUMBERS, RATE, filmed, frames_after, whose_and_which
from tests.end_to_end.page import Patient, patient

CAMERA = 10
ARMED = 0.8
"""Seconds before Allow is pressed: the buttons take no click in the first half second."""

GOALS = {
    "allow_to_disk_ms": Goal(most=200, of="p95"),
    "older_than_allow": Goal(most=0, of="max"),
}

PRESS = "button => { window.pressedAt = performance.timeOrigin + performance.now(); button.click(); }"


async def measure(options: Options) -> Result:
    runs = options.runs or 200
    result = Result("still", runs, goals=GOALS)
    with tempfile.TemporaryDirectory(prefix="ecm-film-") as folder:
        async with house() as here, filmed(Path(folder), CAMERA) as browser:
            appointment = await here.appointment()
            await here.clinic.ecm("call", "start", appointment)
            person = await here.patient(appointment)
            async with patient(browser, await here.link(appointment, person)) as ann:
                await ann.page.evaluate(AT_THE_CLICK)
                await ann.waits()
                await here.clinic.ecm("call", "admit", appointment, person)
                await ann.in_call()
                for _ in range(runs):
                    await still(result, here, appointment, person, ann)
    return result


async def still(result: Result, here: House, appointment: str, person: str, ann: Patient) -> None:
    """One request that is allowed."""
    async with asked(here.organiser, appointment, person) as request:
        question = ann.page.get_by_role("dialog", name="Screenshot request")
        await question.wait_for(timeout=20_000)
        await asyncio.sleep(ARMED)
        await question.get_by_role("button", name="Allow").evaluate(PRESS)
        outcome = await asyncio.wait_for(request.outcome(), 20)
    if outcome.outcome != "taken" or outcome.captured_at is None or outcome.confirmed_at is None:
        raise AssertionError(f"no picture: {outcome.outcome}, {outcome.why}")
    pressed, shown = await ann.page.evaluate("[window.pressedAt, window.shownAtAllow]")
    kept, png = await asyncio.to_thread(_kept, here.clinic.home / "data" / "stills" / f"{outcome.still_id}.png")
    number = whose_and_which(png)[1]
    later = frames_after(int(shown) & NUMBERS, number)
    result.add("allow_to_disk_ms", 1000 * kept - pressed)
    result.add("confirmed_to_disk_ms", 1000 * (kept - outcome.confirmed_at.timestamp()))
    result.add(
        "estimated_capture_after_confirmed_ms", 1000 * (outcome.captured_at - outcome.confirmed_at).total_seconds()
    )
    result.add("older_than_allow", float(not 1 <= later <= FRAMES // 2))
    result.add("frame_after_the_one_seen_ms", 1000 * later / RATE)


def _kept(path: Path) -> tuple[float, bytes]:
    """When the file got its name (seconds since 1970), and what is in it."""
    return path.stat().st_ctime, path.read_bytes()
