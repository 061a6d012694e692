"""The only maker of what the console draws from text that people wrote. No markup is ever built from data."""

from __future__ import annotations

import re
from functools import lru_cache

from rich.segment import Segment
from textual.color import Color
from textual.content import Content
from textual.filter import LineFilter
from textual.style import Style

from ecm_tui.console.cells import fit, plain, short
from ecm_tui.core.text import UNSHOWABLE, clean

__all__ = ["Backstop", "content", "fit", "linked", "plain", "say", "short"]


def content(text: str, style: str = "") -> Content:
    """Content for a widget, with nothing in it read as markup; lines stay."""
    return Content.styled(clean(text, multiline=True), style) if style else Content(clean(text, multiline=True))


def say(template: str, **parts: str) -> Content:
    """Content from our own markup, where each `$name` is replaced by text that is never read as markup."""
    return _said(template, *parts.items())


@lru_cache(1024)  # the bars are said anew each second, and mostly the same
def _said(template: str, *parts: tuple[str, str]) -> Content:
    return Content.from_markup(template, **{name: plain(part) for name, part in parts})


_LINK = re.compile(r"https?://[!-~]{1,2000}")


def linked(link: str) -> Content:
    """A web address that terminals which can open it do so (OSC 8); anything else is text and nothing more."""
    shown = plain(link, 2_000)
    return Content.styled(shown, Style(link=shown)) if _LINK.fullmatch(shown) else Content(shown)


_MOVES_OR_HIDES = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Backstop(LineFilter):
    """The last line before the terminal: no control character leaves in a text segment, whatever drew it."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments, each control or bidi character in their text made visible."""
        if not any(_MOVES_OR_HIDES.search(segment.text) for segment in segments if not segment.control):
            return segments
        return [
            segment if segment.control else Segment(_MOVES_OR_HIDES.sub(UNSHOWABLE, segment.text), segment.style)
            for segment in segments
        ]
