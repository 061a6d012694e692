"""The chat of a session: who is in the call, the log, and the field that writes to everyone (S39, S47, S48)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message

from ecm_tui.console import words
from ecm_tui.console.model import Session
from ecm_tui.console.text import content, say
from ecm_tui.console.widgets.bars import Bar
from ecm_tui.console.widgets.chatlines import Frame
from ecm_tui.console.widgets.chatlog import ChatLog
from ecm_tui.console.widgets.session import in_call_words
from ecm_tui.console.widgets.writing import Writing

EVERYONE = "Everyone in the call sees this"

NEW_LINE = ("ctrl+j", "alt+enter", "shift+enter")
"""Keys that make a new line in a message; the first one travels everywhere."""


class MessageField(Writing):
    """Enter sends; ctrl+j makes a new line; the arrow up from its first line goes to the log."""

    ABOUT: ClassVar[str] = (
        "You write to everyone in the call. Enter sends, ctrl+j makes a new line, Esc and the arrow up go to what was "
        "written. What you type stays until it was sent. These keys work here too."
    )
    """What help says while it is typed in."""
    DEFAULT_CSS = "MessageField { height: auto; min-height: 1; max-height: 5; }"

    @dataclass
    class Submitted(Message):
        """Enter was pressed: this is to be sent."""

        text: str

    @dataclass
    class LogRequested(Message):
        """The person wants to read further up."""

        page: bool
        """Whether by a page."""

    async def on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            self.post_message(self.Submitted(self.text))
        elif event.key in NEW_LINE:
            self.replace("\n", *self.selection, maintain_selection_offset=False)
        elif event.key == "up" and self.cursor_at_first_line:
            self.post_message(self.LogRequested(page=False))
        elif event.key == "pageup":
            self.post_message(self.LogRequested(page=True))
        else:
            return
        event.stop()
        event.prevent_default()


class Chat(Vertical):
    """One widget for both places: a view of its own, or beside the people."""

    DEFAULT_CSS = """
    Chat { height: 1fr; }
    Chat #in-call { padding: 0 1; color: $quiet; height: auto; max-height: 2; }
    Chat #log { margin: 1 0 0 0; }
    Chat #beside { padding: 0 1; }
    Chat MessageField { margin: 0 1; }
    Chat #transfer { padding: 0 1; color: $accent; display: none; }
    Chat.-transfer #transfer { display: block; }
    Chat.-reading MessageField, Chat.-reading #beside { display: none; }
    """

    def __init__(self, dom_id: str) -> None:
        super().__init__(id=dom_id)
        self._words = ("", 0)

    def compose(self) -> ComposeResult:
        yield Bar(dom_id="in-call")
        yield ChatLog(dom_id="log")
        yield Bar(dom_id="transfer")
        yield Bar(dom_id="beside")
        yield MessageField("Message · Enter sends", dom_id="message")

    @property
    def log_view(self) -> ChatLog:
        """The log."""
        return self.query_one(ChatLog)

    @property
    def field(self) -> MessageField:
        """The field that writes to everyone."""
        return self.query_one(MessageField)

    @property
    def typing(self) -> bool:
        """Whether a message is being typed."""
        return self.field.has_focus

    @property
    def seen_to_end(self) -> bool:
        """Whether the newest line is on the screen and read."""
        return self.display and bool(self.log_view.size.width) and self.log_view.at_end

    def show(self, session: Session, frame: Frame, writes: bool) -> None:
        """Show the session's chat; `writes` is whether we may write in it."""
        self.query_one("#in-call", Bar).show(in_call_words(session))
        self.set_class(not writes, "-reading")
        if self.display:
            self.log_view.show(session.transcript, frame)

    def show_words(self, state: str, unread: int, end_key: str) -> None:
        """The line above the field: who sees it, what became of what was sent, and how much is new further down."""
        left = say("[$quiet]$words[/]", words=EVERYONE)
        if state:
            left = Content.assemble(left, say("  [$warning]$state[/]", state=state))
        right = Content("")
        if not self.log_view.at_end and (unread or self.log_view.more_below):
            new = f"{words.count(unread)} new" if unread else "more below"
            right = say("[$accent b]▼ $new[/] [$quiet]$key[/]", new=new, key=end_key)
        bar = self.query_one("#beside", Bar)
        room = bar.size.width - left.cell_length - right.cell_length
        bar.show(Content.assemble(left, " " * max(2, room), right))

    def show_transfer(self, words: str) -> None:
        """How far a file is that is sent or fetched; nothing hides the line."""
        self.set_class(bool(words), "-transfer")
        self.query_one("#transfer", Bar).show(content(words))

    @on(MessageField.LogRequested)
    def read_up(self, event: MessageField.LogRequested) -> None:
        event.stop()
        self.log_view.focus()
        if event.page:
            self.log_view.action_page(-1)
