"""How lines of text look in every list: names of looks, and their styles from the style sheet."""

from __future__ import annotations

from typing import ClassVar

from rich.style import Style
from textual.geometry import Size
from textual.reactive import Reactive
from textual.scroll_view import ScrollView


class Looks(ScrollView):
    """A scrolling widget that draws its own lines, in the looks that `Part` names."""

    DEFAULT_CSS = """
    Looks {
        height: 1fr;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        scrollbar-color: $faint;
        scrollbar-background: $background;
        & > .rows--text { color: $foreground; }
        & > .rows--strong { color: $foreground; text-style: bold; }
        & > .rows--quiet { color: $quiet; }
        & > .rows--faint { color: $faint; }
        & > .rows--heading { color: $accent; text-style: bold; }
        & > .rows--good { color: $success; }
        & > .rows--bad { color: $error; }
        & > .rows--warn { color: $warning; }
        & > .rows--blue { color: $scheduled; }
        & > .rows--pale { color: $taken; }
        & > .rows--cursor { background: $cursor; }
        & > .rows--away { background: $panel; }
        & > .rows--mark { color: $accent; }
        &:ansi > .rows--faint { text-style: dim; }
    }
    """

    LOOKS: ClassVar[tuple[str, ...]] = (
        "text", "strong", "quiet", "faint", "heading", "good", "bad", "warn", "blue", "pale", "cursor", "away", "mark",
    )  # fmt: skip
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"rows--{look}" for look in LOOKS}

    virtual_size = Reactive(Size(0, 0), layout=False)

    def __init__(self, dom_id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=dom_id, classes=classes)
        self._looks: dict[tuple[str, bool, bool], Style] = {}

    def notify_style_update(self) -> None:
        """Another theme or style sheet: the looks are read anew."""
        self._looks.clear()
        super().notify_style_update()

    def look(self, look: str, chosen: bool) -> Style:
        """The style of a look, for the selected line or any other."""
        key = (look, chosen, self.has_focus)
        if key not in self._looks:
            style = self.rich_style + self.get_component_rich_style(f"rows--{look}", partial=True)
            if chosen:
                under = "rows--cursor" if self.has_focus else "rows--away"
                style += self.get_component_rich_style(under, partial=True)
            self._looks[key] = style
        return self._looks[key]

    def mark(self, chosen: bool) -> str:
        """What stands before a line: whether it is selected is told by more than colour."""
        return " " if not chosen else "▌" if self.has_focus else "▏"
