"""An invitation as a letter: text, HTML and a calendar, in MIME. Headers are made of values without line ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from ecm_tui.service.invitations.addresses import recipient
from ecm_tui.service.invitations.invitation import Invitation
from ecm_tui.service.invitations.templates import CANCELLED_HTML, CANCELLED_TEXT, HTML, TEXT, Rendered, Templates

CALENDAR_FILE = "appointment.ics"


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter that is ready to go, and who hands it to whom."""

    message: EmailMessage
    sender: str
    """Address of the envelope."""
    to: str
    """Address of the envelope; its domain is ASCII, what is before the `@` may not be."""
    html: str
    calendar: bytes
    wrong: tuple[str, ...] = ()
    """What was wrong with the clinic's own templates."""

    @property
    def international(self) -> bool:
        """Whether only a server that knows SMTPUTF8 can take it."""
        return not self.to.isascii()

    @property
    def source(self) -> bytes:
        """The bytes that go over the wire."""
        return self.message.as_bytes(policy=SMTP.clone(utf8=self.international))


class Letters:
    """Writes letters from one sender."""

    def __init__(self, templates: Templates, sender: Address) -> None:
        self._templates = templates
        self.sender = sender

    def letter(self, invitation: Invitation, now: datetime) -> Letter:
        """The letter of this invitation, or the one that takes it back. Blocks for some milliseconds."""
        from ecm_tui.service.invitations.calendar import calendar, method_of  # late: calendars take long to import

        subject, text, html = self._words(invitation)
        event = calendar(invitation, self.sender.addr_spec, now)
        to = recipient(invitation.name, invitation.email)
        message = EmailMessage(policy=SMTP.clone(utf8=not to.addr_spec.isascii()))
        message["From"] = self.sender
        message["To"] = to
        message["Subject"] = subject.text
        message["Date"] = format_datetime(now)
        # Made of what this sending is, so that whoever gets a second copy can tell (RFC 5322, 3.6.4).
        message["Message-ID"] = f"<{invitation.reference('email')}@{self.sender.domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text.text)
        message.add_alternative(html.text, subtype="html")
        message.add_alternative(
            event.decode(), subtype="calendar", params={"method": method_of(invitation), "name": CALENDAR_FILE}
        )
        message.add_attachment(event, maintype="application", subtype="ics", filename=CALENDAR_FILE)
        wrong = tuple(each.wrong for each in (subject, text, html) if each.wrong)
        return Letter(message, self.sender.addr_spec, to.addr_spec, html.text, event, wrong)

    def _words(self, invitation: Invitation) -> tuple[Rendered, Rendered, Rendered]:
        templates = self._templates
        subject = templates.subject(invitation)
        text, html = (CANCELLED_TEXT, CANCELLED_HTML) if invitation.cancelled else (TEXT, HTML)
        return subject, templates.render(text, invitation), templates.render(html, invitation)
