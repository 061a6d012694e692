"""Invite one more person to an appointment (S26-S29), or several by pasted lines with a preview of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from textwrap import wrap
from typing import Any, ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Static, TextArea

from ecm_tui.console import pasted
from ecm_tui.console.dialogs.form import Form, Submit, person_fields
from ecm_tui.console.forms import Wrong, check_guest
from ecm_tui.console.text import fit, plain
from ecm_tui.console.widgets.bars import WordsLine
from ecm_tui.console.widgets.field import Field
from ecm_tui.console.widgets.row import Part, Row
from ecm_tui.console.widgets.rows import RowList
from ecm_tui.core.commands import Command, Guest, Invite
from ecm_tui.core.people import Person
from ecm_tui.errors import EcmError, RefusedError


class LineField(Field):
    """A field that hands on several pasted lines instead of taking the first."""

    class Pasted(Message):
        """Several lines were pasted."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def _on_paste(self, event: events.Paste) -> None:
        if len(event.text.strip().splitlines()) > 1:  # terminals send a paste's line ends as carriage returns
            event.stop()
            event.prevent_default()
            self.post_message(self.Pasted("\n".join(event.text.splitlines())))


class InviteForm(Form[tuple[str, ...]]):
    """Gives the ids of those who were invited."""

    ABOUT = (
        "Invite a person: a name and an email address or mobile number. Enter adds, Tab moves, ctrl+t takes "
        "pasted lines of several people, Esc closes."
    )

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+t", "several", show=False)]

    def __init__(self, submit: Submit, people: Callable[[], Iterable[Person]]) -> None:
        """`people` are those of the appointment, as they are when it is called."""
        super().__init__(submit)
        self._people = people
        self._made: tuple[str, ...] = ()
        self._refused: dict[str, str] = {}
        """Line -> why the service refused it."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="box form"):
            yield Static(Content("Invite a person"), id="title", classes="title")
            with Vertical(id="single"):
                yield from person_fields(field=LineField)
            with Vertical(id="several"):
                yield Static(Content("One person a line: name, contact, description"), classes="hint")
                area = TextArea(id="lines", soft_wrap=False, highlight_cursor_line=False, compact=True)
                yield area
                yield RowList(self.ecm.timer, dom_id="preview")
            yield WordsLine()
            with Horizontal(classes="buttons"):
                yield Button(Content("ADD"), id="send", classes="success", compact=True)
                yield Button(Content("Paste several"), id="switch", compact=True)
            yield Static(
                Content("Enter adds · Tab next field · ctrl+t several · Esc closes"), id="hint", classes="hint"
            )

    def command(self) -> Command | Wrong:
        guest = self.guest()
        return check_guest(guest, "The person to invite") or Invite(guest=guest)

    def answer(self, result: Mapping[str, Any]) -> tuple[str, ...]:
        return (*self._made, str(result.get("person_id", "")))

    def sent(self, answer: tuple[str, ...]) -> None:
        """One was invited; lines that are left keep the form open."""
        self._made = answer
        if not self._area.text.strip():
            self.dismiss(answer)
            return
        self._clear_fields()
        self._show_several(True)
        self.say(f"Invited. {_counted(len(self._lines()))} left.")

    def action_close(self) -> None:
        if self._made and self._typed() == self._untouched:
            self.dismiss(self._made)
        else:
            super().action_close()

    def action_send(self) -> None:
        if not self.several:
            super().action_send()
        elif not self._sending:
            self._send_lines()

    # Several people --------------------------------------------------------------------------------------------------

    @property
    def several(self) -> bool:
        """Whether lines are asked for instead of fields."""
        return self.query_one(".form").has_class("-several")

    def action_several(self) -> None:
        """To the lines, with whoever stands in the fields as one of them; and back."""
        self._show_several(not self.several)

    @on(Button.Pressed, "#switch")
    def switched(self, event: Button.Pressed) -> None:
        event.stop()
        self.action_several()

    @on(LineField.Pasted)
    def lines_pasted(self, event: LineField.Pasted) -> None:
        event.stop()
        self._show_several(True)
        self._append(event.text)

    @on(TextArea.Changed, "#lines")
    def lines_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self._preview()

    @property
    def _area(self) -> TextArea:
        return self.query_one("#lines", TextArea)

    def _lines(self) -> list[pasted.Pasted]:
        return pasted.read(self._area.text, self._people())

    def _show_several(self, several: bool) -> None:
        self.say("")  # what was wrong with the one way is not about the other
        self.query_one(".form").set_class(several, "-several")
        self.query_one("#title", Static).update(Content("Invite several people" if several else "Invite a person"))
        self.query_one("#switch", Button).label = Content("One person" if several else "Paste several")
        hint = "ctrl+s adds · Tab leaves the lines" if several else "Enter adds · Tab next field · ctrl+t several"
        self.query_one("#hint", Static).update(Content(f"{hint} · Esc closes"))
        if several and self.guest() != Guest(name=""):
            self._append(pasted.written(self.guest()) + "\n")  # what is pasted now is a line of its own
            self._clear_fields()
        (self._area if several else self.query_one("#name")).focus()
        self._preview()

    def _append(self, text: str) -> None:
        before = self._area.text.rstrip()
        self._area.text = f"{before}\n{text}" if before else text
        self._area.move_cursor(self._area.document.end)

    def _clear_fields(self) -> None:
        for field in self.query(Field):
            field.value = ""

    def _preview(self) -> None:
        preview = self.query_one("#preview", RowList)
        room = max(20, preview.size.width - 3)
        preview.show([row for pair in enumerate(self._lines(), 1) for row in self._rows(*pair, room)])

    def _rows(self, number: int, line: pasted.Pasted, room: int) -> Iterator[Row]:
        """As many rows as its words need."""
        wrong = line.wrong or self._refused.get(line.text, "")
        guest = line.guest
        if wrong:
            said, glyph, look = f"{plain(guest.name, 40) or 'Line ' + str(number)}: {wrong}", "✗ ", "bad"
        else:
            parts = [guest.name, guest.email, guest.mobile, guest.description]
            said, glyph, look = " · ".join(plain(part) for part in parts if part), "✓ ", "good"
        if line.notice and not wrong:
            said, look = f"{plain(guest.name, 30)} · {line.notice}", "warn"
        for part, words in enumerate(wrap(said, room)):
            row_id = f"{number}.{part}" if part else str(number)
            yield Row(row_id, (Part("  " if part else glyph, look), Part(fit(words, room), "text")))

    @work(group="send", exclusive=True, exit_on_error=False)
    async def _send_lines(self) -> None:
        """Invite line by line; what is wrong or refused stays in the form with its reason."""
        lines = self._lines()
        if not any(not line.wrong for line in lines):
            self.say("No line can be added yet." if lines else "Paste a line for each person.", bad=True)
            self._area.focus()
            return
        self._sending, self._area.read_only = True, True
        try:
            left, broken = await self._invite_each(lines)
        finally:
            self._sending, self._area.read_only = False, False
        self._area.text = "\n".join(line.text for line in left)
        if not left:
            self.dismiss(self._made)
            return
        self._preview()
        added = len(lines) - len(left)
        self.say(broken or f"{added} invited. {_counted(len(left))} left: what is wrong stands above.", bad=True)

    async def _invite_each(self, lines: list[pasted.Pasted]) -> tuple[list[pasted.Pasted], str]:
        """The lines that are left, and why it was broken off (empty when it was not)."""
        left: list[pasted.Pasted] = []
        for number, line in enumerate(lines):
            if line.wrong:
                left.append(line)
                continue
            self.say(f"inviting {number + 1} of {len(lines)}…")
            try:
                done = await self._submit(Invite(guest=line.guest))
            except RefusedError as error:
                self._refused[line.text] = error.message
                left.append(line)
            except EcmError as error:
                return [*left, *lines[number:]], error.message
            else:
                self._made = (*self._made, str(done.result.get("person_id", "")))
        return left, ""

    def _typed(self) -> dict[str, str]:
        return super()._typed() | {"lines": self._area.text}


def _counted(lines: int) -> str:
    return "1 line is" if lines == 1 else f"{lines} lines are"
