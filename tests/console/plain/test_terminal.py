"""A real terminal: a line being typed stays whole, signals leave the terminal as it was, no sequence for a dumb one."""

import os
import re
import shlex
import signal
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pytest

from tests.tree import ROOT
from tests.until import until_now

SCENE = [str(ROOT / "tests/console/plain/scene.py")]


@contextmanager
def scene(state: Path, columns: int = 80, **environ: str) -> Iterator[pexpect.spawn]:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "LANG": "C.UTF-8", **environ}
    child = pexpect.spawn(sys.executable, [*SCENE, str(state)], env=env, dimensions=(24, columns), timeout=20)
    try:
        child.expect_exact("> ")
        yield child
    finally:
        child.close(force=True)


def sent(child: pexpect.spawn, line: str, answer: str) -> None:
    child.send(f"{line}\r")
    child.expect_exact(answer)
    child.expect_exact("> ")


@pytest.mark.parametrize("term", ["xterm", "dumb"])
def test_S33_a_notice_leaves_the_line_being_typed_whole(tmp_path: Path, term: str):
    with scene(tmp_path, TERM=term) as child:
        sent(child, "open 1", "Session of Ann Lee")
        child.send("people")
        child.expect_exact("people")
        child.kill(signal.SIGUSR1)
        child.expect_exact("* Ann Lee wants to join. Type: admit next\r\n> people")
        between = child.before.decode()
        assert between == ("\r\n" if term == "dumb" else "\r" + " " * len("> people") + "\r")
        child.send("\r")
        child.expect_exact("1. Ann Lee, Patient, waiting")


def test_a_dumb_terminal_in_the_locale_c_gets_letters_and_nothing_else(tmp_path: Path):
    with scene(tmp_path, TERM="dumb", LANG="C", LC_ALL="C") as child:
        sent(child, "help", "quit: ")
        sent(child, "foo", 'There is no command "foo".')
        child.send("quit\r")
        child.expect(pexpect.EOF)
        whole = child.before
    with scene(tmp_path, TERM="dumb", LC_ALL="C") as child:
        child.logfile_read = log = open(tmp_path / "log", "wb")
        sent(child, "open ann", "Session of")
        child.send("pea\x7f\t\r")
        child.expect_exact("2. Ann Lee, Patient, invited")
        log.close()
        whole += (tmp_path / "log").read_bytes()
    assert not re.search(rb"[^\x20-\x7e\r\n\x08\x07]", whole), whole


def test_pasted_lines_do_nothing(tmp_path: Path):
    with scene(tmp_path) as child:
        sent(child, "open 1", "Session of Ann Lee")
        child.send("remove bea\r")
        child.expect_exact("y or n: ")
        child.send("y\rpeople\r")
        child.expect_exact("Several lines came at once. Nothing was done")
        child.send("\x1b[200~y\rpeople\x1b]52;c;aGk=\x07\r\x1b[201~")
        child.expect_exact("y people")
        child.send("\x03")
        child.expect_exact("Nothing was done.")
        sent(child, "people", "In call: 1.")


def test_every_signal_leaves_the_terminal_as_it_was(tmp_path: Path):
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        with scene(tmp_path) as child:
            assert not termios.tcgetattr(child.child_fd)[3] & termios.ECHO
            child.kill(number)
            child.expect(pexpect.EOF)
            assert b"\x1b[?2004l" in child.before
            child.wait()
            assert child.exitstatus == 0


def test_suspending_gives_the_terminal_back_and_coming_back_shows_the_line_again(tmp_path: Path):
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "dumb", "LANG": "C.UTF-8", "PS1": "shell$ "}
    child = pexpect.spawn("bash", ["--norc", "-i"], env=env, timeout=20)
    try:
        child.expect_exact("shell$ ")
        child.sendline(f"{sys.executable} {SCENE[0]} {tmp_path}")
        child.expect_exact("\n> ")
        child.send("stat")
        child.expect_exact("stat")
        child.send("\x1a")
        child.expect_exact("shell$ ")
        child.sendline("echo $((40 + 2))")
        child.expect_exact("\n42")
        child.sendline("fg")
        child.expect_exact("> stat")
        child.send("us\r")
        child.expect_exact("Nobody wants to join.")
    finally:
        child.close(force=True)


def editor(tmp_path: Path, *lines: str) -> dict[str, str]:
    """The variables of somebody whose editor is this shell script; it gets the file as $1."""
    script = tmp_path / "my editor"
    script.write_text("#!/bin/sh\n" + "\n".join(lines) + "\n")
    script.chmod(0o700)
    return {"EDITOR": shlex.quote(str(script))}


def test_S40_ones_own_editor_has_the_whole_terminal_and_news_waits(tmp_path: Path):
    terminal, typed = 'stty -a | grep -o "[ -]echo "', 'read line || read line; echo "$line" > "$1"'
    environ = editor(tmp_path, 'trap "echo interrupted" INT', terminal, "echo ready", typed)
    with scene(tmp_path, **environ) as child:
        sent(child, "open 1", "Session of Ann Lee")
        child.send("note edit\r")
        child.expect_exact(" echo \r\nready\r\n")
        child.kill(signal.SIGUSR1)
        child.send("\x03")
        child.expect_exact("interrupted")
        assert b"wants to join" not in child.before
        child.send("Fever\r")
        child.expect_exact("What you saved there is the draft now.")
        child.expect_exact("Until now:\r\nFever\r\n")
        child.expect_exact("* Ann Lee wants to join.")
        child.expect_exact("note: ")
        child.send(".\r")
        child.expect_exact("The note is saved with the appointment.")
        sent(child, "status", "wants to join")


def test_S42_told_to_end_the_editor_ends_and_what_it_had_saved_is_found_again(tmp_path: Path):
    environ = editor(tmp_path, 'echo Fever > "$1"', "echo ready", "trap 'exit 3' TERM", "while :; do sleep 0.1; done")
    with scene(tmp_path, **environ) as child:
        sent(child, "open 1", "Session of Ann Lee")
        child.send("note edit\r")
        child.expect_exact("ready")
        child.kill(signal.SIGTERM)
        child.expect(pexpect.EOF)
        assert termios.tcgetattr(child.child_fd)[3] & termios.ECHO
    with scene(tmp_path) as child:
        sent(child, "open 1", "An unsent private note is here")
        child.send("note\r")
        child.expect_exact("Until now:\r\nFever\r\n")


def test_ctrl_c_gives_a_line_up_and_ctrl_d_leaves(tmp_path: Path):
    with scene(tmp_path) as child:
        child.send("remo\x03")
        child.expect_exact("Type quit to leave.")
        child.expect_exact("> ")
        child.send("\x04")
        child.expect(pexpect.EOF)
        child.wait()
        assert child.exitstatus == 0


def test_a_long_line_stays_on_its_row_and_ctrl_l_shows_it_again(tmp_path: Path):
    with scene(tmp_path, columns=30) as child:
        child.send("x" * 60)
        child.expect("x{10}")
        child.send("\x0c")
        child.expect_exact("\r\n> ")
        child.expect("x{5,27}")
        child.send("\x15\x03")
        child.expect_exact("Type quit to leave.")


def test_a_line_that_is_cut_ends_it(tmp_path: Path):
    with scene(tmp_path) as child:
        pid = child.pid
        child.close(force=False)
        until_now(lambda: not Path(f"/proc/{pid}/cmdline").exists() or not Path(f"/proc/{pid}/cmdline").read_bytes())


def test_U5_a_script_pipes_commands_and_reads_lines(tmp_path: Path):
    import subprocess

    env = {**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C"}
    script = b"open ann lee\nmute bea\nremove bea\ny\npeople\nadmit 1"
    done = subprocess.run(
        [sys.executable, *SCENE, str(tmp_path)], input=script, env=env, capture_output=True, timeout=30
    )
    assert (done.stderr, done.returncode) == (b"", 0)
    assert done.stdout.decode("ascii").splitlines() == [
        "Lake Clinic. Type help for all commands.",
        "Session of Ann Lee. In call: 1. Waiting: 0. Invited: 1.",
        "You muted Bea Moreno.",
        "Remove user? Bea Moreno leaves the call at once and is told so. The same link leads to the waiting room.",
        "You removed Bea Moreno from the call.",
        "No one is here yet. Waiting: 0. Invited: 1. Not here: 1.",
        "1. Ann Lee, Patient, invited, email queued",
        "2. Bea Moreno, removed",
        "Ann Lee is not in the state for this: invited. Possible now: link, resend, replace, revoke, details.",
    ]


@pytest.mark.parametrize("term", ["xterm", "dumb"])
def test_what_unlocks_is_never_shown_and_what_stood_there_goes_out_of_sight(tmp_path: Path, term: str):
    with scene(tmp_path, TERM=term) as child:
        sent(child, "open 1", "Session of Ann Lee")
        child.send("lock\r")
        child.expect_exact("Anything, then Enter: ")
        gone = b"\x1b[3J" if term == "xterm" else b"\n" * 24
        assert gone in child.before.replace(b"\r\n", b"\n")
        child.send("pe\x7fople")
        child.kill(signal.SIGUSR1)
        child.expect_exact("* 1 person wants to join.")
        assert b"ople" not in child.before and b"Ann" not in child.before
        child.send("\r")
        child.expect_exact("Unlocked.")
        assert b"ople" not in child.before
        child.expect_exact("* Ann Lee wants to join.")
