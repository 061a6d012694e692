"""The start of the console: what begins, begins once; what can come later, does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ecm_tui.console import shell
from ecm_tui.console.line import Line
from tests.console.driving import Console, console
from tests.console.fake_service import FakeClock, FakeService


async def test_line_and_clocks_begin_once(
    service: FakeService, clock: FakeClock, state: Path, monkeypatch: pytest.MonkeyPatch
):
    begun: list[Line] = []
    run = Line.run

    async def counted(line: Line) -> None:
        begun.append(line)
        await run(line)

    monkeypatch.setattr(Line, "run", counted)
    async with console(service, clock, state) as seen:
        assert len(begun) == 1
        assert [timer.name for timer in seen.app._timers].count("clocks") == 1


def test_the_first_picture_waits_for_no_session_and_no_larger_dialog():
    code = (
        "import sys, ecm_tui.console.app as app; late = {f'ecm_tui.console.{each}' for each in "
        "('screens.session', 'dialogs.appointment', 'dialogs.dossier', 'dialogs.importing', 'dialogs.still')}; "
        "print(*(late & set(sys.modules))); app.later(); print(*(late - set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert shown.stdout == "\n\n", shown.stdout + shown.stderr


async def test_what_comes_after_silence_is_painted_soon_and_a_burst_once(
    seen: Console, service: FakeService, clock: FakeClock, appointment: str, monkeypatch: pytest.MonkeyPatch
):
    await seen.open("Ann Lee")
    monkeypatch.setattr(shell, "BURST", 3600.0)
    clock.pass_(4000)
    service.enter(appointment, "Ann Lee")
    await seen.sees("Waiting (1)")
    monkeypatch.setattr(seen.app, "_paint_now", lambda: painted.append(None))
    painted: list[None] = []
    for name in ("Bea Moreno", "Omar Haddad"):
        service.enter(appointment, name)
    await seen.holds(lambda: seen.app.paint_due, "what is new waits for its turn")
    await seen.pilot.pause(4 * shell.FRAME)
    assert painted == [] and seen.app.paint_due
