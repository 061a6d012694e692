"""`switch`: from a slot given to another person to the first picture of that person, in a real browser.

Two people send, a dark picture and a light one; a Chromium page sees one of them and pins the other, again and again.
The first frame of the new one is known by its brightness. Freezes are counted as Chromium counts them.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.benchmarks.bridge import join
from tests.benchmarks.content import content
from tests.benchmarks.figures import Goal, Result
from tests.benchmarks.load import Load
from tests.benchmarks.options import Options
from tests.media.pages import Guest, browser, guest
from tests.media.service import Service, grant
from tests.until import NotInTimeError, until

PEER = "viewer1"
LONGEST = 2.0
"""Seconds after which a switch counts as not shown; it is then noted as so long."""
GAP = (0.6, 0.9)
"""Seconds between two switches: not in step with the pictures."""

GOALS = {"shown_ms": Goal(most=150, of="p95"), "freezes": Goal(most=0, of="max"), "not_shown": Goal(most=0, of="max")}

WATCH = """mid => {
  const video = document.getElementById('m' + mid);
  const pen = new OffscreenCanvas(8, 8).getContext('2d', { willReadFrequently: true });
  globalThis.changes = [];
  let light = null;
  const look = () => {
    pen.drawImage(video, 0, 0, 8, 8);
    const is = pen.getImageData(4, 4, 1, 1).data[1] > 128;
    if (is !== light) globalThis.changes.push([Date.now(), light = is]);
    video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
}"""
"""Notes when the picture became light or dark."""

FREEZES = """async () => {
  let freezes = 0;
  for (const s of (await pc.getStats()).values()) if (s.type === 'inbound-rtp') freezes += s.freezeCount || 0;
  return freezes;
}"""


async def measure(options: Options) -> Result:
    runs = options.runs or 100
    result = Result("switch", runs, goals=GOALS)
    dark, light = await asyncio.to_thread(content, 4.0, 60), await asyncio.to_thread(content, 4.0, 200)
    with tempfile.TemporaryDirectory(prefix="ecm-bench-") as folder:
        async with Service(Path(folder)) as service, Load(dark) as load, browser() as chromium:
            await service.bridge()
            for name in ("dark", "light"):
                await join(service, load, name, 0, 0)
            load.people[1].content = light
            load.start()
            page = await guest(chromium)
            mid = await watch(service, page)
            mark, before = load.mark(), int(await page.page.evaluate(FREEZES))
            for number in range(runs):
                await one(result, service, page, "light" if number % 2 == 0 else "dark")
            result.add("freezes", float(int(await page.page.evaluate(FREEZES)) - before))
            result.add("not_shown", float(sum(shown >= 1000 * LONGEST for shown in result.samples["shown_ms"])))
            result.add("load_late_ms", *load.since(mark).lateness)
            result.add("width", float(await page.width(mid)))
    return result


async def watch(service: Service, page: Guest) -> str:
    """Connect the page with one picture slot, looking at the dark one; the slot's mid."""

    async def trickle(candidate: str, mid: str) -> None:
        await service.send(type="candidate", peer=PEER, candidate=candidate, mid=mid)

    page.candidates = trickle
    await service.send(type="grant", grant=grant(PEER, "viewer"))
    answer = await service.offer(PEER, await page.offer(sounds=1, pictures=1, send=False, trickle=True))
    await page.accept(answer["sdp"])
    await service.send(type="view", peer=PEER, pinned="dark", pictures=1)
    mid = str(answer["video"][0])
    await until(lambda: page.width(mid), 20, every=0.1, what="a picture")
    await page.page.evaluate(WATCH, mid)
    await until(lambda: changes(page), 10, every=0.05, what="the first look at it")
    return mid


async def changes(page: Guest) -> Any:
    return await page.page.evaluate("globalThis.changes")


async def one(result: Result, service: Service, page: Guest, person: str) -> None:
    """Pin the other one and wait until that one is seen."""
    await asyncio.sleep(random.uniform(*GAP))
    await page.page.evaluate("globalThis.changes = []")
    asked = 1000 * time.time()
    await service.send(type="view", peer=PEER, pinned=person, pictures=1)

    async def seen() -> float:
        return next((float(at) for at, light in await changes(page) if light == (person == "light")), 0.0)

    try:
        result.add("shown_ms", await until(seen, LONGEST, every=0.02) - asked)
    except NotInTimeError:
        result.add("shown_ms", 1000 * LONGEST)
