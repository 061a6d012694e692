"""Where no window can open: the one-use link to picture and sound, why it is shown, and the way by which it opens."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from ecm_tui.console import keys, words
from ecm_tui.console.dialogs.link import LinkDialog, qr
from ecm_tui.console.text import content, linked
from ecm_tui.console.widgets.bars import WordsLine


class ViewerDialog(LinkDialog):
    """`y` copies the link, `c` the SSH line that it needs, `q` shows the QR code."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("c", "copy_tunnel", show=False)]

    def __init__(self, why: str, link: str, local_only: bool, tunnel: str) -> None:
        """`tunnel` is the command that lets the link through an SSH line; "" where none is needed or known."""
        super().__init__("Viewer link", why, link, local_only)
        self._tunnel = tunnel if local_only else ""

    def compose(self) -> ComposeResult:
        drawn = qr(self._link) if self.ecm.terminal.signs != "ascii" else ""
        with Vertical(classes="box viewer"):
            with Vertical(classes="said"):
                yield Static(content(self._title), classes="title")
                yield Static(content(self._explanation), classes="text")
                if self._tunnel:
                    yield Static(Content("First, in a terminal of your own computer:"))
                    yield Static(content(self._tunnel), id="tunnel", classes="text heading")
                where = "Then" if self._tunnel else "Open it" if self._local_only else "On your own computer,"
                yield Static(content(f"{where} in a browser, or with `ecm-tui window LINK`:"))
                yield Static(linked(self._link), id="link", classes="text")
                if self._local_only and not self._tunnel:
                    yield Static(Content(f"This link {words.LOCAL_ONLY}."), classes="warning text")
                picture = keys.key_of("session.picture", self.ecm.keymap)
                yield Static(
                    content(f"No browser either? {picture} on a person in the call shows small pictures here.")
                )
                yield WordsLine()
                own = "y copies the link · c copies the ssh line" if self._tunnel else "y copies"
                yield Static(Content(f"{own} · q QR code · Esc closes"), classes="hint")
            if drawn:
                yield Static(Content(drawn), classes="qr")

    def action_copy_tunnel(self) -> None:
        if self._tunnel:
            self.copied(self._tunnel)
