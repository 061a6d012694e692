"""A transcript as the lines of a log, laid out only where somebody looks: opening takes as long with ten lines as with
ten thousand.

A place is counted in entries, and in lines only within one: nobody has to know how many lines stand above it.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC

from ecm_tui.console.transcript import Transcript
from ecm_tui.console.widgets.chatlines import Frame, Laid, day, laid

MOST_KEPT = 1_000
"""Entries that stay laid out; more than any screen shows."""

Place = tuple[int, int]
"""One line: the number of its entry since the session began, and which of the entry's lines it is. A date above the
entry is its first line. Places further down are greater."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it is drawn."""

    place: Place
    laid: Laid
    piece: int
    """Which piece of `laid`."""


class Roll:
    """Lines of a transcript in a frame. Entries that are not told in it have no lines and are passed over."""

    def __init__(self) -> None:
        self.transcript = Transcript()
        self.frame = Frame(UTC, "", {})
        self._width = 0
        self._kept: dict[int, Laid | None] = {}

    def show(self, transcript: Transcript, frame: Frame, width: int) -> None:
        """The lines of this transcript, `width` cells wide."""
        if transcript is not self.transcript or frame != self.frame or width != self._width:
            self._kept.clear()
        self.transcript, self.frame, self._width = transcript, frame, width

    @property
    def end(self) -> int:
        """The number that the next entry will have."""
        return self.transcript.cut + len(self.transcript.entries)

    @property
    def last_id(self) -> str:
        """Id of the last entry; "" when there is none."""
        return self.id_of(self.told(self.end - 1, -1))

    def id_of(self, number: int | None) -> str:
        """Id of an entry; "" for none."""
        one = None if number is None else self._laid(number)
        return one.id if one else ""

    def number(self, entry_id: str) -> int | None:
        """Number of the entry with this id; None when it has no lines here."""
        entries = self.transcript.entries
        at = bisect_left(entries, int(entry_id or 0), key=lambda entry: entry.seq)
        number = self.transcript.cut + at
        return number if at < len(entries) and entry_id and self.id_of(number) == entry_id else None

    def told(self, number: int, by: int) -> int | None:
        """This entry or, where it has no lines, the next one that has: further down for `by` 1, further up for -1."""
        number = max(number, self.transcript.cut) if by > 0 else min(number, self.end - 1)
        entries, cut = self.transcript.entries, self.transcript.cut
        while cut <= number < self.end:
            # Of acts that are not told there can be thousands in a row: none is laid out to learn that.
            if (self.frame.acts or entries[number - cut].line) and self._laid(number):
                return number
            number += by
        return None

    def lines(self, place: Place, count: int) -> list[Line]:
        """The line at this place and those below it, `count` at most."""
        found: list[Line] = []
        number = self.told(place[0], 1)
        while number is not None and len(found) < count:
            of = self._of(number)
            # In another width the entry may have fewer lines than the one that is asked for.
            found += of[min(place[1], len(of) - 1) if number == place[0] else 0 :]
            number = self.told(number + 1, 1)
        return found[:count]

    def up(self, place: Place, count: int) -> Place:
        """The place so many lines further up, or the first one."""
        number, line = place
        while line < count:
            above = self.told(number - 1, -1)
            if above is None:
                return (number, 0)
            count -= line
            number, line = above, len(self._of(above))
        return (number, line - count)

    def down(self, place: Place, count: int) -> Place:
        """The place so many lines further down, or the last one."""
        lines = self.lines(place, count + 1)
        return lines[-1].place if lines else place

    def bottom(self, height: int) -> Place:
        """The place from which the last line stands on the last of `height` lines."""
        last = self.told(self.end - 1, -1)
        return (0, 0) if last is None else self.up(self._of(last)[-1].place, height - 1)

    def span(self, number: int) -> tuple[Place, Place]:
        """The first and the last place of an entry that has lines, without the date above it."""
        lines = self._of(number)
        return next(line.place for line in lines if line.laid.id), lines[-1].place

    def _of(self, number: int) -> list[Line]:
        one = self._laid(number)
        assert one is not None
        before = self.told(number - 1, -1) if number > self.transcript.cut else None
        above = None if before is None else self._laid(before)
        blocks = [one] if above and above.day == one.day else [day(one.day), one]
        pieces = [(block, piece) for block in blocks for piece in range(len(block.pieces))]
        return [Line((number, line), block, piece) for line, (block, piece) in enumerate(pieces)]

    def _laid(self, number: int) -> Laid | None:
        if number not in self._kept:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[number] = laid(self.transcript.entries[number - self.transcript.cut], self.frame, self._width)
        return self._kept[number]
