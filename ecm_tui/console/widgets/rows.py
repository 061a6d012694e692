"""A list of rows that belong to ids. Only what changed is painted, and the selection stays with its id whatever moves.

Stock lists repaint themselves for each move and select by index: a row that leaves hands the key to the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.segment import Segment
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import var
from textual.strip import Strip

from ecm_tui.console import keys
from ecm_tui.console.model import SETTLE
from ecm_tui.console.widgets.looks import Looks
from ecm_tui.console.widgets.row import Row, act_at, difference


class RowList(Looks, can_focus=True):
    """Rows by id. The owner hands over all rows with `show`; what differs is painted."""

    BINDINGS = keys.bindings("list")

    @dataclass
    class Chosen(Message):
        """The selection moved to this id by the person's own act."""

        row_list: RowList
        row_id: str

        @property
        def control(self) -> RowList:
            """The list it comes from, for `@on` selectors."""
            return self.row_list

    @dataclass
    class Acted(Message):
        """A control of a row was clicked; `settled` is whether the row had kept still long enough to be meant."""

        row_list: RowList
        row_id: str
        act: str
        settled: bool

        @property
        def control(self) -> RowList:
            """The list it comes from, for `@on` selectors."""
            return self.row_list

    selected_id: var[str] = var("")

    def __init__(self, timer: Callable[[], float], dom_id: str | None = None, classes: str | None = None) -> None:
        super().__init__(dom_id, classes)
        self._timer = timer
        self._rows: Sequence[Row] = ()
        self._line_changed: dict[int, float] = {}
        """Line -> when another id came to stand on it."""
        self._row_changed: dict[str, float] = {}
        """Id -> when its line or stamp changed."""

    # What it shows ---------------------------------------------------------------------------------------------------

    def show(self, rows: Sequence[Row]) -> None:
        """Show these rows instead; only the cells that differ are painted."""
        old, self._rows = self._rows, rows
        self._note_changes(old, rows)
        for line in range(max(len(old), len(rows))):
            was = old[line] if line < len(old) else None
            now = rows[line] if line < len(rows) else None
            if was != now:
                self._paint(line, *difference(was, now))
        if len(old) != len(rows):
            self._resized(len(rows))
        if not self.selected_id:
            self.selected_id = next((row.id for row in rows if row.id), "")
            self._paint_selected()

    def select(self, row_id: str) -> None:
        """Move the selection to this id, and the view to its row when it has one."""
        if row_id == self.selected_id:
            return
        self._paint_selected()
        self.selected_id = row_id
        self._paint_selected()
        line = self.line_of(row_id)
        if line is not None:
            self._reveal(line)
        self.post_message(self.Chosen(self, row_id))

    @property
    def drawn_id(self) -> str:
        """The selected id when it has a row here, else nothing: a key never acts on whom the list does not show."""
        return self.selected_id if self.line_of(self.selected_id) is not None else ""

    def settled(self, row_id: str) -> bool:
        """Whether the row of this id kept its line and its meaning for long enough that a key means it."""
        changed = self._row_changed.get(row_id)
        return changed is None or self._timer() - changed >= SETTLE

    def reveal(self) -> bool:
        """Bring the selected row into view; whether it stood there already."""
        line, top = self.line_of(self.selected_id), self.scroll_offset.y
        if line is None:
            return False
        self._reveal(line)
        return top <= line < top + self.size.height

    def line_of(self, row_id: str) -> int | None:
        """The line on which this id stands."""
        return next((line for line, row in enumerate(self._rows) if row.id == row_id), None) if row_id else None

    def ids(self) -> list[str]:
        """The ids that have rows, from the top."""
        return [row.id for row in self._rows if row.id]

    # Keys and mouse --------------------------------------------------------------------------------------------------

    def action_down(self) -> None:
        self._move(1)

    def action_up(self) -> None:
        self._move(-1)

    def action_page(self, direction: int) -> None:
        self._move(direction * max(1, self.size.height - 1))

    def action_first(self) -> None:
        self._move(-len(self._rows))

    def action_last(self) -> None:
        self._move(len(self._rows))

    def on_click(self, event: events.Click) -> None:
        """A click selects; on a control it asks for what the control says."""
        line = event.y + self.scroll_offset.y
        row = self._rows[line] if 0 <= line < len(self._rows) else None
        if row is None:
            return
        event.stop()
        if row.id:
            self.select(row.id)
        act = "open" if event.chain == 2 and row.id else act_at(row, event.x)
        if act:
            moved = self._line_changed.get(line)
            settled = self.settled(row.id) and (moved is None or self._timer() - moved >= SETTLE)
            self.post_message(self.Acted(self, row.id, act, settled))

    def on_focus(self) -> None:
        self._paint_selected()

    def on_blur(self) -> None:
        self._paint_selected()

    # Drawing ---------------------------------------------------------------------------------------------------------

    def on_resize(self) -> None:
        self._resized(len(self._rows))

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        line, width = y + self.scroll_offset.y, self.size.width
        if line >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        row = self._rows[line]
        chosen = bool(row.id) and row.id == self.selected_id
        segments = [Segment(self.mark(chosen), self.look("mark", chosen))]
        segments += [Segment(part.text, self.look(part.look, chosen)) for part in row.parts]
        return Strip(segments).adjust_cell_length(width, self.look("text", chosen))

    def _paint(self, line: int, left: int = 0, right: int | None = None) -> None:
        top = line - self.scroll_offset.y
        if 0 <= top < self.size.height:
            end = self.size.width if right is None else min(right, self.size.width)
            self.refresh(Region(left, top, max(0, end - left), 1))

    def _paint_selected(self) -> None:
        line = self.line_of(self.selected_id)
        if line is not None:
            self._paint(line)

    def _resized(self, lines: int) -> None:
        self.virtual_size = Size(self.size.width, lines)
        self._refresh_scrollbars()
        self.scroll_to(y=min(self.scroll_offset.y, self.max_scroll_y), animate=False)

    def _reveal(self, line: int) -> None:
        top = self.scroll_offset.y
        first = line - 1 if line and not self._rows[line - 1].id else line  # its heading with it
        if first < top:
            self.scroll_to(y=max(0, first), animate=False)
        elif line >= top + self.size.height:
            self.scroll_to(y=line - self.size.height + 1, animate=False)

    def _move(self, by: int) -> None:
        ids = self.ids()
        if not ids:
            return
        try:
            at = ids.index(self.selected_id) + by
        except ValueError:
            at = 0
        self.select(ids[max(0, min(at, len(ids) - 1))])

    def _note_changes(self, old: Sequence[Row], rows: Sequence[Row]) -> None:
        now = self._timer()
        before = {row.id: (line, row.stamp) for line, row in enumerate(old) if row.id}
        for line, row in enumerate(rows):
            if row.id and before.get(row.id) != (line, row.stamp):
                self._row_changed[row.id] = now
                if line >= len(old) or old[line].id != row.id:
                    self._line_changed[line] = now
        for gone in before.keys() - {row.id for row in rows}:
            self._row_changed.pop(gone, None)
