"""Keys that come all at once: a terminal that does not mark pastes sends them as keys, and an `a` would admit somebody.

Who types fast, holds a key, or is on a bad line sends several keys at once too, and a script sends its keys in one go:
those are keys that do something here. So a paste is four keys or more in one read of which one does nothing here, while
no text is being typed and none of them begins one. Nothing of it is pressed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from textual import events
from textual.message import Message
from textual.widgets import Input, TextArea

from ecm_tui.console import keys
from ecm_tui.console.shell import Shell

FEWEST = 4
"""Keys in one read that can be a paste: two or three are fast typing over a slow line."""

OPENERS = ("command", "people.search", "schedule.search")
"""Actions after whose key the others are typed into a field."""

SAID = "That looked like a paste: nothing was done. Paste where text is typed."

OPENS_SECONDS, LOOK_SECONDS = 1.0, 0.01
"""How long keys wait for the field that was opened, and how often it is looked for."""

_MARK = "burst"


@dataclass(slots=True)
class Burst:
    """The keys of one read."""

    keys: tuple[str, ...]
    pasted: bool | None = None
    """Whether they are a paste; None until the first of them arrives."""


def mark(came: Iterable[Message]) -> None:
    """The keys that came in one read know of each other, where they are many."""
    typed = [each for each in came if isinstance(each, events.Key) and (each.is_printable or each.key in _BETWEEN)]
    if len(typed) >= FEWEST:
        burst = Burst(tuple(each.key for each in typed))
        for each in typed:
            setattr(each, _MARK, burst)


_BETWEEN = ("enter", "tab", "ctrl+j")


class Unpasted(Shell):
    """An app whose keys are pressed, and not pasted; what is typed after the key of a field waits for the field."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._opens_until = float("-inf")
        """Until when a field is to have the keys that come, in seconds of the loop's clock."""
        self._held: list[events.Key] = []
        """Keys that wait for it."""

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and not event.is_forwarded and (self._holds(event) or self._drops(event)):
            return
        await super().on_event(event)

    @property
    def _typing(self) -> bool:
        return isinstance(self.focused, Input | TextArea)

    def _holds(self, event: events.Key) -> bool:
        """Whether the key waits: Textual moves the focus after the keys that came meanwhile were given to the list."""
        now = asyncio.get_running_loop().time()
        if self._held or (now < self._opens_until and not self._typing):
            if not self._held:
                self._look_again()
            self._held.append(event)
            return True
        opens = event.key in self._opening_keys() and event.key in self.screen.active_bindings
        self._opens_until = now + OPENS_SECONDS if opens and not self._typing else float("-inf")
        return False

    def _look_again(self) -> None:
        asyncio.get_running_loop().call_later(LOOK_SECONDS, self._release)

    def _release(self) -> None:
        """Give the field what was typed for it; where none came, nobody gets it."""
        late = asyncio.get_running_loop().time() >= self._opens_until
        if not (self._typing or late):
            self._look_again()
            return
        self._opens_until = float("-inf")
        self.call_later(self._deliver)

    async def _deliver(self) -> None:
        """In the app's own turn: what comes meanwhile waits behind what is held."""
        held, self._held = self._held, []
        for event in held if self._typing else ():
            await super().on_event(event)

    def _drops(self, event: events.Key) -> bool:
        """Whether the key is of a paste, which is said once."""
        burst = getattr(event, _MARK, None)
        if not isinstance(burst, Burst):
            return False
        if burst.pasted is None:
            burst.pasted = self._is_paste(burst)
            if burst.pasted:
                self.say(SAID, bad=True)
        return burst.pasted

    def _is_paste(self, burst: Burst) -> bool:
        if self._typing or burst.keys[0] in self._opening_keys():
            return False
        known = self.screen.active_bindings
        return any(key not in known for key in burst.keys)

    def _opening_keys(self) -> set[str]:
        return {key for each in OPENERS for key in (self.keymap.get(each) or keys.BY_ID[each].keys).split(",")}
