"""Help: what this screen is for, and the keys that work here, from the one table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from ecm_tui.console import keys
from ecm_tui.console.dialogs.base import Dialog
from ecm_tui.console.text import content, fit
from ecm_tui.console.widgets.row import Part, Row
from ecm_tui.console.widgets.rows import RowList


class Help(Dialog[None]):
    """Esc, F1 or Enter closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,q", "close", show=False)]

    def __init__(self, actions: Sequence[keys.Action], about: str, support: str, keymap: dict[str, str]) -> None:
        """`actions` are those that work where help was asked for; `about` says what that is."""
        super().__init__()
        self._actions = actions
        self._about = about
        self._support = support
        self._keymap = keymap

    def compose(self) -> ComposeResult:
        with Vertical(classes="box help"):
            yield Static(Content("Help"), classes="title")
            yield Static(content(self._about), classes="text")
            yield RowList(self.ecm.timer, dom_id="keys")
            if self._support:
                yield Static(content(f"Support: {self._support}"), classes="text")
            yield Static(Content("Esc closes · j and k move"), classes="hint")

    def on_mount(self) -> None:
        shown = self.query_one(RowList)
        shown.show(self._rows())
        shown.focus()

    def _rows(self) -> Sequence[Row]:
        rows = []
        for action in self._actions:
            named = " ".join(keys.keys_of(action.id, self._keymap))
            rows.append(Row(action.id, (Part(fit(named, 11), "mark"), Part(fit(action.help, 58), "text"))))
        return rows
