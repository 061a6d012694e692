"""Bytes of a terminal as keys. What terminals answer by themselves is no key, and a paste is never an Enter. Pure."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

CONTROLS = {
    "\x01": "home", "\x02": "left", "\x03": "interrupt", "\x04": "delete_or_end", "\x05": "end", "\x06": "right",
    "\x08": "backspace", "\x09": "complete", "\x0b": "kill_right", "\x0c": "again", "\x0e": "down", "\x10": "up",
    "\x15": "kill_left", "\x17": "kill_word", "\x7f": "backspace",
}  # fmt: skip

FINALS = {"A": "up", "B": "down", "C": "right", "D": "left", "H": "home", "F": "end"}
"""Last letters of the sequences of arrows and their like."""

NUMBERED = {"1": "home", "3": "delete", "4": "end", "7": "home", "8": "end", "200": "paste_begins", "201": "paste_ends"}
"""Numbers of the sequences that end with `~`."""

_SEQUENCE = re.compile("\x1b\\[([0-?]*)[ -/]*([@-~])|\x1bO([@-~])|\x1b[\\]PX^_][^\x07\x1b\r\n\x03]*(?:\x07|\x1b\\\\)")
_UNFINISHED = re.compile("\x1b(?:\\[[0-?]*[ -/]*|O|[\\]PX^_][^\x07\x1b\r\n\x03]*\x1b?)?")

STARTS = "[O]PX^_"
"""What follows Esc in a sequence."""

LONGEST_SEQUENCE = 4_096
"""Characters of a sequence that is waited for; a longer one is no sequence."""

LONGEST_PASTE = 64_000


@dataclass(frozen=True, slots=True)
class Key:
    """One key: `text` for what is typed or pasted, else a name."""

    name: str
    text: str = ""


class Decoder:
    """Keys out of what was read, piece by piece."""

    def __init__(self) -> None:
        self._bytes = codecs.getincrementaldecoder("utf-8")("replace")
        self._left = ""
        self._pasted: list[str] | None = None

    def feed(self, data: bytes) -> list[Key]:
        """The keys that are complete with this piece."""
        read = self._bytes.decode(data)
        if self._left == "\x1b" and read and read[0] not in STARTS:
            self._left = ""  # the Esc key, pressed by itself
        self._left += read
        return list(self._keys())

    def _keys(self) -> Iterator[Key]:
        text, at = self._left, 0
        while at < len(text):
            if text[at] == "\x1b":
                waits = _UNFINISHED.fullmatch(text, at)
                if waits and len(text) - at < LONGEST_SEQUENCE:
                    break
                found = _SEQUENCE.match(text, at)
                at = found.end() if found else at + 2
                if found and (key := self._of_sequence(found)):
                    yield key
                continue
            end = at
            while end < len(text) and text[end] >= " " and text[end] != "\x7f":
                end += 1
            if end > at:
                yield from self._typed(text[at:end])
                at = end
                continue
            if text[at] in "\r\n":
                at += 2 if text.startswith("\r\n", at) else 1
                yield from self._typed("\n")
            else:
                if self._pasted is None and text[at] in CONTROLS:
                    yield Key(CONTROLS[text[at]])
                at += 1
        self._left = text[at:]

    def _typed(self, text: str) -> Iterator[Key]:
        if self._pasted is not None:
            if sum(map(len, self._pasted)) < LONGEST_PASTE:
                self._pasted.append(text)
        else:
            yield Key("enter") if text == "\n" else Key("text", text)

    def _of_sequence(self, found: re.Match[str]) -> Key | None:
        numbers, final, short = found.groups()
        name = NUMBERED.get(numbers or "") if final == "~" else FINALS.get(final or short or "")
        if name == "paste_begins":
            self._pasted = []
        elif name == "paste_ends":
            pasted, self._pasted = self._pasted or [], None
            return Key("text", " ".join("".join(pasted).split("\n")))
        elif name and self._pasted is None:
            return Key(name)
        return None
