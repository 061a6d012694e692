"""The lock of the line mode: what was printed goes out of sight, nobody is named, and only what unlocks is heard."""

from __future__ import annotations

from collections.abc import Callable

from ecm_tui.console import words
from ecm_tui.console.model import Desk
from ecm_tui.console.pin import Keyhole
from ecm_tui.console.plain.news import MARK
from ecm_tui.console.plain.terminal import Terminal, Typed

NO_TERMINAL = "There is no terminal here that could be locked."


class Guard:
    """One console's lock."""

    def __init__(
        self, desk: Desk, terminal: Terminal, keyhole: Keyhole, timer: Callable[[], float], minutes: int
    ) -> None:
        """`minutes` without a key lock it; 0 for never."""
        self._desk = desk
        self._terminal = terminal
        self._keyhole = keyhole
        self._timer = timer
        self._after = minutes * 60
        self._told = 0
        """How many were said to wait."""
        self.locked = False

    @property
    def prompt(self) -> str:
        """What stands before what unlocks; that is never shown."""
        return "PIN: " if self._keyhole.has_pin else "Anything, then Enter: "

    def lock(self) -> None:
        """Nothing is in sight or heard any more. The call goes on."""
        self.locked, self._told = True, len(self._desk.wanting())
        self._terminal.clear()
        running = any(row.running for row in self._desk.summaries())
        hint = "Type your PIN, then Enter." if self._keyhole.has_pin else "Type anything, then Enter."
        self._terminal.say(
            [f"Locked. {words.calls(running)} {words.want_to_join(self._told)}", f"{hint} The call goes on."]
        )

    def lock_when_idle(self) -> None:
        """Lock where no key came for long enough, and ask for what unlocks instead of what was asked for."""
        idle = self._timer() - self._terminal.used_at
        if self._after and self._terminal.interactive and not self.locked and idle >= self._after:
            self._terminal.interrupt()
            self.lock()

    def tell(self) -> None:
        """How many wait, whenever that changes."""
        waiting = len(self._desk.wanting())
        if waiting != self._told:
            self._told = waiting
            self._terminal.say([MARK + words.want_to_join(waiting)])

    async def hear(self, typed: Typed) -> None:
        """Unlock, or say why not. Nothing else is heard here."""
        if typed.key != "enter" or not typed.text:
            return
        why_not = await self._keyhole.why_not(typed.text)
        self.locked = bool(why_not)
        self._terminal.say([why_not or "Unlocked."])
