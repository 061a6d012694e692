"""Each benchmark runs, briefly, and prints one object of the promised shape; what it measured is not judged here."""

from __future__ import annotations

import json
import signal
import subprocess
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
    "switch": ["--runs", "2"],
    "still": ["--runs", "2"],
    "console": ["--seconds", "3", "--runs", "1", "--people", "4"],
    "service": ["--runs", "1", "--people", "4"],
    "join": ["--runs", "1"],
    "chat": ["--runs", "1", "--size", "60"],
    "files": ["--size", "4"],
}
"""The smallest run of each."""
PAIRS = [("bridge", "remove"), ("admit", "console"), ("switch", "still"), ("service", "join"), ("chat", "files")]
"""Run beside each other: they mostly wait."""
LONGEST = 150
"""Seconds for two runs beside each other on a machine that does other things too; alone they take about ten."""


def start(name: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.benchmarks", name, "--json", *BRIEF[name]]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def told_by(process: subprocess.Popen[str]) -> dict[str, Any]:
    """What it printed."""
    said, _ = process.communicate(timeout=LONGEST)
    assert process.returncode == 0
    told: dict[str, Any] = json.loads(said)
    return told


def end(process: subprocess.Popen[str]) -> None:
    """Ask one that still runs to clear up what it started."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=LONGEST)


def test_every_benchmark_has_a_smallest_run() -> None:
    assert set(BRIEF) == set(NAMES) == {name for pair in PAIRS for name in pair}


@pytest.mark.timeout(4 * LONGEST)
@pytest.mark.parametrize("pair", PAIRS, ids="+".join)
def test_a_benchmark_prints_one_json_object_of_figures(pair: tuple[str, ...]) -> None:
    started = [start(name) for name in pair]
    try:
        for name, told in zip(pair, map(told_by, started), strict=True):
            assert set(told) == {"name", "runs", "figures", "ratios", "machine"}
            assert told["name"] == name and told["runs"] >= 1
            assert told["figures"] and told["machine"]["cores"]
            for figure in told["figures"].values():
                assert set(figure) == {"p50", "p95", "p99", "min", "max"}
                assert figure["min"] <= figure["p50"] <= figure["p95"] <= figure["p99"] <= figure["max"]
    finally:
        for process in started:
            end(process)


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
