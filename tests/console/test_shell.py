"""The start of the console: what begins, begins once; what can come later, does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ecm_tui.console.line import Line
from tests.console.driving import console
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
