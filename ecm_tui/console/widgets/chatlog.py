"""The log of the chat view: of ten thousand lines those on the screen are drawn.

It keeps to its end until the reader goes up, and then stays where they read.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from rich.segment import Segment
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.reactive import var
from textual.strip import Strip

from ecm_tui.console import keys
from ecm_tui.console.transcript import Transcript
from ecm_tui.console.widgets.chatlines import Frame, Laid, day, laid
from ecm_tui.console.widgets.looks import Looks


class ChatLog(Looks, can_focus=True):
    """Entries by the number of their event. The owner hands over the transcript with `show`."""

    DEFAULT_CSS = """
    ChatLog { scrollbar-size-vertical: 0; }
    ChatLog > .rows--away { background: $background; }
    """
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
        self._transcript: Transcript | None = None
        self._frame: Frame | None = None
        self._cut = 0
        self._taken = 0
        """How many entries of the transcript were laid."""
        self._laid: list[Laid] = []
        self._tops: list[int] = []
        """The line on which each of them begins."""
        self._numbers: dict[str, int] = {}
        """Id -> place in `_laid`."""
        self._lines = 0
        self.at_end = True
        """Whether the newest line shows and nobody reads further up: then new lines are followed."""

    # What it shows ---------------------------------------------------------------------------------------------------

    def show(self, transcript: Transcript, frame: Frame) -> None:
        """Show this, laid out for this frame; what was laid already only gets what came since."""
        follows, before = self.at_end, self._lines
        anew = transcript is not self._transcript or frame != self._frame or transcript.cut != self._cut
        kept = self._first_seen() if anew else ""
        if anew:
            self._transcript, self._frame, self._cut = transcript, frame, transcript.cut
            self._taken, self._lines, self._laid, self._tops, self._numbers = 0, 0, [], [], {}
        self._take(transcript, frame)
        if not anew and self._lines == before:
            return
        self.virtual_size = Size(self.size.width, self._lines)
        self._refresh_scrollbars()  # none is drawn, but what has none cannot be scrolled
        if follows:
            self._follow()
        else:
            top = self._tops[self._numbers[kept]] if kept in self._numbers else self.scroll_offset.y
            self.scroll_to(y=top, animate=False)
        self.refresh()

    @property
    def more_below(self) -> bool:
        """Whether there are lines below the screen."""
        return self.scroll_offset.y < self._lines - self.size.height

    @property
    def drawn_id(self) -> str:
        """The selected id while keys mean it, else nothing."""
        return self.selected_id if self.has_focus and self.selected_id in self._numbers else ""

    def _take(self, transcript: Transcript, frame: Frame) -> None:
        for entry in transcript.entries[self._taken :]:
            one = laid(entry, frame)
            if one is None:
                continue
            if self._laid and self._laid[-1].day != one.day:
                self._put(day(one.day))
            self._put(one)
        self._taken = len(transcript.entries)

    def _put(self, one: Laid) -> None:
        if one.id:
            self._numbers[one.id] = len(self._laid)
        self._laid.append(one)
        self._tops.append(self._lines)
        self._lines += len(one.pieces)

    def _first_seen(self) -> str:
        """The id of the topmost entry on the screen."""
        first = max(0, bisect_right(self._tops, self.scroll_offset.y) - 1)
        return next((one.id for one in self._laid[first:] if one.id), "")

    # Keys and mouse --------------------------------------------------------------------------------------------------

    def action_down(self) -> None:
        self._move(1)

    def action_up(self) -> None:
        self._move(-1)

    def action_page(self, direction: int) -> None:
        """A page on or back; the selection goes along, to a line on that page."""
        self.scroll_to(y=self.scroll_offset.y + direction * max(1, self.size.height - 1), animate=False)
        self._select_seen(last=direction > 0)

    def action_first(self) -> None:
        self.scroll_to(y=0, animate=False)
        self._select_seen(last=False)

    def action_last(self) -> None:
        """The end, where new lines come."""
        self._follow()
        self._moved()

    def _follow(self) -> None:
        """To the newest line; the selection goes along, so that it is not left behind above the screen."""
        self.at_end = True
        self.scroll_to(y=self._lines, animate=False)
        if self._laid:
            self.selected_id = self._laid[-1].id
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        event.stop()
        number = bisect_right(self._tops, event.y + self.scroll_offset.y) - 1
        if 0 <= number and event.y + self.scroll_offset.y < self._lines and self._laid[number].id:
            self._select(self._laid[number].id)
            if event.chain == 2:
                self.post_message(self.OptionsRequested())

    def on_focus(self) -> None:
        if self.selected_id not in self._numbers:
            self._select_seen(last=True)

    def on_blur(self) -> None:
        self.call_after_refresh(self._moved)

    def on_resize(self) -> None:
        if self.at_end:
            self._follow()

    def _moved(self) -> None:
        """The reader went somewhere else."""
        last = not self.has_focus or not self._laid or self.selected_id in ("", self._laid[-1].id)
        self.at_end = last and not self.more_below
        self.post_message(self.Moved())

    def _move(self, by: int) -> None:
        """To the next entry; from a line that is not on the screen, to one that is."""
        at = self._numbers.get(self.selected_id)
        if at is None or not self._seen(at):
            self._select_seen(last=by < 0)
            return
        at += by
        while 0 <= at < len(self._laid) and not self._laid[at].id:
            at += by
        if 0 <= at < len(self._laid):
            self._select(self._laid[at].id)
        else:  # Beyond the first and the last there may be lines of them, or a date, to see.
            self.scroll_to(y=0 if by < 0 else self._lines, animate=False)

    def _seen(self, number: int) -> bool:
        top = self.scroll_offset.y
        return self._tops[number] < top + self.size.height and self._tops[number] + self._tall(number) > top

    def _tall(self, number: int) -> int:
        return len(self._laid[number].pieces)

    def _select_seen(self, last: bool) -> None:
        """Select the last or the first entry on the screen."""
        seen = [n for n in self._on_screen() if self._laid[n].id]
        if seen:
            self._select(self._laid[seen[-1 if last else 0]].id, reveal=False)

    def _on_screen(self) -> range:
        top = self.scroll_offset.y
        first = max(0, bisect_right(self._tops, top) - 1)
        return range(first, bisect_right(self._tops, top + max(self.size.height, 1) - 1))

    def _select(self, entry_id: str, reveal: bool = True) -> None:
        self.selected_id = entry_id
        if reveal:
            number = self._numbers[entry_id]
            top, tall = self._tops[number], min(self._tall(number), self.size.height)
            if top < self.scroll_offset.y:
                self.scroll_to(y=top, animate=False)
            elif top + tall > self.scroll_offset.y + self.size.height:
                self.scroll_to(y=top + tall - self.size.height, animate=False)
        self.refresh()
        self._moved()

    # Drawing ---------------------------------------------------------------------------------------------------------

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Scrolled, by key, wheel or a new line."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value) and (new_value < old_value or not self.at_end):
            self._moved()

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        line, width = y + self.scroll_offset.y, self.size.width
        if line >= self._lines:
            return Strip.blank(width, self.rich_style)
        number = bisect_right(self._tops, line) - 1
        one = self._laid[number]
        chosen = self.has_focus and bool(one.id) and one.id == self.selected_id
        segments = [Segment(self.mark(chosen), self.look("mark", chosen))]
        parts = one.parts(line - self._tops[number])
        segments += [Segment(part.text, self.look(part.look, chosen)) for part in parts]
        return Strip(segments).adjust_cell_length(width, self.look("text", chosen))
