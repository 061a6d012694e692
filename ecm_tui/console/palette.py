"""The palette: every action of the table by its name, with its key; people and appointments by theirs."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.await_complete import AwaitComplete
from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider

from ecm_tui.console import keys
from ecm_tui.console.finding import found
from ecm_tui.console.text import content
from ecm_tui.console.widgets.bars import NoticeBox

if TYPE_CHECKING:
    from ecm_tui.console.app import EcmApp


CALLED_SO, NAMED = 200.0, 100.0
"""Added to the score of actions that begin with what was typed; the score of names, above any vague likeness."""

LETTERS = 3
"""From how many letters on names stand before actions that are only somewhat alike."""


class Actions(Provider):
    """The actions that work on the screen below the palette."""

    async def discover(self) -> Hits:
        for action in self._actions():
            yield DiscoveryHit(self._title(action), partial(self._run, action), action.label, action.help)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for action in self._actions():
            score = max(matcher.match(action.label), matcher.match(action.help))
            if action.label.casefold().startswith(query.casefold()):
                score += CALLED_SO
            if score > 0:
                title = matcher.highlight(self._title(action))
                yield Hit(score, title, partial(self._run, action), action.label, action.help)

    @property
    def _ecm(self) -> EcmApp:
        return cast("EcmApp", self.app)

    def _actions(self) -> Iterable[keys.Action]:
        return self._ecm.actions_here()

    def _title(self, action: keys.Action) -> str:
        return f"{action.label}  ({keys.key_of(action.id, self._ecm.keymap)})"

    async def _run(self, action: keys.Action) -> None:
        await self._ecm.run_here(action.id)


class Names(Provider):
    """The people of the open session, what can be done with them, and the appointments."""

    async def search(self, query: str) -> Hits:
        ecm = cast("EcmApp", self.app)
        for one in found(query, (), ecm.desk, ecm.keymap):
            # The title is content and never text, because the palette reads text as markup.
            score = NAMED if len(query.strip()) >= LETTERS else 0.01
            yield Hit(score, content(f"{one.label}  ({one.hint})"), partial(ecm.run_found, one), one.label)


class EcmPalette(CommandPalette):
    """Textual's palette with the notice in its corner, and silence for keys that come just after it closed."""

    def on_mount(self) -> None:
        ecm = cast("EcmApp", self.app)
        self.mount(NoticeBox())
        ecm.paint_corner(self)

    def dismiss(self, result: None = None) -> AwaitComplete:
        """Close."""
        cast("EcmApp", self.app).hush()
        return super().dismiss(result)
