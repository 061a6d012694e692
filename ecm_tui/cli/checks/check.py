"""The result of one check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["ok", "warn", "bad", "unknown"]
"""ok; warn: works, with a limit worth knowing; bad: unsafe or broken; unknown: could not be looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at."""

    id: str
    """`subject.thing`, stable, for programs."""
    verdict: Verdict
    sentence: str
    """What was found."""
    next_step: str = ""
    """What to do about it; empty where nothing needs to be done."""


def ok(id_: str, sentence: str) -> Check:
    return Check(id=id_, verdict="ok", sentence=sentence)


def warn(id_: str, sentence: str, next_step: str = "") -> Check:
    return Check(id=id_, verdict="warn", sentence=sentence, next_step=next_step)


def bad(id_: str, sentence: str, next_step: str) -> Check:
    return Check(id=id_, verdict="bad", sentence=sentence, next_step=next_step)


def unknown(id_: str, sentence: str, next_step: str = "") -> Check:
    return Check(id=id_, verdict="unknown", sentence=sentence, next_step=next_step)
