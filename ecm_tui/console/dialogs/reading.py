"""A text to be read in full: a long message, a saved note."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from ecm_tui.console.dialogs.base import Dialog
from ecm_tui.console.text import content
from ecm_tui.console.widgets.bars import WordsLine
from ecm_tui.core.text import clean, clipboard_safe

LONGEST = 100_000
"""Characters that are shown: more than any message or note has."""


class Reading(Dialog[None]):
    """Arrows, j and k move; `y` copies."""

    ABOUT = "A text to read: arrows, j and k move, y copies it, Esc closes."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", show=False),
        Binding("enter,q", "close", show=False),
        Binding("j", "scroll('down')", show=False),
        Binding("k", "scroll('up')", show=False),
    ]

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title = title
        self._text = text

    def compose(self) -> ComposeResult:
        with Vertical(classes="box reading"):
            yield Static(content(self._title), classes="title")
            with VerticalScroll():
                yield Static(Content(clean(self._text, LONGEST, multiline=True)))
            yield WordsLine()
            yield Static(Content("j and k move · y copies · Esc closes"), classes="hint")

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def action_scroll(self, direction: str) -> None:
        text = self.query_one(VerticalScroll)
        text.scroll_relative(y=1 if direction == "down" else -1, animate=False)

    def action_copy(self) -> None:
        self.app.copy_to_clipboard(clipboard_safe(self._text))
        self.say("Copied to the clipboard of your terminal.")
