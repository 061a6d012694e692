"""Each benchmark runs, briefly, and prints one object of the promised shape; what it measured is not judged here."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.__main__ import NAMES
from tests.benchmarks.content import MAX_PAYLOAD, STAMP, content
from tests.benchmarks.figures import Result, percentile

ROOT = Path(__file__).parents[2]
BRIEF = {
    "bridge": ["--seconds", "2", "--runs", "1"],
    "admit": ["--runs", "1"],
    "remove": ["--runs", "1"],
    "console": ["--seconds", "1.5", "--runs", "1", "--people", "4"],
}
"""The smallest run of each."""


async def run(name: str) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.benchmarks", name, "--json", *BRIEF[name], cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    said = (await asyncio.wait_for(process.stdout.read(), 100)).decode()
    assert await process.wait() == 0
    told: dict[str, Any] = json.loads(said)
    return told


def test_every_benchmark_has_a_smallest_run() -> None:
    assert set(BRIEF) == set(NAMES)


async def test_each_benchmark_prints_one_json_object_of_figures() -> None:
    for name, told in zip(NAMES, await asyncio.gather(*map(run, NAMES)), strict=True):
        assert set(told) == {"name", "runs", "figures", "ratios", "machine"}
        assert told["name"] == name and told["runs"] >= 1
        assert told["figures"] and told["machine"]["cores"]
        for figure in told["figures"].values():
            assert set(figure) == {"p50", "p95", "p99", "min", "max"}
            assert figure["min"] <= figure["p50"] <= figure["p95"] <= figure["p99"] <= figure["max"]


def test_a_percentile_is_a_sample_that_was_measured() -> None:
    assert percentile([3.0, 1.0, 2.0], 50) == 2.0
    assert percentile(range(1, 101), 95) == 95
    assert percentile([7.0], 99) == 7.0
    with pytest.raises(ValueError, match="no samples"):
        percentile([], 50)


def test_a_figure_without_samples_is_not_told() -> None:
    result = Result("bridge", 1)
    result.add("gaps", 0.0)
    result.add("delay_ms")
    assert set(result.json()["figures"]) == {"gaps"}


def test_encoded_pictures_begin_with_the_only_keyframe_and_fit_into_packets() -> None:
    encoded = content(1.0)
    keys = [number for number, frame in enumerate(encoded.frames) if not frame[0][4] & 1]
    assert keys == [0]
    assert len(encoded.frames) == 25 and len(encoded.sounds) == 50
    assert max(len(payload) for frame in encoded.frames for payload in frame) <= MAX_PAYLOAD + 4 + STAMP
