"""Files of the chat on the Session screen: sent to everyone, fetched, given up (S45, S46, S49)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from textual import work
from textual.worker import Worker

from ecm_tui.client.sources import LocalFile, Source
from ecm_tui.client.urls import is_url
from ecm_tui.console.browsing import path_of
from ecm_tui.console.dialogs.attach import ELSEWHERE, Attach, Save
from ecm_tui.console.dialogs.confirm import Ask
from ecm_tui.console.dialogs.link import LinkDialog
from ecm_tui.console.screens.album import Album
from ecm_tui.console.text import say, short
from ecm_tui.console.widgets.chat import Chat
from ecm_tui.core.files import SharedFile, in_words
from ecm_tui.core.text import clean_file_name
from ecm_tui.errors import EcmError

if TYPE_CHECKING:
    from ecm_tui.client.files import Progress

ELSEWHERE_WORDS = (
    "Open this link on your own computer and choose the file there. It works once, and everyone in the call gets it."
)


class Attaching(Album):
    """What the Session screen does with files. One is under way at a time."""

    attaches = True
    _choice = ""
    """What was chosen and has not arrived: the next dialog begins with it."""
    _folder = ""
    """Where the last file was fetched to."""
    _under_way: Worker[None] | None = None
    _given_up = ""
    """What is said when it is cancelled now."""

    # Sending ---------------------------------------------------------------------------------------------------------

    def action_attach(self) -> None:
        """Add attachment: choose a file, and after one question everyone in the call has it."""
        session = self.ecm.desk.session
        if session is not None and not self._busy():
            self._choose(session.id)

    @work(group="dialog", exit_on_error=False)
    async def _choose(self, stream: str) -> None:
        chosen = await self.app.push_screen_wait(Attach(self._choice))
        if chosen == ELSEWHERE:
            await self._show_upload_link(stream)
        elif chosen and not self._busy():
            self._choice = chosen
            self._under_way = self._share(stream, chosen)

    def attach_still(self, stream: str, png: Source) -> None:
        if not self._busy():
            self._under_way = self._share(stream, png)

    @work(group="file", exit_on_error=False)
    async def _share(self, stream: str, chosen: str | Source) -> None:
        """Ask with the name and size that the file has, and send just that."""
        self._given_up = "Cancelled. Nothing was shared."
        try:
            self._tell("Looking at the file · Esc cancels")
            async with _opened(chosen) as source:
                name = self._named(source.name)
                if await self._agreed(name, source.size):
                    await self.ecm.line.send_file(stream, source, self._progress(f"Sending {name}"))
                    self._choice = "" if self._choice == chosen else self._choice
                    self.ecm.say(f"Everyone in the call can fetch {name}.")
        except EcmError as error:
            self.ecm.say(error.message, bad=True)
        finally:
            self._tell("")

    async def _agreed(self, name: str, size: int) -> bool:
        question = say("[b]$name[/] · $size", name=name, size=in_words(size))
        answers = (("share", "Share", "success"), ("cancel", "Cancel", "default"))
        return await self.app.push_screen_wait(Ask("Share with everyone in the call?", question, answers)) == "share"

    async def _show_upload_link(self, stream: str) -> None:
        try:
            link = str((await self.ecm.line.query("upload_link", appointment=stream)).get("url") or "")
        except EcmError as error:
            self.ecm.say(error.message, bad=True)
            return
        local = self.ecm.desk.clinic.local_only
        await self.app.push_screen_wait(LinkDialog("Send from my own computer", ELSEWHERE_WORDS, link, local))

    # Fetching --------------------------------------------------------------------------------------------------------

    async def download(self, stream: str, file: SharedFile) -> None:
        """Ask where to, and fetch it."""
        if self._busy():
            return
        usual = "~/Downloads" if path_of("Downloads").is_dir() else "~"
        folder = await self.app.push_screen_wait(Save(file.name, self._folder or usual))
        if folder and not self._busy():
            self._folder = folder
            self._under_way = self._fetch(stream, file, folder)

    @work(group="file", exit_on_error=False)
    async def _fetch(self, stream: str, file: SharedFile, folder: str) -> None:
        self._given_up = "Cancelled. Nothing was saved."
        progress = self._progress(f"Fetching {self._named(file.name)}")
        try:
            progress(0, file.size)
            path = await self.ecm.line.fetch_file(stream, file, path_of(folder), progress)
            self.ecm.say(f"Saved, readable by you alone: {path}")
        except EcmError as error:
            self.ecm.say(error.message, bad=True)
        finally:
            self._tell("")

    # Under way -------------------------------------------------------------------------------------------------------

    def cancel_file(self) -> bool:
        """Give up the file that is under way; False when none is."""
        if self._under_way is None or self._under_way.is_finished:
            return False
        self._under_way.cancel()
        self.say(self._given_up)
        return True

    def _busy(self) -> bool:
        busy = self._under_way is not None and not self._under_way.is_finished
        if busy:
            self.say("Another file is still under way. Wait for it, or cancel it with Esc in the chat.", bad=True)
        return busy

    def _progress(self, doing: str) -> Progress:
        def tell(done: int, size: int) -> None:
            if done >= size and doing.startswith("Sending"):
                self._given_up = "Cancelled. All of it was sent already: look into the chat whether it is there."
            self._tell(f"{doing}: {in_words(done)} of {in_words(size)} · Esc cancels")

        return tell

    def _tell(self, words: str) -> None:
        for chat in self.query(Chat):
            chat.show_transfer(words)

    def _named(self, name: str) -> str:
        return "the file" if self.ecm.private else short(clean_file_name(name), 40)


@asynccontextmanager
async def _opened(chosen: str | Source) -> AsyncIterator[Source]:
    """What was chosen, ready to be read. Raises RefusedError or UnreachableError."""
    if not isinstance(chosen, str):
        yield chosen
    elif is_url(chosen):
        from ecm_tui.client.remote import opened  # late: few files come from elsewhere

        async with opened(chosen) as remote:
            yield remote
    else:
        with LocalFile(path_of(chosen)) as file:
            yield file
