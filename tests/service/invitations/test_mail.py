"""Letters: what is in them, and headers that no name can break."""

import email
from email import policy
from pathlib import Path

import pytest

from ecm_tui.service.invitations.addresses import sender_of
from tests.service.invitations.builders import NOW, invitation, letters, parsed

HOSTILE = [
    "Ann\r\nBcc: all@x.test",
    "Ann\nSubject: other",
    'Ann" <boss@x.test>, "',
    "Ann\\",
    "Ånn Łee 李",
    "\u202eeeL nnA",
    "=?utf-8?q?Bcc=3A?=",
    "Ann\x00\x1b]52;c;x\x07",
    "a" * 500,
    "<ann@x.test>, <all@x.test>",
    "Ann (comment); group:",
]


def test_E9_a_letter_has_text_html_and_a_calendar_as_alternatives_and_the_calendar_as_a_file(tmp_path: Path):
    message = parsed(letters(tmp_path).letter(invitation(), NOW).source)
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
    ]
    (event,) = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    assert event["Content-Type"].params["method"] == "REQUEST"
    (file,) = message.iter_attachments()
    assert file.get_filename() == "appointment.ics"
    assert event.get_content().encode() == file.get_content()


def test_its_headers_are_the_clinics(tmp_path: Path):
    message = parsed(letters(tmp_path).letter(invitation(), NOW).source)
    assert message["From"] == "Lakeside <no-reply@lakeside.test>"
    assert message["To"] == "Ann Lee <ann@home.test>"
    assert message["Subject"] == "Video appointment at Lakeside on Tue 24 Nov at 14:30"
    assert message["Date"].datetime == NOW
    assert message["Auto-Submitted"] == "auto-generated"


def test_S30_the_message_id_is_the_sendings_own(tmp_path: Path):
    write = letters(tmp_path).letter
    assert write(invitation(), NOW).message["Message-ID"] == "<a1.p1.email.1@lakeside.test>"
    ids = {write(invitation(**other), NOW).message["Message-ID"] for other in ({}, {"number": 2}, {"person": "p2"})}
    assert len(ids) == 3


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_reaches_beyond_its_header(tmp_path: Path, name: str):
    source = letters(tmp_path).letter(invitation(name=name, patient=name), NOW).source
    message = parsed(source)
    assert set(message.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"
    }  # fmt: skip
    (to,) = message["To"].addresses
    assert to.addr_spec == "ann@home.test"
    head = source.partition(b"\r\n\r\n")[0]
    assert head.isascii()
    assert all(32 <= byte or byte in b"\r\n\t" for byte in head)
    assert all(len(line) <= 998 for line in source.split(b"\r\n"))
    # An older reader takes it apart in its own way, and must find the same one address.
    old = email.message_from_bytes(source, policy=policy.compat32)
    assert [address for _, address in email.utils.getaddresses([str(old["To"])])] == ["ann@home.test"]


@pytest.mark.parametrize("clinic", HOSTILE)
def test_no_name_of_a_clinic_reaches_beyond_the_subject(tmp_path: Path, clinic: str):
    from dataclasses import replace

    from tests.service.invitations.builders import CARD

    message = parsed(letters(tmp_path).letter(invitation(clinic=replace(CARD, name=clinic)), NOW).source)
    assert message["Bcc"] is None
    assert len(message.get_all("Subject") or ()) == 1


def test_a_domain_of_other_letters_is_written_so_that_every_server_can_read_it(tmp_path: Path):
    letter = letters(tmp_path).letter(invitation(email="ann@bücher.example"), NOW)
    assert letter.to == "ann@xn--bcher-kva.example"
    assert not letter.international


def test_other_letters_before_the_at_need_a_server_that_knows_them(tmp_path: Path):
    letter = letters(tmp_path).letter(invitation(email="änn@home.test"), NOW)
    assert letter.international
    assert "änn@home.test" in letter.source.decode()


@pytest.mark.parametrize("text", ["", "Lakeside", "a@b.test, c@d.test", "Lakeside <>", "x <a b@c.test>"])
def test_a_sender_is_one_address(text: str):
    with pytest.raises(ValueError, match=r"mail\.sender"):
        sender_of(text)


def test_a_sender_with_and_without_a_name_is_taken():
    assert sender_of("no-reply@x.test").addr_spec == "no-reply@x.test"
    assert sender_of('"Praxis, am See" <no-reply@bücher.example>').addr_spec == "no-reply@xn--bcher-kva.example"
