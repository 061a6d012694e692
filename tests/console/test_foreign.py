"""What strangers write is inert wherever the console draws it."""

import os
import re
import sys
from pathlib import Path

import pexpect
import pytest
from textual import events
from textual.widgets import Static

from ecm_tui.console.text import fit, plain, short
from ecm_tui.console.widgets.bars import NoticeBox
from ecm_tui.console.widgets.rows import RowList
from ecm_tui.core import commands as c
from ecm_tui.core.log import Actor
from tests.console.driving import Console, console, lines_of
from tests.console.fake_service import FakeClock
from tests.console.hostile import HOSTILE, hostile_service
from tests.tree import ROOT

FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def assert_inert(seen: Console) -> None:
    for line in lines_of(seen.app.screen):
        assert not FORBIDDEN.search(line), ascii(line)
    for widget in [seen.app.screen, *seen.app.screen.query("*")]:
        meta = str(getattr(widget, "_content", "")) + str(getattr(widget, "content", ""))
        assert "@click" not in meta or "[@click" in meta, f"{widget} has a live link"


async def test_hostile_names_are_inert_on_every_screen_and_dialog(clock: FakeClock, state: Path):
    service, appointment = hostile_service()
    async with console(service, clock, state, size=(120, 40)) as seen:
        await seen.settle()
        assert_inert(seen)
        seen.app.screen.query_one("#appointments", RowList).select(appointment)
        await seen.press("enter")
        await seen.sees("In call (2)")
        assert_inert(seen)
        for name in HOSTILE:
            await seen.select(name)
            await seen.press("full_stop")
            await seen.holds(lambda: len(seen.app.screen_stack) == 2)
            await seen.pilot.pause()
            assert_inert(seen)
            await seen.press("escape")
            await seen.holds(lambda: len(seen.app.screen_stack) == 1)
        await seen.select(HOSTILE[1])
        for keys in (["full_stop", "j", "j", "j", "j", "enter"], ["A"], ["y"], ["f1"], ["ctrl+p"], ["ctrl+o"], ["i"]):
            await seen.press(*keys)
            await seen.holds(lambda: len(seen.app.screen_stack) == 2)
            await seen.pilot.pause()
            assert_inert(seen)
            await seen.press("escape")
            await seen.holds(lambda: len(seen.app.screen_stack) == 1)
        await seen.select(HOSTILE[2])
        service.presence(appointment, HOSTILE[2], "lost")
        await seen.settle()
        await seen.press("a")
        await seen.sees("lost the connection. Admit")
        assert_inert(seen)
        await seen.press("f4")
        await seen.sees("[CHAT")
        assert_inert(seen)


async def test_hostile_messages_and_file_names_are_inert_in_the_chat_its_menus_and_its_field(
    clock: FakeClock, state: Path
):
    service, appointment = hostile_service()
    async with console(service, clock, state, size=(120, 40)) as seen:
        await seen.settle()
        seen.app.screen.query_one("#appointments", RowList).select(appointment)
        await seen.press("enter", "f4")
        await seen.sees("[CHAT")
        seen.app.post_message(events.Paste("\n".join(HOSTILE)))
        await seen.sees("Fay")
        assert_inert(seen)
        await seen.press("escape", "g")
        await seen.pilot.pause()
        assert_inert(seen)
        await seen.press("G", "k")
        for item in ("Show the whole message", "Open link to"):
            await seen.press("full_stop")
            await seen.sees(item)
            assert_inert(seen)
            await seen.press("j", *(["j"] if item.startswith("Open") else []), "enter")
            await seen.sees_no("Copy text")
            assert_inert(seen)
            await seen.press("escape")
            await seen.holds(lambda: len(seen.app.screen_stack) == 1)


async def test_hostile_text_is_inert_in_details_pasted_lines_and_the_line_that_tells_of_a_hand(
    clock: FakeClock, state: Path
):
    service, appointment = hostile_service()
    async with console(service, clock, state, size=(120, 40)) as seen:
        await seen.settle()
        seen.app.screen.query_one("#appointments", RowList).select(appointment)
        await seen.press("enter")
        await seen.sees("In call (2)")
        for name in (HOSTILE[1], HOSTILE[2], HOSTILE[4]):
            await seen.select(name)
            await seen.press("full_stop", "G", "enter")
            await seen.sees("y copies ids, states and figures")
            assert_inert(seen)
            await seen.press("escape")
        person = service.people(appointment)[HOSTILE[1]]
        raised = Actor(role="participant", id=person, name=HOSTILE[1])
        service.do(appointment, c.RaiseHand(up=True), raised)
        await seen.sees("raised a hand.")
        assert_inert(seen)
        await seen.press("i")
        await seen.sees("Invite a person")
        seen.app.post_message(events.Paste("\n".join(f"{name}, x@y.test, {name}" for name in HOSTILE)))
        await seen.sees("x@y.test · ")
        assert_inert(seen)


async def test_hostile_text_is_inert_in_the_note_its_list_its_reading_and_in_templates(
    clock: FakeClock, state: Path, tmp_path: Path
):
    service, appointment = hostile_service()
    own = tmp_path / "templates"
    own.mkdir()
    for name in HOSTILE:
        (own / f"{name.replace('/', '|').replace(chr(0), '')[:60]}.txt").write_text(name)
        service.do(appointment, c.SaveNote(note_id=f"n{len(name)}", text=name), service.actor)
    async with console(service, clock, state, size=(120, 40), templates=own) as seen:
        await seen.settle()
        seen.app.screen.query_one("#appointments", RowList).select(appointment)
        await seen.press("enter", "f7")
        await seen.sees("only you can read this")
        above = lines_of(seen.app.screen)[:8]
        seen.app.post_message(events.Paste("\n".join(HOSTILE)))
        await seen.sees("Fay \ufffd")
        assert_inert(seen)
        await seen.press("ctrl+r")
        await seen.sees("Templates of notes")
        assert_inert(seen)
        await seen.press("G", "enter")
        await seen.sees_no("Templates of notes")
        assert_inert(seen)
        assert lines_of(seen.app.screen)[:8] == above
        await seen.press("tab", "tab")
        for _ in HOSTILE:
            await seen.press("enter")
            await seen.sees("Private note, saved")
            assert_inert(seen)
            await seen.press("escape")
            await seen.sees_no("Private note, saved")
            await seen.press("j")
        assert_inert(seen)


async def test_a_click_on_a_name_with_markup_runs_nothing(clock: FakeClock, state: Path):
    service, appointment = hostile_service()
    async with console(service, clock, state) as seen:
        await seen.settle()
        seen.app.screen.query_one("#appointments", RowList).select(appointment)
        await seen.press("enter")
        await seen.sees("In call (2)")
        await seen.select(HOSTILE[1])
        await seen.click("[@click")
        await seen.press("full_stop")
        await seen.sees("Remove user")
        await seen.click("[@click")
        assert seen.app.is_running


async def test_a_control_character_that_some_widget_lets_through_does_not_reach_the_terminal(seen: Console):
    bare = Static("before \x1b]52;c;aGk= \u202e after", markup=False)
    await seen.app.screen.mount(bare)
    await seen.sees("before")
    assert not any(FORBIDDEN.search(line) for line in lines_of(seen.app.screen))


async def test_the_notice_of_a_very_long_name_fits_its_corner(clock: FakeClock, state: Path):
    service, appointment = hostile_service()
    for name in HOSTILE[2:4]:
        service.leave(appointment, name)
    async with console(service, clock, state) as seen:
        await seen.sees("Dot longlong")
        box = seen.app.screen.query_one(NoticeBox)
        await seen.holds(lambda: box.region.right == 80)
        assert box.region.width <= 62


@pytest.mark.parametrize("name", HOSTILE)
def test_every_name_is_fitted_to_exactly_its_column(name: str):
    from rich.cells import cell_len

    assert [cell_len(fit(name, width)) for width in range(30)] == list(range(30))
    assert cell_len(short(name, 20)) <= 20
    assert not FORBIDDEN.search(plain(name))


NOTE = (
    ("\x1b[18~", "only you can read this"),
    ("\x1b[200~" + "\r".join(HOSTILE) + "\x1b[201~", "null"),
    ("\x13", "Saved"),
)
"""F7, a paste, ctrl+s; and what is seen then."""


@pytest.mark.parametrize("presses", [((".", "Copy link"),), NOTE])
def test_no_byte_of_a_hostile_name_reaches_a_real_terminal(tmp_path: Path, presses: tuple[tuple[str, str], ...]):
    (tmp_path / "introduced").touch()
    env = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)}
    child = pexpect.spawn(
        sys.executable, ["-m", "tests.console.hostile", str(tmp_path)], env=env, dimensions=(40, 120), cwd=str(ROOT)
    )
    written = b""

    def press(keys: str, until: str) -> None:
        nonlocal written
        child.send(keys)
        child.expect_exact(until, timeout=30)
        written += child.before + child.after

    try:
        press("", "appointments")
        press("\r", "In call")
        for keys, shown in presses:
            press(keys, shown)
    finally:
        child.close(force=True)
    text = written.decode()
    for forbidden in ("\x1b]52", "\x9b", "\u202e", "\u2066", "\x00", "\u200b"):
        assert forbidden not in text
