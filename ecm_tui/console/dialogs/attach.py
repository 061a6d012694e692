"""Choosing what everyone in the call is to get (S45), and where a shared file goes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Static

from ecm_tui.client.urls import is_url
from ecm_tui.console import words
from ecm_tui.console.browsing import Entry, Listing, completed, listing, path_of, showable, written
from ecm_tui.console.dialogs.base import Dialog
from ecm_tui.console.dialogs.form import Labelled
from ecm_tui.console.text import content, fit, short
from ecm_tui.console.widgets.bars import WordsLine
from ecm_tui.console.widgets.field import Field
from ecm_tui.console.widgets.row import Part, Row
from ecm_tui.console.widgets.rows import RowList
from ecm_tui.core.files import in_words

ELSEWHERE = ""
"""The answer of who wants to send a file from another computer."""

LONGEST = 4_000
"""Characters of a path or an address."""

UP, LINK = "..", "link"
"""Ids of rows that are no entries; those of entries begin with a slash."""

NAME = 46
"""Cells of a name."""


class Attach(Dialog[str]):
    """Gives a path of this computer, an address, or `ELSEWHERE`."""

    ABOUT = (
        "Choose a file for everyone in the call: type its path or an https, sftp or webdav address, or choose it from "
        "the list. Tab completes the path, the arrow down goes to the list, Tab comes back, u makes a link by which "
        "you send a file from your own computer. You are asked before anything is sent."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", show=False, priority=True),
        Binding("down", "list", show=False),
        Binding("enter", "choose", show=False),
        Binding("u", "elsewhere", show=False),
    ]

    def __init__(self, typed: str) -> None:
        """`typed` stands in the field: what was chosen before and did not arrive."""
        super().__init__()
        self._typed = typed if showable(typed) else ""
        self._listing = Listing(folder=path_of(""))

    def compose(self) -> ComposeResult:
        with Vertical(classes="box form attach"):
            yield Static(Content("Add attachment"), classes="title")
            field = Field(self._typed, "https://…" if self.ecm.confined else "a path, or https://…", dom_id="path")
            field.max_length, field.password = LONGEST, self.ecm.private
            yield Labelled("File", field)
            yield RowList(self.ecm.timer, dom_id="found")
            yield WordsLine()
            tab = "" if self.ecm.confined else "Tab completes · "
            yield Static(Content(f"{tab}↓ list · Enter chooses · Esc closes"), classes="hint")

    def on_mount(self) -> None:
        self._field.focus()
        self._look()

    @property
    def _field(self) -> Field:
        return self.query_one(Field)

    @property
    def _rows(self) -> RowList:
        return self.query_one(RowList)

    # The list --------------------------------------------------------------------------------------------------------

    @on(Input.Changed)
    def typed(self, event: Input.Changed) -> None:
        event.stop()
        self._look()

    @work(group="look", exclusive=True, exit_on_error=False)
    async def _look(self) -> None:
        """Show the folder that is typed; only the way from elsewhere where no file may be seen, or none is meant."""
        typed = self._field.value
        if self.ecm.confined or self.ecm.private or is_url(typed):
            self._listing = Listing(folder=path_of(""))
            self._rows.show(list(self._made(browsing=False)))
            return
        self._listing = await asyncio.to_thread(listing, typed)
        self._rows.show(list(self._made(browsing=True)))
        if not self._rows.drawn_id:
            self._rows.select(next(iter(self._rows.ids()), ""))
        why = self._listing.why_not
        self.say(f"{short(written(self._listing.folder), 40)} cannot be read: {why}." if why else "", bad=bool(why))

    def _made(self, browsing: bool) -> Iterable[Row]:
        yield Row(LINK, (Part("u: send from my own computer", "mark"),))
        if browsing:
            yield Row(UP, (Part("../", "text"),))
        for entry in self._listing.entries:
            size = "" if entry.folder else in_words(entry.size)
            named = fit(entry.name + "/" * entry.folder, NAME)
            yield Row(f"/{entry.name}", (Part(named, "text"), Part(f"{size:>12}", "quiet")))

    @on(RowList.Chosen)
    def chosen(self, event: RowList.Chosen) -> None:
        event.stop()

    @on(RowList.Acted)
    def clicked(self, event: RowList.Acted) -> None:
        event.stop()
        self.action_choose()

    def action_list(self) -> None:
        self._rows.focus()

    def action_choose(self) -> None:
        """Enter on a row."""
        row, folder = self._rows.drawn_id, self._listing.folder
        if row == LINK:
            self.dismiss(ELSEWHERE)
        elif row == UP:
            self._write(written(folder.resolve().parent))
        elif entry := next((each for each in self._listing.entries if f"/{each.name}" == row), None):
            self._choose(entry)

    def _choose(self, entry: Entry) -> None:
        path = self._listing.folder / entry.name
        if not entry.folder:
            self.dismiss(str(path))
        elif showable(str(path)):
            self._write(written(path))
        else:
            self.say("The name of this folder cannot be shown. Rename it, or choose another.", bad=True)

    def _write(self, folder: str) -> None:
        self._field.value = folder if folder.endswith("/") else f"{folder}/"
        self._field.cursor_position = len(self._field.value)

    # The field -------------------------------------------------------------------------------------------------------

    def action_elsewhere(self) -> None:
        self.dismiss(ELSEWHERE)

    @work(group="complete", exclusive=True, exit_on_error=False)
    async def action_complete(self) -> None:
        """Go on with the path; in the list, back to the field."""
        typed = self._field.value
        if not self._field.has_focus:
            self._field.focus()
        elif not (self.ecm.confined or is_url(typed)):
            longer = completed(typed, (await asyncio.to_thread(listing, typed)).entries)
            if self._field.value == typed:
                self._field.value, self._field.cursor_position = longer, len(longer)

    @on(Input.Submitted)
    def entered(self, event: Input.Submitted) -> None:
        """Enter in the field: a folder opens, anything else is chosen, and said to be wrong where it is opened."""
        event.stop()
        typed = event.value.strip()
        if not typed:
            self.say("Type a path or an address, or choose from the list with the arrow down.", bad=True)
        elif is_url(typed):
            self._take_url(typed)
        elif self.ecm.confined:
            self.say(f"{words.CONFINED} An https address works, or u in the list.", bad=True)
        elif path_of(typed).is_dir():
            self._write(written(path_of(typed)))
        else:
            self.dismiss(str(path_of(typed)))

    def _take_url(self, url: str) -> None:
        """What speaks sftp or s3 signs in with the keys of this account, which a guest of it has no part in."""
        if self.ecm.confined and not url.lower().startswith("https://"):
            self.say("Here a file can come from an https address only, or from your own computer (u).", bad=True)
        else:
            self.dismiss(url)


class Save(Dialog[str]):
    """Asks for the folder that a file goes to."""

    ABOUT = "Name the folder that the file goes to. Enter fetches it, Esc closes. Nothing is written over."

    def __init__(self, name: str, folder: str) -> None:
        super().__init__()
        self._file = name
        self._folder = folder

    def compose(self) -> ComposeResult:
        with Vertical(classes="box form"):
            yield Static(content(f"Download {short(self._file, 46)}"), classes="title")
            field = Field(self._folder, dom_id="folder")
            field.max_length = LONGEST
            yield Labelled("Folder", field)
            yield WordsLine()
            with Horizontal(classes="buttons"):
                yield Button(Content("DOWNLOAD"), id="send", classes="success", compact=True)
            yield Static(Content("Enter downloads · Esc closes. Nothing is written over."), classes="hint")

    def on_mount(self) -> None:
        self.query_one(Field).focus()

    def on_input_submitted(self) -> None:
        self._save()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self._save()

    def _save(self) -> None:
        folder = self.query_one(Field).value.strip()
        if not self.settled:
            self.press_again()
        elif not folder:
            self.say("Name a folder.", bad=True)
        elif not path_of(folder).is_dir():
            self.say("There is no such folder. Name one that is there.", bad=True)
        else:
            self.dismiss(folder)
