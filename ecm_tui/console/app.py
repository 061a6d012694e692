"""The console: a client of the clinic service with two places, Schedule and Session. It keeps only what is typed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import on, work
from textual.app import App
from textual.binding import BindingType
from textual.screen import Screen
from textual.widgets import Input, TextArea

from ecm_tui.console import keys, words
from ecm_tui.console.allowed import allowed
from ecm_tui.console.dialogs.base import Dialog
from ecm_tui.console.dialogs.command import CommandLine
from ecm_tui.console.dialogs.help import Help
from ecm_tui.console.dialogs.menu import Menu
from ecm_tui.console.finding import Found, found
from ecm_tui.console.item import Item
from ecm_tui.console.line import Connect
from ecm_tui.console.messages import HangUpRequested, OpenRequested
from ecm_tui.console.opening import Opening
from ecm_tui.console.palette import Actions, EcmPalette, Names
from ecm_tui.console.screens.room import Room
from ecm_tui.console.screens.schedule import ScheduleScreen
from ecm_tui.console.widgets.bars import NoticeBox
from ecm_tui.console.window import COMMAND
from ecm_tui.core import commands as c

if TYPE_CHECKING:
    from ecm_tui.console.screens.session import SessionScreen

TYPING = (
    "You are in the search: what you type narrows the list, by name and description. Enter or ↓ goes to the list, Esc "
    "shows everyone again. Letters are keys only outside of it; these work here too."
)
"""What help says while a field of a screen has the focus."""

INTRODUCED = "introduced"
"""File in the state directory that says the introduction was seen."""

SPARE_MOMENT = 2.0
"""Seconds after the first picture, when the Schedule has been read."""


def session_screen() -> Screen[None]:
    """The other place. It is not there at the start: the Schedule comes a tenth sooner without it."""
    from ecm_tui.console.screens.session import SessionScreen

    return SessionScreen()


def later() -> None:
    """Load what the console needs after its first picture."""
    from ecm_tui.console.dialogs import appointment, dossier, importing, still  # noqa: F401
    from ecm_tui.console.screens import session  # noqa: F401


class EcmApp(Opening):
    """The console of one organiser."""

    CSS_PATH = "dialogs/dialogs.tcss"
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {"schedule": ScheduleScreen}
    DEFAULT_MODE = "schedule"
    COMMANDS: ClassVar[set[Any]] = {Actions, Names}
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("anywhere")
    COMMAND_PALETTE_BINDING = "f20"
    """The palette's key comes from our own table; Textual's own binding is put where no keyboard has a key."""
    TITLE = "eClinic Manager"

    def __init__(
        self,
        connect: Connect,
        state: Path,
        window: Sequence[str] = COMMAND,
        templates: Path | None = None,
        **more: Any,
    ) -> None:
        """`window` is the command of the video window, `templates` a directory; `more` is for `Shell`."""
        super().__init__(connect, state, window, **more)
        self.templates = templates
        self._typed: deque[str] = deque(maxlen=100)
        """What was typed on the command line, in memory only: it may hold names."""
        self.newcomer = not (state / INTRODUCED).exists()

    def on_mount(self) -> None:
        self.set_timer(SPARE_MOMENT, self._bring_along)

    @work(group="later", thread=True, exit_on_error=False)
    def _bring_along(self) -> None:
        """What a first key would have to wait for."""
        later()

    async def on_unmount(self) -> None:
        self.window_title.close()
        await self.window.close()

    # What can be done here -------------------------------------------------------------------------------------------

    def actions_here(self) -> list[keys.Action]:
        """The actions of the screen below all dialogs, those first that are useful now."""
        useful = self.room.useful()
        found = [
            action
            for action in [*keys.of_place(self.room.PLACE), *keys.of_place("anywhere")]
            if self.room.check_action(keys.name_of(action), ()) is not False
        ]
        return sorted(found, key=lambda action: useful.index(action.id) if action.id in useful else len(useful))

    async def run_here(self, action_id: str) -> None:
        """Do an action of the table, on the screen below all dialogs."""
        run = keys.BY_ID[action_id].run
        name = keys.name_of(keys.BY_ID[action_id])
        await self.run_action(name, self if run.startswith("app.") else self.room)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What the role may not do has no key anywhere; while the console is locked nothing has."""
        return not self.locked and allowed(action, self.desk.role)

    def action_help(self) -> None:
        """Help, also above a dialog; the same key closes it."""
        if isinstance(self.screen, Help):
            self.screen.dismiss(None)
        else:
            self.push_screen(Help(*self._where(), self.desk.clinic.support, self.keymap))

    def _where(self) -> tuple[list[keys.Action], str]:
        """The actions that work where the person is now, and what that is: a dialog, a field, a screen."""
        anywhere = keys.of_place("anywhere")
        if isinstance(self.screen, Dialog):
            works = [action for action in anywhere if action.priority]
            return [a for a in works if allowed(keys.name_of(a), self.desk.role)], self.screen.ABOUT or self.room.ABOUT
        if isinstance(self.focused, Input | TextArea):
            works = [action for action in self.actions_here() if keys.works_while_typing(action, self.keymap)]
            return works, getattr(self.focused, "ABOUT", TYPING)
        listed = keys.of_place(self.room.PLACE) + keys.of_place("list") + anywhere
        return [a for a in listed if allowed(keys.name_of(a), self.desk.role)], self.room.ABOUT

    def action_command_palette(self) -> None:
        if not EcmPalette.is_open(cast("App[object]", self)):
            self.push_screen(EcmPalette(id="--command-palette"))

    @work(group="menu", exclusive=True, exit_on_error=False)
    async def action_menu(self) -> None:
        """Everything that can be done here."""
        if isinstance(self.screen, Menu):
            return
        items = [Item(a.id, a.label, keys.key_of(a.id, self.keymap)) for a in self.actions_here() if a.id != "menu"]
        chosen = await self.push_screen_wait(Menu("What can be done here", items))
        if chosen:
            await self.run_here(chosen)

    @work(group="menu", exclusive=True, exit_on_error=False)
    async def action_command_line(self) -> None:
        """Type what to do."""
        line = CommandLine(lambda query: found(query, self.actions_here(), self.desk, self.keymap), self._typed)
        chosen = await self.push_screen_wait(line)
        if chosen is not None:
            await self.run_found(chosen)

    async def run_found(self, chosen: Found) -> None:
        """Do what the command line or the palette found."""
        if chosen.kind == "action":
            await self.run_here(chosen.id)
        elif chosen.kind == "appointment":
            self.post_message(OpenRequested(chosen.id))
        elif chosen.kind == "booking":
            await self.switch_mode("schedule")
            cast(ScheduleScreen, self.room).do(chosen.act, chosen.id)
        elif self._stream:
            await self.switch_mode("session")
            session = cast("SessionScreen", self.room)
            session.go_to(chosen.id)
            if chosen.kind == "act":
                session.do_with(chosen.act, chosen.id)

    async def action_privacy(self) -> None:
        """What was typed on the command line may hold names: it is forgotten when they are hidden."""
        self._typed.clear()
        await super().action_privacy()

    # What works anywhere ---------------------------------------------------------------------------------------------

    def action_admit_notice(self) -> None:
        """F2: admit the person whom the notice named when the key came."""
        notice = self.drawn_notice
        if notice is None:
            self.say("Nobody wants to join.")
        elif not self.notice_settled:
            self.say(words.CHANGED, bad=True)
        elif not notice.running:
            self.say(words.waits_for_start(notice.name), bad=True)
        else:
            self.act(notice.appointment, c.Admit(person_id=notice.person), notice.person, "admitting…")

    @on(NoticeBox.Clicked)
    def notice_clicked(self) -> None:
        self.action_admit_notice()

    def action_microphone(self) -> None:
        if self._in_session():
            self.act(self._stream, c.SetSwitches(microphone=not self.desk.me.microphone))

    def action_camera(self) -> None:
        if self._in_session():
            self.act(self._stream, c.SetSwitches(camera=not self.desk.me.camera))

    def _in_session(self) -> bool:
        if not self._stream:
            self.say("Open an appointment first: microphone and camera are switched for its call.")
        return bool(self._stream)

    async def action_other_place(self) -> None:
        """The Schedule, and back to the session that is open."""
        if self.current_mode != "schedule":
            await self.switch_mode("schedule")
        elif self._stream:
            await self.switch_mode("session")
        else:
            self.say("No session is open. Enter opens the selected appointment.")

    @work(group="quit", exclusive=True, exit_on_error=False)
    async def action_leave_console(self) -> None:
        """Close the console; while a call is open it asks what becomes of it."""
        session = self.desk.session
        if session is not None and (session.appointment.running or self._unsent_note()):
            if self.current_mode != "session":
                await self.switch_mode("session")
            screen = cast("SessionScreen", self.room)
            leaving = await screen.ask_leaving()
            if not leaving or not await screen.note_settled():
                return
            if leaving == "leave" and not await self.ask(session.id, c.EndCall()):
                return
        self.exit()

    def _unsent_note(self) -> bool:
        return any(
            screen.unsent_note for stack in self._screen_stacks.values() for screen in stack if isinstance(screen, Room)
        )

    # Sessions --------------------------------------------------------------------------------------------------------

    @on(OpenRequested)
    async def open_session(self, event: OpenRequested) -> None:
        """The session of an appointment; the one that was open goes on without the console."""
        event.stop()
        if self.newcomer:
            self.not_new_any_more()
        if self._stream != event.appointment:
            await self.window.close()
            await self._forget_session()
            self.desk.open(event.appointment)
            await self.line.follow()
            self.add_mode("session", session_screen)
        await self.switch_mode("session")

    @on(HangUpRequested)
    async def hang_up(self, event: HangUpRequested) -> None:
        """The window closes and the Schedule comes; not when ending was refused."""
        event.stop()
        session, end = self.desk.session, event.end
        if session is None or (end and not await self.ask(session.id, c.EndCall())):
            return
        await self.window.close()
        await self._forget_session()
        left = "You left. The call goes on without you." if session.appointment.running else ""
        self.say(words.ENDED if end else left)

    async def _forget_session(self) -> None:
        if self.current_mode != "schedule":
            await self.switch_mode("schedule")
        if "session" in self._modes:
            await self.remove_mode("session")
        self.desk.close()
        await self.line.follow()
        self.paint()

    def not_new_any_more(self) -> None:
        """The introduction goes, and is never shown again."""
        self.newcomer = False
        for screen in self.screen_stack:
            if isinstance(screen, ScheduleScreen):
                screen.hide_introduction()
        try:
            self.state_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self.state_directory / INTRODUCED).touch(mode=0o600)
        except OSError as error:
            self.log.warning(error)
