"""An app that sends to the terminal the cells that changed and no others: over a slow line every byte is time.

Textual 8.2.8 sends whole stretches of lines again whenever a widget is painted: all of a list when it loses the focus,
a row up to its clock when the clock goes on. What the terminal shows is kept here, and what is painted is held against
it. After a resize, and when it is asked for, the terminal counts as empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import cast

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.control import Control
from rich.segment import Segment
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.app import App
from textual.screen import Screen

Cell = tuple[str, str]
"""Text and pen. The text of a letter of several cells stands in its first one; the others are empty."""

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

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if isinstance(renderable, ChopsUpdate | LayoutUpdate):
            renderable = cast("RenderableType", Changes(renderable, self._shown))
        super()._display(screen, renderable)


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
        for first, end in changes(line[x : x + len(new)], new):
            yield Control.move_to(x + first, y).segment.text
            yield from painted(new[first:end])
        line[x : x + len(new)] = new


def cells(segment: Segment, console: Console) -> list[Cell]:
    """The cells of a segment."""
    text, style, _ = segment
    pen = style.render(TEXT, color_system=console._color_system) if style else TEXT
    if text.isascii():
        return [(letter, pen) for letter in text]
    widths = [cell_len(letter) for letter in text]
    whole = cell_len(text)
    if 0 in widths or sum(widths) != whole:  # letters that only together have a width stay together
        return [(text, pen), *[("", pen)] * (whole - 1)][:whole]
    return [cell for letter, wide in zip(text, widths, strict=True) for cell in [(letter, pen), ("", pen)][:wide]]


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


def painted(stretch: Sequence[Cell]) -> Iterator[str]:
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
