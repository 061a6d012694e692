"""The line mode around its interpreter: the service's line, the terminal, and what happens while nobody types.

Its arguments are its only ties to the world, as those of the drawn console.
"""

from __future__ import annotations

import asyncio
import signal
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import assert_never

from ecm_tui.console.cells import plain
from ecm_tui.console.drafts import Drafts
from ecm_tui.console.line import Connect, Line
from ecm_tui.console.model import SETTLE, Desk
from ecm_tui.console.notifying import Attention
from ecm_tui.console.pin import Keyhole
from ecm_tui.console.plain.doing import Doing
from ecm_tui.console.plain.drafting import WAITS, Drafting
from ecm_tui.console.plain.interpreter import Interpreter
from ecm_tui.console.plain.locking import NO_TERMINAL, Guard
from ecm_tui.console.plain.news import MARK, News
from ecm_tui.console.plain.replies import (
    Act,
    CloseNote,
    KeepNote,
    Leave,
    Link,
    Lock,
    Open,
    OpenNote,
    Quit,
    Read,
    ReadDrafts,
    RemoveDrafts,
    Reply,
    SendNote,
    Stills,
    UploadLink,
    Want,
    Window,
    said,
)
from ecm_tui.console.plain.shows import schedule
from ecm_tui.console.plain.terminal import Terminal, Typed
from ecm_tui.console.unsent import counted
from ecm_tui.console.window import COMMAND, VideoWindow, WindowState
from ecm_tui.errors import EcmError, UnreachableError
from ecm_tui.settings import Notify

PATIENCE = 15.0
"""Seconds in which the service must answer at the start; a script is told after them that it does not."""

SOON = 0.05
"""Seconds that news waits for more of it."""

TOO_EARLY = "That was typed before the question can have been read. Type it again."


class PlainConsole:
    """The console of one organiser, in lines."""

    def __init__(
        self,
        connect: Connect,
        terminal: Terminal,
        state: Path,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        timer: Callable[[], float] = time.monotonic,
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
        notify: Notify | None = None,
        read_only: bool = False,
        confined: bool = False,
        private: bool = False,
        lock_minutes: int = 0,
        pin: Path | None = None,
        window: Sequence[str] = COMMAND,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        """`state` is the directory for what may be lost; `clock` gives UTC, `timer` seconds of a monotonic clock.

        `confined`: no file or program of this account is in reach; `private`: it begins with initials for names;
        `lock_minutes` without a key lock it, 0 for never; `pin` is the file of what unlocks it;
        `environ` names the organiser's own editor.
        """
        self.desk = Desk()
        self.desk.read_only = read_only
        self._terminal = terminal
        self._timer = timer
        self._line = Line(self.desk, connect, None, self._changed, read_only)
        self._interpreter = Interpreter(self.desk, lambda: self.desk.now(clock()), new_id)
        talk = self._interpreter.talk
        talk.private = private
        self._news = News(talk)
        self._doing = Doing(talk, self._line, self._news, VideoWindow(state, self._window_says, window), confined)
        drafts = Drafts(state / "drafts", new_id)
        self._drafting = Drafting(talk, self._line, self._doing, terminal, drafts, environ or {}, confined)
        self._guard = Guard(self.desk, terminal, Keyhole(pin, timer), timer, lock_minutes)
        how = notify or Notify()
        bell = Notify(bell=how.bell, terminal="off", repeat_seconds=how.repeat_seconds)
        self._attention = Attention(bell, terminal.ring, lambda _: None, timer, {})
        self._busy = True
        """Whether an answer is on its way: news waits for it."""
        self._window_said: list[str] = []
        """What the window told and nobody has read yet."""
        self._soon: asyncio.TimerHandle | None = None
        self._asked_at = float("-inf")
        """When the question that waits for its answer was printed."""
        self._over = False

    async def run(self) -> None:
        """Until it is left. Raises `UnreachableError` where a script meets no service."""
        main = asyncio.current_task()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            if main is not None:
                loop.add_signal_handler(number, main.cancel)
        others = [asyncio.create_task(self._line.run()), asyncio.create_task(self._remind())]
        try:
            with suppress(asyncio.CancelledError):
                await self._converse()
        finally:
            self._drafting.close()
            self._terminal.close()
            await self._doing.close()
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

    async def _converse(self) -> None:
        await self._begin()
        while not self._over:
            self._busy = False
            if self._guard.locked:
                await self._unlock()
                continue
            typed = await self._terminal.read(self._interpreter.prompt, keep=self._interpreter.conversation is None)
            self._tell()
            self._busy = True
            await self._follow(self._reply(typed))
            self._tell()

    async def _unlock(self) -> None:
        """Ask for what unlocks. A question that was open is not: nobody sees it any more."""
        typed = await self._terminal.read(self._guard.prompt, keep=False, secret=True)
        self._over = typed.key == "gone"
        await self._guard.hear(typed)
        if not self._guard.locked:
            conversation = self._interpreter.conversation
            if conversation is not None and conversation.decides:
                self._terminal.say(self._interpreter.give_up().lines)
            self._tell()

    async def _begin(self) -> None:
        """Wait for the schedule; a person is told when that takes long, and can type all the same."""
        try:
            await self._doing.until(lambda: self.desk.ready, PATIENCE)
        except TimeoutError:
            if not self._terminal.interactive:
                raise UnreachableError(self.desk.line[1] or "The clinic service does not answer.") from None
        name = plain(self.desk.clinic.name) or "eClinic Manager"
        self._terminal.say([f"{name}. Type help for all commands."])
        if self._terminal.interactive and self.desk.ready:
            self._terminal.say(schedule(self._interpreter.talk, "").lines)
            if found := await self._drafting.left():
                self._terminal.say([f"{counted(found)} Type drafts."])
        self._tell()

    def _reply(self, typed: Typed) -> Reply:
        conversation = self._interpreter.conversation
        if typed.key == "gone":
            return Reply(wants=(Quit(),))
        if typed.key == "stopped":
            return Reply()
        if typed.key == "enter":
            early = conversation is not None and conversation.decides and typed.began < self._asked_at + SETTLE
            if early and self._terminal.interactive:
                return said(TOO_EARLY)
            return self._interpreter.hear(typed.text)
        if conversation is not None:
            return self._interpreter.give_up()
        if typed.key == "end":
            return self._interpreter.hear("quit") if self._terminal.interactive else Reply(wants=(Quit(),))
        return said("Type quit to leave.")

    async def _follow(self, reply: Reply) -> None:
        """Say it, do what it wants, and go on with what comes of that."""
        self._terminal.say(reply.lines)
        for want in reply.wants:
            following = await self._do(want)
            if following is not None:
                await self._follow(self._interpreter.follow(following))
        if self._interpreter.conversation is not None:
            self._asked_at = self._timer()

    async def _do(self, want: Want) -> Reply | None:
        doing = self._doing
        try:
            match want:
                case Act():
                    return await doing.act(want)
                case Link():
                    return await doing.link(want)
                case OpenNote() | KeepNote() | SendNote() | CloseNote() | ReadDrafts() | RemoveDrafts():
                    return await self._drafting.do(want)
                case Open():
                    return self._noting(want.appointment, await doing.open(want.appointment))
                case Leave():
                    return self._drafting.unsettled(want) or await doing.leave(want.end)
                case Window():
                    return await doing.open_window(want.appointment)
                case Stills():
                    return await doing.stills(want.person)
                case UploadLink():
                    return await doing.upload_link(want.appointment)
                case Read():
                    return want.then(await self._line.read(want.appointment))
                case Lock():
                    if not self._terminal.interactive:
                        return said(NO_TERMINAL)
                    self._guard.lock()
                    return None
                case Quit():
                    if asked := self._drafting.unsettled(want):
                        return asked
                    if want.end:
                        await doing.end_call()
                    self._over = True
                    return None
                case _:
                    assert_never(want)
        except EcmError as error:
            return said(self._interpreter.talk.seen(error.message))

    def _noting(self, appointment: str, opened: Reply) -> Reply:
        """The reply to a session that was opened, and that a note waits there."""
        return replace(opened, lines=(*opened.lines, WAITS)) if self._drafting.waits(appointment) else opened

    # What happens meanwhile ------------------------------------------------------------------------------------------

    def _changed(self) -> None:
        """The desk changed: tell soon, once for everything that comes meanwhile."""
        self._doing.desk_changed()
        if self._soon is None:
            self._soon = asyncio.get_running_loop().call_later(SOON, self._tell_now)

    def _tell_now(self) -> None:
        self._soon = None
        if not self._busy:
            self._tell()

    def _window_says(self, state: WindowState) -> None:
        self._window_said += [MARK + line for line in self._doing.told_by_window(state)]
        if not self._busy:
            self._tell()

    def _tell(self) -> None:
        if self._guard.locked:
            self._guard.tell()
        else:
            told, self._window_said = self._window_said, []
            self._terminal.say([*told, *self._news.lines()])
        self._attention.heed(self.desk.wanting(), self.desk.ready)

    async def _remind(self) -> None:
        """The bell comes again while somebody waits; a terminal that nobody uses is locked."""
        while True:
            await asyncio.sleep(1)
            if not self._busy:
                self._guard.lock_when_idle()
            self._attention.heed(self.desk.wanting(), self.desk.ready)
