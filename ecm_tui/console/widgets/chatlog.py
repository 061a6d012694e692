"""The log of the chat view: of ten thousand lines those on the screen are drawn.

It keeps to its end until the reader goes up, and then stays where they read.
"""

from __future__ import annotations

from dataclasses import dataclass

from rich.segment import Segment
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.reactive import var
from textual.strip import Strip

from ecm_tui.console import keys
from ecm_tui.console.transcript import Transcript
from ecm_tui.console.widgets.chatlines import Frame
from ecm_tui.console.widgets.looks import Looks
from ecm_tui.console.widgets.roll import Line, Place, Roll


class ChatLog(Looks, can_focus=True):
    """Entries by the number of their event. The owner hands over the transcript with `show`."""

    DEFAULT_CSS = "ChatLog > .rows--away { background: $background; }"
    BINDINGS = keys.bindings("list")

    @dataclass
    class Moved(Message):
        """The selection or the place of reading moved."""

    @dataclass
    class OptionsRequested(Message):
        """The selected line was clicked twice."""

    selected_id: var[str] = var("")

    def __init__(self, dom_id: str | None = None) -> None:
        super().__init__(dom_id)
        self._roll = Roll()
        self._fitted = Size(0, 0)
        """The size for which `_lines` were chosen."""
        self._top: Place = (0, 0)
        """What stands on the first line of the screen."""
        self._lines: list[Line] = []
        """What stands on the screen, and one line more where there is one."""
        self.at_end = True
        """Whether the newest line shows and nobody reads further up: then new lines are followed."""

    # What it shows ---------------------------------------------------------------------------------------------------

    def show(self, transcript: Transcript, frame: Frame) -> None:
        """Show this, laid out for this frame."""
        self._roll.show(transcript, frame, self._width)
        if self._settled():
            self.refresh()

    @property
    def more_below(self) -> bool:
        """Whether there are lines below the screen."""
        return 0 < self.size.height < len(self._lines)

    @property
    def drawn_id(self) -> str:
        """The selected id while keys mean it, else nothing."""
        return self.selected_id if self.has_focus and self._number is not None else ""

    @property
    def _number(self) -> int | None:
        """Number of the selected entry."""
        return self._roll.number(self.selected_id)

    @property
    def _width(self) -> int:
        """Cells of a line, without the mark before it."""
        return self.size.width - 1

    def _settled(self) -> bool:
        """After something changed: at the end with what is new, or where one reads. Whether other lines show now."""
        return self._to_end() if self.at_end else self._placed(self._top)

    def _placed(self, top: Place) -> bool:
        """Let this line be the first one, as far as lines below it fill the screen. Whether other lines show now."""
        height, before = self.size.height, self._lines
        if height:
            self._top = min(top, self._roll.bottom(height))
            self._lines = self._roll.lines(self._top, height + 1)
            if self._lines:
                self._top = self._lines[0].place
        return self._lines != before

    def _to_end(self) -> bool:
        """To the newest line; the selection goes along, so that it is not left behind above the screen."""
        self.at_end, before = True, self.selected_id
        self.selected_id = self._roll.last_id or before
        return self._placed((self._roll.end, 0)) or self.selected_id != before

    # Keys and mouse --------------------------------------------------------------------------------------------------

    def action_down(self) -> None:
        self._move(1)

    def action_up(self) -> None:
        self._move(-1)

    def action_page(self, direction: int) -> None:
        """A page on or back; the selection goes along, to a line on that page."""
        self._scroll(direction * max(1, self.size.height - 1))
        self._select_seen(last=direction > 0)

    def action_first(self) -> None:
        self._go((0, 0))
        self._select_seen(last=False)

    def action_last(self) -> None:
        """The end, where new lines come."""
        if self._to_end():
            self.refresh()
        self._moved()

    def _go(self, top: Place) -> None:
        if self._placed(top):
            self.refresh()

    def _scroll(self, by: int) -> None:
        self._go(self._roll.down(self._top, by) if by > 0 else self._roll.up(self._top, -by))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._wheel(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._wheel(event, -1)

    def _wheel(self, event: events.Event, direction: int) -> None:
        event.stop()
        self._scroll(direction * round(self.app.scroll_sensitivity_y))
        self._moved()

    def on_click(self, event: events.Click) -> None:
        event.stop()
        if event.y < len(self._lines) and (entry_id := self._lines[event.y].laid.id):
            self._select(entry_id)
            if event.chain == 2:
                self.post_message(self.OptionsRequested())

    def on_focus(self) -> None:
        if self._number is None:
            self._select_seen(last=True)

    def on_blur(self) -> None:
        self.call_after_refresh(self._moved)

    def on_resize(self) -> None:
        self._fit()

    def _moved(self) -> None:
        """The reader went somewhere else."""
        last = not self.has_focus or self.selected_id in ("", self._roll.last_id)
        self.at_end = last and not self.more_below
        self.post_message(self.Moved())

    def _move(self, by: int) -> None:
        """To the next entry; from a line that is not on the screen, to one that is."""
        at = self._number
        if at is None or self.selected_id not in self._seen():
            self._select_seen(last=by < 0)
        elif after := self._roll.id_of(self._roll.told(at + by, by)):
            self._select(after)
        else:  # Beyond the first and the last there may be lines of them, or a date, to see.
            self._go((0, 0) if by < 0 else (self._roll.end, 0))
            self._moved()

    def _select_seen(self, last: bool) -> None:
        """Select the last or the first entry on the screen."""
        if seen := self._seen():
            self._select(seen[-1 if last else 0], reveal=False)

    def _seen(self) -> list[str]:
        """Ids of the entries on the screen."""
        return [line.laid.id for line in self._lines[: self.size.height] if line.laid.id]

    def _select(self, entry_id: str, reveal: bool = True) -> None:
        self.selected_id = entry_id
        if reveal and (number := self._number) is not None:
            (first, last), below = self._roll.span(number), self.size.height - 1
            last = min(last, self._roll.down(first, below))
            if first < self._top:
                self._go(first)
            elif last > self._roll.down(self._top, below):
                self._go(self._roll.up(last, below))
        self.refresh()
        self._moved()

    # Drawing ---------------------------------------------------------------------------------------------------------

    def _fit(self) -> None:
        """In another size other lines stand here: at once, so that no picture shows those of the size before."""
        if self.size != self._fitted:
            self._fitted = self.size
            self._roll.show(self._roll.transcript, self._roll.frame, self._width)
            self._settled()

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        self._fit()
        width = self.size.width
        if y >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        one, piece = self._lines[y].laid, self._lines[y].piece
        chosen = self.has_focus and bool(one.id) and one.id == self.selected_id
        segments = [Segment(self.mark(chosen), self.look("mark", chosen))]
        segments += [Segment(part.text, self.look(part.look, chosen)) for part in one.parts(piece)]
        return Strip(segments).adjust_cell_length(width, self.look("text", chosen))
