"""A private note in the person's own editor (S40-S42): the terminal is lent, and whatever dies, nothing is lost."""

import errno
import io
import json
import os
import re
import shlex
import signal
import stat
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ecm_tui.console.drafts import Draft, Drafts, Text
from ecm_tui.console.editing import LONGEST, Paper, editor_of
from tests.console.driving import TERMINAL, Console, Wire, console
from tests.console.fake_service import FakeClock, FakeService
from tests.console.pty import USUAL, Pty, pty
from tests.console.test_chat import running
from tests.console.test_notes import drafts, notes, noting
from tests.until import until_now


def editor(tmp_path: Path, *lines: str) -> dict[str, str]:
    """The variables of somebody whose editor is this shell script; it gets the file as $1."""
    script = tmp_path / "my editor"
    script.write_text("#!/bin/sh\n" + "\n".join(lines) + "\n")
    script.chmod(0o700)
    return {**TERMINAL, "EDITOR": shlex.quote(str(script))}


def papers(state: Path) -> list[Path]:
    return list(state.glob("**/*.editing"))


def read(path: Path) -> str:
    return path.read_text()


async def open_editor(seen: Console, text: str = "") -> None:
    """Have it written elsewhere."""
    await noting(seen, text)
    await seen.press("ctrl+g")


async def test_S40_a_note_goes_to_ones_own_editor_in_a_private_file_and_back_and_nothing_stays(
    service: FakeService, clock: FakeClock, state: Path, appointment: str, tmp_path: Path
):
    look = 'stat -c %a "$1" "$(dirname "$1")" > found; cat "$1" >> found; cp "$1" "$1~"; printf "Fever\\n" >> "$1"'
    environ = editor(tmp_path, f"cd {shlex.quote(str(tmp_path))}", look)
    running(service, appointment)
    async with console(service, clock, state, wired=True, environ=environ) as seen:
        await seen.open("Ann Lee")
        await open_editor(seen, "Pain")
        await seen.sees("Only SEND files it.")
        await seen.sees("Fever")
        assert read(tmp_path / "found") == "600\n700\nPain\n"
        await seen.holds(lambda: drafts(state) == ["Pain\nFever"])
        assert papers(state) == [] and notes(service) == []
        await seen.press("ctrl+z")
        await seen.sees_no("Fever")
        await seen.sees("Pain")


async def test_what_the_editor_saved_is_cleaned_as_typed_text_is(
    service: FakeService, clock: FakeClock, state: Path, appointment: str, tmp_path: Path
):
    environ = editor(tmp_path, r"""printf '\033]52;c;eA==\007 a\r\nb\342\200\256c\n' > "$1" """)
    async with console(service, clock, state, wired=True, environ=environ) as seen:
        await seen.open("Ann Lee")
        await open_editor(seen)
        await seen.sees("␛]52;c;eA==␇ a")
        await seen.holds(lambda: drafts(state) == ["␛]52;c;eA==␇ a\nb\ufffdc"])


async def test_S33_while_the_editor_has_the_terminal_nothing_is_drawn_the_bell_rings_and_the_notice_stands_afterwards(
    service: FakeService, clock: FakeClock, state: Path, appointment: str, tmp_path: Path, monkeypatch
):
    go, there = tmp_path / "go", tmp_path / "there"
    environ = editor(tmp_path, f"touch {there}", f"while [ ! -e {go} ]; do sleep 0.05; done")
    heard = io.StringIO()
    monkeypatch.setattr(sys, "__stderr__", heard)
    running(service, appointment)
    async with console(service, clock, state, wired=True, environ=environ) as seen:
        await seen.open("Ann Lee")
        await open_editor(seen, "He says")
        await seen.holds(there.exists, "the editor runs")
        wire = seen.app._driver
        assert isinstance(wire, Wire)
        wire.count()
        service.enter(appointment, "Bea Moreno")
        await seen.holds(lambda: "\a" in heard.getvalue(), "the bell rings")
        assert wire.count() == 0
        go.touch()
        await seen.sees("Bea Moreno wants to join")
        await seen.sees("The note is as it was.")
        await seen.press("f2")
        await seen.sees("In call (2)")
        await seen.type(" so")
        await seen.sees("He says so")


@pytest.mark.parametrize(
    ("lines", "said", "kept"),
    [
        (["exit 3"], "The editor ended with status 3. The note is as it was.", "mine"),
        (['rm "$1"; : > "$1"; exit 1'], "The editor ended with status 1. The note is as it was.", "mine"),
        (['printf "more\n" > "$1"; kill -9 $$'], "The editor ended with status -9. What you saved there", "more"),
        (['printf "more\n" > "$1"; exit 1'], "The editor ended with status 1. What you saved there is here", "more"),
        (["exit 0"], "The note is as it was.", "mine"),
    ],
)
async def test_an_editor_that_fails_says_so_and_costs_nothing(
    service: FakeService,
    clock: FakeClock,
    state: Path,
    appointment: str,
    tmp_path: Path,
    lines: list[str],
    said: str,
    kept: str,
):
    async with console(service, clock, state, wired=True, environ=editor(tmp_path, *lines)) as seen:
        await seen.open("Ann Lee")
        await open_editor(seen, "mine")
        await seen.sees(said)
        await seen.holds(lambda: drafts(state) == [kept])
        assert papers(state) == []


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, "No editor is named. Set VISUAL or EDITOR"),
        ({"EDITOR": "'open"}, "No editor is named."),
        ({"VISUAL": "/nowhere/vi"}, "/nowhere/vi could not be started: No such file or directory."),
        ({"VISUAL": "/etc/passwd"}, "/etc/passwd could not be started: Permission denied."),
    ],
)
async def test_an_editor_that_is_missing_is_said(
    service: FakeService, clock: FakeClock, state: Path, appointment: str, variables: dict[str, str], said: str
):
    async with console(service, clock, state, wired=True, environ={**TERMINAL, **variables}) as seen:
        await seen.open("Ann Lee")
        await open_editor(seen, "mine")
        await seen.sees(said)
        await seen.type(" still")
        await seen.holds(lambda: drafts(state) == ["mine still"])
        assert papers(state) == []


@pytest.mark.parametrize(
    ("saves", "why"),
    [
        (f"head -c {LONGEST + 1} /dev/zero | tr '\\0' x", "is too long: 60,001 letters."),
        (f"head -c {5 * LONGEST} /dev/zero | tr '\\0' x", "is too long: 300,000 bytes."),
        ("printf 'caf\\351'", "is no text in UTF-8."),
    ],
)
async def test_what_cannot_be_taken_in_goes_back_to_the_editor_and_is_never_cut(
    service: FakeService, clock: FakeClock, state: Path, appointment: str, tmp_path: Path, saves: str, why: str
):
    mended = 'if [ $(wc -c < "$1") -gt 20 ] || ! iconv -f utf-8 "$1"; then echo mended > "$1"; else'
    environ = editor(tmp_path, f'{mended} {saves} > "$1"; fi')
    async with console(service, clock, state, wired=True, environ=environ) as seen:
        await seen.open("Ann Lee")
        await open_editor(seen, "mine")
        await seen.sees(why)
        await seen.sees("The note here is as it was.")
        await seen.press("escape")
        await seen.sees("waits in your editor")
        await seen.holds(lambda: drafts(state) == ["mine"] and len(papers(state)) == 1)
        await seen.press("ctrl+g")
        await seen.holds(lambda: drafts(state) == ["mended"])
        assert papers(state) == []
        await seen.press("ctrl+g")
        await seen.sees("Back to the editor")
        await seen.press("right", "enter")
        await seen.holds(lambda: papers(state) == [])
        assert drafts(state) == ["mended"]


@pytest.mark.parametrize("why", ["confined", "read_only"])
async def test_who_must_not_reach_programs_and_who_only_looks_have_no_editor(
    service: FakeService, clock: FakeClock, state: Path, appointment: str, tmp_path: Path, why: str
):
    more = {why: True}
    async with console(service, clock, state, wired=True, environ=editor(tmp_path, "touch ran"), **more) as seen:
        await seen.open("Ann Lee")
        await seen.press("f7", "ctrl+g")
        await seen.settle()
        assert "ctrl+g" not in seen.text and papers(state) == []
        await seen.press("ctrl+o")
        await seen.sees("What can be done here")
        assert "Own editor" not in seen.text


async def test_no_editor_shows_a_note_while_names_are_hidden_or_the_console_is_locked(
    service: FakeService, clock: FakeClock, state: Path, appointment: str, tmp_path: Path
):
    ran = tmp_path / "ran"
    async with console(service, clock, state, wired=True, environ=editor(tmp_path, f"touch {ran}")) as seen:
        await seen.open("Ann Lee")
        await noting(seen, "blood test")
        await seen.press("ctrl+n", "ctrl+g")
        await seen.sees("Show names first")
        await seen.press("ctrl+n", "f12", "ctrl+g")
        await seen.settle()
        assert not ran.exists() and papers(state) == []


def test_visual_comes_before_editor_and_words_may_be_quoted():
    assert editor_of({"VISUAL": "vim -u NONE", "EDITOR": "ed"}) == ["vim", "-u", "NONE"]
    assert editor_of({"VISUAL": " ", "EDITOR": "'my editor' -w"}) == ["my editor", "-w"]
    assert editor_of({}) == []


# Ends ----------------------------------------------------------------------------------------------------------------

WAITS = 'printf "saved\\n" > "$1"; echo editing; while :; do sleep 0.1; done'


def edit(opened: Pty) -> None:
    opened.child.send("\r")
    opened.shows("In call (")
    opened.child.send("\x1bOQ\x1b[18~")  # F2 admits whom the notice names; F7 opens the note
    opened.shows("only you can read this")
    opened.child.send("draft")
    opened.shows("draft")
    opened.child.send("\x07")
    opened.shows("editing")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_S42_told_to_end_or_killed_while_the_editor_runs_the_console_keeps_what_was_saved_there(
    tmp_path: Path, number: signal.Signals
):
    state = tmp_path / "state"
    state.mkdir()
    variables = {**USUAL, "EDITOR": editor(tmp_path, f"echo $$ > {tmp_path}/pid", WAITS)["EDITOR"]}
    with pty(state, env=variables) as opened:
        edit(opened)
        os.kill(opened.child.pid, number)
        opened.ended()
        if number == signal.SIGKILL:
            assert drafts(state) == ["draft"]
            assert stat.S_IMODE(papers(state)[0].stat().st_mode) == 0o700
            os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
        else:
            until_now(lambda: drafts(state) == ["saved"], 5, what="the draft is what was saved")
    named = re.fullmatch(r"note\.(.+)\.(.+)\.1", next((state / "drafts").glob("note.*.lock")).stem)
    assert named is not None
    found = Drafts(state / "drafts", lambda: "n1")
    assert [text.text for _, text in found.left("note", *named.groups())] == ["saved"]
    again = found.open("note", *named.groups())
    assert again.now.text == "saved" and not list(state.glob("**/note.txt"))
    again.close()
    assert json.loads(next((state / "drafts").glob("note.*.json")).read_text())["text"] == "saved"


def test_what_is_pressed_for_the_editor_does_not_end_the_console(tmp_path: Path):
    state = tmp_path / "state"
    state.mkdir()
    line = 'trap "" INT; printf "saved\\n" > "$1"; echo editing; read answer'
    with pty(state, env={**USUAL, "EDITOR": editor(tmp_path, line)["EDITOR"]}) as opened:
        edit(opened)
        opened.child.send("\x03\x1a\r")  # ctrl+c, ctrl+z, and Enter that ends the editor
        opened.shows("Only SEND files it.", "saved")


def test_what_a_cut_off_editor_put_beside_its_file_waits_for_its_next_start_and_goes_with_the_draft(tmp_path: Path):
    found = Drafts(tmp_path, lambda: "n1")
    draft = found.open("note", "a1", "o1")
    assert draft.paper is not None
    draft.paper.lay_out("begun")
    swap = draft.paper.path.with_name(".note.txt.swp")
    swap.touch()
    draft.close()
    again = found.open("note", "a1", "o1")
    assert again.now.text == "begun" and swap.exists()
    again.keep(found.fresh())
    assert papers(tmp_path) == []
    again.close()


async def test_S42_what_an_editor_saves_that_outlived_its_console_is_found_when_the_note_is_opened(
    service: FakeService, clock: FakeClock, state: Path, appointment: str, tmp_path: Path
):
    running(service, appointment)
    drafted = Drafts(state / "drafts", service.new_id).open("note", appointment, service.me.id)
    drafted.keep(replace(drafted.now, text="Pain"))
    paper = drafted.paper
    assert paper is not None
    paper.lay_out("Pain")
    paper.path.write_text("Pain\nFever\n")
    drafted.close()  # as its console's death does
    async with console(service, clock, state, wired=True, environ=editor(tmp_path, "true")) as seen:
        await seen.open("Ann Lee")
        await noting(seen, "")
        await seen.holds(lambda: drafts(state) == ["Pain\nFever"])
        paper.path.write_text("Pain\nFever\nRest\n")
        await seen.press("escape", "f7")
        await seen.sees("An editor that was open before has saved")
        await seen.holds(lambda: drafts(state) == ["Pain\nFever\nRest"])
        paper.path.write_text("Something else\n")
        await seen.press("ctrl+g")
        await seen.holds(lambda: drafts(state) == ["Pain\nFever\nRest\n\nSomething else"])
        await seen.press("ctrl+s")
        await seen.holds(lambda: papers(state) == [] and drafts(state) == [])
    assert notes(service) == ["Pain\nFever\nRest\n\nSomething else"]


async def test_S42_what_an_editor_saved_late_stays_on_its_paper_until_the_draft_is_on_the_disk(
    service: FakeService,
    clock: FakeClock,
    state: Path,
    appointment: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    running(service, appointment)
    async with console(service, clock, state, wired=True, environ=editor(tmp_path, "true")) as seen:
        await seen.open("Ann Lee")
        await noting(seen, "Pain")
        await seen.holds(lambda: drafts(state) == ["Pain"])
        paper = Paper(next((state / "drafts").glob("note.*.json")))
        paper.lay_out("Pain")
        paper.path.write_text("Pain\nFever\n")

        def full(_draft: Draft, _now: Text) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        with monkeypatch.context() as disk:
            disk.setattr(Draft, "keep", full)
            await seen.press("escape", "f7")
            await seen.sees("No space left on device")
            assert paper.path.read_text() == "Pain\nFever\n"
        await seen.press("escape", "f7")
        await seen.holds(lambda: drafts(state) == ["Pain\nFever"] and not paper.path.exists())


async def test_S42_what_the_editor_saved_stays_on_its_paper_while_the_disk_takes_no_draft(
    service: FakeService,
    clock: FakeClock,
    state: Path,
    appointment: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    def full(_draft: Draft, _now: Text) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    environ = editor(tmp_path, """echo Fever > "$1" """)
    async with console(service, clock, state, wired=True, environ=environ) as seen:
        await seen.open("Ann Lee")
        await noting(seen, "Pain")
        await seen.holds(lambda: drafts(state) == ["Pain"])
        monkeypatch.setattr(Draft, "keep", full)
        await seen.press("ctrl+g")
        await seen.sees("No space left on device")
        assert [(each / "note.txt").read_text() for each in papers(state)] == ["Fever\n"]
