"""What every dialog has: a frame, Esc, the notice in its corner, and silence for keys that come just after."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from ecm_tui.console import words
from ecm_tui.console.model import SETTLE
from ecm_tui.console.text import content
from ecm_tui.console.widgets.bars import NoticeBox, WordsLine

if TYPE_CHECKING:
    from ecm_tui.console.app import EcmApp

T = TypeVar("T")


class Dialog(ModalScreen[T]):
    """A modal screen with one answer of type T; None when it was closed without one."""

    ABOUT: ClassVar[str] = ""
    """What help says of this dialog; empty: what it says of the screen below."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close", show=False),
        Binding("question_mark", "app.help", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._opened_at = 0.0

    @property
    def ecm(self) -> EcmApp:
        """The app, with its type."""
        return cast("EcmApp", self.app)

    def on_mount(self) -> None:
        self._opened_at = self.ecm.timer()
        self.mount(NoticeBox())
        self.ecm.paint_corner(self)

    def on_screen_resume(self) -> None:
        self.paint()

    def paint(self) -> None:
        """Show what the desk knows now: the notice, and what a dialog tells beside it."""
        self.ecm.paint_corner(self)

    @property
    def settled(self) -> bool:
        """Whether the dialog stands for long enough that Enter means it; a held Enter answers nothing."""
        return self.ecm.timer() - self._opened_at >= SETTLE

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Close with an answer. Keys that are still under way to the dialog reach nothing else."""
        self.ecm.hush()
        return super().dismiss(result)

    def action_close(self) -> None:
        self.dismiss(None)

    def say(self, sentence: str, bad: bool = False) -> None:
        """A sentence in the dialog's own line, where it has one."""
        for line in self.query(WordsLine):
            line.set_class(bad, "-bad")
            line.show(content(self.ecm.seen(sentence)))

    def press_again(self) -> None:
        """Say that the key came too early to be meant."""
        self.say(words.CHANGED, bad=True)
