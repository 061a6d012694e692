"""Our signs and other people's letters on terminals that do not show them all: each cell keeps its width.

Every state has its word beside its sign, so that nothing is lost where a sign is a plain one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from ecm_tui.console.terminal import Signs

PLAIN = {
    "●": "*", "○": "o", "◐": "~", "◌": "!", "◉": "@", "◇": "+", "▶": ">", "■": "#", "✓": "v", "✗": "x", "≈": "~",
    "▲": "^", "·": "-", "•": "*", "×": "x", "…": ".", "–": "-", "—": "-", "’": "'", "‘": "'", "“": '"', "”": '"',
    "↑": "^", "↓": "v", "←": "<", "→": ">", "▌": "|", "▏": ":", "│": "|", "─": "-", "\u00a0": " ",
}  # fmt: skip
"""Sign -> what stands for it in ASCII."""

LETTERS = dict(zip("ßøØłŁđĐæÆœŒıþÞð", "soOlLdDaAoOitTd", strict=True))
"""Latin letters that are no ASCII letter with a mark -> the nearest one."""

ON_LINUX = frozenset("·■≈▲▶█▀▄▌▐│─┌┐└┘├┤┬┴┼")
"""Signs that the fonts of the Linux console have."""

PICTURES = range(0x2190, 0x2C00), range(0x1F000, 0x20000)
"""Arrows, frames, blocks, shapes and emoji: signs, and no letters of anybody's name."""

UNKNOWN = "?"


_DISPUTED = re.compile("[\ufe0e\ufe0f\u20e3\U0001f3fb-\U0001f3ff]")
"""What chooses the look of the sign before it, or the colour of its skin: terminals disagree about how wide that is."""

_WORD = re.compile(rf"\s?\S*{_DISPUTED.pattern}\S*")
"""A word with such a sign in it."""


class Straight(LineFilter):
    """Draws such signs plainly, and the word as wide as it was reckoned: what stands behind it stays in its column."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments, as wide as they were."""
        return [
            segment
            if segment.control or segment.text.isascii()
            else Segment(_WORD.sub(_plainly, segment.text), segment.style)
            for segment in segments
        ]


def _plainly(found: re.Match[str]) -> str:
    plain = _DISPUTED.sub("", found[0])
    return plain + " " * (cell_len(found[0]) - cell_len(plain))


class PlainSigns(LineFilter):
    """Puts what the terminal shows in the place of what it does not."""

    def __init__(self, signs: Signs) -> None:
        super().__init__()
        self._shown = _on_linux if signs == "some" else _in_ascii

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments, as wide as they were."""
        return [
            segment
            if segment.control or segment.text.isascii()
            else Segment(_each(segment.text, self._shown), segment.style)
            for segment in segments
        ]


def _each(text: str, shown: Callable[[str], str]) -> str:
    return "".join(char if char.isascii() else shown(char) for char in text)


@lru_cache(4096)
def _on_linux(char: str) -> str:
    sign = char in PLAIN or any(ord(char) in pictures for pictures in PICTURES)
    return _in_ascii(char) if sign and char not in ON_LINUX else char


@lru_cache(4096)
def _in_ascii(char: str) -> str:
    base = unicodedata.normalize("NFD", char)[0]
    found = PLAIN.get(char) or LETTERS.get(base) or base
    width = cell_len(char)
    return found if found.isascii() and width == 1 else UNKNOWN * width
