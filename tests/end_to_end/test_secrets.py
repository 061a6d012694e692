"""Names are on the screen and in the database: no title, notification, argument, log or temporary file has one."""

import asyncio
import re
from pathlib import Path

import pytest

from tests.cli.patient import waiting
from tests.end_to_end.clinic import clinic

CANARY = "Zyxcanary"

TOLD_TO_THE_TERMINAL = re.compile(rb"\x1b[\]PX^_].*?(?:\x07|\x1b\\)", re.DOTALL)
"""Titles, notifications, the clipboard: everything that a terminal is told besides what it draws."""


@pytest.mark.parametrize("mode", ["drawn", "plain"])
async def test_a_name_is_drawn_and_left_nowhere_else(tmp_path: Path, mode: str):
    home, temporary, raw = tmp_path / "home", tmp_path / "tmp", tmp_path / "raw"
    temporary.mkdir()
    settings = {"ECM_NOTIFY_TERMINAL": "osc777", "TMPDIR": str(temporary)}
    async with clinic(home, **settings) as here:
        made = await here.ask("appointment", "add", "--patient", f"Ann {CANARY}", "--email", f"{CANARY}@clinic.test")
        await here.ecm("call", "start", made["id"])
        with here.console(*(["--plain"] if mode == "plain" else [])) as console:
            console.tmux("pipe-pane", "-t", "main", "-O", f"cat > {raw}")
            await console.shows(CANARY)
            async with waiting(made["join_url"]):
                await console.shows("wants to join")
                if mode == "plain":
                    console.type(f"open {CANARY}")
                    console.keys("Enter")
                    await console.shows("Session of")
                else:
                    console.keys("Enter")
                    await console.shows("Waiting (1)")
                    console.keys(":")
                    await console.shows("an action, what to do with whom")
                    console.type(CANARY.lower())
                    console.keys("Enter")
                await asyncio.to_thread(_no_argument_names_anybody)
                told = raw.read_bytes()
                if mode == "drawn":
                    assert b"Someone wants to join" in told, "a notification was sent"
            assert CANARY not in console.tmux("display-message", "-p", "-t", "main", "#{pane_title}")
        assert not [each for each in TOLD_TO_THE_TERMINAL.findall(raw.read_bytes()) if CANARY.encode() in each]
    kept = [path for root in (home, temporary) for path in root.rglob("*") if path.is_file()]
    named = [path for path in kept if CANARY.lower().encode() in path.read_bytes().lower()]
    assert {path.relative_to(home).parts[0] for path in named} <= {"data"}, named


def _no_argument_names_anybody() -> None:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            assert CANARY.encode() not in words or b"pytest" in words, words
