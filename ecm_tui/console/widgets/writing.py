"""A field of several lines, as high as its text needs; typing in it moves nothing around it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import Reactive, reactive
from textual.strip import Strip
from textual.widgets import TextArea
from textual.widgets.text_area import Edit, EditResult

from ecm_tui.core.text import clean

OURS = frozenset({"f6", "f7", "ctrl+z"})
"""Keys of the stock widget that mean something else here."""


def _stock_keys() -> Iterable[BindingType]:
    for binding in TextArea.BINDINGS:
        if isinstance(binding, Binding) and not OURS & set(binding.key.split(",")):
            yield binding


class Writing(TextArea, inherit_bindings=False):
    """A text area without border and blink. What is pasted keeps its lines and passes the gate."""

    DEFAULT_CSS = """
    Writing, Writing:focus, Writing.-textual-compact { border: none; padding: 0 1; background: $panel; }
    Writing { scrollbar-size-vertical: 0; }
    Writing:focus { background: $cursor; background-tint: $cursor 0%; }
    Writing > .text-area--placeholder { color: $quiet; }
    """
    BINDINGS: ClassVar[list[BindingType]] = list(_stock_keys())
    MOST: ClassVar[int] = 20_000
    """Characters that a paste may bring the text to."""

    virtual_size = Reactive(Size(0, 0), layout=False, repaint=False)
    veiled: Reactive[bool] = reactive(False)
    """Whether somebody may look over a shoulder: the letters are drawn as dots."""

    @dataclass
    class PasteRefused(Message):
        """A paste was too long, and nothing of it was taken."""

        sentence: str

    def __init__(self, placeholder: str = "", dom_id: str | None = None) -> None:
        super().__init__(
            id=dom_id, compact=True, highlight_cursor_line=False, placeholder=placeholder, tab_behavior="focus"
        )
        self.cursor_blink = False
        self.match_cursor_bracket = False
        self._tall = 1

    def edit(self, edit: Edit) -> EditResult:
        result = super().edit(edit)
        self._fit()
        return result

    def undo(self) -> None:
        super().undo()
        self._fit()

    def redo(self) -> None:
        super().redo()
        self._fit()

    def load_text(self, text: str) -> None:
        """Another text instead, with the cursor at its end."""
        super().load_text(text)
        self.move_cursor(self.document.end)
        self._fit()

    def on_resize(self) -> None:
        self._fit()

    def on_paste(self, event: events.Paste) -> None:
        """Line ends come as the terminal sends them, mostly as Enter: they are text here and press nothing."""
        event.stop()
        event.prevent_default()
        pasted = clean(event.text, self.MOST * 4, multiline=True)
        if len(self.text) + len(pasted) > self.MOST:
            self.post_message(self.PasteRefused(f"That is too long to paste: {len(event.text):,} characters."))
            return
        start, end = self.selection
        self.move_cursor(self.replace(pasted, start, end, maintain_selection_offset=False).end_location)

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        strip = super().render_line(y)
        if not self.veiled or not self.text:
            return strip
        return Strip([Segment(_dotted(text), style, control) for text, style, control in strip])

    def _fit(self) -> None:
        tall, self._tall = self._tall, self.wrapped_document.height
        if self.styles.is_auto_height and self._tall != tall:
            self.refresh(layout=True)


def _dotted(text: str) -> str:
    return re.sub(r"\S", lambda letter: "•" * cell_len(letter[0]), text)
