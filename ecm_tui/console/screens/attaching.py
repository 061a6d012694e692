"""Files of the chat on the Session screen: sent to everyone (S45, S46)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual import work

from ecm_tui.client.sources import LocalFile, Source
from ecm_tui.client.urls import is_url
from ecm_tui.console.browsing import path_of
from ecm_tui.console.dialogs.attach import ELSEWHERE, Attach
from ecm_tui.console.dialogs.confirm import Ask
from ecm_tui.console.dialogs.link import LinkDialog
from ecm_tui.console.screens.fetching import Fetching
from ecm_tui.console.text import say
from ecm_tui.console.widgets.chat import Chat
from ecm_tui.core.files import in_words
from ecm_tui.errors import EcmError

ELSEWHERE_WORDS = (
    "Open this link on your own computer and choose the file there. It works once, and everyone in the call gets it."
)


class Attaching(Fetching):
    """What the Session screen does with files."""

    attaches = True
    _choice = ""
    """What was chosen and has not arrived: the next dialog begins with it."""
    gives_up = "Esc in the chat"

    # Sending ---------------------------------------------------------------------------------------------------------

    def action_attach(self) -> None:
        """Add attachment: choose a file, and after one question everyone in the call has it."""
        session = self.ecm.desk.session
        if session is not None and not self.file_busy():
            self._choose(session.id)

    @work(group="dialog", exit_on_error=False)
    async def _choose(self, stream: str) -> None:
        chosen = await self.app.push_screen_wait(Attach(self._choice))
        if chosen == ELSEWHERE:
            await self._show_upload_link(stream)
        elif chosen and not self.file_busy():
            self._choice = chosen
            self.under_way = self._share(stream, chosen)

    def attach_still(self, stream: str, png: Source) -> None:
        if not self.file_busy():
            self.under_way = self._share(stream, png)

    @work(group="file", exit_on_error=False)
    async def _share(self, stream: str, chosen: str | Source) -> None:
        """Ask with the name and size that the file has, and send just that."""
        self.given_up = "Cancelled. Nothing was shared."
        try:
            self.tell_file("Looking at the file · Esc cancels")
            async with _opened(chosen) as source:
                name = self.named_file(source.name)
                if await self._agreed(name, source.size):
                    await self.ecm.line.send_file(stream, source, self.file_progress(f"Sending {name}"))
                    self._choice = "" if self._choice == chosen else self._choice
                    self.ecm.say(f"Everyone in the call can fetch {name}.")
        except EcmError as error:
            self.ecm.say(error.message, bad=True)
        finally:
            self.tell_file("")

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

    # Under way -------------------------------------------------------------------------------------------------------

    def tell_file(self, words: str) -> None:
        for chat in self.query(Chat):
            chat.show_transfer(words)


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
