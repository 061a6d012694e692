"""Details of a person: all that is known, kept up to date while it stands; `y` copies what names nobody."""

from __future__ import annotations

from textwrap import wrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from ecm_tui.console.details import bundle, details
from ecm_tui.console.dialogs.base import Dialog
from ecm_tui.console.text import fit, plain
from ecm_tui.console.widgets.bars import WordsLine
from ecm_tui.console.widgets.row import Part, Row
from ecm_tui.console.widgets.rows import RowList
from ecm_tui.core.text import clipboard_safe

LABEL, VALUE = 14, 55
"""Cells of the two columns."""

MOST_LINES = 4
"""Lines that one value takes at most."""


class Details(Dialog[None]):
    """Esc or Enter closes it."""

    ABOUT = (
        "All that is known of this person, kept up to date. j and k move, y copies ids, states and figures "
        "without names."
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", show=False),
        Binding("enter,q", "close", show=False),
    ]

    def __init__(self, person_id: str) -> None:
        super().__init__()
        self._person = person_id

    def compose(self) -> ComposeResult:
        with Vertical(classes="box details"):
            yield Static(Content("Details"), classes="title")
            yield RowList(self.ecm.timer, dom_id="known")
            yield WordsLine()
            yield Static(Content("y copies ids, states and figures, no names · Esc closes"), classes="hint")

    def on_mount(self) -> None:
        self.paint()
        self.query_one(RowList).focus()

    def paint(self) -> None:
        super().paint()
        desk, shown = self.ecm.desk, self.query_one(RowList)
        session = desk.session
        person = session.appointment.people.get(self._person) if session else None
        if session is None or person is None:
            return
        alike = desk.alike().get(person.id, ())
        rows: list[Row] = []
        for known in details(session, person, desk.lines, alike, desk.clinic.zone, self.ecm.now()):
            lines = wrap(plain(known.text, 600), VALUE, max_lines=MOST_LINES, placeholder=" …") or [""]
            for number, line in enumerate(lines):
                label = fit("" if number else known.label, LABEL)
                parts = (Part(label, "quiet"), Part(fit(line, VALUE), "bad" if known.bad else "text"))
                rows.append(Row(f"line{len(rows)}", parts))
        shown.styles.height = min(len(rows), 20)
        shown.show(rows)

    def action_copy(self) -> None:
        desk = self.ecm.desk
        session = desk.session
        person = session.appointment.people.get(self._person) if session else None
        if session is not None and person is not None:
            self.app.copy_to_clipboard(clipboard_safe(bundle(session, person, desk.lines, self.ecm.now())))
            self.say("Copied to the clipboard of your terminal, without names and contacts.")
