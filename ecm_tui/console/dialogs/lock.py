"""The locked console: that a call runs and how many wait, no name, and no key but those that unlock it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from ecm_tui.console import words
from ecm_tui.console.text import content
from ecm_tui.console.widgets.bars import Bar, WordsLine
from ecm_tui.console.widgets.field import Field

if TYPE_CHECKING:
    from ecm_tui.console.app import EcmApp


class Lock(ModalScreen[None]):
    """Covers everything. The call goes on."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab,shift+tab,escape", "nothing", show=False, priority=True)]

    @property
    def ecm(self) -> EcmApp:
        """The app, with its type."""
        return cast("EcmApp", self.app)

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static(Content("Locked"), classes="title")
            yield Bar(dom_id="call")
            yield Bar(dom_id="waiting")
            yield Field(dom_id="pin", placeholder="PIN" if self.ecm.keyhole.has_pin else "any key")
            yield WordsLine()
            hint = "Type your PIN, then Enter." if self.ecm.keyhole.has_pin else "Press any key, then Enter."
            yield Static(Content(f"{hint} The call goes on."), classes="hint")

    def on_mount(self) -> None:
        field = self.query_one(Field)
        field.password = True
        field.focus()
        self.paint()

    def paint(self) -> None:
        """What may be seen of the desk."""
        rows = self.ecm.desk.summaries()
        self.query_one("#call", Bar).show(Content(words.calls(any(row.running for row in rows))))
        self.query_one("#waiting", Bar).show(Content(words.want_to_join(len(self.ecm.desk.wanting()))))

    def action_nothing(self) -> None:
        """The focus stays in the field."""

    @on(Input.Submitted)
    def entered(self, event: Input.Submitted) -> None:
        event.stop()
        typed, event.input.value = event.input.value, ""
        if typed:
            self._unlock(typed)

    @work(group="unlock", exit_on_error=False)
    async def _unlock(self, typed: str) -> None:
        why_not = await self.ecm.keyhole.why_not(typed)
        if why_not:
            self._say(why_not)
        else:
            self.ecm.unlocked()

    def _say(self, sentence: str) -> None:
        line = self.query_one(WordsLine)
        line.set_class(True, "-bad")
        line.show(content(sentence))
