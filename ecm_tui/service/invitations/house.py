"""Invitations of one service, put together from its settings: which ways out there are, and why others are missing."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from pathlib import Path

from ecm_tui.core.delivery import Channel
from ecm_tui.core.page import ClinicCard
from ecm_tui.service.invitations.addresses import sender_of
from ecm_tui.service.invitations.cancellations import Cancellations
from ecm_tui.service.invitations.gateway import body
from ecm_tui.service.invitations.invitation import Desk, Invitation, Transport
from ecm_tui.service.invitations.journal import Journal
from ecm_tui.service.invitations.outbox import Outbox
from ecm_tui.service.invitations.patience import Patience
from ecm_tui.service.invitations.preview import Previews
from ecm_tui.service.streams import Streams
from ecm_tui.settings import Settings

NO_SERVER = "no mail server configured"
NO_GATEWAY = "no text message gateway configured"

NOBODY = Address(display_name="", username="no-reply", domain="clinic.invalid")
"""Stands as sender in previews while none is set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitations:
    """The outbox, the previews, and what cannot be sent at all."""

    outbox: Outbox
    cancellations: Cancellations | None
    """None without a way out for emails."""
    previews: Previews
    missing: dict[Channel, str]
    """Channel without a way out -> why, as it stands on the row."""

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Everything goes out until the end of the block."""
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(self.outbox.running())
            if self.cancellations:
                await stack.enter_async_context(self.cancellations.running())
            yield


def invitations(
    streams: Streams,
    settings: Settings,
    card: ClinicCard,
    link: Callable[[str, str, int], str],
    clock: Callable[[], datetime],
    patience: Patience,
) -> Invitations:
    """The invitations of a service whose links `link` makes."""
    own = settings.home.config / "templates"
    desk = Desk(card=card, link=link, local_only=settings.serve.local_only)
    sender, wrong = _sender(settings)
    transports: dict[Channel, Transport] = {}
    missing: dict[Channel, str] = {}
    if not settings.mail.url:
        missing["email"] = NO_SERVER
    elif wrong:
        missing["email"] = wrong
    else:
        transports["email"] = Late(lambda: _smtp(settings, sender, own, clock))
    sms_wrong = _gateway_fault(settings)
    if sms_wrong:
        missing["sms"] = sms_wrong
    else:
        transports["sms"] = Late(lambda: _gateway(settings, own))
    journal = Journal(settings.home.data / "outbox")
    taken_back = Journal(settings.home.data / "outbox" / "cancelled")
    email = transports.get("email")
    return Invitations(
        outbox=Outbox(streams, desk, transports, missing, journal, patience),
        cancellations=Cancellations(streams, desk, email, taken_back, patience) if email else None,
        previews=Previews(desk, sender, own, missing),
        missing=missing,
    )


class Late:
    """A transport that is made when the first message needs it: the service starts without its libraries."""

    def __init__(self, make: Callable[[], Transport]) -> None:
        self._make = make
        self._made: Transport | None = None

    async def send(self, invitation: Invitation, handing_over: Callable[[], Awaitable[None]]) -> None:
        """As the transport does."""
        if self._made is None:
            self._made = await asyncio.to_thread(self._make)
        await self._made.send(invitation, handing_over)


def _smtp(settings: Settings, sender: Address, own: Path, clock: Callable[[], datetime]) -> Transport:
    from ecm_tui.service.invitations.mail import Letters
    from ecm_tui.service.invitations.smtp import Smtp, server_of
    from ecm_tui.service.invitations.templates import Templates

    return Smtp(server_of(settings.mail.url), Letters(Templates(own), sender), clock)


def _gateway(settings: Settings, own: Path) -> Transport:
    from ecm_tui.service.invitations.sms import Gateway
    from ecm_tui.service.invitations.templates import Templates

    return Gateway(settings.sms, Templates(own))


def _sender(settings: Settings) -> tuple[Address, str]:
    if not settings.mail.sender:
        return NOBODY, "no mail.sender configured"
    try:
        return sender_of(settings.mail.sender), ""
    except ValueError as error:
        return NOBODY, str(error)


def _gateway_fault(settings: Settings) -> str:
    if not settings.sms.url:
        return NO_GATEWAY
    try:
        body(settings.sms.body, "", "")
    except ValueError as error:
        return str(error)
    return ""
