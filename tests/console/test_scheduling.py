"""The Schedule and a new appointment (E1-E3, S28), and the links it gives."""

import base64
from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from ecm_tui.console.dialogs.link import qr
from ecm_tui.core import commands as c
from tests.console.driving import Console, console
from tests.console.fake_service import TUESDAY, FakeClock, FakeService


async def test_E1_each_state_has_its_glyph_and_word(service: FakeService, clock: FakeClock, state: Path):
    taken, missed, run, online = (service.schedule(name) for name in ("Tara", "Mio", "Rune", "Olga"))
    service.schedule("Sven", at=TUESDAY + timedelta(hours=2))
    gone = service.schedule("Carl")
    for each in (taken, missed, run):
        service.other(each, c.StartCall())
    person = service.enter(taken, "Tara")
    service.other(taken, c.Admit(person_id=person))
    for each in (taken, missed):
        service.other(each, c.EndCall())
    service.other(gone, c.Cancel())
    service.enter(online, "Olga")
    async with console(service, clock, state) as seen:
        await seen.settle()
        for name, word in (
            ("Tara", "✓ Taken"),
            ("Mio", "✗ Did not attend"),
            ("Rune", "▶ Session running"),
            ("Olga", "● Patient online"),
            ("Sven", "◇ Scheduled"),
            ("Carl", "– Cancelled"),
        ):
            assert word in seen.line(word) and f" {name}" in seen.line(word), seen.text
        assert "Today, Tuesday 24 November 2026" in seen.text


async def test_E2_an_early_patient_stays_scheduled_and_shows_the_waiting_time(
    service: FakeService, clock: FakeClock, state: Path
):
    early = service.schedule("Ann Lee", at=TUESDAY + timedelta(minutes=30))
    service.enter(early, "Ann Lee")
    async with console(service, clock, state) as seen:
        clock.pass_(12 * 60)
        await seen.sees("12 min")
        assert "◇ Scheduled" in seen.line("12 min") and " waiting " in seen.line("12 min")
        clock.pass_(13 * 60)
        await seen.sees("● Patient online")


async def test_E3_a_new_appointment_is_sent_and_its_link_shown_copied_and_drawn(
    service: FakeService, clock: FakeClock, state: Path
):
    async with console(service, clock, state) as seen:
        await seen.sees("No appointments yet")
        await seen.press("i")
        await seen.sees("New appointment")
        await seen.type("Ann Lee")
        await seen.press("tab")
        await seen.type("ann@clinic.test")
        await seen.press("enter")
        await seen.sees("Join link")
        await seen.sees("/join/t-")
        assert "This link works on this computer" in seen.text
        assert "█" in seen.text
        assert seen.app.clipboard.startswith("http://127.0.0.1:8440/join/")
        await seen.press("escape")
        await seen.sees("Ann Lee")
        made = next(iter(service.streams.values()))
        assert (made.minutes, made.kind, made.at) == (15, "video", TUESDAY)


async def test_S28_a_refusal_names_the_field_goes_there_and_keeps_what_was_typed(seen: Console):
    await seen.press("i")
    await seen.sees("SEND")
    await seen.press("enter")
    await seen.sees("The patient needs a name.")
    await seen.type("Ann")
    await seen.press("enter")
    await seen.sees("The patient needs an email address or a mobile number.")
    assert seen.app.focused is not None and seen.app.focused.id == "email"
    await seen.type("nonsense")
    await seen.press("enter")
    await seen.sees("The email address is not complete")
    assert "Ann" in seen.line("Patient ")
    assert "nonsense" in seen.text
    assert seen.service.sent == []


async def test_S28_further_people_are_added_and_checked_like_the_patient(seen: Console):
    await seen.press("i")
    await seen.type("Cara")
    await seen.press("tab")
    await seen.type("c@clinic.test")
    await seen.click("Add a person")
    await seen.sees("Person 2")
    await seen.type("Dora")
    await seen.press("enter")
    await seen.sees("Dora needs an email address or a mobile number.")
    assert seen.app.focused is not None and seen.app.focused.id == "email1"
    await seen.type("d@clinic.test")
    await seen.press("enter")
    await seen.sees("Join link")
    sent = seen.service.sent[-1][1]
    assert isinstance(sent, c.Schedule)
    assert [guest.name for guest in sent.guests] == ["Dora"]


async def test_S28_what_the_service_refuses_is_said_and_its_field_has_the_focus(
    seen: Console, monkeypatch: pytest.MonkeyPatch
):
    from ecm_tui.errors import RefusedError

    async def refuses(stream: str, command: object) -> None:
        raise RefusedError("This mobile number is not valid.", "bad_mobile")

    monkeypatch.setattr(seen.app.line, "send", refuses)
    await seen.press("i")
    await seen.type("Ann")
    await seen.press("tab", "tab")
    await seen.type("+41 79 000")
    await seen.press("enter")
    await seen.sees("This mobile number is not valid.")
    assert seen.app.focused is not None and seen.app.focused.id == "mobile"
    assert "+41 79 000" in seen.text


async def test_S29_escape_closes_at_once_when_nothing_was_typed_and_else_asks_first(seen: Console):
    await seen.press("i")
    await seen.sees("SEND")
    await seen.press("escape")
    await seen.sees_no("SEND")
    await seen.press("i")
    await seen.type("Ann")
    await seen.press("escape")
    await seen.sees("Close the form?")
    await seen.press("n")
    await seen.sees_no("Close the form?")
    await seen.sees("SEND")
    assert "Ann" in seen.line("Patient ")
    await seen.press("escape")
    await seen.sees("Close the form?")
    await seen.press("enter")  # what loses nothing is what Enter gives
    await seen.sees_no("Close the form?")
    assert "Ann" in seen.line("Patient ")
    await seen.press("escape")
    await seen.sees("Close the form?")
    await seen.press("left", "enter")
    await seen.sees_no("SEND")


async def test_S28_ADD_in_a_session_makes_a_row_with_its_link(seen: Console, appointment: str):
    await seen.open("Ann Lee")
    await seen.press("i")
    await seen.sees("ADD")
    await seen.type("Eve")
    await seen.press("tab", "tab")
    await seen.type("+41791234567")
    await seen.press("enter")
    await seen.sees("Eve opens this link")
    await seen.press("escape")
    await seen.sees("Invited (4)")


async def test_y_copies_the_link_through_the_terminal_and_shows_it(
    seen: Console, appointment: str, monkeypatch: pytest.MonkeyPatch
):
    written: list[str] = []
    driver = seen.app._driver
    assert driver is not None
    monkeypatch.setattr(driver, "write", written.append)
    await seen.press("y")
    await seen.sees("/join/t-")
    link = seen.app.clipboard
    assert f"\x1b]52;c;{base64.b64encode(link.encode()).decode()}\x07" in written


def test_the_qr_code_is_read_by_a_camera():
    link = "https://clinic.example.org/join/AbCdEfGhIjKlMnOpQrStUvWxYz0"
    rows = qr(link).splitlines()
    bits = []
    for row in rows:
        bits.append([character in "▀█" for character in row])
        bits.append([character in "▄█" for character in row])
    dark = np.array(bits)
    picture = np.where(np.kron(dark, np.ones((8, 8), dtype=bool)), 0, 255).astype(np.uint8)
    framed = np.pad(picture, 32, constant_values=255)
    assert cv2.QRCodeDetector().detectAndDecode(framed)[0] == link
    assert max(len(row) for row in rows) <= 41
    assert len(rows) <= 20


async def test_the_schedule_is_searched_by_name_and_id(service: FakeService, clock: FakeClock, state: Path):
    service.schedule("Ann Lee", patient_id="4718")
    service.schedule("José Ñuñez", patient_id="99")
    async with console(service, clock, state) as seen:
        await seen.sees("José")
        await seen.press("slash")
        await seen.type("nunez")
        await seen.sees_no("Ann Lee")
        await seen.press("escape")
        await seen.sees("Ann Lee")
        await seen.press("slash")
        await seen.type("4718")
        await seen.sees_no("José")
