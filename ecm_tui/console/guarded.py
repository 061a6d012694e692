"""The app's guard against other people's eyes and hands: initials for names, and a lock. The call goes on."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

from textual import events
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input

from ecm_tui.console import words
from ecm_tui.console.bursts import Unpasted
from ecm_tui.console.dialogs.base import Dialog
from ecm_tui.console.dialogs.form import Form
from ecm_tui.console.dialogs.lock import Lock
from ecm_tui.console.model import Desk
from ecm_tui.console.palette import EcmPalette
from ecm_tui.console.pin import Keyhole
from ecm_tui.console.veil import Veil, unnamed
from ecm_tui.console.widgets.bars import WordsLine

MASKED = ("name", "email", "mobile", "description", "patient_id")
"""How the ids of fields begin in which somebody's data is typed."""


class Guarded(Unpasted):
    """What the console hides, and when."""

    def __init__(self, *args: Any, private: bool = False, lock_minutes: int = 0, pin: Path | None = None, **more: Any):
        """`private`: it starts with initials; `lock_minutes` without a key lock it, 0 for never; `pin` is its file."""
        self.private = False
        super().__init__(*args, **more)
        self.private = private
        self._lock_after = lock_minutes * 60
        self.keyhole = Keyhole(pin, self.timer)
        self._used_at = self.timer()
        self._free = asyncio.Event()
        self._free.set()

    @property
    def desk(self) -> Desk:
        """What the console knows, as it may be seen now."""
        return self._veil if self.private else self._known

    @desk.setter
    def desk(self, known: Desk) -> None:
        self._known, self._veil = known, cast("Desk", Veil(known))

    def on_mount(self) -> None:
        if self._lock_after:
            self.set_interval(1, self._lock_when_idle, name="idle")

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key | events.MouseEvent | events.Paste):
            self._used_at = self.timer()
        await super().on_event(event)

    # Names -----------------------------------------------------------------------------------------------------------

    async def action_privacy(self) -> None:
        """Initials instead of names, and names again."""
        self.private = not self.private
        if self.private:
            await self._close_what_names()
        for screen in self.screen_stack:
            for line in screen.query(WordsLine):
                line.show(Content(""))
            if isinstance(screen, Form):
                self.mask(screen)
        self.paint()
        self.say(words.HIDDEN if self.private else words.SHOWN)

    async def _close_what_names(self) -> None:
        """Dialogs hold the names that they were opened with; a form is kept, and what was typed in it masked."""
        while isinstance(self.screen, Dialog | EcmPalette) and not isinstance(self.screen, Form):
            await self.screen.dismiss(None)

    def mask(self, form: Screen[Any]) -> None:
        """What is typed in a form is read by nobody else."""
        for field in form.query(Input):
            if (field.id or "").startswith(MASKED):
                field.password = self.private

    def seen(self, sentence: str) -> str:
        """A sentence as it may be seen now: the service's own name people."""
        return unnamed(sentence, self._known) if self.private else sentence

    # The lock --------------------------------------------------------------------------------------------------------

    @property
    def locked(self) -> bool:
        """Whether nothing works but unlocking."""
        return not self._free.is_set()

    def action_lock(self) -> None:
        """Cover everything now."""
        if not self.locked:
            self._free.clear()
            self.push_screen(Lock())

    def unlocked(self) -> None:
        """Everything is there again, as it is now."""
        if isinstance(self.screen, Lock):
            self.hush()
            self.screen.dismiss(None)
        self._used_at = self.timer()
        self._free.set()
        self.paint()

    def _lock_when_idle(self) -> None:
        if self.timer() - self._used_at >= self._lock_after:
            self.action_lock()

    async def push_screen_wait(self, screen: Any, **more: Any) -> Any:
        """What would come up by itself waits until the console is unlocked."""
        await self._free.wait()
        return await super().push_screen_wait(screen, **more)
