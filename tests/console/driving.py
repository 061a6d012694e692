"""Driving the console as a person does: keys and mouse in, the screen's text out, waiting on conditions only."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pyte
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.drivers.headless_driver import HeadlessDriver
from textual.events import Key
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.screen import Screen

from ecm_tui.console.app import EcmApp
from ecm_tui.console.widgets.rows import RowList
from tests.console.fake_service import FakeClock, FakeService
from tests.until import until

TERMINAL = {"TERM": "xterm-256color", "LANG": "C.UTF-8"}
"""A usual terminal's variables, whatever those are where the tests run."""


_parse_rules = Stylesheet._parse_rules
_parsed: dict[Hashable, list[RuleSet]] = {}


def parsed_once(sheet: Stylesheet, *source: Any, **more: Any) -> list[RuleSet]:
    """What a style sheet says is the same in every console: reading it anew took most of a console's start."""
    key = (tuple(sheet._variables.items()), source, tuple(more.items()))
    if key not in _parsed:
        _parsed[key] = _parse_rules(sheet, *source, **more)
    return _parsed[key]


Stylesheet._parse_rules = parsed_once  # type: ignore[method-assign]


def lines_of(screen: Screen[Any]) -> list[str]:
    """The screen as lines of text. The one private call of the tests: Textual has no public one."""
    return ["".join(segment.text for segment in strip).rstrip() for strip in screen._compositor.render_strips()]


SIXELS = re.compile('\x1bP0;1q"1;1;(\\d+);(\\d+)[^\x1b]*\x1b\\\\')
SIXEL = "▒"
"""What stands in each cell over which a picture in sixels is drawn, until text is written there."""


class Wire(HeadlessDriver):
    """A terminal at the other end of a slow line: notes what is sent to it, and paints it."""

    cell: tuple[int, int] | None = None
    """Pixels of a cell, if it tells them."""

    def __init__(self, *words: Any, **more: Any) -> None:
        super().__init__(*words, **more)
        self.sent: list[str] = []
        width, height = self._get_terminal_size()
        self._screen = pyte.Screen(width, height)
        self._stream = pyte.Stream(self._screen)

    @property
    def is_headless(self) -> bool:
        """Textual draws nothing for a terminal without a head."""
        return False

    @property
    def can_suspend(self) -> bool:
        """Another program may have it for a while."""
        return True

    def write(self, data: str) -> None:
        width, height = self._get_terminal_size()
        self._screen.resize(height, width)
        self.sent.append(data)
        self._stream.feed(SIXELS.sub(self._sixels, data))

    def _sixels(self, told: re.Match[str]) -> str:
        assert self.cell, "sixels for a terminal of unknown pixels"
        columns, lines = (-(-int(told[which + 1]) // self.cell[which]) for which in (0, 1))
        return f"{SIXEL * columns}\x1b[{columns}D\x1b[B" * lines

    def lines(self) -> list[str]:
        """What it shows."""
        return [line.rstrip() for line in self._screen.display]

    def count(self) -> int:
        """How many bytes came since the last time this was asked."""
        counted = len("".join(self.sent).encode())
        self.sent.clear()
        return counted


class Console:
    """A running console over a fake service."""

    def __init__(self, app: EcmApp, pilot: Pilot[None], service: FakeService, clock: FakeClock) -> None:
        self.app = app
        self.pilot = pilot
        self.service = service
        self.clock = clock

    async def press(self, *names: str) -> None:
        """Press keys as a calm person: each a second after the one before."""
        for name in names:
            self.clock.pass_()
            await self.pilot.press(name)

    async def press_at_once(self, *names: str) -> None:
        """Press keys without any time going by."""
        await self.pilot.press(*names)

    async def type(self, text: str) -> None:
        """Type into the field that has the focus, without looking up before the last letter."""
        driver = self.app._driver
        assert driver is not None
        for letter in text[:-1]:
            self.clock.pass_()
            driver.send_message(Key(_character_to_key(letter), letter))
        await self.press(*text[-1:])

    @property
    def text(self) -> str:
        """What the screen shows."""
        return "\n".join(lines_of(self.app.screen))

    def line(self, part: str) -> str:
        """The first line of the screen that holds `part`; "" when none does."""
        return next((line for line in lines_of(self.app.screen) if part in line), "")

    def row(self, name: str) -> str:
        """The row of this person in the people list."""
        lines = lines_of(self.app.screen)
        first = next((y for y, line in enumerate(lines) if "Waiting (" in line or "Search people" in line), 0)
        return next((line for line in lines[first:] if name in line), "")

    async def sees(self, part: str) -> None:
        """Wait until the screen shows this."""
        await until(lambda: part in self.text, what=f"{part!r} on the screen:\n{self.text}")

    async def sees_no(self, part: str) -> None:
        """Wait until the screen does not show this."""
        await until(lambda: part not in self.text, what=f"no {part!r} on the screen")

    async def click(self, part: str) -> None:
        """Click on the first letters of this text."""
        self.clock.pass_()
        for y, line in enumerate(lines_of(self.app.screen)):
            if part in line:
                await self.pilot.click(offset=(line.index(part) + 1, y))
                return
        raise AssertionError(f"{part!r} is not on the screen:\n{self.text}")

    async def holds(self, condition: Callable[[], Any], what: str = "") -> None:
        """Wait for anything else."""
        await until(condition, what=what)

    async def open(self, patient: str) -> None:
        """Open the appointment of a patient by keys."""
        await self.settle()
        rows = self.app.screen.query_one("#appointments", RowList)
        wanted = rows.ids().index(next(row.id for row in self.app.desk.rows.values() if row.patient == patient))
        here = rows.ids().index(rows.selected_id)
        await self.press(*(["j"] * (wanted - here) or ["k"] * (here - wanted)), "enter")
        await self.holds(lambda: self.app.desk.session is not None and self.app.desk.session.ready, "session read")
        await self.sees("In call (")

    async def join(self) -> None:
        """Press JOIN SESSION, which has the focus."""
        await self.press("enter")
        await self.sees("No one is here yet")

    async def settle(self) -> None:
        """Wait until the console shows all that the service knows."""
        await self.holds(self._told_all, "the console has heard and painted everything")
        await self.pilot.pause()

    def _told_all(self) -> bool:
        session, service = self.app.desk.session, self.service
        heard = session is None or session.appointment.seq == service.streams[session.id].seq
        rows = self.app.desk.rows
        coming = [name for name, each in service.streams.items() if name in rows or service.comes(each)]
        known = all(name in rows and rows[name].seq == service.streams[name].seq for name in coming)
        return heard and known and not self.app.paint_due

    async def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size, and wait until all is painted in it."""
        await self.pilot.resize_terminal(columns, rows)
        await self.settle()
        self.app.paint()
        await self.pilot.pause()

    async def select(self, name: str) -> None:
        """Move to a person's row by keys."""
        await self.settle()
        people = self.app.screen.query_one("#people", RowList)
        session = self.app.desk.session
        assert session is not None
        wanted = people.ids().index(next(p.id for p in session.appointment.people.values() if p.name == name))
        here = people.ids().index(people.selected_id)
        await self.press(*(["j"] * (wanted - here) or ["k"] * (here - wanted)))
        assert people.drawn_id == people.ids()[wanted], self.text


@asynccontextmanager
async def console(
    service: FakeService,
    clock: FakeClock,
    state: Path,
    size: tuple[int, int] = (80, 24),
    wired: bool = False,
    **more: Any,
) -> AsyncIterator[Console]:
    """A console that has read its schedule; `wired` to a terminal that counts."""
    more = {"environ": TERMINAL, **more}
    app = EcmApp(service.connect, state, revive=service.revive, clock=clock, timer=clock.timer, **more)
    app.driver_class = Wire
    async with app.run_test(size=size, headless=not wired) as pilot:
        await until(lambda: app.desk.ready, what="the schedule is read")
        made = Console(app, pilot, service, clock)
        await made.settle()
        yield made
