"""One still: the picture, whose and when, and what can be done with it (S23)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static

from ecm_tui.client.stills import save
from ecm_tui.console import pictures, words
from ecm_tui.console.dialogs.base import Dialog
from ecm_tui.console.dialogs.form import Labelled
from ecm_tui.console.text import content
from ecm_tui.console.widgets.bars import WordsLine
from ecm_tui.console.widgets.field import Field

Keep = Callable[[], Awaitable[Path]]
"""A file of the picture that a viewer can open. Raises OSError."""


ATTACH = "attach"
"""The answer of who wants the still in the chat."""


class StillDialog(Dialog[str]):
    """Shows a still; `o` opens it in a viewer, `e` exports it, `c` asks for it in the chat."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "open", show=False),
        Binding("e", "export", show=False),
        Binding("c", "attach", show=False),
        Binding("enter", "close", show=False),
    ]

    def __init__(self, title: str, facts: str, png: bytes, keep: Keep, proposal: str, attaches: bool = False) -> None:
        """`proposal` is where an export goes unless it is changed; `attaches` is whether the chat is there for it."""
        super().__init__()
        self._title = title
        self._facts = facts
        self._png = png
        self._keep = keep
        self._proposal = proposal
        self._attaches = attaches

    def compose(self) -> ComposeResult:
        with Vertical(classes="box still"):
            yield Static(content(self._title), classes="title")
            with Vertical(classes="picture"):
                yield pictures.drawn(self._png)
            yield Static(content(self._facts), classes="text")
            yield WordsLine()
            keys = "" if self.ecm.confined else "o opens a viewer · e exports · "
            keys += "c Attach to chat · " if self._attaches else ""
            yield Static(Content(f"{keys}Esc closes"), classes="hint")

    def action_attach(self) -> None:
        if not self.settled:
            self.press_again()
        elif self._attaches:
            self.dismiss(ATTACH)

    @work(group="viewer", exclusive=True, exit_on_error=False)
    async def action_open(self) -> None:
        if not self._may_touch_files():
            return
        command = pictures.viewer()
        if not command:
            self.say("There is no display here to open it on. e exports the picture to a file.", bad=True)
            return
        try:
            await pictures.show(command, await self._keep())
        except OSError as error:
            self.say(f"The picture could not be opened: {error.strerror or error}.", bad=True)
        else:
            self.say("Opening the picture in your viewer…")

    @work(group="export", exclusive=True, exit_on_error=False)
    async def action_export(self) -> None:
        if not self._may_touch_files():
            return
        where = await self.app.push_screen_wait(Export(self._png, self._proposal))
        if where:
            self.say(f"Exported, readable by you alone: {where}")

    def _may_touch_files(self) -> bool:
        if not self.settled:
            self.press_again()
        elif self.ecm.confined:
            self.say(words.CONFINED, bad=True)
        return self.settled and not self.ecm.confined


class Export(Dialog[str]):
    """Asks where, and writes; what was typed stays until it worked. Gives the path."""

    ABOUT = (
        "The picture that was taken. o opens it in a viewer, e exports it to a file that only you can read, Esc closes."
    )

    def __init__(self, png: bytes, proposal: str) -> None:
        super().__init__()
        self._png = png
        self._proposal = proposal

    def compose(self) -> ComposeResult:
        with Vertical(classes="box form"):
            yield Static(Content("Export the picture"), classes="title")
            yield Labelled("File", Field(self._proposal, dom_id="path"))
            yield WordsLine()
            with Horizontal(classes="buttons"):
                yield Button(Content("EXPORT"), id="send", classes="success", compact=True)
            yield Static(Content("Enter exports · Esc closes. Nothing is written over."), classes="hint")

    def on_mount(self) -> None:
        self.query_one(Field).focus()

    def on_input_submitted(self) -> None:
        self._export()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self._export()

    @work(group="export", exclusive=True, exit_on_error=False)
    async def _export(self) -> None:
        typed = self.query_one(Field).value.strip()
        path = _path(typed)
        if not typed or not self.settled:
            self.say("Name the file." if self.settled else "Press again.", bad=True)
            return
        try:
            await asyncio.to_thread(save, path, self._png)
        except FileExistsError:
            self.say("A file of this name exists already, and stays. Choose another.", bad=True)
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            self.say(f"It could not be written there: {why}.", bad=True)
        else:
            self.dismiss(str(path))


def _path(typed: str) -> Path:
    return Path(os.path.abspath(os.path.expanduser(typed)))
