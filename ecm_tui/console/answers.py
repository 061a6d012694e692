"""What a terminal answers by itself nobody has pressed: its strings are taken out before keys are read. Pure.

Colours, names, the clipboard and pictures are told in strings, which Textual 8.2.8 reads letter by letter: an `a` in a
colour would admit somebody.
"""

from __future__ import annotations

import re

PATIENCE = 1.0
"""Seconds in which a string that has begun must end. What has come of it then was none, and is dropped."""

_BEGINS = re.compile("\x1b[]PX^_]")
_ENDS = re.compile("[\x07\x18\x1a\x1b]")
ESCAPE, STRING_ENDS = "\x1b", "\x1b\\"


class Answers:
    """One terminal's."""

    def __init__(self) -> None:
        self._left = ""
        """A string that has begun and not ended."""
        self._since = 0.0

    def without(self, came: str, now: float) -> str:
        """What came, but for strings; `now` is in seconds of a monotonic clock."""
        if self._left and now - self._since > PATIENCE:
            self._left = ""
        fresh = not self._left
        text, kept, at = self._left + came, "", 0
        while begins := _BEGINS.search(text, at):
            kept += text[at : begins.start()]
            ends = _ENDS.search(text, begins.end())
            if ends is None or (ends[0] == ESCAPE and ends.end() == len(text)):
                self._since = now if fresh or begins.start() else self._since
                self._left = text[begins.start() :]
                return kept
            is_end = text.startswith(STRING_ENDS, ends.start())
            at = ends.start() + len(STRING_ENDS) if is_end else ends.start() if ends[0] == ESCAPE else ends.end()
        self._left = ""
        return kept + text[at:]
