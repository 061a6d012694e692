"""What a terminal answers by itself nobody has pressed: it is taken out before keys are read. Pure.

Colours, names, the clipboard and pictures are told in strings, which Textual 8.2.8 reads letter by letter, as it does
with each sequence that it does not know, in a paste too: an `a` in a colour would admit somebody.
"""

from __future__ import annotations

import re
from collections.abc import Callable

PATIENCE = 1.0
"""Seconds in which what has begun must end. What has come of it then was nothing, and is dropped."""

CUT = 0.1
"""Seconds in which the rest of a sequence comes that was cut behind its first character."""

PASTE_BEGINS, PASTE_ENDS = "\x1b[200~", "\x1b[201~"
ESCAPE, STRING_ENDS = "\x1b", "\x1b\\"
SHOWN_ESCAPE = "\u241b"

_BEGINS = re.compile("\x1b[]PX^_]|\x1b\\[|\x1bO[@-~]")
_ENDS = re.compile("[\x07\x18\x1a\x1b]")
_SEQUENCE = re.compile("\x1b\\[(?:\\[[A-E]|M...|[0-?]*[ -/]*[@-~])", re.DOTALL)
_UNFINISHED = re.compile("\x1b\\[(?:\\[|M.{0,2}|[0-?]*[ -/]*)", re.DOTALL)


class Answers:
    """One terminal's."""

    def __init__(self, means: Callable[[str], bool]) -> None:
        """`means`: whether a sequence is a key, or something else that is understood."""
        self._means = means
        self._left = ""
        """What has begun and not ended."""
        self._since = 0.0
        self._pasting = False
        self._escaped = False
        """Whether an escape came last, and was passed on: it may be the key."""
        self._came = 0.0

    def without(self, came: str, now: float) -> str:
        """What came, but for answers; `now` is in seconds of a monotonic clock."""
        if self._left and not self._pasting and now - self._since > PATIENCE:
            self._left = ""
        if not self._left:
            self._since = now
        text, self._left, kept = self._left + came, "", ""
        if self._escaped and came and now - self._came <= CUT:
            piece, text = self._next(ESCAPE + text, now)
            kept = piece.removeprefix(ESCAPE)
        while text:
            piece, text = self._pasted(text) if self._pasting else self._next(text, now)
            kept += piece
        self._escaped, self._came = kept.endswith(ESCAPE), now
        return kept

    def _next(self, text: str, now: float) -> tuple[str, str]:
        """What is kept of the beginning of a text, and the text that is still to be read."""
        begins = _BEGINS.search(text)
        if begins is None:
            return text, ""
        before, text = text[: begins.start()], text[begins.start() :]
        if begins.start():
            self._since = now
        if begins[0][1] == "O":
            return before + begins[0] * self._means(begins[0]), text[len(begins[0]) :]
        return self._sequence(before, text) if begins[0][1] == "[" else self._string(before, text)

    def _sequence(self, before: str, text: str) -> tuple[str, str]:
        found = _SEQUENCE.match(text)
        if found is None or _UNFINISHED.fullmatch(text):
            if _UNFINISHED.fullmatch(text):
                self._left = text
                return before, ""
            return before, text[2:]
        self._pasting = found[0] == PASTE_BEGINS
        means = found[0].startswith(("\x1b[[", "\x1b[M")) or self._means(found[0])
        return before + found[0] * means, text[found.end() :]

    def _string(self, before: str, text: str) -> tuple[str, str]:
        ends = _ENDS.search(text, 2)
        if ends is None or (ends[0] == ESCAPE and ends.end() == len(text)):
            self._left = text
            return before, ""
        if text.startswith(STRING_ENDS, ends.start()):
            return before, text[ends.start() + len(STRING_ENDS) :]
        return before, text[ends.start() if ends[0] == ESCAPE else ends.end() :]

    def _pasted(self, text: str) -> tuple[str, str]:
        """In a paste an escape is a sign like others, which shows what was pasted and does nothing."""
        end = text.find(PASTE_ENDS)
        if end >= 0:
            self._pasting = False
            return text[:end].replace(ESCAPE, SHOWN_ESCAPE) + PASTE_ENDS, text[end + len(PASTE_ENDS) :]
        held = next((n for n in range(len(PASTE_ENDS) - 1, 0, -1) if text.endswith(PASTE_ENDS[:n])), 0)
        self._left = text[len(text) - held :]
        return text[: len(text) - held].replace(ESCAPE, SHOWN_ESCAPE), ""
