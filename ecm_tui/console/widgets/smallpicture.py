"""A small picture in cells, painted line by line: each only when it changes."""

from __future__ import annotations

from textual import events
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from ecm_tui.console.halfcells import Frame


class SmallPicture(Widget):
    """Shows the lines that it is given; knows nothing of whom they show."""

    DEFAULT_CSS = "SmallPicture { width: 100%; height: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self.frame: Frame | None = None
        """What is shown, once all of it is."""
        self.cleared = 0
        """How many times it was made empty."""
        self._lines: dict[int, Strip] = {}

    @property
    def room(self) -> tuple[int, int]:
        """Columns and lines that a picture may have here."""
        return (max(1, self.size.width), max(1, self.size.height))

    def put(self, y: int, line: Strip) -> None:
        """Show this line."""
        self._lines[y] = line
        self.refresh(Region(0, y, self.size.width, 1))

    def clear(self) -> None:
        """Show nothing, at once."""
        self.frame = None
        self.cleared += 1
        if self._lines:
            self._lines.clear()
            self.refresh()

    def on_resize(self, event: events.Resize) -> None:
        self.clear()

    def render_line(self, y: int) -> Strip:
        line = self._lines.get(y)
        if line is None:
            return Strip.blank(self.size.width, self.rich_style)
        return line.apply_style(self.rich_style).adjust_cell_length(self.size.width, self.rich_style)
