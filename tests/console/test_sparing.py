"""A slow line gets what changed and no more: counted in bytes, on a terminal of 100 x 30 with seventy people."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import AsyncIterator
from copy import deepcopy
from datetime import timedelta
from pathlib import Path

import pyte
import pytest
from rich.console import Console as Rich
from rich.segment import ControlType, Segment
from rich.style import Style
from textual._compositor import LayoutUpdate
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget
from wcwidth import wcwidth

from ecm_tui.console.sparing import Cell, Changes, cells, changes, is_sure, letters
from ecm_tui.core import commands as c
from ecm_tui.core.text import clean
from tests.console.driving import Console, Wire, console, lines_of
from tests.console.fake_service import TUESDAY, FakeClock, FakeService

WAITING, INSIDE = 20, 50


@pytest.fixture(autouse=True)
def true_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """The terminal with the longest control sequences."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")


@pytest.fixture
async def full(service: FakeService, clock: FakeClock, state: Path) -> AsyncIterator[Console]:
    """A call in which fifty are and twenty wait, and nothing is left to paint."""
    guests = [f"Guest {number:02d}|Description {number}" for number in range(WAITING + INSIDE - 1)]
    appointment = service.schedule("Guest 99", *guests)
    service.do(appointment, c.StartCall(), service.actor)
    for number, name in enumerate(service.people(appointment)):
        clock.pass_(7)
        person = service.enter(appointment, name)
        if number >= WAITING:
            service.do(appointment, c.Admit(person_id=person), service.actor)
    async with console(service, clock, state, (100, 30), wired=True) as seen:
        await seen.press("enter")
        await seen.sees(f"Waiting ({WAITING})")
        await settled(seen)
        seen.app.paint()  # the list's width is known now
        await settled(seen)
        yield seen


def wire(seen: Console) -> Wire:
    driver = seen.app._driver
    assert isinstance(driver, Wire)
    return driver


def unsent(seen: Console) -> str:
    """What painting the whole screen would send now: nothing, when the terminal shows all of it in its colours."""
    whole = LayoutUpdate(
        [[strip] for strip in seen.app.screen._compositor.render_strips()], seen.app.screen.size.region
    )
    return Changes(whole, deepcopy(seen.app._shown)).render_segments(seen.app.console)


async def settled(seen: Console) -> int:
    """Wait until the terminal shows the whole screen; how many bytes that took."""
    await seen.settle()
    await seen.holds(lambda: not unsent(seen), "the terminal shows the screen")
    assert wire(seen).lines() == lines_of(seen.app.screen)
    return wire(seen).count()


async def cost(seen: Console, *names: str) -> int:
    """Bytes of these keys together, up to the last repaint."""
    await seen.press(*names)
    return await settled(seen)


async def test_a_minute_of_seventy_people_and_running_clocks_is_cheap(full: Console, clock: FakeClock):
    sent, before = 0, full.text
    for _ in range(60):
        clock.pass_()
        full.app.paint()
        sent += await settled(full)
    assert full.text.count(" min  [a] admit") == before.count(" min  [a] admit")
    assert full.text != before
    assert 0 < sent < 2000


async def test_a_move_sends_two_rows(full: Console):
    assert 0 < await cost(full, "j") <= 1000
    assert 0 < await cost(full, "k") <= 1000


async def test_a_move_puts_together_the_lines_that_it_touches(full: Console, monkeypatch: pytest.MonkeyPatch):
    asked: list[int] = []

    def render_lines(widget: Widget, crop: Region) -> list[Strip]:
        asked.append(crop.height)
        return rendered(widget, crop)

    rendered = Widget.render_lines
    monkeypatch.setattr(Widget, "render_lines", render_lines)
    await full.press("j")
    await full.holds(lambda: asked, "something is painted")
    assert sum(asked) <= 30  # two rows, of the list and of what lies below it


async def test_a_sentence_as_long_as_the_one_before_lays_nothing_out(full: Console, monkeypatch: pytest.MonkeyPatch):
    laid_out: list[Screen[object]] = []
    monkeypatch.setattr(Screen, "_refresh_layout", lambda screen, *_, **__: laid_out.append(screen))
    full.app.say("One thing was done.")
    await full.sees("One thing was done.")
    full.app.say("Another one was not done.", bad=True)
    await full.sees("Another one was not done.")
    assert laid_out == []
    full.app.say("A sentence that does not fit on one line. " * 4)
    await full.holds(lambda: laid_out, "the screen is laid out")


async def test_a_line_that_stays_is_not_filtered_again(full: Console):
    before, after = full.app.get_line_filters(), full.app.get_line_filters()
    assert len(before) > 1 and all(one is other for one, other in zip(before, after, strict=True))


@pytest.fixture
async def board(service: FakeService, clock: FakeClock, state: Path) -> AsyncIterator[Console]:
    """The Schedule of a busy morning: ten calls in which somebody waits, and twenty appointments to come."""
    for number in range(30):
        appointment = service.schedule(f"Patient {number}", at=TUESDAY + timedelta(minutes=5 * number))
        if number < 10:
            service.do(appointment, c.StartCall(), service.actor)
            clock.pass_(7)
            service.enter(appointment, f"Patient {number}")
    async with console(service, clock, state, (100, 44), wired=True) as seen:
        await seen.sees("Now (10)")
        await settled(seen)
        seen.app.paint()
        await settled(seen)
        yield seen


async def test_on_the_schedule_too_a_move_sends_two_rows_and_a_clock_its_own_cell(board: Console, clock: FakeClock):
    for key in ("j", "j", "k", "G", "g"):
        assert 0 < await cost(board, key) <= 1200, key
    sent, before = 0, board.text
    for _ in range(60):
        clock.pass_()
        board.app.paint()
        sent += await settled(board)
    assert board.text != before and board.text.count(" min [a] admit") == 10
    assert 0 < sent < 2000


async def test_a_letter_of_a_search_sends_the_letter_and_what_it_changed_in_the_list(full: Console):
    assert 0 < await cost(full, "slash") <= 1200  # the mark of the row, the field, its cursor
    assert 0 < await cost(full, "u") <= 400  # everybody is found: a count appears
    assert 0 < await cost(full, "e") <= 250
    whole = await cost(full, "ctrl+l")
    for letter in ("space", "1", "2"):  # each leaves fewer
        assert 0 < await cost(full, letter) < whole
    assert "1 of 70 people" in full.text


async def test_a_letter_in_a_forms_field_sends_no_more_than_the_letter(full: Console):
    await cost(full, "i")
    for letter in "lukasz":
        assert 0 < await cost(full, letter) <= 250


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_letter_of_a_note_sends_the_letter_beside_the_people_too(
    service: FakeService, clock: FakeClock, state: Path, size: tuple[int, int]
):
    appointment = service.schedule("Guest 99", *[f"Guest {number:02d}" for number in range(19)])
    service.do(appointment, c.StartCall(), service.actor)
    for name in service.people(appointment):
        service.enter(appointment, name)
    service.do(appointment, c.SaveNote(note_id="n1", text="An older note"), service.actor)
    async with console(service, clock, state, size, wired=True) as seen:
        await seen.press("enter")
        await seen.sees("Waiting (20)")
        await cost(seen, "f7")
        await seen.sees("An older note")
        await settled(seen)
        for letter in "axle":
            assert 0 < await cost(seen, letter) <= 500, letter
        assert 0 < await cost(seen, "enter") <= 1200
        for letter in "second":
            assert 0 < await cost(seen, letter) <= 500, letter
        await seen.type("word " * (size[0] // 5 - 1))
        await settled(seen)
        assert 0 < await cost(seen, *"wraps") <= 5 * 1200


async def test_a_dialog_that_closes_sends_what_it_had_covered(full: Console):
    whole = await cost(full, "ctrl+l")
    await cost(full, "ctrl+o")
    assert 0 < await cost(full, "escape") < whole


async def test_what_something_else_wrote_on_the_terminal_is_painted_over_when_asked(full: Console):
    wire(full).write("\x1b[12;1HBroadcast message: this host goes down")
    full.app.paint()
    await full.settle()
    assert "Broadcast" in "".join(wire(full).lines())
    await cost(full, "ctrl+l")
    assert "Broadcast" not in "".join(wire(full).lines())


async def test_another_size_is_painted_whole(full: Console):
    await full.pilot.resize_terminal(100, 20)
    assert await settled(full) > 3000


async def test_wide_letters_that_a_notice_cut_in_half_are_whole_again(
    service: FakeService, clock: FakeClock, state: Path
):
    appointment = service.schedule("東京" * 12, *[f"{'李' * 30} {number}" for number in range(4)])
    service.do(appointment, c.StartCall(), service.actor)
    async with console(service, clock, state, wired=True) as seen:
        await seen.press("enter")
        await seen.sees("Invited (5)")
        for name in list(service.people(appointment))[1:]:
            service.enter(appointment, name)
            await settled(seen)
        for _ in range(4):
            await cost(seen, "f2")
        assert "4 people in the call" in seen.text


# Cells -----------------------------------------------------------------------------------------------------------

RICH = Rich(file=io.StringIO(), force_terminal=True, color_system="truecolor")
RED = Style(color="red")


def row(text: str, style: Style | None = None) -> list[Cell]:
    return cells(Segment(text, style), RICH)


@pytest.mark.parametrize(
    ("text", "width"), [("Ann", 3), ("東京", 4), ("e\u0301a", 2), ("👩‍⚕️ b", 4), ("\u200d", 0), ("", 0)]
)
def test_a_line_has_as_many_cells_as_it_is_wide(text: str, width: int):
    assert len(row(text)) == width


def test_changes_far_from_each_other_are_two_and_near_ones_are_one():
    old = row("one two three four five")
    assert list(changes(old, row("0ne two three f0ur five"))) == [(0, 1), (15, 16)]
    assert list(changes(old, row("0ne tw0 three four five"))) == [(0, 7)]
    assert list(changes(old, old)) == []


def test_another_look_is_a_change():
    assert list(changes(row("one"), row("one", RED))) == [(0, 3)]


def test_no_change_begins_within_a_wide_letter():
    assert list(changes(row("a東b"), row("a京b"))) == [(1, 2)]
    assert list(changes([*row("a東")[:2], ("x", row("x")[0][1])], row("a東"))) == [(1, 2)]


def test_a_picture_is_sent_as_it_is_each_time_and_what_was_below_it_counts_as_unknown():
    shown: dict[int, list[Cell]] = {}
    picture = Segment("\x1bPq#0\x1b\\", None, [(ControlType.CURSOR_FORWARD, 1)])

    def sent(*segments: Segment) -> str:
        strip = Strip(list(segments), 3)
        return Changes(LayoutUpdate([[strip]], Region(0, 0, 3, 1)), shown).render_segments(RICH)

    assert "one" in sent(Segment("one"))
    assert sent(Segment("one")) == ""
    assert sent(picture) == sent(picture) == "\x1b[1;1H\x1bPq#0\x1b\\"
    assert "one" in sent(Segment("one"))


# Terminals of another mind -----------------------------------------------------------------------------------------

MINDS = {
    "as wide as its characters": lambda character: wcwidth(character) if is_sure(character) else 1,
    "marks that take a cell": lambda character: wcwidth(character) or int(character not in "\u200d\ufe0f"),
    "everything foreign is wide": lambda character: wcwidth(character) if is_sure(character) else 2,
    "everything foreign is narrow": lambda character: (
        1 if is_sure(character) and wcwidth(character) == 1 else min(wcwidth(character), 2 if is_sure(character) else 1)
    ),
}
"""How wide some terminals take a character to be."""

NAMES = (
    "किरण शर्मा",
    "ดำรงค์",
    "ေမာင္",
    "தாரா",
    "\uae40\u1100\u1100",
    "אָב בֶן",
    "أَحمد",
    "🇬🇧 Al",
    "👩\u200d⚕\ufe0f Ina",
    "🌹 Ro",
    "ខ្មែរ",
)


WHOLE = ("as wide as its characters", "everything foreign is wide")
"""Terminals that drop nothing: pyte itself loses marks without a cell that are of no combining class."""


def written(text: str) -> str:
    return unicodedata.normalize("NFC", text).replace(" ", "")


@pytest.mark.parametrize("mind", MINDS)
@pytest.mark.parametrize("name", NAMES)
def test_whatever_a_terminal_thinks_of_a_name_what_stands_behind_it_stays(
    name: str, mind: str, monkeypatch: pytest.MonkeyPatch
):
    name = clean(name)
    if mind == "everything foreign is wide":
        name = clean("".join(character for character in name if not is_sure(character)))
    monkeypatch.setattr("pyte.screens.wcwidth", MINDS[mind])
    screen = pyte.Screen(60, 1)
    stream = pyte.Stream(screen)
    stream.feed("\x1b[?7l")  # as the console does at its start
    shown: dict[int, list[Cell]] = {}

    def paint(called: str, rest: str) -> str:
        room = " " * (24 - sum(each for _, each in letters(called)))
        strip = Strip([Segment(called + room), Segment(rest)])
        stream.feed(Changes(LayoutUpdate([[strip]], Region(0, 0, 60, 1)), shown).render_segments(RICH))
        data = [screen.buffer[0][at].data for at in range(60)]
        if mind in WHOLE:
            assert written("".join(data[:24])) == written(called)
        return "".join(data[24:]).rstrip()

    for called in (name, clean(name[:-2]), "Ann", f"{name[0]}{name}", "", name):
        for rest in ("Waiting  [a] admit", "Waiting  [x] gone!", "In call  [x] gone!"):
            assert paint(called.strip(), rest) == rest


def test_what_every_terminal_knows_costs_no_byte_more():
    shown: dict[int, list[Cell]] = {}
    strip = Strip([Segment("● Zoë Müller 東京 김 Ω Ж ✓ │─ …")])
    sent = Changes(LayoutUpdate([[strip]], Region(0, 0, 40, 1)), shown).render_segments(RICH)
    assert sent == "\x1b[1;1H● Zoë Müller 東京 김 Ω Ж ✓ │─ …"
