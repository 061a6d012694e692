"""A menu: what can be done with a person, or everything that can be done here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from ecm_tui.console.dialogs.base import Dialog
from ecm_tui.console.item import Item
from ecm_tui.console.text import content, fit
from ecm_tui.console.widgets.bars import WordsLine
from ecm_tui.console.widgets.row import Part, Row
from ecm_tui.console.widgets.rows import RowList


class Menu(Dialog[str]):
    """Gives the id of the item that was chosen."""

    ABOUT = (
        "A menu: arrows or j and k move, Enter does what is selected, Esc closes. What is faint says why it "
        "cannot be done now."
    )

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "choose", show=False)]

    WIDTH = 50
    """Cells of a line."""

    def __init__(self, title: str, items: Sequence[Item], note: str = "") -> None:
        """`note` is a sentence below the title; empty for none."""
        super().__init__()
        self._note = note
        self._title = title
        self._items = items

    def compose(self) -> ComposeResult:
        with Vertical(classes="box menu"):
            yield Static(content(self._title), classes="title")
            if self._note:
                yield Static(content(self._note), classes="text")
            yield RowList(self.ecm.timer, dom_id="items")
            yield WordsLine()

    def on_mount(self) -> None:
        items = self.query_one(RowList)
        items.styles.height = min(len(self._items), 16)
        items.show([self._row(item) for item in self._items])
        items.focus()

    def _row(self, item: Item) -> Row:
        label = fit(item.label, self.WIDTH - 9)
        look = "faint" if item.why_not else "text"
        return Row(item.id, (Part(label, look, "choose"), Part(f"{item.key:>8} ", "mark", "choose")))

    @on(RowList.Chosen)
    def explain(self, event: RowList.Chosen) -> None:
        """An item that cannot be chosen says why as soon as it is reached."""
        event.stop()
        item = self._item(event.row_id)
        self.say(item.why_not if item else "")

    @on(RowList.Acted)
    def clicked(self, event: RowList.Acted) -> None:
        event.stop()
        self.action_choose()

    def action_choose(self) -> None:
        item = self._item(self.query_one(RowList).drawn_id)
        if item is None:
            return
        if not self.settled:
            self.press_again()
        elif item.why_not:
            self.say(item.why_not, bad=True)
        else:
            self.dismiss(item.id)

    def _item(self, item_id: str) -> Item | None:
        return next((item for item in self._items if item.id == item_id), None)
