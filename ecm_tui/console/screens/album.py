"""Looking at the stills of an appointment, on whichever screen it is (S23)."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import work

from ecm_tui.console import words
from ecm_tui.console.allowed import allowed
from ecm_tui.console.cells import short
from ecm_tui.console.details import organiser
from ecm_tui.console.screens.room import Room
from ecm_tui.core.stills import Still
from ecm_tui.errors import EcmError

if TYPE_CHECKING:
    from ecm_tui.client.sources import Source


class Album(Room):
    """A screen that shows stills."""

    attaches: ClassVar[bool] = False
    """Whether a still can be put into the chat here."""

    def attach_still(self, stream: str, png: Source) -> None:
        """Share it with everyone in the call, after one question."""
        raise NotImplementedError

    @work(group="still", exclusive=True, exit_on_error=False)
    async def show_still(self, stream: str, still: Still, name: str, unasked: bool = False) -> None:
        """The picture in the terminal; one that nobody opened comes only where no dialog would be covered."""
        from ecm_tui.client.sources import Held  # late, all of it: few starts come to a still
        from ecm_tui.client.stills import picture
        from ecm_tui.console import pictures
        from ecm_tui.console.dialogs.still import ATTACH, StillDialog

        try:
            png = await picture(self.ecm.line.query, stream, still.id)
        except EcmError as error:
            self.ecm.say(error.message, bad=True)
            return
        if self.ecm.private:
            self.ecm.say(words.PICTURE_HIDDEN, bad=True)
            return
        if unasked and self.app.screen is not self:
            return
        zone = self.ecm.desk.clinic.zone
        asker = short(self._asker(stream, still), 16)
        facts = f"{asker} asked; taken at {self.time_of(still)}. Kept with the appointment."
        keep = partial(self._kept, stream, still.id, png)
        proposal = pictures.export_name(name, still.captured_at, zone)
        may = self.attaches and allowed("attach", self.ecm.desk.role)
        dialog = StillDialog(f"Still of {short(name, 40)}", facts, png, keep, proposal, may)
        if await self.app.push_screen_wait(dialog) == ATTACH:
            taken = f"still-{still.captured_at.astimezone(zone):%Y-%m-%d-%H%M}.png"
            self.attach_still(stream, Held(taken, png))

    async def _kept(self, stream: str, still_id: str, png: bytes) -> Path:
        """The service's own file where it lies on this computer, else a private copy in the state directory."""
        found = await self.ecm.line.query("still", appointment=stream, still=still_id, offset=0)
        path = Path(str(found.get("path") or ""))
        if found.get("path") and await asyncio.to_thread(path.is_file):
            return path
        copies = self.ecm.state_directory / "stills"
        await asyncio.to_thread(_copy, copies, f"{still_id}.png", png)
        return copies / f"{still_id}.png"

    def _asker(self, stream: str, still: Still) -> str:
        session, (own, name, _) = self.ecm.desk.session_of(stream), self.ecm.desk.account
        if still.requested_by == own:
            return name or "you"
        return organiser(session, still.requested_by) if session else "a colleague"

    def time_of(self, still: Still) -> str:
        """When it was taken, in the clinic's time."""
        return f"{still.captured_at.astimezone(self.ecm.desk.clinic.zone):%H:%M:%S}"


def _copy(directory: Path, name: str, png: bytes) -> None:
    from ecm_tui.client.stills import save

    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (directory / name).exists():
        save(directory / name, png)
