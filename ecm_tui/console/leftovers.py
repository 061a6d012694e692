"""Drafts that can be sent no more: at each start their author is asked, and nothing goes unseen."""

from __future__ import annotations

from collections.abc import Sequence

from textual import work
from textual.content import Content

from ecm_tui.console.guarded import Guarded
from ecm_tui.console.unsent import GONE, Leftover, counted, leftovers, remove


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
        found = await leftovers(self.line, self.drafts, account)
        if found and await self._may_go(found):
            await remove(self.drafts, found, account)
            self.say(GONE)

    async def _may_go(self, found: Sequence[Leftover]) -> bool:
        """Whether their author lets them go, after reading them or not."""
        from ecm_tui.console.dialogs.confirm import Ask
        from ecm_tui.console.dialogs.reading import Reading

        question = Content(counted(found))
        answers = (("read", "Read", "default"), ("remove", "Remove", "error"), ("cancel", "Ask next time", "default"))
        while True:
            chosen = await self.push_screen_wait(Ask("Unsent drafts of erased appointments", question, answers))
            if chosen != "read":
                return bool(chosen)
            hidden = "Show names first: drafts may hold them."
            text = hidden if self.private else "\n\n".join(_titled(found))
            await self.push_screen_wait(Reading("Unsent drafts", text))


def _titled(found: Sequence[Leftover]) -> list[str]:
    """What is to be read: of several drafts each begins with what it was to be."""
    what = {"note": "a private note", "chat": "a message"}
    titles = [f"Draft {number} of {len(found)}, {what[each.kind]}:\n" for number, each in enumerate(found, 1)]
    return [(title if len(found) > 1 else "") + each.text for title, each in zip(titles, found, strict=True)]
