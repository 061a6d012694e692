"""Screenshots with consent in the console: asking, every outcome in its own words, the picture, exporting it."""

from __future__ import annotations

import io
import stat
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from ecm_tui.console import pictures, words
from ecm_tui.console.options import screenshot
from ecm_tui.core import commands as c
from ecm_tui.core.devices import Devices
from ecm_tui.core.log import SERVICE, Actor
from ecm_tui.core.people import Person
from ecm_tui.core.stills import Consent
from tests.console.driving import Console, console
from tests.console.fake_service import FakeClock, FakeService
from tests.until import until

WINDOW = [
    sys.executable,
    "-c",
    "import sys; sys.stdin.read(); open('opened', 'w').close(); import time; time.sleep(60)",
]


def png() -> bytes:
    picture = Image.new("RGB", (64, 36), "red")
    picture.paste("blue", (32, 0, 64, 36))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


@pytest.fixture
async def ann(service: FakeService, clock: FakeClock, state: Path, appointment: str) -> AsyncIterator[Console]:
    """The console, with Ann in the call and selected."""
    service.other(appointment, c.StartCall())
    service.enter(appointment, "Ann Lee")
    service.other(appointment, c.Admit(person_id=service.people(appointment)["Ann Lee"]))
    async with console(service, clock, state, window=WINDOW) as made:
        await made.open("Ann Lee")
        await made.select("Ann Lee")
        yield made


def stream(service: FakeService) -> str:
    return next(iter(service.streams))


def person(service: FakeService) -> Person:
    return service.streams[stream(service)].people[service.people(stream(service))["Ann Lee"]]


def consent(service: FakeService) -> str:
    found = person(service).consent
    assert found is not None
    return found.id


async def chosen(seen: Console, item: str) -> None:
    """Choose an item of Ann's menu by keys."""
    await seen.press("full_stop")
    await seen.sees(item)
    items = [line.strip() for line in seen.text.splitlines()]
    first = next(i for i, line in enumerate(items) if "Mute" in line or "Ask to unmute" in line or "Show the" in line)
    wanted = next(i for i, line in enumerate(items) if item in line)
    await seen.press(*["j"] * (wanted - first), "enter")


async def asked(seen: Console) -> str:
    await chosen(seen, "Take screenshot")
    await seen.sees("Ask for a screenshot")
    await seen.press("enter")
    await seen.sees("screenshot asked…")
    return consent(seen.service)


def answer(seen: Console, consent_id: str, allow: bool) -> None:
    command = c.AnswerScreenshot(consent_id=consent_id, allow=allow)
    seen.service.do(stream(seen.service), command, Actor(role="participant", id=person(seen.service).id, name="Ann"))


def end(seen: Console, consent_id: str, outcome: str, why: str = "") -> None:
    taken = outcome == "taken"
    command = c.EndScreenshot(
        person_id=person(seen.service).id,
        consent_id=consent_id,
        outcome=outcome,  # type: ignore[arg-type]
        why=why,
        still_id=f"s{consent_id}" if taken else "",
        captured_at=seen.clock() if taken else None,
    )
    seen.service.pictures[f"s{consent_id}"] = png()
    seen.service.do(stream(seen.service), command, SERVICE)


async def test_S21_before_asking_it_says_when_the_picture_is_taken_and_opens_the_live_view(ann: Console, state: Path):
    await chosen(ann, "Take screenshot")
    await ann.sees("The picture is taken the")
    await ann.sees("set the image")
    await until((state / "opened").exists, what="the video window was opened")
    assert not any(isinstance(command, c.AskScreenshot) for _, command in ann.service.sent)
    await ann.press("escape")
    await ann.settle()
    assert person(ann.service).consent is None


async def test_S17_the_item_is_greyed_with_the_reason_while_the_camera_is_off(ann: Console):
    off = c.ReportDevices(devices=Devices(camera="off", microphone="on"))
    ann.service.do(stream(ann.service), off, Actor(role="participant", id=person(ann.service).id, name="Ann"))
    await ann.settle()
    await chosen(ann, "Take screenshot")
    await ann.sees("The camera of Ann Lee is off.")
    assert "Ask for a screenshot" not in ann.text and person(ann.service).consent is None


async def test_S20_S23_on_allow_the_picture_comes_by_itself_and_is_shown_in_the_terminal(ann: Console):
    consent_id = await asked(ann)
    answer(ann, consent_id, allow=True)
    await ann.sees("picture being taken…")
    end(ann, consent_id, "taken")
    await ann.sees("Still of Ann Lee")
    await ann.sees("▀▀▀▀")
    await ann.sees("Dr Grey asked; taken at 09:30")
    await ann.press("escape")
    await ann.sees("The picture of Ann Lee was taken.")
    await chosen(ann, "Show the still")
    await ann.sees("Still of Ann Lee")


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ("declined", "Ann Lee declined. No picture was taken."),
        ("timeout", "Ann Lee did not answer in time. No picture was taken."),
        ("left", "Ann Lee left the call before it. No picture was taken."),
        ("failed", "No picture of Ann Lee was taken: the disk is full."),
    ],
)
async def test_S24_each_outcome_has_its_own_sentence(ann: Console, outcome: str, said: str):
    consent_id = await asked(ann)
    if outcome == "declined":
        answer(ann, consent_id, allow=False)
    elif outcome == "left":
        ann.service.leave(stream(ann.service), "Ann Lee")
    else:
        end(ann, consent_id, outcome, "the disk is full" if outcome == "failed" else "")
    await ann.sees(said)
    await ann.sees_no("screenshot asked…")
    assert "Still of" not in ann.text


async def test_S24_the_request_is_taken_back_from_the_menu(ann: Console):
    await asked(ann)
    await chosen(ann, "Cancel the screenshot request")
    await ann.sees("The screenshot request to Ann Lee was taken back. No picture was taken.")
    assert person(ann.service).consent is None


async def test_S25_a_request_that_is_open_or_being_taken_cannot_be_made_again(ann: Console):
    consent_id = await asked(ann)
    await ann.press("full_stop")
    await ann.sees("Cancel the screenshot request")
    assert "Take screenshot" not in ann.text
    await ann.press("escape")
    answer(ann, consent_id, allow=True)
    await ann.sees("picture being taken…")
    await chosen(ann, "Take screenshot")
    await ann.sees("The picture is being taken.")


async def test_a_colleagues_still_is_told_and_does_not_open_by_itself(ann: Console):
    ann.service.other(stream(ann.service), c.AskScreenshot(person_id=person(ann.service).id))
    consent_id = consent(ann.service)
    answer(ann, consent_id, allow=True)
    end(ann, consent_id, "taken")
    await ann.sees("The picture of Ann Lee was taken.")
    await ann.settle()
    assert "Still of" not in ann.text


async def test_a_still_never_covers_a_dialog_that_is_open(ann: Console):
    consent_id = await asked(ann)
    answer(ann, consent_id, allow=True)
    await ann.press("i")
    await ann.sees("Invite a person")
    end(ann, consent_id, "taken")
    await ann.sees("The picture of Ann Lee was taken.")
    assert "Still of" not in ann.text and "Invite a person" in ann.text


async def test_S23_the_picture_is_exported_privately_and_never_over_another_file(ann: Console, tmp_path: Path):
    consent_id = await asked(ann)
    answer(ann, consent_id, allow=True)
    at = ann.clock()
    end(ann, consent_id, "taken")
    await ann.sees("Still of Ann Lee")
    await ann.press("e")
    await ann.sees("Export the picture")
    field = ann.app.screen.query_one("#path")
    assert field.value.endswith(f"/Ann-Lee-{at:%Y-%m-%d-%H%M%S}.png")  # type: ignore[attr-defined]
    (tmp_path / "there.png").write_bytes(b"mine")
    for name, said in (("there.png", "exists already"), ("no/such.png", "could not be written there")):
        field.value = str(tmp_path / name)  # type: ignore[attr-defined]
        await ann.press("enter")
        await ann.sees(said)
    field.value = str(tmp_path / "new.png")  # type: ignore[attr-defined]
    await ann.press("enter")
    await ann.sees("Exported, readable by you alone")
    new = tmp_path / "new.png"
    assert new.read_bytes() == png() and stat.S_IMODE(new.stat().st_mode) == 0o600
    assert (tmp_path / "there.png").read_bytes() == b"mine"


async def test_the_picture_is_opened_by_the_viewer_of_a_display_and_otherwise_it_is_said_why_not(
    ann: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    consent_id = await asked(ann)
    answer(ann, consent_id, allow=True)
    end(ann, consent_id, "taken")
    await ann.sees("Still of Ann Lee")
    monkeypatch.setattr(pictures, "viewer", lambda: "")
    await ann.press("o")
    await ann.sees("There is no display here")
    script = tmp_path / "viewer"
    script.write_text(f'#!/bin/sh\ncp "$1" {tmp_path}/viewed.png\n')
    script.chmod(0o700)
    monkeypatch.setattr(pictures, "viewer", lambda: str(script))
    await ann.press("o")
    await until(lambda: (tmp_path / "viewed.png").exists(), what="the viewer got the picture")
    await until(lambda: (tmp_path / "viewed.png").read_bytes() == png(), what="the whole picture")
    monkeypatch.setattr(pictures, "viewer", lambda: str(tmp_path / "no-viewer"))
    await ann.press("o")
    await ann.sees("could not be opened")


async def test_who_came_by_a_key_sees_the_picture_and_reaches_no_file_or_program_of_the_host(
    ann: Console, monkeypatch: pytest.MonkeyPatch
):
    ann.app.confined = True
    monkeypatch.setattr(pictures, "viewer", lambda: "/bin/false")
    consent_id = await asked(ann)
    answer(ann, consent_id, allow=True)
    end(ann, consent_id, "taken")
    await ann.sees("Still of Ann Lee")
    assert "exports" not in ann.text and "viewer" not in ann.text
    for key in ("o", "e"):
        await ann.press(key)
        await ann.sees("Your key opens this console and nothing else")
        assert not ann.app.screen.query("#path")


def test_a_viewer_needs_a_display(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    assert pictures.viewer({}, "linux") == ""
    assert pictures.viewer({"DISPLAY": ":0"}, "linux") == "/usr/bin/xdg-open"
    assert pictures.viewer({"WAYLAND_DISPLAY": "w"}, "linux") == "/usr/bin/xdg-open"
    assert pictures.viewer({}, "darwin") == "/usr/bin/open"


def test_drawing_asks_the_terminal_nothing(capfd: pytest.CaptureFixture[str]):
    before = sys.__stdout__
    pictures.drawn(png())
    assert sys.__stdout__ is before and capfd.readouterr().out == ""


def test_the_name_of_an_export_is_a_plain_file_name():
    taken = datetime(2026, 11, 24, 9, 30, 5, tzinfo=UTC)
    assert pictures.export_name("Ann/../Lee\x1b", taken, UTC, Path("/home/lee")).startswith("/home/lee/")
    assert "/" not in pictures.export_name("Ann/../Lee", taken, UTC, Path("/h")).removeprefix("/h/")


def test_every_outcome_and_every_camera_has_its_words():
    assert set(words.STILL_OVER) == {"taken", "declined", "timeout", "left", "cancelled", "failed"}
    assert words.still_over("failed", "Ann") == "No picture of Ann was taken: it did not work."
    for camera, why in (("on", ""), ("off", "is off"), ("denied", "does not allow"), ("none", "has no camera")):
        here = Person(id="p1", name="Ann", connected=True, devices=Devices(camera=camera, microphone="on"))  # type: ignore[arg-type]
        assert why in screenshot(here).why_not and bool(why) == bool(screenshot(here).why_not)
    gone = Person(id="p1", name="Ann", devices=Devices(camera="on", microphone="on"))
    assert "lost the connection" in screenshot(gone).why_not
    at = datetime(2026, 11, 24, tzinfo=UTC)
    taking = Person(id="p1", name="Ann", consent=Consent(id="c", asked_by="o", asked_at=at, allowed_at=at))
    assert "being taken" in screenshot(taking).why_not
