"""`bridge`: what the bridge's process costs, and how fast and completely it forwards.

With 3 people: processor time per person and minute against stock MediaRelay, the same packets in the same run. With
more (`--people 50`): everybody sends sound and picture, everybody gets nine pictures and three sounds, and every two
seconds somebody new is the loudest, so that the bridge selects and switches all the time. People who are not on any
slot go on sending, which a page would not: the harder case.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.benchmarks.content import content
from tests.benchmarks.figures import Goal, Result
from tests.benchmarks.load import Load, Seen, names
from tests.benchmarks.options import Options
from tests.benchmarks.process import cpu_seconds, lost_datagrams
from tests.media.service import Service, grant
from tests.until import until

SOUNDS, PICTURES = 3, 9
"""Slots of a desktop page."""
SETTLE = 3.0
"""Seconds of sending before anything counts: a bridge reports more often at the start."""
BRIDGE, STOCK = "bridge_", "stock_"
"""Prefixes of the figures where two hubs are measured."""
ROOT = Path(__file__).parents[2]

GOALS = {
    "stock_to_bridge": Goal(least=10),
    "core_share": Goal(most=0.35),
    "delay_ms": Goal(most=10, of="p99"),
    "gaps": Goal(most=0, of="max"),
    "delivered": Goal(least=1, of="min"),
}


async def measure(options: Options) -> Result:
    people, seconds, runs = options.people or 3, options.seconds or 10.0, options.runs or 3
    result = Result("bridge", runs, goals=GOALS if people > 3 else {"stock_to_bridge": GOALS["stock_to_bridge"]})
    encoded = await asyncio.to_thread(content, min(10.0, max(1.0, seconds)))
    for _ in range(runs):
        async with Load(encoded) as load, our_bridge(load, people) as pid:
            await stretch(result, load, pid, seconds, "" if people > 3 else BRIDGE)
        if people <= 3:
            async with Load(encoded) as load, stock(load, people) as pid:
                await stretch(result, load, pid, seconds, STOCK)
    if people <= 3:
        costs = [result.samples[f"{hub}_cpu_per_person_minute_s"] for hub in ("stock", "bridge")]
        result.ratios["stock_to_bridge"] = sum(costs[0]) / sum(costs[1])
        per = [result.samples[f"{hub}_us_per_packet"] for hub in ("stock", "bridge")]
        result.ratios["stock_to_bridge_per_packet"] = sum(per[0]) / sum(per[1])
    return result


async def stretch(result: Result, load: Load, pid: int, seconds: float, prefix: str) -> None:
    """Let the load run for a while against the hub `pid` and note what happened."""
    load.start()
    await asyncio.sleep(min(SETTLE, seconds / 2))
    mark, cpu, lost = load.mark(), cpu_seconds(pid), lost_datagrams(pid)
    await asyncio.sleep(seconds)
    used, missed = cpu_seconds(pid) - cpu, lost_datagrams(pid) - lost
    note(result, load.since(mark), used, missed, len(load.people), prefix)


def note(result: Result, seen: Seen, used: float, missed: int, people: int, prefix: str) -> None:
    """Turn counters into figures; `used` and `missed` are the hub's processor seconds and lost datagrams."""
    figures = {
        "core_share": used / seen.seconds,
        "cpu_per_person_minute_s": used / people / seen.seconds * 60,
        "us_per_packet": 1e6 * used / max(1, seen.received),
        "packets_out_per_s": seen.received / seen.seconds,
        "packets_in_per_s": seen.sent / seen.seconds,
        "gaps": seen.gaps,
        "delivered": seen.received / max(1, seen.expected),
        "pictures_per_slot_per_s": seen.frames / seen.seconds / max(1, seen.pictures),
        "pictures_per_person": seen.pictures / people,
        "sounds_per_person": seen.sounds / people,
        "keyframes_asked_per_s": seen.keyframes / seen.seconds,
        "lost_at_the_hub": missed,
        "lost_at_the_load": seen.lost,
        "load_core_share": seen.cpu / seen.seconds,
    }
    for name, value in figures.items():
        result.add(prefix + name, float(value))
    if prefix != STOCK:
        # What is encoded anew carries no time of ours.
        result.add(prefix + "delay_ms", *seen.delays)
    result.add(prefix + "load_late_ms", *seen.lateness)


@asynccontextmanager
async def our_bridge(load: Load, people: int) -> AsyncIterator[int]:
    """The real bridge process with this many people connected; its process id."""
    with tempfile.TemporaryDirectory(prefix="ecm-bench-") as folder:
        async with Service(Path(folder)) as service:
            process = await service.bridge()
            slots = (SOUNDS, PICTURES) if people > 3 else (people - 1, people - 1)
            for name in names(people):
                await join(service, load, name, *slots)
            connected = [one.name for one in load.people]
            await until(lambda: all(service.said("connected", name) for name in connected), 30, what="all connected")
            service.heard.clear()
            yield process.pid


async def join(service: Service, load: Load, name: str, sounds: int, pictures: int) -> None:
    """Grant, offer, answer, connect."""
    one = load.person(name, sounds, pictures)
    await service.send(type="grant", grant=grant(name, name))
    answer = await service.offer(name, await one.offer())
    if answer["type"] != "answer":
        raise ConnectionError(f"{name}: {answer}")
    await one.connect(answer["sdp"])


@asynccontextmanager
async def stock(load: Load, people: int) -> AsyncIterator[int]:
    """The library's own way with this many people connected; its process id."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.benchmarks.stock", cwd=ROOT, limit=1 << 24,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None
    try:
        for name in names(people):
            load.person(name, people - 1, people - 1)
        offers = {one.name: await one.offer() for one in load.people}
        process.stdin.write((json.dumps(offers) + "\n").encode())
        line = await asyncio.wait_for(process.stdout.readline(), 60)
        answers = json.loads(line)
        await asyncio.gather(*(one.connect(answers[one.name]) for one in load.people))
        yield process.pid
        await load.close()
    finally:
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 10)
        except TimeoutError:
            process.kill()
            await process.wait()
