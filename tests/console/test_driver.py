"""Terminals that vanish, answer nonsense or speak another encoding: the console ends with them, or goes on."""

from __future__ import annotations

import fcntl
import os
import pty as pseudo
import struct
import sys
import termios
from pathlib import Path

import pytest

from ecm_tui.console.driver import cell
from tests.console.pty import Pty, pty
from tests.until import until_now

HEEDLESS = (
    sys.executable,
    "-c",
    "import os, signal, sys; signal.signal(1, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])",
)
"""Runs a program that the system does not tell of a terminal's end."""


@pytest.mark.parametrize("inside", [(), HEEDLESS], ids=["told", "not told"])
def test_U1_a_console_whose_terminal_is_gone_ends(tmp_path: Path, inside: tuple[str, ...]):
    with pty(tmp_path, inside=inside) as seen:
        in_session(seen)
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, seen.child.child_fd)
        os.close(nothing)
        until_now(lambda: not seen.child.isalive(), 20, what="the console has ended")


ANSWERS = {
    "another encoding": b"\xe9\xff\xc3",
    "a key with parameters of parameters": b"\x1b[57358;2:3u\x1b[97;5:1u",
    "a size without end": b"\x1b[48;99999;99999;1;1t",
    "no size": b"\x1b[48;0;0;0;0t",
    "a number without end": b"\x1b[" + b"9" * 5_000 + b"u",
    "a code that is no letter": b"\x1b[99999999;1u",
    "a mouse beside the screen": b"\x1b[<0;9999;9999M\x1b[<64;0;0M",
    "colours and names": b"\x1b]11;rgb:aaaa/xxxx/AAAA\x07\x1bP>|axA.(1)\x1b\\\x1b_Ga=x;A\x1b\\",
    "what nobody knows": b"\x1b[5x\x1b[1;2;3A\x1bOx\x1b[>41;354;0c\x1b[?997;1n",
    "a paste with sequences in it": b"\x1b[200~one\r\x1b[5xA\x1b[1xa\x1b]0;x\x07\r\x1b[201~",
    "what it can do": b"\x1b[?62;4c\x1b[24;80R\x1b[?2026;2$y\x1b[?1u",
}


@pytest.mark.parametrize("shape", ANSWERS)
def test_whatever_a_terminal_answers_the_console_goes_on_and_nothing_was_pressed(tmp_path: Path, shape: str):
    with pty(tmp_path) as seen:
        before = in_session(seen)
        seen.child.send(ANSWERS[shape])
        seen.quiet(0.5)
        assert seen.shows("In call (1)", "Waiting (2)").count("[a] admit") == before.count("[a] admit")
        seen.child.send("\x1b[21~")
        seen.shows("Exit without ending")


@pytest.mark.parametrize("text", [b"Dear Anna,\rshe may join\r", b"Axa\na", "Zoë Anna".encode()])
def test_a_paste_that_the_terminal_does_not_mark_presses_nothing_and_says_so(tmp_path: Path, text: bytes):
    with pty(tmp_path) as seen:
        before = in_session(seen)
        seen.child.send(text)
        seen.shows("That looked like a paste: nothing was done.")
        assert seen.shows("In call (1)", "Waiting (2)").count("[a] admit") == before.count("[a] admit")
        seen.child.send(b"a")
        seen.shows("In call (2)")


@pytest.mark.parametrize("keys", [b"jjkka", b"jjjjjjkkka", b"gkjgga"])
def test_keys_that_come_together_over_a_bad_line_or_from_a_script_are_pressed(tmp_path: Path, keys: bytes):
    with pty(tmp_path) as seen:
        in_session(seen)
        seen.quiet(0.5)
        seen.child.send(keys)
        seen.shows("In call (2)")
        assert "looked like a paste" not in "\n".join(seen.cells())


@pytest.mark.parametrize("keys", [b"/a", b"/ann", b":an", b":ann lee"])
def test_what_is_typed_at_once_after_the_key_of_a_field_is_typed_there_and_presses_nothing(tmp_path: Path, keys: bytes):
    with pty(tmp_path) as seen:
        in_session(seen)
        seen.child.send(keys)
        field = keys[1:].decode() if keys[:1] == b"/" else keys.decode()
        until_now(lambda: any(f" {field} " in f" {line.strip()} " for line in seen.shows("").splitlines()), 10)
        seen.child.send(b"\x1b")
        seen.shows("In call (1)", "Waiting (2)")


def in_session(seen: Pty) -> str:
    seen.child.send("\r")
    return seen.shows("In call (1)", "[a] admit")


@pytest.mark.parametrize(
    ("rows", "columns", "width", "height", "pixels"),
    [
        (24, 80, 640, 384, (8, 16)),
        (24, 80, 645, 390, (8, 16)),  # some count their margins
        (24, 80, 0, 0, None),
        (0, 0, 0, 0, None),
        (1, 1, 65535, 65535, None),
        (24, 80, 80, 24, None),
    ],
)
def test_the_system_knows_how_many_pixels_a_cell_has_where_the_terminal_told(
    rows: int, columns: int, width: int, height: int, pixels: tuple[int, int] | None
):
    leader, follower = pseudo.openpty()
    try:
        fcntl.ioctl(leader, termios.TIOCSWINSZ, struct.pack("4H", rows, columns, width, height))
        assert cell(follower) == pixels
    finally:
        os.close(leader)
        os.close(follower)


def test_what_is_no_terminal_tells_no_pixels():
    with open(os.devnull) as nothing:
        assert cell(nothing.fileno()) is None
