"""Drafts whose appointment the clinic has erased: their author reads them, and says whether they go too.

They can be sent no more, and the clinic's rule is to keep nothing of the patient; yet they are somebody's unsent
words. So nothing goes unseen, and nothing stays unasked: it is asked at each start. Only what the service calls erased
counts: an appointment that it does not know may be another service's.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import get_args

from textual import work
from textual.content import Content

from ecm_tui.console.drafts import Draft, Kind
from ecm_tui.console.guarded import Guarded
from ecm_tui.errors import EcmError

MOST = 50
"""Appointments with drafts that are asked about at one start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """A draft that can be sent no more."""

    kind: Kind
    appointment: str
    name: str
    text: str


class Leftovers(Guarded):
    """What the console does with them."""

    _looked = False

    def paint(self) -> None:
        super().paint()
        if self.desk.ready and not self._looked:
            self._looked = True
            self._ask_about_leftovers()

    @work(group="leftovers", exit_on_error=False)
    async def _ask_about_leftovers(self) -> None:
        account = self.desk.account[0]
        named = await asyncio.to_thread(self.drafts.appointments, account)
        erased = [each for each in named[:MOST] if await self._is_erased(each)]
        found = await asyncio.to_thread(self._left, erased, account)
        if found and await self._may_go(found):
            await asyncio.to_thread(self._remove, found, account)
            self.say("The drafts are removed from this computer.")

    async def _is_erased(self, appointment: str) -> bool:
        try:
            return bool((await self.line.query("appointment", appointment=appointment)).get("erased"))
        except EcmError:
            return False

    def _left(self, appointments: list[str], account: str) -> list[Leftover]:
        return [
            Leftover(kind=kind, appointment=appointment, name=name, text=text.text)
            for appointment in appointments
            for kind in get_args(Kind)
            for name, text in self.drafts.left(kind, appointment, account)
        ]

    async def _may_go(self, found: list[Leftover]) -> bool:
        """Whether their author lets them go, after reading them or not."""
        from ecm_tui.console.dialogs.confirm import Ask
        from ecm_tui.console.dialogs.reading import Reading

        count = "A draft of yours was" if len(found) == 1 else f"{len(found)} drafts of yours were"
        question = Content(
            f"{count} never sent, and can be sent no more: what was kept of\nthe appointment was erased, "
            "as the clinic's rule says."
        )
        answers = (("read", "Read", "default"), ("remove", "Remove", "error"), ("cancel", "Ask next time", "default"))
        while True:
            chosen = await self.push_screen_wait(Ask("Unsent drafts of erased appointments", question, answers))
            if chosen != "read":
                return bool(chosen)
            hidden = "Show names first: drafts may hold them."
            text = hidden if self.private else "\n\n".join(each.text for each in found)
            await self.push_screen_wait(Reading("Unsent drafts", text))

    def _remove(self, found: list[Leftover], account: str) -> None:
        for each in found:
            draft: Draft = self.drafts.open(each.kind, each.appointment, account, each.name)
            if draft.name == each.name:  # else another console has taken it up
                draft.keep(self.drafts.fresh())
            draft.close()
