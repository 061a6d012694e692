"""The console on real terminals of many kinds: what it writes there, and how it leaves them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from tests.console.pty import USUAL, WIDE, Pty, pty

SGR = re.compile(rb"\x1b\[([0-9;:]*)m")
MOUSE = [f"\x1b[?{mode}h".encode() for mode in (9, 1000, 1001, 1002, 1003, 1005, 1006, 1015, 1016)]
LEFT = [b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?2004l", b"\x1b[?1004l", b"\x1b[?7h", b"\x1b[<u"]
"""Alternate screen left, cursor shown, no bracketed paste, no focus reports, lines wrap, usual keys."""


def looks(written: bytes) -> set[int]:
    """Every number of every look that was written."""
    return {int(number) for found in SGR.findall(written) for number in re.split(rb"[;:]", found) if number}


def in_session(seen: Pty) -> None:
    seen.child.send("\r")
    seen.shows("In call (", "Waiting (")


def test_in_another_locale_than_one_of_utf8_everything_is_ascii_and_in_its_column(tmp_path: Path):
    with pty(tmp_path, "wide", env={"TERM": "xterm", "LANG": "C"}) as seen:
        seen.child.send("\r")
        screen = seen.shows(f"Waiting ({len(WIDE)})", "Zoe Muller")
        assert seen.written.isascii()
        assert len({line.index("[a] admit ") for line in screen.splitlines() if "[x]" in line}) == 1
        seen.child.send("y")
        seen.shows("Join link", "no QR code")
        assert seen.written.isascii()


def test_names_of_every_script_and_width_leave_the_columns_straight(tmp_path: Path):
    with pty(tmp_path, "wide") as seen:
        seen.child.send("\r")
        seen.shows(f"Waiting ({len(WIDE)})")
        rows = [line for line in seen.cells() if "[x] disconnect" in line]
        assert len(rows) == len(WIDE)
        assert {row.index("Waiting") for row in rows} == {32} and {row.index("[a] admit") for row in rows} == {54}


@pytest.mark.parametrize("term", ["xterm", "screen", "linux", "ansi"])
def test_a_terminal_of_few_colours_gets_its_own_and_no_others(tmp_path: Path, term: str):
    with pty(tmp_path, env={"TERM": term, "LANG": "C.UTF-8"}) as seen:
        in_session(seen)
        used = looks(seen.written)
        assert not used & {38, 48} and used & set(range(31, 38))


def test_without_colours_none_is_written_and_what_has_the_focus_is_still_seen(tmp_path: Path):
    with pty(tmp_path, env={**USUAL, "NO_COLOR": "1"}) as seen:
        in_session(seen)
        seen.child.send("A")
        seen.shows("Admit all 2", "Cancel")
        assert looks(seen.written) <= {0, 1, 2, 3, 4, 7, 22, 23, 24, 27, 39, 49}
        assert re.search(rb"\x1b\[(\d+;)*7(;\d+)*m\s*Admit all 2", seen.written), (
            "the button with the focus is reversed"
        )


def test_without_the_mouse_no_sequence_of_it_is_written_and_with_it_it_is_given_back(tmp_path: Path):
    with pty(tmp_path) as seen:
        seen.child.sendcontrol("q")
        seen.ended()
        assert not [each for each in [*MOUSE, b"\x1b]22;"] if each in seen.written]
    with pty(tmp_path, "mouse") as seen:
        assert b"\x1b[?1003h" in seen.written
        seen.child.sendcontrol("q")
        seen.ended()
        asked = [each for each in MOUSE if each in seen.written]
        last = seen.written.rindex(b"\x1b[?1003h")
        assert all(each.replace(b"h", b"l") in seen.written[last:] for each in asked)


def test_inside_screen_the_console_is_whole_and_screen_gets_its_own_back(tmp_path: Path):
    (tmp_path / "screens").mkdir(mode=0o700)
    env = {"TERM": "xterm", "LANG": "C.UTF-8", "SCREENDIR": str(tmp_path / "screens")}
    with pty(tmp_path, env=env, inside=("screen", "-U", "-c", "/dev/null")) as seen:
        in_session(seen)
        seen.shows("◐ Ann Lee", "[a] admit  [x] disconnect", "F1 Help")
        seen.child.send("\x1bOQ")  # F2, as xterm sends it
        seen.shows("In call (2)")
        seen.child.send("\x1b[21~")  # F10
        seen.shows("Exit without ending")
        os.kill(int(pids_of(tmp_path)[0]), signal.SIGTERM)
        seen.shows("screen is terminating")


def pids_of(state: Path) -> list[str]:
    """The processes of this test's console, screen's own not among them."""
    found = subprocess.run(["pgrep", "-f", f"^[^ ]*python[^ ]* -m tests.console.pty {state}"], capture_output=True)
    return found.stdout.decode().split()


FIELDS = (("/", "Search people"), ("i", "Description"), ("i\x14", "One person"), (":", "Tab completes"), ("\x10", "🔎"))
"""Keys that lead to a field, and what then stands on the screen: search, form, lines, command line, palette."""


def test_in_no_field_the_cursor_blinks_or_anything_else_moves(tmp_path: Path):
    with pty(tmp_path) as seen:
        in_session(seen)
        for keys, shown in FIELDS:
            for key in keys:
                seen.child.send(key)
                seen.quiet(0.4)
            seen.shows(shown)
            seen.quiet(1.2)
            seen.child.send("\x1b")
            seen.shows("F1 Help")
            seen.quiet(0.4)
        assert not re.search(rb"\x1b\[(\d+;)*5(;\d+)*m|\x1b\[\?12h|\x1b\[\d q", seen.written)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT"])
def test_every_signal_that_ends_the_console_gives_the_terminal_back(tmp_path: Path, name: str):
    with pty(tmp_path, shell=True) as seen:
        in_session(seen)
        start = len(seen.written)
        os.kill(seen.console, getattr(signal, name))
        seen.shows("ended as it should", "shell>")
        assert seen.modes == seen.modes_before
        assert all(each in seen.written[start:] for each in LEFT)


def test_U1_suspended_the_shell_has_its_terminal_and_fg_brings_everything_back(tmp_path: Path):
    with pty(tmp_path, shell=True) as seen:
        in_session(seen)
        start = len(seen.written)
        seen.child.sendcontrol("z")
        seen.shows("Stopped", "shell>")
        assert seen.modes == seen.modes_before
        assert all(each in seen.written[start:] for each in LEFT)
        seen.resize(100, 30)
        seen.child.sendline("fg")
        seen.shows("In call (1)", "[a] admit", "F1 Help")
        seen.child.send("a")
        seen.shows("In call (2)")


def test_U1_a_line_that_drops_ends_the_console_although_the_system_wakes_it_once_more(tmp_path: Path):
    with pty(tmp_path) as seen:
        in_session(seen)
        start = len(seen.written)
        os.kill(seen.child.pid, signal.SIGCONT)
        seen.child.send("\x1b[21~")
        seen.shows("Exit without ending")
        assert b"\x1b[?1049h" not in seen.written[start:], "it has not begun to draw anew"
        os.kill(seen.child.pid, signal.SIGHUP)
        os.kill(seen.child.pid, signal.SIGCONT)
        seen.ended()


def test_U1_where_no_shell_could_wake_it_the_console_is_not_suspended(tmp_path: Path):
    with pty(tmp_path) as seen:
        seen.child.sendcontrol("z")
        seen.shows("There is no shell behind this console")
        in_session(seen)
