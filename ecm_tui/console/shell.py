"""The app below its actions: it owns desk and line, paints what changed, keeps the notice, swallows stray keys.

Its arguments are its only ties to the world: how to reach the service, the clocks, the state directory. The first
picture is on the screen before the client is made, because the client brings its libraries along.
"""

from __future__ import annotations

import asyncio
import os
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, cast

from textual import events, on, work
from textual.css.query import NoMatches
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from ecm_tui.console import keys, words
from ecm_tui.console.allowed import allowed
from ecm_tui.console.dialogs.base import Dialog
from ecm_tui.console.dialogs.lock import Lock
from ecm_tui.console.drafts import Drafts, Kind
from ecm_tui.console.front import Front
from ecm_tui.console.keeping import Keeper, keeper
from ecm_tui.console.keymap import clashes, read
from ecm_tui.console.line import Connect, Line, Revive
from ecm_tui.console.model import SETTLE, Desk, Notice
from ecm_tui.console.notifying import Attention, Title
from ecm_tui.console.screens.room import Room
from ecm_tui.console.terminal import CRAMPED
from ecm_tui.console.text import short
from ecm_tui.console.widgets.bars import NoticeBox
from ecm_tui.core.commands import Command
from ecm_tui.errors import EcmError
from ecm_tui.settings import Display, Lists, Notify

FRAME = 1 / 30
"""Seconds until what is new is painted."""

BURST = 0.1
"""Seconds between two paintings, however much the service says: keys find their turn between them."""


def utc_now() -> datetime:
    """This computer's clock."""
    return datetime.now(UTC)


class Shell(Front):
    """What the console is made of before it can do anything."""

    def __init__(
        self,
        connect: Connect,
        state: Path,
        revive: Revive | None = None,
        clock: Callable[[], datetime] = utc_now,
        timer: Callable[[], float] = time.monotonic,
        keymap: Mapping[str, str] | None = None,
        notify: Notify | None = None,
        environ: Mapping[str, str] = os.environ,
        read_only: bool = False,
        display: Display | None = None,
        confined: bool = False,
        lists: Lists | None = None,
    ) -> None:
        """`state` is the directory for what may be lost; `revive` starts the service's daemon again when it is dead.

        `clock` gives UTC, `timer` seconds of a monotonic clock; `keymap` maps ids of actions to keys; `notify` says
        how attention is drawn, `display` how the rest is, and `environ` in which terminal; with `read_only` nothing is
        asked of the service that changes anything; `confined`: no file or program of this account is in reach; `lists`
        is the server of this account's lists.
        """
        super().__init__(environ, display or Display())
        self.keymap = read(keymap or {})
        self._clashes = clashes(keymap or {})
        self.desk = Desk()
        self.desk.read_only = read_only
        self.line = Line(self.desk, connect, revive, self.changed, read_only)
        self.state_directory = state
        self.drafts = Drafts(state / "drafts", lambda: uuid.uuid4().hex)
        self.timer = timer
        self._wall = clock
        self._attention = Attention(notify or Notify(), lambda: self.bell(), self.to_terminal, timer, environ)
        self.window_title = Title(self.to_terminal)
        self.confined = confined
        """Whether somebody else works here than who owns this account: what could touch its files says no."""
        self.lists = lists or Lists()
        self._hushed_until = float("-inf")
        self.paint_due = False
        """Whether something changed that is not painted yet."""
        self._painted = float("-inf")
        self._drawn: Notice | None = None
        """The notice as it stands in the corner: F2 means this person."""
        self._drawn_since = float("-inf")
        self._told_line = self.desk.line
        self._hands: tuple[str, frozenset[str]] = ("", frozenset())
        """Session that was read to its end, and who had a hand up in it."""

    # Life ------------------------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        self.set_keymap(self.keymap)
        self.set_interval(1, self.paint, name="clocks")
        self.call_after_refresh(self._keep_the_line)
        self.call_after_refresh(self._tell_clashes)

    @work(group="line", exclusive=True, exit_on_error=False)
    async def _keep_the_line(self) -> None:
        await self.line.run()

    def _tell_clashes(self) -> None:
        """What is wrong with the user's keys, once at the start."""
        if self._clashes:
            more = f" And {len(self._clashes) - 1} more: see `ecm-tui keys`." if len(self._clashes) > 1 else ""
            self.say(self._clashes[0] + more, bad=True)

    def _back_in_front(self, _: object) -> None:
        self.paint()
        super()._back_in_front(_)

    @property
    def locked(self) -> bool:
        """Whether nothing works but unlocking."""
        return False

    def now(self) -> datetime:
        """The service's time."""
        return self.desk.now(self._wall())

    @on(Worker.StateChanged)
    def worker_failed(self, event: Worker.StateChanged) -> None:
        """The one place where what no act foresaw is said; the console goes on."""
        if event.state is WorkerState.ERROR:
            error = event.worker.error
            self.log.error(error)
            self.say(f"That did not work: {short(str(error) or type(error).__name__, 90)}", bad=True)

    # Painting --------------------------------------------------------------------------------------------------------

    def changed(self) -> None:
        """The desk changed: paint soon, once for everything that comes meanwhile."""
        if not self.paint_due:
            self.paint_due = True
            self.set_timer(max(FRAME, BURST - (self.timer() - self._painted)), self._paint_now)

    def _paint_now(self) -> None:
        self.paint_due, self._painted = False, self.timer()
        self.paint()

    def paint(self) -> None:
        """Show what the desk knows, on the screens that can be seen."""
        if not self.screen_stack:
            return  # a console that is just being left
        notice = self.desk.notice()
        named = words.notice(notice) if notice and not self.locked else ""
        self._attention.heed(self.desk.wanting(), self.desk.ready, named)
        if self.lent:
            return  # nothing is drawn over another program; what came meanwhile is painted afterwards
        self._tell_line()
        self._tell_hands()
        for screen in self.screen_stack:
            if not screen.is_mounted:
                continue
            with suppress(NoMatches):  # A screen that is being taken down has lost some of its parts already.
                if isinstance(screen, Room | Dialog | Lock):
                    screen.paint()
                else:
                    self.paint_corner(screen)
        self.window_title.heed(self.desk.unread)

    def paint_corner(self, screen: Screen[Any]) -> None:
        """The notice of this screen."""
        notice = self.desk.notice()
        if (notice.key if notice else None) != (self._drawn.key if self._drawn else None):
            self._drawn_since = self.timer()
        self._drawn = notice
        said = ""
        if notice is not None:
            key = keys.key_of("notice.admit", self.keymap)
            admits = notice.running and allowed("admit_notice", self.desk.role)
            cramped = self.size.width < CRAMPED
            control = f" {key}" if cramped else f"  {key} admit"
            said = words.notice(notice, 10 if cramped else 20) + (control if admits else "")
        if box := screen.query_one_optional(NoticeBox):
            box.show(said)

    @property
    def drawn_notice(self) -> Notice | None:
        """Whom the notice names."""
        return self._drawn

    @property
    def notice_settled(self) -> bool:
        """Whether the notice names the same person for long enough that a key means them."""
        return self.timer() - self._drawn_since >= SETTLE

    def _tell_line(self) -> None:
        told, self._told_line = self._told_line, self.desk.line
        word, message = self.desk.line
        if message and told != self.desk.line:
            self.say(message, bad=True)
        elif word == "connected" and told[0] in ("reconnecting", "gone"):
            self.say("The service is back. Everything here is as it says now.")

    def _tell_hands(self) -> None:
        """A quiet line below the session says who raised a hand; nothing else is covered by it."""
        session = self.desk.session if self.desk.session and self.desk.session.ready else None
        up = {p.id: p.name for p in session.appointment.people.values() if p.hand} if session else {}
        before, self._hands = self._hands, (session.id if session else "", frozenset(up))
        new = up.keys() - before[1]
        if new and before[0] == self._hands[0]:
            self.room.say(words.hands([up[one] for one in up if one in new]))

    @property
    def room(self) -> Room:
        """The screen below all dialogs."""
        return cast(Room, self.screen_stack[0])

    def say(self, sentence: str, bad: bool = False) -> None:
        """A sentence for the person, where they look now."""
        top = self.screen
        if top is not self.room and hasattr(top, "say"):
            top.say(sentence, bad)
        self.room.say(sentence, bad)

    def keeper(self, kind: Kind, appointment: str, name: str = "") -> Keeper:
        """What this account is writing in an appointment and has not sent; `name` chooses among several."""
        tell = partial(self.say, bad=True)
        return keeper(self.drafts, kind, appointment, self.desk.account[0], tell, name)

    # Keys ------------------------------------------------------------------------------------------------------------

    def hush(self) -> None:
        """A dialog closes: keys that were meant for it reach nobody."""
        self._hushed_until = self.timer() + SETTLE

    @property
    def hushed(self) -> bool:
        """Whether keys are swallowed now."""
        return self.timer() < self._hushed_until

    async def on_event(self, event: events.Event) -> None:
        """Every event of the driver comes through here first."""
        if isinstance(event, events.Key) and not event.is_forwarded and self.hushed:
            return
        await super().on_event(event)

    async def run_action(self, *args: Any, **more: Any) -> bool:
        """Let a dialog that the action opens come up before the next key: what is typed ahead must not act below it."""
        done = await super().run_action(*args, **more)
        await asyncio.sleep(0)
        return done

    # Asking the service ----------------------------------------------------------------------------------------------

    @work(group="command", exit_on_error=False)
    async def act(self, stream: str, command: Command, person: str = "", word: str = "", said: str = "") -> None:
        """Ask; the row of `person` says `word` until the event is here, a refusal is said, `said` when it was done."""
        if person:
            self.desk.ask(stream, person, word)
            self.paint()
        if await self.ask(stream, command, person):
            self.say(said)

    async def ask(self, stream: str, command: Command, person: str = "") -> bool:
        """Ask and wait; False when it was refused or not answered, which is said."""
        try:
            sent = await self.line.send(stream, command)
        except EcmError as error:
            self.desk.answered(stream, person)
            self.say(error.message, bad=True)
            self.paint()
            return False
        self.desk.answered(stream, person, sent.seq)
        self.changed()
        return True
