"""E3: who is invited to a phone or a face-to-face appointment reads so, and gets no link to open."""

from pathlib import Path

import icalendar
import pytest

from ecm_tui.service.invitations.calendar import calendar
from ecm_tui.service.invitations.templates import HTML, SMS, TEXT, Templates, text_message
from tests.service.invitations.builders import NOW, invitation, letters, parsed

KINDS = [("phone", "phone appointment"), ("face_to_face", "face-to-face appointment")]


@pytest.mark.parametrize(("kind", "what"), KINDS)
@pytest.mark.parametrize("cancelled", [False, True])
def test_E3_a_letter_of_another_kind_names_it_and_has_no_link(tmp_path: Path, kind: str, what: str, cancelled: bool):
    made = invitation(kind=kind, cancelled=cancelled, local_only=True)
    letter = letters(tmp_path).letter(made, NOW)
    source = parsed(letter.source)
    plain = source.get_body(("plain",)).get_content()
    (event,) = icalendar.Calendar.from_ical(letter.calendar).walk("VEVENT")
    for text in (source["Subject"].lower(), plain, letter.html, str(event["SUMMARY"]).lower()):
        assert what in text
    for text in (plain, letter.html, letter.calendar.decode()):
        assert "video" not in text.lower() and "/join/" not in text and "link" not in text.lower()
        assert "this computer only" not in text and "browser" not in text
    assert "Call 044" in plain
    assert letter.wrong == ()


@pytest.mark.parametrize(("kind", "what"), KINDS)
def test_E3_a_text_message_of_another_kind_has_no_link(tmp_path: Path, kind: str, what: str):
    text = text_message(Templates(tmp_path), invitation(kind=kind, local_only=True)).text
    assert text == f"Ann Lee: {what} at Lakeside, Tue 24 Nov 14:30. Questions? Call 044"


@pytest.mark.parametrize("name", [TEXT, HTML, SMS])
def test_a_clinics_own_words_need_no_link_where_none_is_opened(tmp_path: Path, name: str):
    (tmp_path / name).write_text("See you, {{ name }}: {{ what }}", encoding="utf-8")
    assert Templates(tmp_path).render(name, invitation(kind="phone")).text == "See you, Ann Lee: phone appointment"
    assert Templates(tmp_path).render(name, invitation()).wrong


def test_E3_a_video_appointment_has_its_link_in_the_calendar(tmp_path: Path):
    (event,) = icalendar.Calendar.from_ical(calendar(invitation(), "no-reply@lakeside.test", NOW)).walk("VEVENT")
    assert event["SUMMARY"] == "Video appointment at Lakeside"
    assert "/join/" in event["LOCATION"]
