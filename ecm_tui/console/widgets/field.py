"""A one-line field that repaints the letter that was typed and not its neighbours: for slow lines."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.reactive import Reactive, reactive
from textual.widgets import Input


class Field(Input):
    """An input without border, one row high."""

    DEFAULT_CSS = """
    Field, Field.-textual-compact, Field:focus {
        border: none;
        height: 1;
        padding: 0 1;
        background: $panel;
    }
    Field:focus { background: $cursor; background-tint: $cursor 0%; }
    Field > .input--placeholder { color: $quiet; }
    Field:ansi { text-style: underline; }
    Field:ansi > .input--placeholder { text-style: dim; }
    Field:ansi > .input--cursor { color: ansi_default; background: ansi_default; text-style: reverse; }
    """

    virtual_size = Reactive(Size(0, 0), layout=False)
    value: Reactive[str] = reactive("", layout=False, init=False)

    def __init__(self, value: str = "", placeholder: str = "", dom_id: str | None = None, classes: str = "") -> None:
        super().__init__(
            value, placeholder, id=dom_id, classes=classes, compact=True, max_length=254, select_on_focus=False
        )


class SearchField(Field):
    """A field above the list that it narrows: down goes there, as Enter does."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("down", "submit", show=False)]
