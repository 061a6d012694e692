"""What a benchmark says: samples in, one object of percentiles out. Every figure comes from a measurement."""

from __future__ import annotations

import math
import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

PERCENTILES = {"p50": 50, "p95": 95, "p99": 99}


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure should reach."""

    most: float | None = None
    """At most this much, in the figure's own unit."""
    least: float | None = None
    """At least this much."""
    of: str = "p50"
    """Which percentile counts; with `least`, a ratio counts as it is."""

    def words(self) -> str:
        bound = f"<= {self.most:g}" if self.most is not None else f">= {self.least:g}"
        return f"{self.of} {bound}"

    def met(self, value: float) -> bool:
        return value <= self.most if self.most is not None else value >= (self.least or 0.0)


@dataclass(slots=True)
class Result:
    """Samples of one benchmark; a figure's name ends in its unit."""

    name: str
    runs: int = 0
    samples: dict[str, list[float]] = field(default_factory=dict)
    ratios: dict[str, float] = field(default_factory=dict)
    goals: dict[str, Goal] = field(default_factory=dict)
    """Goals by the name of a figure or ratio; shown in the table, never part of the JSON."""

    def add(self, figure: str, *values: float) -> None:
        self.samples.setdefault(figure, []).extend(values)

    def json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "runs": self.runs,
            "figures": {name: summary(values) for name, values in self.samples.items() if values},
            "ratios": {name: rounded(value) for name, value in self.ratios.items()},
            "machine": machine(),
        }

    def table(self) -> str:
        """The same for people, with the goals beside the figures."""
        told = self.json()
        rows = [f"{self.name}: {self.runs} runs; {', '.join(f'{k} {v}' for k, v in told['machine'].items())}"]
        width = max([len(name) for name in (*told["figures"], *told["ratios"])], default=0)
        for name, values in told["figures"].items():
            cells = "  ".join(f"{key} {value:>9g}" for key, value in values.items())
            rows.append(f"  {name:<{width}}  {cells}  {self._goal(name, values)}".rstrip())
        for name, value in told["ratios"].items():
            rows.append(f"  {name:<{width}}  {value:g}  {self._goal(name, {'p50': value})}".rstrip())
        return "\n".join(rows)

    def _goal(self, name: str, values: dict[str, float]) -> str:
        goal = self.goals.get(name)
        if goal is None:
            return ""
        return f"goal {goal.words()}: {'met' if goal.met(values[goal.of]) else 'MISSED'}"


def percentile(values: Iterable[float], percent: float) -> float:
    """The smallest sample that at least `percent` of a hundred do not exceed; raises ValueError without samples."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no samples")
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def summary(values: list[float]) -> dict[str, float]:
    found = {name: percentile(values, percent) for name, percent in PERCENTILES.items()}
    return {name: rounded(value) for name, value in (found | {"min": min(values), "max": max(values)}).items()}


def rounded(value: float) -> float:
    """Four digits that mean something; whole numbers stay whole."""
    return value if value == int(value) else float(f"{value:.4g}")


def machine() -> dict[str, Any]:
    """What the figures were measured on. `load` is the load average of the last minute, our own included."""
    return {
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "aiortc": version("aiortc"),
        "textual": version("textual"),
        "load": round(os.getloadavg()[0], 2),
    }


def cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
