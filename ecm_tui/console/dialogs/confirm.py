"""One question with its answers as buttons. Nothing is answered by a key that was held from before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static

from ecm_tui.console.dialogs.base import Dialog
from ecm_tui.console.widgets.bars import WordsLine


class Ask(Dialog[str]):
    """Gives the id of the button that was chosen; the first one has the focus, unless it is said otherwise."""

    ABOUT = (
        "A question: arrows move between the answers, Enter chooses the marked one, y is the first of them, n or Esc "
        "closes without any."
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,down", "app.focus_next", show=False),
        Binding("left,up", "app.focus_previous", show=False),
        Binding("y", "first", show=False),
        Binding("n", "close", show=False),
    ]

    def __init__(
        self, title: str, question: Content, answers: Sequence[tuple[str, str, str]], focused: str = ""
    ) -> None:
        """`answers`: id, label, and the look of the button (`default`, `error` or `success`).

        `focused` is the id of the answer that Enter gives, where the first one would lose something.
        """
        super().__init__()
        self._focused = focused
        self._title = title
        self._question = question
        self._answers = answers

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static(Content(self._title), classes="title")
            yield Static(self._question, classes="text")
            with Horizontal(classes="buttons"):
                for name, label, look in self._answers:
                    yield Button(Content(label), id=name, classes=look, compact=True)
            yield WordsLine()
            yield Static(Content("Enter chooses · arrows move · Esc closes"), classes="hint")

    def on_mount(self) -> None:
        self.query(f"#{self._focused}" if self._focused else Button).first().focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self._answer(event.button.id or "")

    def action_first(self) -> None:
        self._answer(self._answers[0][0])

    def _answer(self, chosen: str) -> None:
        if self.settled:
            self.dismiss(chosen if chosen != "cancel" else None)
        else:
            self.press_again()
