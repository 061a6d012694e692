"""Saving what belongs to an appointment on the person's own computer: files, stills, own notes (S23, S43, S46)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.worker import Worker

from ecm_tui.console import words
from ecm_tui.console.browsing import path_of
from ecm_tui.console.cells import short
from ecm_tui.console.screens.album import Album
from ecm_tui.core.files import SharedFile, in_words
from ecm_tui.core.text import clean_file_name
from ecm_tui.errors import EcmError

if TYPE_CHECKING:
    from ecm_tui.client.files import Progress
    from ecm_tui.console.model import Session

Fetch = Callable[[Path], Awaitable[Path]]
"""Saves something into a folder, and gives its new path. Raises EcmError."""


class Fetching(Album):
    """A screen from which something is saved. One is under way at a time."""

    gives_up: ClassVar[str] = "Esc"
    """What gives it up, for a sentence."""
    under_way: Worker[None] | None = None
    given_up = ""
    """What is said when it is cancelled now."""
    _folder = ""
    """Where the last one was saved."""

    def why_not_saved(self) -> str:
        """Why nothing is saved here now; empty when it can be."""
        hidden = "Show names first: it is saved under its own." if self.ecm.private else ""
        return words.CONFINED if self.ecm.confined else hidden

    async def download(self, stream: str, file: SharedFile) -> None:
        """Ask where to, and fetch a file of the chat."""
        progress = self.file_progress(f"Fetching {self.named_file(file.name)}")

        async def fetch(folder: Path) -> Path:
            progress(0, file.size)
            return await self.ecm.line.fetch_file(stream, file, folder, progress)

        await self._saved_as(file.name, fetch)

    @work(group="dialog", exit_on_error=False)
    async def save_of(self, session: Session, kind: str, of: str) -> None:
        """Save the file, still or note of that id; `kind` is which of them it is."""
        if why_not := self.why_not_saved():
            self.ecm.say(why_not, bad=True)
        elif kind == "file":
            for file in (each for each in session.appointment.files if each.id == of):
                await self.download(session.id, file)
        elif kind == "still":
            await self._save_still(session, of)
        elif kind == "note":
            await self._save_note_text(session, of)

    async def _save_still(self, session: Session, still_id: str) -> None:
        from ecm_tui.client.stills import picture
        from ecm_tui.console.pictures import export_name

        still = next((each for each in session.appointment.stills if each.id == still_id), None)
        if still is None:
            return
        person = session.appointment.people.get(still.person_id)
        zone = self.ecm.desk.clinic.zone
        name = Path(export_name(person.name if person else "still", still.captured_at, zone)).name

        async def fetch(folder: Path) -> Path:
            self.tell_file(f"Fetching {self.named_file(name)} · Esc cancels")
            return await _kept(folder, name, await picture(self.ecm.line.query, session.id, still_id))

        await self._saved_as(name, fetch)

    async def _save_note_text(self, session: Session, note_id: str) -> None:
        note = next((each for each in session.appointment.notes if each.id == note_id), None)
        if note is None:
            return
        name = f"private note {note.at.astimezone(self.ecm.desk.clinic.zone):%Y-%m-%d %H%M}.txt".replace(" ", "-")

        async def fetch(folder: Path) -> Path:
            return await _kept(folder, name, f"{note.text}\n".encode())

        await self._saved_as(name, fetch)

    async def _saved_as(self, name: str, fetch: Fetch) -> None:
        if self.file_busy():
            return
        from ecm_tui.console.dialogs.attach import Save

        usual = "~/Downloads" if path_of("Downloads").is_dir() else "~"
        folder = await self.app.push_screen_wait(Save(name, self._folder or usual))
        if folder and not self.file_busy():
            self._folder = folder
            self.under_way = self._fetch(fetch, folder)

    @work(group="file", exit_on_error=False)
    async def _fetch(self, fetch: Fetch, folder: str) -> None:
        self.given_up = "Cancelled. Nothing was saved."
        try:
            path = await fetch(path_of(folder))
            self.ecm.say(f"Saved, readable by you alone: {path}")
        except EcmError as error:
            self.ecm.say(error.message, bad=True)
        finally:
            self.tell_file("")

    # Under way -------------------------------------------------------------------------------------------------------

    def cancel_file(self) -> bool:
        """Give up the file that is under way; False when none is."""
        if self.under_way is None or self.under_way.is_finished:
            return False
        self.under_way.cancel()
        self.ecm.say(self.given_up)
        return True

    def file_busy(self) -> bool:
        """Whether one is under way, which is said."""
        busy = self.under_way is not None and not self.under_way.is_finished
        if busy:
            self.ecm.say(f"Another file is still under way. Wait for it, or cancel it with {self.gives_up}.", bad=True)
        return busy

    def file_progress(self, doing: str) -> Progress:
        """Tells how far it is; all of a file that is sent may be there before it is known."""

        def tell(done: int, size: int) -> None:
            if done >= size and doing.startswith("Sending"):
                self.given_up = "Cancelled. All of it was sent already: look into the chat whether it is there."
            self.tell_file(f"{doing}: {in_words(done)} of {in_words(size)} · Esc cancels")

        return tell

    def tell_file(self, words: str) -> None:
        """Say how far it is, where the person looks; empty at its end."""
        if words:
            self.ecm.say(words)

    def named_file(self, name: str) -> str:
        """Its name for a sentence, unless names are hidden."""
        return "the file" if self.ecm.private else short(clean_file_name(name), 40)


async def _kept(folder: Path, name: str, data: bytes) -> Path:
    from ecm_tui.client.files import keep

    return await asyncio.to_thread(keep, folder, name, data)
