"""One line that is being typed: its text, its cursor, what was typed before. Pure: keys in, what to write out.

It never writes more than plain characters and backspaces, and stays on one row, so that every terminal follows, and a
screen reader or a braille line hears just what changed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from rich.cells import cell_len

from ecm_tui.console.plain.keystrokes import Key
from ecm_tui.core.text import is_forbidden

LONGEST_LINE = 8_000
"""Characters of a line that can be typed: twice a chat message."""

HISTORY = 100


class Editor:
    """Give it keys with `press`, and write what `repaint` returns."""

    def __init__(self, complete: Callable[[str], Sequence[str]] = lambda _: ()) -> None:
        """`complete` gives what the text so far can become."""
        self.text = ""
        self.at = 0
        """The cursor: before the character of this number."""
        self._complete = complete
        self._history: deque[str] = deque(maxlen=HISTORY)
        """In memory only: it may hold names."""
        self._back = 0
        self._kept = ""
        """What was being typed before the history was looked at."""
        self._offset = 0
        """The first character that is shown."""
        self._drawn: list[str] = []
        self._column = 0

    # What is typed ---------------------------------------------------------------------------------------------------

    def press(self, key: Key) -> None:
        """Change the line as this key does. `enter` and keys that are not of a line change nothing."""
        match key.name:
            case "text":
                self._insert(key.text)
            case "left" | "right":
                self.at = max(0, min(len(self.text), self.at + (1 if key.name == "right" else -1)))
            case "home" | "end":
                self.at = len(self.text) if key.name == "end" else 0
            case "backspace" if self.at:
                self._cut(self.at - 1, self.at)
            case "delete":
                self._cut(self.at, self.at + 1)
            case "kill_left":
                self._cut(0, self.at)
            case "kill_right":
                self._cut(self.at, len(self.text))
            case "kill_word":
                head, space, _ = self.text[: self.at].rstrip().rpartition(" ")
                self._cut(len(head + space), self.at)
            case "up" | "down":
                self._remember(1 if key.name == "up" else -1)
            case "complete":
                self._finish()

    def take(self, keep: bool) -> str:
        """The line that was entered; the next one begins. With `keep` it can be brought back by `up`."""
        text = self.text
        if keep and text.strip() and (not self._history or self._history[-1] != text):
            self._history.append(text)
        self.clear()
        return text

    def clear(self) -> None:
        """An empty line; nothing of it is on the screen."""
        self.text, self.at, self._back, self._kept = "", 0, 0, ""
        self.forget_drawn()

    def _insert(self, text: str) -> None:
        room = LONGEST_LINE - len(self.text)
        fit = "".join(character for character in text if not is_forbidden(character))[:room]
        self.text = self.text[: self.at] + fit + self.text[self.at :]
        self.at += len(fit)

    def _cut(self, begin: int, end: int) -> None:
        self.text = self.text[:begin] + self.text[end:]
        self.at = begin

    def _remember(self, step: int) -> None:
        back = max(0, min(self._back + step, len(self._history)))
        if back == self._back:
            return
        self._kept = self.text if self._back == 0 else self._kept
        self._back = back
        self.text = self._history[-back] if back else self._kept
        self.at = len(self.text)

    def _finish(self) -> None:
        """As far as everything that it can become begins alike."""
        found = self._complete(self.text) if self.at == len(self.text) else ()
        if not found:
            return
        first, last = min(found), max(found)
        same = next((at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
        self.text = first[:same] if same > len(self.text) else self.text
        self.at = len(self.text)

    # What is shown ---------------------------------------------------------------------------------------------------

    def forget_drawn(self) -> None:
        """Nothing of the line is on the screen any more; the cursor is where it is to begin."""
        self._drawn, self._column, self._offset = [], 0, 0

    @property
    def cells(self) -> int:
        """How wide is what stands on the screen."""
        return _width(self._drawn)

    def repaint(self, room: int) -> str:
        """What to write so that the screen shows the line, in at most `room` cells."""
        self._scroll(max(room, 4))
        wanted = _clusters(self.text[self._offset :], max(room, 4))
        cursor = _width(_clusters(self.text[self._offset : self.at], None))
        same = next((n for n, (a, b) in enumerate(zip(self._drawn, wanted, strict=False)) if a != b), None)
        same = min(len(self._drawn), len(wanted)) if same is None else same
        old, new = _width(self._drawn), _width(wanted)
        if self._drawn == wanted:
            written = "\b" * (self._column - cursor) or _after(wanted, self._column, cursor)
        else:
            begin = min(_width(wanted[:same]), self._column)
            blank = max(0, old - new)
            written = "\b" * (self._column - begin) + _after(wanted, begin, new) + " " * blank
            written += "\b" * (new + blank - cursor)
        self._drawn, self._column = wanted, cursor
        return written

    def _scroll(self, room: int) -> None:
        """Keep the cursor among the cells that are shown, half a line further where it leaves them."""
        if self.at < self._offset:
            self._offset = max(0, self.at - room // 2)
        while cell_len(self.text[self._offset : self.at]) >= room:
            self._offset += max(1, min(room // 2, self.at - self._offset))
        if cell_len(self.text) < room:
            self._offset = 0


def _clusters(text: str, room: int | None) -> list[str]:
    """Characters with the marks that stand on them, as many as fit into `room` cells."""
    made: list[str] = []
    width = 0
    for character in text:
        cells = cell_len(character)
        if not cells:
            if made:  # a mark whose letter is out of sight stands on nothing
                made[-1] += character
            continue
        width += cells
        if room is not None and width > room:
            break
        made.append(character)
    return made


def _width(clusters: Sequence[str]) -> int:
    return sum(cell_len(cluster) for cluster in clusters)


def _after(clusters: Sequence[str], begin: int, end: int) -> str:
    """The clusters in the cells from `begin` to `end`."""
    made, column = "", 0
    for cluster in clusters:
        if begin <= column < end:
            made += cluster
        column += cell_len(cluster)
    return made
