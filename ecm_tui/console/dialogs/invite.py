"""Invite one more person to an appointment (S26-S29)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static

from ecm_tui.console.dialogs.form import Form, person_fields
from ecm_tui.console.forms import Wrong, check_guest
from ecm_tui.console.widgets.bars import WordsLine
from ecm_tui.core.commands import Command, Invite


class InviteForm(Form[str]):
    """Gives the new person's id."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="box form"):
            yield Static(Content("Invite a person"), classes="title")
            yield from person_fields()
            yield WordsLine()
            with Horizontal(classes="buttons"):
                yield Button(Content("ADD"), id="send", classes="success", compact=True)
            yield Static(Content("Enter adds · Tab next field · Esc closes"), classes="hint")

    def command(self) -> Command | Wrong:
        guest = self.guest()
        return check_guest(guest, "The person to invite") or Invite(guest=guest)

    def answer(self, result: Mapping[str, Any]) -> str:
        return str(result.get("person_id", ""))
