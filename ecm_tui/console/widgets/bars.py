"""The lines around a screen: title and line state above; words and useful keys below; the notice in the corner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from ecm_tui.console.text import say


class Bar(Widget):
    """One line of content that is painted only when it changes."""

    DEFAULT_CSS = "Bar { height: 1; width: 100%; }"

    def __init__(self, dom_id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=dom_id, classes=classes)
        self._content = Content("")

    def render(self) -> Content:
        return self._content

    def show(self, content: Content) -> None:
        """Show this instead of what is there."""
        if content.markup != self._content.markup:
            before, self._content = self._content, content
            self.refresh(layout=self.styles.is_auto_height and self._tall(before) != self._tall(content))

    def _tall(self, content: Content) -> int:
        """How many lines it takes; before it has a place on the screen, each time as many as it has cells."""
        width = self.size.width
        return content.get_height({}, width) if width else content.cell_length

    @property
    def text(self) -> str:
        """What it says, without looks."""
        return self._content.plain


class TopBar(Bar):
    """Clinic and place at the left; own switches, line and time at the right."""

    DEFAULT_CSS = "TopBar { background: $panel; padding: 0 1; }"

    def show_sides(self, left: Content, right: Content) -> None:
        """Left and right, the left one cut when both do not fit."""
        width = self.size.width
        room = max(0, width - right.cell_length - 2)
        left = left.truncate(room, ellipsis=True)
        gap = max(1, width - left.cell_length - right.cell_length)
        self.show(Content.assemble(left, " " * gap, right))


class WordsLine(Bar):
    """What the console says: an outcome, a refusal's reason, a hint. A sentence too long for one line takes more."""

    DEFAULT_CSS = """
    WordsLine { padding: 0 1; color: $quiet; height: auto; min-height: 1; max-height: 6; }
    WordsLine.-bad { color: $error; }
    WordsLine.-good { color: $foreground; }
    """


class KeyLine(Bar):
    """The next useful keys. Each can be clicked."""

    DEFAULT_CSS = "KeyLine { background: $surface; padding: 0 1; }"

    @dataclass
    class Clicked(Message):
        """A key was clicked: the action's id."""

        action_id: str

    def __init__(self) -> None:
        super().__init__()
        self._told: object = None
        """What is drawn, and how wide."""
        self._spots: list[tuple[int, int, str]] = []

    def show_keys(self, useful: Sequence[tuple[str, str, str]]) -> None:
        """(action id, key, word) of what is useful now, most useful first; the last one always has its place."""
        room, told = self.size.width, self._told
        self._told = (room, *useful)
        if told == self._told:
            return
        drawn = [(id_, say("[$accent]$key[/] $word", key=key, word=word)) for id_, key, word in useful]
        last = drawn.pop() if drawn else ("", Content(""))
        left = room - last[1].cell_length
        parts: list[Content] = []
        self._spots, column = [], 0
        for action_id, part in drawn:
            if column + part.cell_length + 2 > left:
                break
            parts += [part, Content("  ")]
            self._spots.append((column + 1, column + 1 + part.cell_length, action_id))
            column += part.cell_length + 2
        self._spots.append((left + 1, room + 1, last[0]))
        self.show(Content.assemble(*parts, Content(" " * (left - column)), last[1]))

    def on_click(self, event: events.Click) -> None:
        for left, right, action_id in self._spots:
            if left <= event.x < right:
                self.post_message(self.Clicked(action_id))


class NoticeBox(Widget):
    """Who wants to join, in the corner of every screen and dialog. Takes no focus; a click admits as F2 does."""

    DEFAULT_CSS = """
    NoticeBox {
        layer: notice;
        dock: right;
        width: auto;
        height: 1;
        margin: 1 0 0 0;
        padding: 0 1;
        background: $accent;
        color: $on-accent;
        text-style: bold;
        display: none;
        &:nocolor { text-style: bold reverse; }
    }
    NoticeBox.-shown { display: block; }
    """

    @dataclass
    class Clicked(Message):
        """The notice was clicked."""

    def __init__(self) -> None:
        super().__init__()
        self.words = ""

    def render(self) -> Content:
        return Content(self.words)

    def show(self, words: str) -> None:
        """Show these words; nothing hides the notice."""
        if words == self.words:
            return
        wider = cell_len(words) != cell_len(self.words)
        self.words = words
        self.set_class(bool(words), "-shown")
        self.refresh(layout=wider)

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(self.Clicked())
