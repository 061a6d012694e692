"""An invitation as it would go out, before it does: the same letters and text messages, made by the same hands."""

from __future__ import annotations

import asyncio
from datetime import datetime
from email.headerregistry import Address
from pathlib import Path
from typing import Any

from ecm_tui.core.appointment import Appointment
from ecm_tui.core.delivery import Channel
from ecm_tui.core.people import Person
from ecm_tui.service.invitations.invitation import Desk


class Previews:
    """Shows what would be sent; sends nothing."""

    def __init__(self, desk: Desk, sender: Address, own_templates: Path, missing: dict[Channel, str]) -> None:
        self._desk = desk
        self._sender = sender
        self._own_templates = own_templates
        self._missing = missing

    async def preview(self, appointment: Appointment, person: Person, now: datetime) -> dict[str, Any]:
        """JSON: `person`, `email` and `sms` (None where there is no contact), `local_only`, `wrong`, `cannot_send`."""
        email, wrong = await asyncio.to_thread(self._email, appointment, person, now)
        sms, sms_wrong = await asyncio.to_thread(self._sms, appointment, person)
        return {
            "person": {"id": person.id, "name": person.name},
            "email": email,
            "sms": sms,
            "local_only": self._desk.local_only,
            "wrong": [*wrong, *sms_wrong],
            "cannot_send": dict(self._missing),
        }

    def _email(
        self, appointment: Appointment, person: Person, now: datetime
    ) -> tuple[dict[str, Any] | None, tuple[str, ...]]:
        from ecm_tui.service.invitations.mail import Letters  # late: a service starts without the libraries of mail
        from ecm_tui.service.invitations.templates import Templates

        if not person.email:
            return None, ()
        letter = Letters(Templates(self._own_templates), self._sender).letter(
            self._desk.invitation(appointment, person, "email"), now
        )
        text = letter.message.get_body(("plain",))
        made = {
            "headers": {name: str(value) for name, value in letter.message.items()},
            "text": text.get_content() if text else "",
            "html": letter.html,
            "calendar": letter.calendar.decode(),
            "source": letter.source.decode(errors="replace"),
        }
        return made, letter.wrong

    def _sms(self, appointment: Appointment, person: Person) -> tuple[dict[str, Any] | None, tuple[str, ...]]:
        from ecm_tui.service.invitations.templates import Templates, text_message  # late, as above

        if not person.mobile:
            return None, ()
        rendered = text_message(Templates(self._own_templates), self._desk.invitation(appointment, person, "sms"))
        return {"to": person.mobile, "text": rendered.text}, (rendered.wrong,) if rendered.wrong else ()
