"""Invitations, templates and letters of a small clinic."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ecm_tui.core.page import ClinicCard
from ecm_tui.service.invitations.addresses import sender_of
from ecm_tui.service.invitations.invitation import Invitation
from ecm_tui.service.invitations.mail import Letters
from ecm_tui.service.invitations.templates import Templates

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)

CARD = ClinicCard(name="Lakeside", support="Call 044", colour="#0b6e6e", timezone="Europe/Zurich")

SENDER = "Lakeside <no-reply@lakeside.test>"


def invitation(**more: Any) -> Invitation:
    """Ann's, the patient, for Tuesday at 14:30 in Zurich."""
    usual = Invitation(
        appointment="a1",
        person="p1",
        number=1,
        name="Ann Lee",
        email="ann@home.test",
        mobile="+41791234567",
        patient="Ann Lee",
        is_patient=True,
        cancelled=False,
        at=datetime(2026, 11, 24, 14, 30, tzinfo=ZoneInfo("Europe/Zurich")),
        minutes=15,
        link="https://call.lakeside.test/join/t0ken",
        local_only=False,
        clinic=CARD,
    )
    return replace(usual, **more)


def letters(own: Path, sender: str = SENDER) -> Letters:
    return Letters(Templates(own), sender_of(sender))


def parsed(source: bytes) -> EmailMessage:
    """A letter as the one who receives it reads it."""
    message = message_from_bytes(source, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def body_of(letter: EmailMessage, kind: str = "plain") -> str:
    """What the letter says, as plain or html."""
    part = letter.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def event_of(letter: EmailMessage) -> bytes:
    """The calendar file in the letter."""
    (file,) = letter.iter_attachments()
    content = file.get_content()
    assert isinstance(content, bytes)
    return content
