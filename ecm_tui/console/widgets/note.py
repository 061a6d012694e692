"""The private note: an editor in a pane of its own, unlike the chat's field, over nothing that is needed (S40, S48)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button

from ecm_tui.console.text import plain, say
from ecm_tui.console.widgets.bars import Bar
from ecm_tui.console.widgets.row import Row
from ecm_tui.console.widgets.rows import RowList
from ecm_tui.console.widgets.writing import Writing

TITLE = "Private note: only you can read this"

MOST_ROWS = 3
"""Lines of saved notes that show below the editor."""


class NoteEditor(Writing):
    """Enter makes a new line, ctrl+z takes back; the keys of the pane send and stamp."""

    ABOUT: ClassVar[str] = (
        "You write a private note, which nobody else can read. Enter makes a new line, ctrl+z takes back, Esc closes "
        "the pane and keeps the draft. Nothing is saved with the appointment before you SEND it. These keys work here:"
    )
    MOST = 60_000
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+z", "undo", show=False)]
    DEFAULT_CSS = """
    NoteEditor, NoteEditor:focus, NoteEditor.-textual-compact { background: $surface; height: 1fr; }
    """


class NotePane(Vertical):
    """The editor, its title and SEND, and the notes that were saved."""

    DEFAULT_CSS = """
    NotePane { height: 11; max-height: 42%; background: $surface; border-left: outer $warning; }
    NotePane #note-title { background: $warning; color: $on-accent; text-style: bold; padding: 0 1; }
    NotePane #note-foot { height: 1; }
    NotePane #note-send {
        height: 1;
        min-width: 8;
        width: auto;
        padding: 0 2;
        margin: 0 2 0 1;
        border: none;
        background: $panel;
        color: $warning;
    }
    NotePane #note-send:focus { background: $warning; color: $on-accent; text-style: bold; }
    NotePane #note-state { width: 1fr; color: $quiet; }
    NotePane RowList { background: $surface; height: auto; }
    """

    def __init__(self, timer: Callable[[], float], dom_id: str) -> None:
        super().__init__(id=dom_id)
        self._timer = timer

    def compose(self) -> ComposeResult:
        yield Bar(dom_id="note-title")
        yield NoteEditor(dom_id="note")
        with Horizontal(id="note-foot"):
            yield Button(Content("SEND"), id="note-send", compact=True)
            yield Bar(dom_id="note-state")
        yield RowList(self._timer, dom_id="notes")

    @property
    def editor(self) -> NoteEditor:
        """The editor."""
        return self.query_one(NoteEditor)

    @property
    def saved(self) -> RowList:
        """The list of what was saved, and of drafts of other consoles."""
        return self.query_one("#notes", RowList)

    def show(self, rows: Sequence[Row], state: str, bad: bool, keys: Sequence[str]) -> None:
        """Show these rows below the editor, what became of the note, and the keys that work here: SEND's the first."""
        first, *others = keys
        title, foot = self.query_one("#note-title", Bar), self.query_one("#note-state", Bar)
        title.show(Content(_sides(TITLE, first, title.size.width - 2)))
        words = plain(state, max(1, foot.size.width - 1))
        look = "$error" if bad else "$warning"
        shown = "  ".join(others)
        room = foot.size.width - 1 - cell_len(words) - len(shown)
        more = " " * room + shown if room > 1 else ""
        foot.show(say(f"[{look}]$state[/]$more", state=words, more=more))
        saved = self.saved
        saved.display = bool(rows)
        saved.styles.height = min(len(rows), MOST_ROWS)
        saved.show(rows)


def _sides(left: str, right: str, width: int) -> str:
    """`left`, and `right` at the other end where there is room."""
    room = width - len(left) - len(right)
    return left + (" " * room + right if room > 1 else "")
