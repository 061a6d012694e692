"""The command line: an action by id or name, something to do with a person, a person, an appointment."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from ecm_tui.console.dialogs.base import Dialog
from ecm_tui.console.finding import Found, meant
from ecm_tui.console.text import fit, short
from ecm_tui.console.widgets.bars import WordsLine
from ecm_tui.console.widgets.field import Field
from ecm_tui.console.widgets.row import Part, Row
from ecm_tui.console.widgets.rows import RowList

SHOWN = 8
"""Lines of what can be meant."""

HINT = 12
"""Cells of the key, state or time beside it."""


class CommandLine(Dialog[Found]):
    """Tab completes, arrows bring back what was typed before, Enter does it, Esc closes."""

    ABOUT = (
        "The command line: an action, what to do with whom, or a name. Tab completes, Up and Down bring back "
        "what was typed before, Enter does it, Esc closes."
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete(1)", show=False, priority=True),
        Binding("shift+tab", "complete(-1)", show=False, priority=True),
        Binding("up", "history(-1)", show=False),
        Binding("down", "history(1)", show=False),
    ]

    def __init__(self, find: Callable[[str], list[Found]], history: deque[str]) -> None:
        """`find` gives what words can mean; `history` is what was typed before, oldest first, and gets one more."""
        super().__init__()
        self._find = find
        self._history = history
        self._back = 0
        """How far back in the history the line stands; 0 for what is being typed."""
        self._found: list[Found] = []
        self._chosen = -1
        """Which of them Tab has chosen; -1 for none."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="command"):
            yield RowList(self.ecm.timer, dom_id="meanings")
            yield WordsLine()
            with Horizontal(classes="line"):
                yield Static(Content(":"))
                yield Field(dom_id="command", placeholder="an action, what to do with whom, or a name · Tab completes")

    def on_mount(self) -> None:
        self.query_one(RowList).can_focus = False
        self.query_one(Field).focus()
        self._look()

    @on(Input.Changed)
    def typed(self, event: Input.Changed) -> None:
        event.stop()
        self._look()

    @on(Input.Submitted)
    def entered(self, event: Input.Submitted) -> None:
        event.stop()
        query = event.value.strip()
        if not query:
            self.dismiss(None)
            return
        found = self._found[self._chosen] if self._chosen >= 0 else meant(query, self._found)
        if isinstance(found, str):
            self.say(found, bad=True)
            return
        if not self._history or self._history[-1] != query:
            self._history.append(query)
        self.dismiss(found)

    @on(RowList.Acted)
    @on(RowList.Chosen)
    def clicked(self, event: RowList.Acted | RowList.Chosen) -> None:
        event.stop()
        self._choose(int(event.row_id))

    def action_complete(self, step: int) -> None:
        if self._found:
            self._choose((self._chosen + step) % len(self._found) if self._chosen >= 0 or step > 0 else -1)

    def action_history(self, step: int) -> None:
        self._back = max(0, min(self._back - step, len(self._history)))
        self._write(self._history[-self._back] if self._back else "")
        self._look()

    def _choose(self, number: int) -> None:
        self._chosen = number % len(self._found)
        self._write(self._found[self._chosen].text)
        with self.prevent(RowList.Chosen):
            self.query_one(RowList).select(str(self._chosen))

    def _write(self, text: str) -> None:
        field = self.query_one(Field)
        with self.prevent(Input.Changed):
            field.value = text
        field.cursor_position = len(text)

    def _look(self) -> None:
        """Find anew; only typing does so, so that what stands there does not change under a key."""
        self._found, self._chosen = self._find(self.query_one(Field).value), -1
        self._show()
        with self.prevent(RowList.Chosen):
            self.query_one(RowList).select("0")
        self.say("")

    def on_resize(self) -> None:
        self._show()

    def _show(self) -> None:
        shown = self.query_one(RowList)
        width = max(20, self.app.size.width - 2)
        shown.styles.height = min(len(self._found), SHOWN)
        shown.show([self._row(number, one, width) for number, one in enumerate(self._found)])

    def _row(self, number: int, one: Found, width: int) -> Row:
        id_width = 20 if one.kind == "action" else 0
        label = fit(one.about or one.label, width - 1 - id_width - HINT - 3)
        hint = f"  {short(one.hint, HINT):>{HINT}} "
        return Row(str(number), (Part(fit(one.id, id_width), "quiet"), Part(label, "text"), Part(hint, "mark")))
