"""The console on small and large screens: complete at 80x24, usable at 60x20, both views from 120 columns on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ecm_tui.console.widgets.rows import RowList
from ecm_tui.core import commands as c
from tests.console.driving import Console, console, lines_of
from tests.console.fake_service import FakeClock, FakeService

NAME = "Bea Moreno-Castellanos"


@pytest.fixture
async def small(service: FakeService, clock: FakeClock, state: Path) -> AsyncIterator[Console]:
    """A console at 60x20, with Ann's appointment on the Schedule: she waits for 12 minutes."""
    appointment = service.schedule("Ann Lee", f"{NAME}|Daughter", "Omar Haddad", patient_id="4718")
    service.enter(appointment, "Ann Lee")
    clock.pass_(12 * 60)
    async with console(service, clock, state, size=(60, 20)) as made:
        yield made


async def resized(seen: Console, columns: int, rows: int) -> None:
    await seen.pilot.resize_terminal(columns, rows)
    await seen.holds(lambda: seen.app.size.width == columns)
    await seen.settle()


async def test_at_60_columns_rows_say_who_state_time_and_controls(small: Console):
    assert "● Patient online  Ann Lee" in small.text and "waiting 12 min" in small.text
    await small.open("Ann Lee")
    assert "Microphone on (F9)" in small.text and "Joining admits nobody." in small.text
    assert "Nobody sees or hears you" in small.text and "before you admit them." in small.text
    await small.join()
    stream = next(iter(small.service.streams))
    for name in (NAME, "Omar Haddad"):
        small.service.enter(stream, name)
    small.service.other(stream, c.Admit(person_id=small.service.people(stream)["Omar Haddad"]))
    await small.sees("In call (1)")
    row = small.row("Ann Lee")
    assert "Waiting 12 min" in row and row.endswith("[a] admit  [x] disconnect")
    row = small.row("Bea Moreno")
    assert "Bea Moreno-Cas…" in row and row.endswith("[a] admit  [x] disconnect")
    assert small.row("Omar Haddad").endswith("mic, camera           [.]")
    await small.sees("Ann Lee and 1 other want to join F2")
    assert "[PEOPLE] F3   CHAT  F4" in small.text


async def test_a_note_written_before_the_call_leaves_the_bars_on_a_low_screen(small: Console):
    await small.open("Ann Lee")
    await small.press("f4", "f7")
    await small.sees("Private note: only you can read this")
    await small.sees("ctrl+t time  ctrl+r template  ctrl+g editor")
    assert "Session Info" in lines_of(small.app.screen)[0] and "F1 Help" in lines_of(small.app.screen)[-1]
    await small.press("escape")
    await small.sees("JOIN SESSION")


async def test_at_60_columns_the_qr_code_takes_the_place_of_the_words(small: Console):
    await small.press("y")
    await small.sees("q QR code")
    assert "█▀▀▀▀▀█" not in small.text
    await small.press("q")
    await small.sees("█▀▀▀▀▀█")
    assert max(len(line) for line in lines_of(small.app.screen)) <= 60 and "█ ▀▀▀ █" in small.text
    await small.press("q")
    await small.sees("until you admit them.")


async def test_S1_from_120_columns_both_views_stand_side_by_side_and_their_keys_move_between_them(
    service: FakeService, clock: FakeClock, state: Path, appointment: str
):
    async with console(service, clock, state, size=(120, 40)) as seen:
        await seen.open("Ann Lee")
        await seen.sees("Dr Grey made the")
        assert "[PEOPLE]" in seen.text and "Invited (3)" in seen.text
        await seen.press("f4")
        await seen.sees("[CHAT]")
        assert "Invited (3)" in seen.text and seen.app.focused is not seen.app.screen.query_one("#people")
        await seen.press("f3")
        await seen.sees("[PEOPLE]")
        assert seen.app.focused is seen.app.screen.query_one("#people") and "Dr Grey made the" in seen.text


async def test_a_resize_in_a_call_keeps_view_selection_and_what_is_typed(
    service: FakeService, clock: FakeClock, state: Path, appointment: str
):
    async with console(service, clock, state) as seen:
        await seen.open("Ann Lee")
        await seen.join()
        service.enter(appointment, "Bea Moreno")
        await seen.select("Bea Moreno")
        await seen.press("slash")
        await seen.type("mor")
        for size in ((140, 40), (60, 20), (30, 8), (20, 5), (120, 30), (80, 24)):
            await resized(seen, *size)
        await seen.sees("Bea Moreno")
        assert seen.app.screen.query_one("#people", RowList).drawn_id == service.people(appointment)["Bea Moreno"]
        assert "mor" in seen.line("of 3 people")
        await seen.press("escape", "a")
        await seen.sees("In call (1)")
        await seen.press("f4")
        for size in ((140, 40), (80, 24)):
            await resized(seen, *size)
        await seen.sees("[CHAT]")
        assert "Waiting (" not in seen.text.replace("Waiting: ", "")
