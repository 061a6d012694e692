"""Details of an appointment from the Schedule: who was in when, stills, own notes, files, what happened (S23, S43)."""

import stat
from datetime import timedelta
from pathlib import Path

import pytest

from ecm_tui.console.model import Desk
from ecm_tui.console.stays import Stay, heard
from ecm_tui.core import commands as c
from ecm_tui.core.log import SERVICE, Actor
from tests.console.driving import Console, console
from tests.console.fake_service import TUESDAY, FakeClock, FakeService
from tests.console.test_stills import png

NOTE = "S: headache for three weeks\nO: no fever\n" + "\n".join(f"line {number}" for number in range(60))


def played(service: FakeService, clock: FakeClock, appointment: str) -> None:
    """A call with two stays of Bea, a still, a file, and notes of two organisers, which is over."""
    service.other(appointment, c.StartCall())
    bea = service.enter(appointment, "Bea Moreno")
    page = Actor(role="participant", id=bea, name="Bea Moreno")
    clock.pass_(60)
    service.other(appointment, c.Admit(person_id=bea))
    service.do(appointment, c.AskScreenshot(person_id=bea), service.actor)
    found = service.streams[appointment].people[bea].consent
    assert found is not None
    service.do(appointment, c.AnswerScreenshot(consent_id=found.id, allow=True), page)
    taken = c.EndScreenshot(
        person_id=bea, consent_id=found.id, outcome="taken", still_id="s1", captured_at=clock() + timedelta(seconds=1)
    )
    service.do(appointment, taken, SERVICE)
    service.pictures["s1"] = png()
    service.do(appointment, c.ShareFile(file_id="f1", name="report.pdf", size=120_000, sha256="0" * 64), page)
    clock.pass_(600)
    service.other(appointment, c.Hold(person_id=bea))
    clock.pass_(60)
    service.other(appointment, c.Admit(person_id=bea))
    service.do(appointment, c.SaveNote(note_id="n1", text=NOTE), service.actor)
    service.other(appointment, c.SaveNote(note_id="n2", text="what Dr Brown thinks"))
    clock.pass_(300)
    service.other(appointment, c.EndCall())


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder."""
    made = tmp_path / "home"
    made.mkdir()
    monkeypatch.setenv("HOME", str(made))
    return made


async def details(seen: Console) -> None:
    await seen.press("v")
    await seen.sees("What happened")


async def to_row(seen: Console, part: str) -> None:
    """Move the selection to the row with this text."""
    await seen.press("g")
    for _ in range(40):
        if any(part in line and line.count("▌") > 1 for line in seen.text.splitlines()):
            return
        await seen.press("j")
    raise AssertionError(f"{part!r} was not reached:\n{seen.text}")


async def test_S43_details_tell_who_was_in_when_and_keep_own_notes_stills_and_files(
    service: FakeService, clock: FakeClock, state: Path, appointment: str
):
    played(service, clock, appointment)
    async with console(service, clock, state, size=(120, 40)) as seen:
        await details(seen)
        assert "in 09:31–09:41," in seen.line("Bea Moreno") and "09:42–09:47" in seen.text
        assert "Ann Lee  ID 4718  ✓ Taken" in seen.text
        assert "Today, Tuesday 24 November 2026, 09:30, 15 min, video" in seen.text
        assert "Stills (1)" in seen.text and "asked by Dr Grey" in seen.text
        assert "Private notes (1)  yours alone" in seen.text
        assert "S: headache for three weeks" in seen.text and "Brown thinks" not in seen.text
        assert "Files (1)" in seen.text and "report.pdf" in seen.text and "120 kB, from Bea Moreno" in seen.text
        assert "Dr Brown admitted Bea Moreno" in seen.text
        assert "Tuesday 24 November 2026" in seen.text


async def test_S43_a_note_is_read_in_full(service: FakeService, clock: FakeClock, state: Path, appointment: str):
    played(service, clock, appointment)
    async with console(service, clock, state) as seen:
        await details(seen)
        await to_row(seen, "S: headache")
        await seen.press("enter")
        await seen.sees("O: no fever")
        await seen.sees("Private note, 24 Nov 09:42")
        assert "line 59" not in seen.text
        await seen.press("end")
        await seen.sees("line 59")
        await seen.press("escape")
        await seen.sees("What happened")


async def test_S23_a_still_is_seen_from_the_schedule(
    service: FakeService, clock: FakeClock, state: Path, appointment: str
):
    played(service, clock, appointment)
    async with console(service, clock, state) as seen:
        await details(seen)
        await to_row(seen, "asked by Dr Grey")
        await seen.press("enter")
        await seen.sees("Still of Bea Moreno")
        await seen.sees("▀▀▀▀")
        await seen.sees("Dr Grey asked; taken at 09:31:01")
        await seen.press("escape")
        await seen.sees("What happened")


@pytest.mark.parametrize(
    ("row", "key", "name", "data"),
    [
        ("report.pdf", "enter", "report.pdf", b"%PDF the report"),
        ("report.pdf", "s", "report.pdf", b"%PDF the report"),
        ("asked by Dr Grey", "s", "Bea-Moreno-2026-11-24-093101.png", png()),
        ("S: headache", "s", "private-note-2026-11-24-0942.txt", f"{NOTE}\n".encode()),
    ],
)
async def test_S23_S43_S46_a_file_a_still_and_a_note_are_saved_for_ones_own_eyes_only(
    service: FakeService,
    clock: FakeClock,
    state: Path,
    appointment: str,
    home: Path,
    row: str,
    key: str,
    name: str,
    data: bytes,
):
    played(service, clock, appointment)
    service.files["f1"] = b"%PDF the report"
    async with console(service, clock, state) as seen:
        await details(seen)
        await to_row(seen, row)
        await seen.press(key)
        await seen.sees(f"Download {name}")
        assert seen.app.screen.query_one("#folder").value == "~"  # type: ignore[attr-defined]
        await seen.press("enter")
        await seen.sees("Saved, readable by you alone")
        await seen.holds((home / name).exists)
        assert read(home / name) == (data, 0o600)
        await seen.press("escape")
        await seen.sees("Schedule")
        assert held(home) == {name}


def held(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def read(path: Path) -> tuple[bytes, int]:
    return path.read_bytes(), stat.S_IMODE(path.stat().st_mode)


async def test_what_is_being_saved_from_the_details_shows_how_far_it_is_and_esc_gives_it_up(
    service: FakeService, clock: FakeClock, state: Path, appointment: str, home: Path
):
    played(service, clock, appointment)
    service.files["f1"] = b"twelve bytes"
    service.hold.clear()
    async with console(service, clock, state) as seen:
        await details(seen)
        await to_row(seen, "report.pdf")
        await seen.press("s", "enter")
        await seen.sees("Fetching report.pdf: 6 bytes of 12 bytes · Esc cancels")
        await seen.press("s")
        await seen.sees("Another file is still under way.")
        await seen.press("escape")
        await seen.sees("Cancelled. Nothing was saved.")
        await seen.sees("What happened")
        await seen.press("escape")
        await seen.sees_no("What happened")
    assert not held(home)


async def test_nothing_is_saved_by_who_came_by_a_key_nor_while_names_are_hidden(
    service: FakeService, clock: FakeClock, state: Path, appointment: str, home: Path
):
    played(service, clock, appointment)
    async with console(service, clock, state, confined=True) as seen:
        await details(seen)
        assert "s saves" not in seen.text
        await to_row(seen, "report.pdf")
        await seen.press("enter")
        await seen.sees("Your key opens this console and nothing else")
        await seen.press("escape", "ctrl+n")
        seen.app.confined = False
        await details(seen)
        await seen.press("G", "k")
        while "Show names first" not in seen.text:
            await seen.press("s", "k")
    assert not held(home)


async def test_an_observers_details_have_no_stills_and_no_notes(
    service: FakeService, clock: FakeClock, state: Path, appointment: str
):
    played(service, clock, appointment)
    service.me = type(service.me)(id="o3", name="Sam", role="observer")
    async with console(service, clock, state) as seen:
        await details(seen)
        assert "Stills" not in seen.text and "notes (" not in seen.text


async def test_details_follow_what_happens_and_stop_to_when_they_are_closed(seen: Console, appointment: str):
    await details(seen)
    assert "Bea Moreno came to the waiting room" not in seen.text
    seen.service.enter(appointment, "Bea Moreno")
    await seen.sees("Bea Moreno came to the waiting room")
    await seen.sees("Bea Moreno wants to join")
    assert len(seen.service.listeners[appointment]) == 1
    await seen.press("escape")
    await seen.holds(lambda: not seen.service.listeners[appointment], "nobody listens to the appointment any more")
    assert seen.app.desk.looking is None


async def test_the_session_opens_from_the_details_with_what_is_known_already(seen: Console, appointment: str):
    await details(seen)
    await seen.press("o")
    await seen.sees("In call (")
    assert seen.app.desk.looking is None
    seen.service.enter(appointment, "Bea Moreno")
    await seen.sees("Waiting (1)")
    assert len(seen.service.listeners[appointment]) == 1
    await seen.press("f6")
    await details(seen)
    assert len(seen.service.listeners[appointment]) == 1
    await seen.press("escape", "f6")
    await seen.sees("Waiting (1)")


async def test_details_outlive_the_session_that_they_were_read_with(seen: Console, appointment: str):
    await seen.open("Ann Lee")
    await seen.press("f6")
    await details(seen)
    await seen.press("f6", "f10")
    await seen.sees("What happened")
    seen.service.enter(appointment, "Omar Haddad")
    await seen.sees("Omar Haddad came to the waiting room")


async def test_details_are_read_on_when_the_service_is_back(seen: Console, appointment: str):
    await details(seen)
    seen.service.say_state("gone", "The service has stopped.")
    seen.service.enter(appointment, "Bea Moreno")
    await seen.sees("Bea Moreno came to the waiting room")


async def test_every_file_person_and_note_is_inert_in_the_details(clock: FakeClock, state: Path):
    from tests.console.hostile import HOSTILE, hostile_service
    from tests.console.test_foreign import assert_inert

    service, appointment = hostile_service()
    service.do(appointment, c.SaveNote(note_id="n1", text="\n".join(HOSTILE)), service.actor)
    async with console(service, clock, state, size=(140, 60)) as seen:
        await details(seen)
        assert_inert(seen)
        await to_row(seen, "24 Nov 09:30  Ann [/]")
        await seen.press("enter")
        await seen.sees("Private note")
        assert_inert(seen)


@pytest.mark.parametrize("how", ["leave", "remove", "end"])
def test_a_stay_ends_with_whatever_ends_it(service: FakeService, clock: FakeClock, appointment: str, how: str):
    service.other(appointment, c.StartCall())
    bea = service.enter(appointment, "Bea Moreno")
    service.leave(appointment, "Bea Moreno")
    bea = service.enter(appointment, "Bea Moreno")
    service.other(appointment, c.Admit(person_id=bea))
    clock.pass_(60)
    match how:
        case "leave":
            service.leave(appointment, "Bea Moreno")
        case "remove":
            service.other(appointment, c.Remove(person_id=bea))
        case "end":
            service.other(appointment, c.EndCall())
    clock.pass_(60)
    if how != "end":
        service.other(appointment, c.EndCall())
    stays: dict[str, list[Stay]] = {}
    for record in service.logs[appointment]:
        stays = dict(heard(stays, record))  # type: ignore[arg-type]
    assert stays == {bea: [Stay(TUESDAY, TUESDAY + timedelta(seconds=60))]}


def test_looking_at_the_open_appointment_reads_nothing_twice(service: FakeService, appointment: str):
    desk = Desk()
    desk.open(appointment)
    desk.look(appointment)
    assert desk.looking is None and desk.streams == {appointment}
    other = service.schedule("Carla")
    desk.look(other)
    for record in service.logs[other]:
        desk.hear(other, record)
    assert desk.streams == {appointment, other}
    looked = desk.looking
    assert desk.open(other) is looked
    assert desk.streams == {other}
