"""Private notes (S33, S39-S44): written beside the call, kept as drafts, saved once, and read by their author alone."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ecm_tui.core import commands as c
from ecm_tui.errors import UnreachableError
from tests.console.driving import Console, console
from tests.console.fake_service import FakeClock, FakeService
from tests.console.test_chat import running


@pytest.fixture
async def call(service: FakeService, clock: FakeClock, state: Path, appointment: str) -> AsyncIterator[Console]:
    """Ann Lee is in a running call."""
    running(service, appointment)
    async with console(service, clock, state) as made:
        await made.open("Ann Lee")
        yield made


async def noting(seen: Console, text: str = "") -> None:
    await seen.press("f7")
    await seen.sees("Private note: only you can read this")
    await seen.type(text)


def notes(service: FakeService) -> list[str]:
    return [note.text for note in next(iter(service.streams.values())).notes]


def drafts(state: Path) -> list[str]:
    return [json.loads(file.read_text())["text"] for file in (state / "drafts").glob("note.*.json")]


async def test_S40_S42_a_note_is_written_beside_the_call_and_sent_is_shown_saved_with_the_time(
    call: Console, state: Path
):
    await noting(call, "Pain since Monday.")
    await call.sees("In call (1)")
    await call.press("enter")
    await call.type("Fever")
    await call.press("ctrl+s")
    await call.sees("Saved 09:30.")
    assert notes(call.service) == ["Pain since Monday.\nFever"]
    await call.sees("09:30  Pain since Monday.")
    await call.holds(lambda: drafts(state) == [])
    assert next(iter(call.service.streams.values())).chat == ()


async def test_S33_the_notice_stands_and_f2_admits_while_a_note_is_typed(call: Console, appointment: str):
    await noting(call, "He says")
    call.service.enter(appointment, "Bea Moreno")
    await call.sees("Bea Moreno wants to join")
    await call.press("f2")
    await call.sees("In call (2)")
    await call.type(" so")
    await call.sees("He says so")


async def test_letters_of_a_note_press_no_key_and_ctrl_z_takes_back(call: Console):
    await noting(call, "axi")
    await call.press("ctrl+z")
    await call.sees_no("axi")
    assert call.service.sent == []


async def test_the_calls_clock_is_stamped_and_before_a_call_the_time_of_day(call: Console, appointment: str):
    call.clock.pass_(125)
    await noting(call)
    await call.press("ctrl+t")
    await call.sees("[+02:")
    call.service.other(appointment, c.EndCall())
    await call.settle()
    await call.press("enter", "ctrl+t")
    await call.sees("[09:32]")


async def test_S42_a_draft_survives_views_places_and_the_console_and_is_no_note(
    service: FakeService, clock: FakeClock, state: Path, appointment: str
):
    running(service, appointment)
    async with console(service, clock, state) as seen:
        await seen.open("Ann Lee")
        await noting(seen, "half a thought")
        await seen.press("f4", "f3", "f6", "f6")
        await seen.sees("half a thought")
        await seen.holds(lambda: drafts(state) == ["half a thought"])
    async with console(service, clock, state) as seen:
        await seen.open("Ann Lee")
        await seen.sees("An unsent private note is here: F7 shows it.")
        await noting(seen)
        await seen.sees("half a thought")
    assert notes(service) == [] and drafts(state) == ["half a thought"]


async def test_a_service_that_dies_at_send_leaves_a_draft_that_says_so_and_the_retry_saves_once(
    call: Console, monkeypatch: pytest.MonkeyPatch, state: Path
):
    real = call.app.line.send

    async def dead(*words: object, **more: object) -> None:
        raise UnreachableError("The service does not answer.")

    monkeypatch.setattr(call.app.line, "send", dead)
    await noting(call, "important")
    await call.press("ctrl+s")
    await call.sees("Not saved, still a draft: The service does not answer.")
    assert drafts(state) == ["important"]
    monkeypatch.setattr(call.app.line, "send", real)
    await call.press("ctrl+s")
    await call.sees("Saved 09:30.")
    assert notes(call.service) == ["important"]


async def test_a_note_on_its_way_while_the_line_is_lost_says_not_saved_yet(call: Console):
    call.service.hold.clear()
    await noting(call, "important")
    await call.press("ctrl+s")
    await call.sees("saving…")
    call.service.say_state("reconnecting", "The line to the clinic service was lost; trying again.")
    await call.sees("Not saved yet: it is sent again as soon as the service is back.")
    call.service.say_state("connected", "")
    call.service.hold.set()
    await call.sees("Saved 09:30.")
    assert notes(call.service) == ["important"]


async def test_a_note_whose_answer_was_lost_is_known_by_its_event_and_saved_once(call: Console, state: Path):
    call.service.lose_answers = 1
    await noting(call, "once")
    await call.press("ctrl+s")
    await call.sees("Saved 09:30")
    await call.press("ctrl+s")
    await call.settle()
    await call.holds(lambda: drafts(state) == [])
    assert notes(call.service) == ["once"]


async def test_what_is_written_after_send_is_a_draft_of_its_own(call: Console):
    call.service.hold.clear()
    await noting(call, "first")
    await call.press("ctrl+s")
    await call.sees("saving…")
    await call.type(" second")
    call.service.hold.set()
    await call.sees("What you wrote since is a new draft.")
    await call.press("ctrl+s")
    await call.holds(lambda: notes(call.service) == ["first", "second"])


async def test_an_empty_and_a_far_too_long_note_are_refused_in_words(call: Console):
    await noting(call)
    await call.press("ctrl+s")
    await call.sees("The note is empty")
    call.app.screen.query_one("#note").load_text("x" * 30_001)  # type: ignore[attr-defined]
    await call.press("ctrl+s")
    await call.sees("Not saved, still a draft: A note has at most 30,000 characters")


async def test_escape_closes_the_pane_and_keeps_the_draft(call: Console):
    await noting(call, "kept")
    await call.press("escape")
    await call.sees_no("only you can read this")
    await call.sees("The draft of the note is kept.")
    await noting(call)
    await call.sees("kept")


@pytest.mark.parametrize("answer", ["send", "keep", "discard", "stay"])
async def test_S44_leaving_with_an_unsent_note_asks_first(call: Console, state: Path, appointment: str, answer: str):
    await noting(call, "unsent")
    await call.press("f10")
    await call.sees("Leave session")
    await call.press("right", "enter")
    await call.sees("You have written a private note and not sent it.")
    assert call.service.streams[appointment].running
    keys = {"send": ["enter"], "keep": ["right", "enter"], "discard": ["right", "right", "enter"], "stay": ["escape"]}
    await call.press(*keys[answer])
    if answer == "stay":
        await call.sees_no("Unsent note")
        assert call.service.streams[appointment].running
        return
    await call.holds(lambda: not call.service.streams[appointment].running, "the call was ended")
    await call.holds(lambda: drafts(state) == (["unsent"] if answer == "keep" else []))
    assert notes(call.service) == (["unsent"] if answer == "send" else [])


async def test_S44_what_is_written_while_the_note_is_on_its_way_is_asked_about_too(
    call: Console, state: Path, appointment: str
):
    await noting(call, "first")
    await call.press("f10")
    await call.sees("Leave session")
    await call.press("right", "enter")
    await call.sees("You have written a private note")
    call.service.hold.clear()
    await call.press("enter")
    await call.holds(lambda: any(isinstance(command, c.SaveNote) for _, command in call.service.sent))
    await call.type(" and more")
    call.service.hold.set()
    await call.sees("You have written a private note")
    assert notes(call.service) == ["first"] and call.service.streams[appointment].running
    await call.press("right", "enter")
    await call.holds(lambda: not call.service.streams[appointment].running, "the call was ended")
    await call.holds(lambda: drafts(state) == ["and more"])


async def test_S44_leaving_stays_when_the_note_could_not_be_sent(call: Console, appointment: str):
    await noting(call)
    call.app.screen.query_one("#note").load_text("x" * 30_001)  # type: ignore[attr-defined]
    await call.press("f10")
    await call.sees("Leave session")
    await call.press("right", "enter")
    await call.sees("You have written a private note")
    await call.press("enter")
    await call.sees("The note was not saved")
    assert call.service.streams[appointment].running


async def test_S44_quitting_asks_too_when_no_call_runs(seen: Console, state: Path):
    await seen.open("Ann Lee")
    await noting(seen, "unsent")
    await seen.press("f6", "ctrl+q")
    await seen.sees("You have written a private note")
    await seen.press("right", "enter")
    await seen.holds(lambda: not seen.app.is_running)
    await seen.holds(lambda: drafts(state) == ["unsent"], "its screens go after that")


async def test_two_consoles_of_one_author_keep_both_versions(
    service: FakeService, clock: FakeClock, state: Path, appointment: str
):
    async with console(service, clock, state) as one:
        await one.open("Ann Lee")
        await noting(one, "mine")
        async with console(service, clock, state) as other:
            await other.open("Ann Lee")
            await noting(other, "other")
        await one.holds(lambda: sorted(drafts(state)) == ["mine", "other"])
        one.app.paint()
        await one.sees("draft  other")
        await one.press("tab", "tab", "enter")
        await one.sees("draft  mine")
    assert sorted(drafts(state)) == ["mine", "other"]


async def test_S39_the_menus_of_log_and_field_offer_a_private_note_and_saved_ones_are_read_in_full(call: Console):
    await call.press("f4", "ctrl+o")
    await call.sees("Private note")
    await call.press("escape", "escape", "full_stop")
    await call.sees("Private note")
    rows = call.app.screen.query_one("#items").ids()  # type: ignore[attr-defined]
    await call.press(*["j"] * rows.index("note"), "enter")
    await call.sees("only you can read this")
    await call.type("long story")
    await call.press("enter")
    await call.type("end of it")
    await call.press("ctrl+s")
    await call.sees("Saved")
    await call.press("tab", "tab", "enter")
    await call.sees("Private note, saved 09:30")
    await call.sees("end of it")


@pytest.mark.parametrize("role", ["clerk", "observer"])
async def test_U2_clerks_and_observers_have_no_notes(
    service: FakeService, clock: FakeClock, state: Path, appointment: str, role: str
):
    service.me = type(service.me)(id="o9", name="Kim", role=role)  # type: ignore[arg-type]
    async with console(service, clock, state) as seen:
        await seen.open("Ann Lee")
        await seen.press("f7")
        await seen.settle()
        assert "Private note" not in seen.text
        await seen.press("ctrl+o")
        await seen.sees("What can be done here")
        assert "note" not in seen.text.lower()


async def test_a_note_cannot_be_read_while_names_are_hidden(call: Console):
    await noting(call, "blood test")
    await call.press("ctrl+n")
    await call.sees("••••• ••••")
    assert "blood" not in call.text


async def test_a_template_is_put_into_the_note(
    service: FakeService, clock: FakeClock, state: Path, appointment: str, tmp_path: Path
):
    own = tmp_path / "notes"
    own.mkdir()
    (own / "Phone call.txt").write_text("Called:\x1b[2J\n")
    (own / "no.bin").write_text("x")
    (own / "folder.md").mkdir()
    async with console(service, clock, state, templates=own) as seen:
        await seen.open("Ann Lee")
        await noting(seen)
        await seen.press("ctrl+r")
        await seen.sees("Phone call")
        assert "no.bin" not in seen.text and "folder" not in seen.text
        await seen.press("enter")
        await seen.sees("Subjective:")
        await seen.press("ctrl+r")
        await seen.sees("Phone call")
        await seen.press("j", "enter")
        await seen.sees("Called:␛[2J")
