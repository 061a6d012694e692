"""What of the moment is known of people's picture and sound. No log keeps it; the next word counts. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

FIGURES = ("rtt_ms", "loss_in", "loss_out", "kbps_in", "kbps_out", "freezes")
"""What is measured of a line: round trip in ms, losses from 0 to 1, rates in kbit/s; in is from the person to us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """One person's line."""

    path: str = ""
    """`direct`, `relay`, `lost`, or empty when nothing was said."""
    weak: str = ""
    """`upload` or `download` when that is poor; empty otherwise."""
    hidden: bool = False
    """Whether the person's page is behind other windows or apps."""
    figures: Mapping[str, float] = field(default_factory=dict)
    """Those of `FIGURES` that are known."""


UNKNOWN = Quality()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Everybody's line."""

    speaking: frozenset[str] = frozenset()
    quality: Mapping[str, Quality] = field(default_factory=dict)

    def of(self, person: str) -> Quality:
        """This person's line, as far as it is known."""
        return self.quality.get(person, UNKNOWN)


def heard(lines: Lines, person: str, data: Mapping[str, Any]) -> Lines:
    """The lines after one more fact of the service."""
    match data.get("kind"):
        case "speaking":
            return replace(lines, speaking=frozenset(str(one) for one in data.get("people") or ()))
        case "media":
            path = str(data.get("path") or "") if data.get("state") == "connected" else "lost"
            known = path if path in ("direct", "relay", "lost") else ""
            return _with(lines, person, replace(UNKNOWN, path=known))
        case "quality":
            weak = str(data["weak"]) if data.get("weak") in ("upload", "download") else ""
            was = lines.of(person)
            seen = {name: value for name, value in was.figures.items() if name == "freezes"}
            return _with(lines, person, replace(was, weak=weak, figures={**seen, **_figures(data)}))
        case "page":
            was = lines.of(person)
            figures = {**was.figures, **_figures(data)}
            return _with(lines, person, replace(was, hidden=data.get("hidden") is True, figures=figures))
        case _:
            return lines


def _with(lines: Lines, person: str, quality: Quality) -> Lines:
    return replace(lines, quality={**lines.quality, person: quality})


def _figures(data: Mapping[str, Any]) -> dict[str, float]:
    read = {name: data.get(name) for name in FIGURES}
    return {
        name: float(value)
        for name, value in read.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9
    }
