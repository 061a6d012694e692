"""Appointments out of a list (E10): which file or address, what each line becomes, and only then the import."""

from __future__ import annotations

import asyncio
import os
import shlex
from collections.abc import Sequence
from datetime import date, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Static

from ecm_tui.client.urls import is_url
from ecm_tui.console import words
from ecm_tui.console.cells import fit
from ecm_tui.console.dialogs.base import Dialog
from ecm_tui.console.dialogs.form import Labelled
from ecm_tui.console.widgets.bars import WordsLine
from ecm_tui.console.widgets.field import Field
from ecm_tui.console.widgets.row import Part, Row
from ecm_tui.console.widgets.rows import RowList
from ecm_tui.core.text import initials
from ecm_tui.errors import EcmError, NotAListError, RefusedError
from ecm_tui.settings import Lists

if TYPE_CHECKING:
    from ecm_tui.client.imports.fate import Fate
    from ecm_tui.client.imports.line import ImportedLine

LOOKS = {"created": "good", "changed": "warn", "refused": "bad"}
"""How the word stands for what becomes of a line; the others are quiet."""

LONGEST = 4_000
"""Characters of a path or address."""

NUMBER, BECOMES, WHEN = 5, 15, 13
"""Cells of the columns before the patient's name."""


class ImportDialog(Dialog[date]):
    """Gives the first day with an appointment that is new, when there is one."""

    ABOUT = (
        "The day's list from a calendar (ICS), a table (CSV) or FHIR (JSON). Type or paste the file's path or an https "
        "address; what each line becomes is shown before anything happens. New appointments are grey, and nobody is "
        "invited yet."
    )
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s,enter", "send", show=False)]

    def __init__(self, zone: tzinfo, server: Lists) -> None:
        super().__init__()
        self._zone = zone
        self._server = server
        self._lines: Sequence[ImportedLine] = ()
        self._fates: Sequence[Fate] = ()
        self._importing = False
        self._done = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="box importing"):
            yield Static(Content("Import appointments"), classes="title")
            field = Field(dom_id="path", placeholder="path of an ICS, CSV or FHIR file, or https://…")
            field.max_length = LONGEST
            yield Labelled("File", field)
            yield RowList(self.ecm.timer, dom_id="lines")
            yield WordsLine()
            with Horizontal(classes="buttons"):
                yield Button(Content("IMPORT"), id="send", classes="success", compact=True)
            yield Static(Content("Enter looks at the file · Esc closes"), classes="hint")

    def on_mount(self) -> None:
        self._show_lines(False)
        self.query_one(Field).focus()

    def _show_lines(self, shown: bool) -> None:
        for part in ("#lines", ".buttons"):
            self.query_one(part).display = shown

    # The file --------------------------------------------------------------------------------------------------------

    @on(Input.Submitted)
    def entered(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip():
            self._look(event.value.strip())
        else:
            self.say("Name the file.", bad=True)

    @work(group="looking", exclusive=True, exit_on_error=False)
    async def _look(self, typed: str) -> None:
        """What each line of the file, or of what is at the address, would become."""
        from ecm_tui.client.imports.fate import foreseen
        from ecm_tui.client.imports.read import read

        self.say("Looking at the file…")
        try:
            data = await (self._fetched(typed) if is_address(typed) else _content(path_of(typed)))
            self._lines = await asyncio.to_thread(read, data, self._zone)
            self._fates = await foreseen(self.ecm.line, self._lines)
        except EcmError as error:
            self.say(error.message, bad=True)
            return
        self._done = False
        self._paint_lines()
        self._count()
        self.query_one("#lines").focus()

    async def _fetched(self, url: str) -> bytes:
        from ecm_tui.client.imports.server import Login, fetched

        login = Login(server=self._server.server, authorization=self._server.authorization)
        return await fetched(url, login, lambda host, pages, _: self.say(f"{host}: page {pages} is there…"))

    def _paint_lines(self) -> None:
        self._show_lines(True)
        lines = self.query_one(RowList)
        lines.styles.height = min(len(self._fates), 14)
        self.call_after_refresh(lambda: lines.show([self._row(each, lines.size.width) for each in self._fates]))

    def _row(self, fate: Fate, width: int) -> Row:
        from ecm_tui.client.imports.words import BECAME

        command = fate.command
        at = command.at.astimezone(self._zone) if command else None
        when = f"{at.day:>2} {at:%b %H:%M}" if at else ""
        patient = command.patient.name if command else ""
        named = initials(patient) if self.ecm.private and patient else patient
        rest = max(20, width - 1 - NUMBER - BECOMES - WHEN)
        name = min(26, rest // 2)
        about = "" if self.ecm.private else self._about(fate)
        parts = (
            Part(f"{fate.number:>{NUMBER - 2}}  ", "quiet"),
            Part(fit(BECAME[fate.became], BECOMES), LOOKS.get(fate.became, "quiet")),
            Part(fit(when, WHEN), "text"),
            Part(fit(named, name - 1) + " ", "strong"),
            Part(fit(about, rest - name), "quiet"),
        )
        return Row(str(fate.number), parts)

    def _about(self, fate: Fate) -> str:
        """What there is to say beside a line."""
        said = [f"takes out {words.named(fate.taken_out, 3)}"] if fate.taken_out else []
        said += [f"with {words.named(fate.beside, 3)}"] if fate.beside else []
        said += [", ".join(fate.changes)] if fate.changes else []
        if fate.was_at:
            was = fate.was_at.astimezone(self._zone)
            said.append(f"was {was.day} {was:%b %H:%M}")
        if fate.told:
            said.append(f"tells {words.named(fate.told, 3)}")
        return "; ".join([*said, *([fate.why] if fate.why else [])])

    @on(RowList.Chosen)
    def explain(self, event: RowList.Chosen) -> None:
        """All that there is to say about the selected line."""
        event.stop()
        fate = next((each for each in self._fates if str(each.number) == event.row_id), None)
        if fate is not None and not self.ecm.private:
            self.say(self._about(fate))

    def _count(self) -> None:
        """How many lines become what, and who is written to."""
        from ecm_tui.client.imports.words import summary

        out = sum(len(each.taken_out) for each in self._fates)
        told = len({name for each in self._fates for name in each.told if name not in each.taken_out})
        written = f" {told} of those invited get the new invitation." if told and not self._done else ""
        written += f" {out} {'guest is' if out == 1 else 'guests are'} taken out." if out and not self._done else ""
        before = "Imported: " if self._done else ""
        self.say(f"{before}{summary(each.became for each in self._fates)}.{written}")
        count = sum(each.became in ("created", "changed") for each in self._fates)
        button = self.query_one("#send", Button)
        button.label = Content(f"IMPORT {count}")
        self.query_one(".buttons").display = bool(count) and not self._done
        hint = "Enter imports · arrows look at each line · Esc closes" if count else "Esc closes"
        self.query_one(".hint", Static).update(Content("Esc closes" if self._done else hint))

    # The import ------------------------------------------------------------------------------------------------------

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.action_send()

    def action_send(self) -> None:
        if self._importing or not self.query_one(".buttons").display:
            return
        if self.settled:
            self._import()
        else:
            self.press_again()

    def action_close(self) -> None:
        if self._importing:
            self.say("The import is under way; it cannot be stopped half done.", bad=True)
        else:
            self.dismiss(self._first_day() if self._done else None)

    @work(group="importing", exclusive=True, exit_on_error=False)
    async def _import(self) -> None:
        from ecm_tui.client.imports.fate import carried_out

        self._importing = True
        try:
            self._fates = await carried_out(
                self.ecm.line, self._lines, lambda done: self.say(f"Importing… {done} of {len(self._lines)}")
            )
            self._done = True
        except EcmError as error:
            self.say(f"{error.message} The same list can be imported again: nothing is doubled.", bad=True)
            return
        finally:
            self._importing = False
        self._paint_lines()
        self._count()
        if not any(each.became == "refused" for each in self._fates):
            self.ecm.room.say(self.query_one(WordsLine).text)
            self.dismiss(self._first_day())

    def _first_day(self) -> date | None:
        made = [each.command.at for each in self._fates if each.command and each.became in ("created", "changed")]
        return min(made).astimezone(self._zone).date() if made else None


def is_address(typed: str) -> bool:
    """Whether it is fetched; a file that was dropped may begin with file:// and is none the less here."""
    return is_url(typed) and not typed.startswith("file://")


def path_of(typed: str) -> Path:
    """The path that was typed or dropped: terminals drop it in quotes, or with backslashes before its spaces."""
    text = typed.strip()
    if text[:1] in "'\"" or "\\ " in text:
        try:
            text = " ".join(shlex.split(text)) or text
        except ValueError:
            pass  # an odd quote that belongs to the name
    return Path(os.path.expanduser(text.removeprefix("file://")))


async def _content(path: Path) -> bytes:
    """All of the file, or one byte more than is read. Raises RefusedError or NotAListError."""
    from ecm_tui.client.imports.line import MOST_BYTES
    from ecm_tui.client.sources import LocalFile

    try:
        with await asyncio.to_thread(LocalFile, path) as file:
            whole = bytearray()
            async for piece in file.pieces():
                whole += piece
                if len(whole) > MOST_BYTES:
                    break
            return bytes(whole)
    except RefusedError as error:
        if error.code == "empty_file":
            raise NotAListError("The file is empty.") from error
        raise
