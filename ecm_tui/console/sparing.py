"""An app that sends to the terminal the cells that changed and no others: over a slow line every byte is time.

Textual 8.2.8 sends whole stretches of lines again whenever a widget is painted: all of a list when it loses the focus,
a row up to its clock when the clock goes on. What the terminal shows is kept here, and what is painted is held against
it. After a resize, and when it is asked for, the terminal counts as empty.

Terminals disagree about how wide the letters of many scripts are, and emoji. Where one thinks otherwise than we do,
nothing behind such a letter may move: the cells below it are blanked first, and the cursor is placed anew behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import cast

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.control import Control
from rich.segment import Segment
from textual._compositor import ChopsUpdate, Compositor, CompositorUpdate, LayoutUpdate
from textual.app import App
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip

Cell = tuple[str, str]
"""Text and pen. The text of a letter of several cells stands in its first one; the others are empty."""

Line = Sequence[Cell]

TEXT = "\0"
"""Where the text stands in a pen: the control sequences before and after it."""

UNKNOWN: Cell = ("", "")

NEAR = 6
"""Unchanged cells between two changes that are sent along, because going past them costs no less."""


class Sparing(App[None]):
    """The one place that stands in for Textual's own way of writing to the terminal."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: dict[int, list[Cell]] = {}
        """Line -> what the terminal shows on it, as far as that is known."""

    @property
    def drained(self) -> bool:
        """Whether the terminal has taken what was painted, as far as this end of the line can tell."""
        writer = getattr(self._driver, "_writer_thread", None)
        return writer is None or writer._queue.empty()

    def on_resize(self) -> None:
        self._shown.clear()

    def action_repaint(self) -> None:
        """Paint all of the screen, whatever the terminal shows: something else may have written there."""
        self._shown.clear()
        self.screen.refresh(layout=True)

    def paint_again(self, region: Region) -> None:
        """Paint these cells, whatever they hold: the terminal shows something else there than we painted."""
        for y in region.line_range:
            line = self._shown.get(y, [])
            line[region.x : region.right] = [UNKNOWN] * len(line[region.x : region.right])
        self.screen.refresh(layout=True)

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if isinstance(renderable, ChopsUpdate | LayoutUpdate):
            renderable = cast("RenderableType", Changes(renderable, self._shown))
        super()._display(screen, renderable)


class Narrow(Compositor):
    """Puts a picture together from the lines that changed: Textual asks every widget for all of its lines."""

    _touched: Sequence[Region] = ()
    """What is painted now, when that is not the whole screen."""

    def render_partial_update(self) -> ChopsUpdate | None:
        """The update for what changed; None for nothing."""
        self._touched = tuple(self._dirty_regions)
        try:
            return super().render_partial_update()
        finally:
            self._touched = ()

    def _get_renders(self, crop: Region | None = None) -> Iterable[tuple[Region, Region, list[Strip]]]:
        if not self._touched:
            yield from super()._get_renders(crop)
            return
        for widget, (region, clip) in self.visible_widgets.items():
            seen = region.intersection(clip)
            if touched := [part for each in self._touched if (part := each.intersection(seen))]:
                top, bottom = min(part.y for part in touched), max(part.bottom for part in touched)
                lines = Region(seen.x, top, seen.width, bottom - top)
                yield lines, lines, widget.render_lines(lines.translate(-region.offset))


class Changes(CompositorUpdate):
    """What of an update the terminal does not show yet."""

    def __init__(self, update: ChopsUpdate | LayoutUpdate, shown: dict[int, list[Cell]]) -> None:
        self._update = update
        self._shown = shown

    def render_segments(self, console: Console) -> str:
        """The control sequences and letters that paint it; they count as shown from now on."""
        pieces = _chops(self._update) if isinstance(self._update, ChopsUpdate) else _lines(self._update)
        return "".join(text for y, x, segments in pieces for text in self._written(y, x, segments, console))

    def _written(self, y: int, x: int, segments: Sequence[Segment], console: Console) -> Iterator[str]:
        if any(segment.control for segment in segments):  # a picture: no text, and nothing to compare
            self._shown.pop(y, None)
            yield Control.move_to(x, y).segment.text
            yield from (segment.text for segment in segments)
            return
        new = [cell for segment in segments for cell in cells(segment, console)]
        line = self._shown.setdefault(y, [])
        line.extend([UNKNOWN] * (x + len(new) - len(line)))
        old = list(line)
        line[x : x + len(new)] = new
        changed = [(x + first, x + end) for first, end in changes(old[x : x + len(new)], new)]
        for first, end in widened(changed, old, line):
            yield from painted(line, y, first, end)


def cells(segment: Segment, console: Console) -> list[Cell]:
    """The cells of a segment."""
    text, style, _ = segment
    pen = style.render(TEXT, color_system=console._color_system) if style else TEXT
    if text.isascii():
        return [(letter, pen) for letter in text]
    return [cell for letter, wide in letters(text) for cell in [(letter, pen), *[("", pen)] * (wide - 1)][:wide]]


def letters(text: str) -> list[tuple[str, int]]:
    """Letters with the marks that stand on them, each with its width in cells."""
    made: list[str] = []
    for character in text:
        if made and not cell_len(character):
            made[-1] += character
        else:
            made.append(character)
    found = [(letter, cell_len(letter)) for letter in made]
    whole = cell_len(text)
    # What only together has a width, as emoji do, stays together.
    return found if sum(wide for _, wide in found) == whole else [(text, whole)]


def changes(old: Sequence[Cell], new: Sequence[Cell]) -> Iterator[tuple[int, int]]:
    """The first and the last cell (excluded) of each stretch in which two lines differ; none begins within a letter."""
    first = end = -1
    for at, (was, now) in enumerate(zip(old, new, strict=True)):
        if was == now:
            continue
        while at and not new[at][0]:
            at -= 1
        if first < 0:
            first = at
        elif at - end > NEAR:
            yield first, end
            first = at
        end = max(end, at + 1)
    if first >= 0:
        yield first, end


def widened(stretches: Sequence[tuple[int, int]], old: Line, new: Line) -> Iterator[tuple[int, int]]:
    """The same stretches with whatever an unsure letter in them covers or covered; those that meet become one."""
    runs = [(at, reach) for line in (old, new) for at, _, reach in unsure(line)]
    held: tuple[int, int] | None = None
    for first, end in stretches:
        before = None
        while before != (first, end):
            before = (first, end)
            met = [(first, end), *((at, reach) for at, reach in runs if at < end and first < reach)]
            first, end = min(at for at, _ in met), max(reach for _, reach in met)
        if held and first <= held[1]:
            held = (min(held[0], first), max(held[1], end))
            continue
        if held:
            yield held
        held = (first, end)
    if held:
        yield held


def painted(line: Line, y: int, first: int, end: int) -> Iterator[str]:
    """What paints these cells of a line, which begin and end with whole letters."""
    yield Control.move_to(first, y).segment.text
    at = first
    for begins, ends, reach in unsure(line):
        if not first <= begins < end:
            continue
        yield from _joined(line[at:begins])
        at = ends
        while at < min(reach, end) and line[at][0] == " ":  # room for letters that are wider than we think
            at += 1
        yield from _joined([(" ", pen) for _, pen in line[begins:at]])
        yield Control.move_to(begins, y).segment.text
        yield from _joined(line[begins:ends])
        if at < end:
            yield Control.move_to(at, y).segment.text
    yield from _joined(line[at:end])


def unsure(line: Line) -> Iterator[tuple[int, int, int]]:
    """Each stretch of letters of which terminals disagree: first cell, last cell (excluded), how far it may reach."""
    at = 0
    while at < len(line):
        if is_sure(line[at][0]):
            at += 1
            continue
        begins, ends = at, at + 1
        # The words of one name are one stretch, and so is a letter with all of its cells.
        while ends < len(line) and (not is_sure(line[ends][0]) or _goes_on(line, ends)):
            ends += 1
        at, most = ends, begins + 2 * sum(len(letter) for letter, _ in line[begins:ends])
        reach = ends
        while reach < len(line) and line[reach] != UNKNOWN and (reach < most or not line[reach][0]):
            reach += 1
        yield begins, ends, reach


def _goes_on(line: Line, at: int) -> bool:
    letter = line[at][0]
    if letter == " ":
        return at + 1 < len(line) and not is_sure(line[at + 1][0])
    return not letter and line[at] != UNKNOWN


@lru_cache(4096)
def is_sure(letter: str) -> bool:
    """Whether every terminal takes this letter to be as wide as we do."""
    return letter.isascii() or _SURE.fullmatch(letter) is not None


_SURE = re.compile(
    "[\u00a0-\u02ff\u0370-\u0482\u048a-\u0556\u1e00-\u1fff\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2190-\u2319"
    "\u2400-\u2426\u2500-\u25fc\u2666\u2713-\u2718\u3001-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff60\ufffd]"
)
"""One letter of Latin, Greek, Cyrillic, Chinese, Japanese or Korean, or a sign of ours."""


def _joined(stretch: Sequence[Cell]) -> Iterator[str]:
    """Neighbours of one pen are painted in one go."""
    text, held = "", ""
    for letter, pen in stretch:
        if pen != held and text:
            yield held.replace(TEXT, text)
            text = ""
        text, held = text + letter, pen
    if text:
        yield held.replace(TEXT, text)


def _chops(update: ChopsUpdate) -> Iterator[tuple[int, int, Sequence[Segment]]]:
    """The stretches between the edges of widgets that a change touches: line, column, segments."""
    for y, left, right in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=True):
            if strip is not None and x < right and end > left:
                yield y, x, list(strip)


def _lines(update: LayoutUpdate) -> Iterator[tuple[int, int, Sequence[Segment]]]:
    strips: Iterable[Iterable[Segment]]
    for y, strips in enumerate(update.strips, update.region.y):
        yield y, update.region.x, [segment for strip in strips for segment in strip]
