"""Private notes in lines (S39-S44): drafts that outlive everything, one's own editor, drafts of erased appointments."""

import errno
from pathlib import Path
from typing import Any

import pytest

from ecm_tui.console import words
from ecm_tui.console.drafts import Draft, Text
from ecm_tui.console.editing import NO_EDITOR
from ecm_tui.console.unsent import GONE
from ecm_tui.core import commands as c
from ecm_tui.core.notes import LONGEST_NOTE
from ecm_tui.errors import UnreachableError
from tests.console.fake_service import FakeClock, FakeService
from tests.console.plain.test_console import lines
from tests.console.test_leftovers import erased, written  # noqa: F401  a fixture
from tests.console.test_notes import drafts, notes
from tests.console.test_owneditor import papers

NANO = {"EDITOR": "nano -w"}


def saved(service: FakeService, appointment: str) -> list[str]:
    return [note.text for note in service.streams[appointment].notes]


async def test_S41_S42_each_line_is_a_draft_on_the_disk_and_a_full_stop_saves_it(
    service: FakeService, clock: FakeClock, state: Path, appointment: str
):
    async with lines(service, clock, state) as seen:
        await seen.type("open 1")
        assert (await seen.type("note"))[0].startswith("A private note, read by you alone.")
        assert seen.terminal.prompts[-1] == "note: " and not seen.terminal.kept[-1]
        for line in ("First", "", "second"):
            await seen.type(line)
        assert drafts(state) == ["First\n\nsecond"]
        assert saved(service, appointment) == []
        assert await seen.type(".") == ["The note is saved with the appointment."]
        assert (saved(service, appointment), drafts(state)) == (["First\n\nsecond"], [])
        assert (await seen.type("notes"))[1:] == ["09:30 First", "  ", "  second"]
        await seen.type("note")
        assert await seen.type(".") == ["The note is empty: nothing was saved."]


async def test_S42_a_note_that_broke_off_is_found_again_and_goes_on_or_is_thrown_away(
    service: FakeService, clock: FakeClock, state: Path, appointment: str
):
    async with lines(service, clock, state) as seen:
        await seen.type("open 1")
        await seen.type("note")
        await seen.type("First")
    async with lines(service, clock, state) as seen:
        assert (await seen.type("open 1"))[-1] == "An unsent private note is here: note goes on with it."
        assert (await seen.type("note"))[1:] == ["Until now:", "First"]
        await seen.type("second")
        assert await seen.type("", "interrupt") == [
            "The note is kept as a draft: note goes on with it, note drop throws it away."
        ]
        assert drafts(state) == ["First\nsecond"]
        await seen.type("note drop")
        assert await seen.type("n") == ["Nothing was done."]
        assert drafts(state) == ["First\nsecond"]
        await seen.type("note drop")
        assert (await seen.type("y"))[-1] == "The note is thrown away."
        assert drafts(state) == []
        assert (await seen.type("note later"))[0].startswith("Type note alone")


async def test_a_note_that_is_refused_stays_a_draft_and_one_whose_answer_was_lost_is_saved_once(
    service: FakeService, clock: FakeClock, state: Path, appointment: str
):
    async with lines(service, clock, state) as seen:
        await seen.type("open 1")
        await seen.type("note")
        await seen.type("x" * (LONGEST_NOTE + 1))
        assert (await seen.type("."))[0].startswith("The note was not saved, and stays a draft: ")
        assert [len(each) for each in drafts(state)] == [LONGEST_NOTE + 1]
        await seen.type("note drop")
        await seen.type("y")
        await seen.type("note")
        await seen.type("First")
        line, send = seen.console._line, seen.console._line.send

        async def unheard(stream: str, command: c.Command) -> None:
            await send(stream, command)
            raise UnreachableError("The service is gone.")

        line.send = unheard  # type: ignore[method-assign, assignment]
        assert "stays a draft: The service is gone. Type note" in (await seen.type("."))[0]
        line.send = send  # type: ignore[method-assign]
        assert "The note that you sent before is saved." in await seen.type("note")
        await seen.type(".")
        assert (saved(service, appointment), drafts(state)) == (["First"], [])


async def test_S40_a_note_goes_to_ones_own_editor_and_back_and_nothing_stays(
    service: FakeService, clock: FakeClock, state: Path, appointment: str
):
    def editor(path: Path) -> int:
        assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
        path.write_text(path.read_text() + "Fever\n")
        return 0

    async with lines(service, clock, state, environ=NANO) as seen:
        seen.terminal.editor = editor
        await seen.type("open 1")
        await seen.type("note")
        await seen.type("Pain")
        await seen.type("", "interrupt")
        said = await seen.type("note edit")
        assert said[0].startswith("What you saved there is the draft now.") and said[2:] == ["Pain", "Fever"]
        assert seen.terminal.lent[0][:2] == ["nano", "-w"]
        assert drafts(state) == ["Pain\nFever"] and papers(state) == []
        assert notes(service) == []
        await seen.type("Rest")
        await seen.type(".")
        assert saved(service, appointment) == ["Pain\nFever\nRest"]


async def test_S42_what_an_editor_saved_stays_on_its_paper_while_the_disk_takes_no_draft(
    service: FakeService, clock: FakeClock, state: Path, appointment: str, monkeypatch: pytest.MonkeyPatch
):
    def full(_draft: Draft, _now: Text) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def editor(path: Path) -> int:
        path.write_text("Fever\n")
        monkeypatch.setattr(Draft, "keep", full)
        return 0

    async with lines(service, clock, state, environ=NANO) as seen:
        seen.terminal.editor = editor
        await seen.type("open 1")
        await seen.type("note edit")
        assert [(each / "note.txt").read_text() for each in papers(state)] == ["Fever\n"]


async def test_what_an_editor_left_that_cannot_be_taken_in_is_asked_about(
    service: FakeService, clock: FakeClock, state: Path, appointment: str
):
    def editor(path: Path) -> int:
        path.write_bytes(b"\xff\xfe broken")
        return 0

    async with lines(service, clock, state, environ=NANO) as seen:
        seen.terminal.editor = editor
        await seen.type("open 1")
        assert "is no text in UTF-8" in (await seen.type("note edit"))[0]
        assert "is no text in UTF-8" in (await seen.type("back"))[0]
        assert len(seen.terminal.lent) == 2
        assert (await seen.type("drop"))[0] == "What you saved there is left out."
        assert papers(state) == []


@pytest.mark.parametrize(
    "more, answer",
    [
        ({"environ": {}}, NO_EDITOR),
        ({"environ": NANO, "confined": True}, words.CONFINED),
        ({"environ": NANO, "interactive": False}, "An editor needs a terminal."),
        ({"environ": NANO, "private": True}, "Show names first"),
        ({"environ": NANO}, "The editor could not be started: No such file or directory."),
    ],
)
async def test_why_there_is_no_editor_is_said(
    service: FakeService, clock: FakeClock, state: Path, appointment: str, more: dict[str, Any], answer: str
):
    async with lines(service, clock, state, **more) as seen:
        await seen.type("open 1" if more.get("interactive", True) else "open ann lee")
        assert (await seen.type("note edit"))[0].startswith(answer)
        assert seen.terminal.prompts[-1] == "> "


@pytest.mark.parametrize("end", ["leave", "quit"])
async def test_S44_ending_the_call_with_an_unsent_note_asks_first(
    service: FakeService, clock: FakeClock, state: Path, appointment: str, end: str
):
    service.other(appointment, c.StartCall())
    service.enter(appointment, "Ann Lee")
    service.other(appointment, c.Admit(person_id=service.people(appointment)["Ann Lee"]))
    written(service, state, appointment, "half a thought")
    async with lines(service, clock, state) as seen:
        await seen.type("open 1")
        await seen.type("hang up" if end == "leave" else "quit")
        assert (await seen.type("leave"))[0].startswith("You have written a private note and not sent it")
        await seen.type("n")
        assert service.streams[appointment].running
        await seen.type("hang up" if end == "leave" else "quit")
        await seen.type("leave")
        await seen.type("y")
        assert not service.streams[appointment].running
    assert drafts(state) == ["half a thought"]


async def test_drafts_of_erased_appointments_are_told_at_the_start_read_and_removed(
    service: FakeService,
    clock: FakeClock,
    state: Path,
    erased: str,  # noqa: F811
):
    async with lines(service, clock, state) as seen:
        await seen.says("A draft of yours was never sent, and can be sent no more")
        said = await seen.type("drafts")
        assert said[1:] == ["half a thought", "", "Remove them from this computer? y or n"]
        await seen.type("n")
        assert drafts(state) == ["half a thought"]
        await seen.type("names")
        assert "half a thought" not in await seen.type("drafts")
        assert await seen.type("y") == [GONE]
        assert drafts(state) == []
        assert await seen.type("drafts") == ["You have no drafts of erased appointments."]
