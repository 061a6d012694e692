"""A join or viewer link, copied and drawn as a QR code."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from ecm_tui.console import words
from ecm_tui.console.dialogs.base import Dialog
from ecm_tui.console.text import content, linked, plain
from ecm_tui.console.widgets.bars import WordsLine
from ecm_tui.core.text import clipboard_safe

WIDEST = 41
"""Columns of the widest QR code that fits beside its words on 80 columns."""


def qr(link: str) -> str:
    """The QR code of `link` in half blocks, dark modules drawn, two modules of border; "" when it is too wide."""
    import segno  # late: only those who look at a link need it

    code = segno.make(link, error="l", micro=False, boost_error=False)
    rows = [list(row) for row in code.matrix_iter(border=2)]
    if len(rows[0]) > WIDEST:
        return ""
    if len(rows) % 2:
        rows.append([0] * len(rows[0]))
    blocks = {(0, 0): " ", (1, 0): "▀", (0, 1): "▄", (1, 1): "█"}
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return "\n".join(
        "".join(blocks[bool(a), bool(b)] for a, b in zip(above, below, strict=True)) for above, below in pairs
    )


class LinkDialog(Dialog[None]):
    """Shows a link; `y` copies it through the terminal (OSC 52), `q` shows the QR code where both have no room."""

    ABOUT = "A link to pass on, with its QR code for a phone. y copies it through your terminal, Esc closes."

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", show=False),
        Binding("q", "code", show=False),
        Binding("enter", "close", show=False),
    ]
    HORIZONTAL_BREAKPOINTS = [(0, "-small"), (80, "-roomy")]  # noqa: RUF012 - Textual declares it per instance

    def __init__(self, title: str, explanation: str, link: str, local_only: bool, notice: str = "") -> None:
        super().__init__()
        self._title = title
        self._explanation = explanation
        self._link = plain(link, 2_000)
        self._local_only = local_only
        self._notice = notice

    def compose(self) -> ComposeResult:
        drawn = qr(self._link) if self.ecm.terminal.signs != "ascii" else ""
        with Horizontal(classes="box link"):
            with Vertical(classes="said"):
                yield Static(content(self._title), classes="title")
                yield Static(content(self._explanation), classes="text")
                yield Static(linked(self._link), id="link", classes="text")
                if self._notice:
                    yield Static(content(self._notice), classes="warning text")
                if self._local_only:
                    yield Static(Content(f"This link {words.LOCAL_ONLY}."), classes="warning text")
                if not drawn:
                    yield Static(Content(self._why_no_code), classes="text")
                yield WordsLine()
                yield Static(Content("y copies · Esc closes"), classes="hint roomy")
                yield Static(Content("y copies · q QR code · Esc closes"), classes="hint small")
            if drawn:
                yield Static(Content(drawn), classes="qr")

    @property
    def _why_no_code(self) -> str:
        if self.ecm.terminal.signs == "ascii":
            return "There is no QR code: this terminal shows letters only."
        return "The link is too long for a QR code on this screen."

    def on_mount(self) -> None:
        self.action_copy()

    def action_copy(self) -> None:
        self.copied(self._link)

    def copied(self, text: str) -> None:
        """Hand a text to the terminal's clipboard, and say so."""
        self.app.copy_to_clipboard(clipboard_safe(text))
        self.say("Copied to the clipboard of your terminal.")

    def action_code(self) -> None:
        """Code or words, on a screen that is too narrow for both."""
        if self.query(".qr"):
            self.toggle_class("-code")
        else:
            self.say(self._why_no_code)
