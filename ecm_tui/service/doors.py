"""Tokens traded for credentials, and who a credential speaks for. Wrong, expired, revoked and unknown look the same."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ecm_tui.core.appointment import Appointment
from ecm_tui.core.clinic import Account
from ecm_tui.core.invites import LINK_LIFETIME, link_opens
from ecm_tui.core.people import Person
from ecm_tui.errors import EcmError, RefusedError, TooManyTriesError
from ecm_tui.service.limits import LinkTries
from ecm_tui.service.logins import Logins
from ecm_tui.service.secrets import new_credential, new_id
from ecm_tui.service.store import Credential, Link
from ecm_tui.service.streams import Streams

PARTICIPANT = "participant"
VIEWER = "viewer"
WINDOW_LINK = "window_link"
UPLOAD_LINK = "upload_link"
"""Kinds of credentials."""

WINDOW_LINK_LIFETIME = timedelta(minutes=5)
UPLOAD_LINK_LIFETIME = timedelta(minutes=15)
VIEWER_LIFETIME = timedelta(hours=24)

NOT_VALID = RefusedError("This link is not valid.", "link_not_valid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who stands at a page: a participant, or an organiser with a window."""

    visit: str
    appointment: str
    holder: str
    """Person id, or account id for a viewer."""
    viewer: bool
    link: int = 0
    """Number of the person's link by which they came; 0 for a viewer."""


class Doors:
    """Every way in for a page."""

    def __init__(self, streams: Streams, logins: Logins, tries: LinkTries, openings: LinkTries) -> None:
        self._streams = streams
        self._logins = logins
        self._tries = tries
        self._openings = openings
        self._taken: set[str] = set()
        """Links whose file is being shared at this moment."""

    async def trade(self, token: str, address: str) -> tuple[str, Visitor]:
        """A new credential for a link's token: the secret and whom it speaks for.

        Raises `TooManyTriesError`, or RefusedError `link_not_valid` or `open_elsewhere`.
        """
        self._not_too_often(address)
        found = await self._visitor(token)
        # Asked again: of a thousand guesses at once only the first few may hear whether they were right.
        self._not_too_often(address)
        if found is None:
            self._tries.count(address)
            raise NOT_VALID
        visitor, expires = found
        if self._openings.exhausted(visitor.holder):
            raise _too_many()
        self._openings.count(visitor.holder)
        secret = new_credential()
        kind = VIEWER if visitor.viewer else PARTICIPANT
        credential = Credential(
            visit=visitor.visit,
            kind=kind,
            appointment=visitor.appointment,
            holder=visitor.holder,
            created=self._now(),
            expires=expires,
            link=visitor.link,
        )
        await self._streams.store.add_credential(secret, credential)
        return secret, visitor

    async def window_link(self, appointment: str, account: str) -> str:
        """A token that opens the viewer page of that organiser once, within five minutes."""
        return await self._one_use(WINDOW_LINK, WINDOW_LINK_LIFETIME, appointment, account)

    async def upload_link(self, appointment: str, account: str) -> str:
        """A token by which that account sends one file into the running call, beginning within fifteen minutes."""
        return await self._one_use(UPLOAD_LINK, UPLOAD_LINK_LIFETIME, appointment, account)

    async def _one_use(self, kind: str, lifetime: timedelta, appointment: str, account: str) -> str:
        token, now = new_credential(), self._now()
        credential = Credential(
            visit=new_id("l"),
            kind=kind,
            appointment=appointment,
            holder=account,
            created=now,
            expires=now + lifetime,
        )
        await self._streams.store.add_credential(token, credential)
        return token

    async def upload(self, token: str, address: str) -> Credential:
        """What an upload link stands for; looking does not use it up. Raises as `trade`."""
        self._not_too_often(address)
        found = await self._streams.store.find_credential(token, self._now())
        self._not_too_often(address)
        if found is None or found.kind != UPLOAD_LINK:
            self._tries.count(address)
            raise NOT_VALID
        return found

    @asynccontextmanager
    async def only_one(self, token: str, link: Credential) -> AsyncIterator[str]:
        """The link's one file is here: of many who come with one link, one is within the block. Raises RefusedError.

        Gives what the command that shares the file is to use up: where that fails, the link is as good as before.
        """
        if token in self._taken:
            raise NOT_VALID
        self._taken.add(token)
        try:
            # It was alive when its file began to come, however long that took.
            if await self._streams.store.find_credential(token, link.created) is None:
                raise NOT_VALID
            yield token
        finally:
            self._taken.discard(token)

    async def visitor(self, secret: str) -> Visitor:
        """Whom a page's credential speaks for. Raises RefusedError `link_not_valid`, `open_elsewhere` or `removed`."""
        credential = await self._streams.store.find_credential(secret, self._now())
        if credential is None or credential.kind not in (PARTICIPANT, VIEWER):
            raise NOT_VALID
        appointment = await self._streams.appointment(credential.appointment)
        if appointment is None:
            raise NOT_VALID
        visitor = Visitor(
            visit=credential.visit,
            appointment=credential.appointment,
            holder=credential.holder,
            viewer=credential.kind == VIEWER,
            link=credential.link,
        )
        if visitor.viewer:
            await self.organiser(visitor.holder)
            return visitor
        person = appointment.people.get(visitor.holder)
        if person and person.state == "removed" and dead(person, visitor.visit):
            raise RefusedError("You were removed from the call.", "removed")
        self.admits(appointment, visitor)
        return visitor

    def admits(self, appointment: Appointment, visitor: Visitor) -> Person:
        """The person whom a participant's page speaks for, or may come to speak for. Raises as `visitor`."""
        person = appointment.people.get(visitor.holder)
        if person is None or dead(person, visitor.visit):
            raise NOT_VALID
        if person.present and person.visit == visitor.visit:
            return person
        if not link_opens(appointment, person.id, visitor.link, self._now()):
            raise NOT_VALID
        if person.present and person.connected:
            raise RefusedError("This link is open in another window.", "open_elsewhere")
        return person

    def lets_in(self, account: str) -> bool:
        """Whether windows of this account may be open at all."""
        return self._logins.has_a_way_in(account)

    async def organiser(self, account: str) -> Account:
        """The account of an organiser's window. Raises RefusedError `link_not_valid`."""
        found = (await self._streams.clinic()).accounts.get(account)
        if found is None or found.role != "organiser" or not self._logins.has_a_way_in(account):
            raise NOT_VALID
        return found

    async def _visitor(self, token: str) -> tuple[Visitor, datetime] | None:
        link = await self._streams.store.find_link(token)
        if link is not None:
            return await self._participant(link)
        credential = await self._streams.store.find_credential(token, self._now())
        if credential is None or credential.kind != WINDOW_LINK:
            return None
        credential = await self._streams.store.take_credential(token, self._now())
        if credential is None or not self._logins.has_a_way_in(credential.holder):
            return None
        visitor = Visitor(visit=new_id("w"), appointment=credential.appointment, holder=credential.holder, viewer=True)
        return visitor, self._now() + VIEWER_LIFETIME

    async def _participant(self, link: Link) -> tuple[Visitor, datetime] | None:
        appointment = await self._streams.appointment(link.appointment)
        if appointment is None or not link_opens(appointment, link.person, link.link, self._now()):
            return None
        person = appointment.people[link.person]
        if person.present and person.connected:
            raise RefusedError("This link is open in another window.", "open_elsewhere")
        ends = (appointment.at or self._now()) + timedelta(minutes=appointment.minutes)
        visitor = Visitor(visit=new_id("v"), appointment=appointment.id, holder=person.id, viewer=False, link=link.link)
        return visitor, max(ends, self._now()) + 2 * LINK_LIFETIME

    def _not_too_often(self, address: str) -> None:
        if self._tries.exhausted(address):
            raise _too_many()

    def _now(self) -> datetime:
        return self._streams.sources.clock()


def dead(person: Person, visit: str) -> bool:
    """Whether the page `visit` spoke for the person and was ended for good: removed, or left by their own choice."""
    if person.visit != visit:
        return False
    return person.state == "removed" or (person.state == "left" and person.left_reason == "left")


def _too_many() -> TooManyTriesError:
    return TooManyTriesError("Too many tries. Wait a minute, then open your link again.")


def refusal(error: EcmError) -> dict[str, Any]:
    """The error as JSON."""
    return {"code": error.code, "message": error.message}
