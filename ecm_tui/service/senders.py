"""Who may share and fetch files, and until when: organisers, participants by their page, holders of an upload link."""

from __future__ import annotations

import hmac
from contextlib import AbstractAsyncContextManager

from ecm_tui.core import commands as c
from ecm_tui.core.appointment import Appointment
from ecm_tui.core.chat import heard, may_write
from ecm_tui.core.clinic import Account
from ecm_tui.core.log import Actor
from ecm_tui.core.people import Person
from ecm_tui.core.refused import Refused
from ecm_tui.core.rights import may
from ecm_tui.errors import RefusedError
from ecm_tui.service.doors import NOT_VALID, Doors
from ecm_tui.service.downloads import Reader
from ecm_tui.service.logins import REVOKED, Login, Logins, actor_of
from ecm_tui.service.presence import Presence
from ecm_tui.service.secrets import LinkKey
from ecm_tui.service.streams import Streams
from ecm_tui.service.uploads import Sender

SHARING = c.ShareFile(file_id="", name="", size=0, sha256="")
"""Stands for the right to share any file."""

NO_SUCH_FILE = RefusedError("There is no such file.", "no_such_file")
"""What one may not have looks as if it were not there."""


class Senders:
    """Everyone who has to do with files, as they prove themselves. Every method raises RefusedError."""

    def __init__(self, streams: Streams, logins: Logins, doors: Doors, presence: Presence, key: LinkKey) -> None:
        self._streams = streams
        self._logins = logins
        self._doors = doors
        self._presence = presence
        self._key = key

    def organiser(self, login: Login, appointment: str) -> Sender:
        """The account behind a request."""
        account = self._logins.account(login)
        if account is None:
            raise RefusedError(REVOKED, "not_allowed")
        actor = actor_of(account)

        def refused(now: Appointment) -> Refused | None:
            if self._logins.account(login) is None:
                return Refused(code="not_allowed", message=REVOKED)
            return may(actor, SHARING) or may_write(now, actor)

        return Sender(appointment=appointment, actor=actor, token=login.token, refused=refused)

    def organiser_reads(self, login: Login, appointment: str) -> Reader:
        """The same, to fetch a file."""
        return Reader(
            appointment=appointment, name=login.account, may=lambda now: self._logins.account(login) is not None
        )

    async def participant(self, credential: str) -> Sender:
        """The person for whom a page speaks, as long as they are in the call with that very page."""
        visitor = await self._doors.visitor(credential)
        if visitor.viewer:
            raise RefusedError("Files are shared from the console.", "not_allowed")
        actor = Actor(role="participant", id=visitor.holder)

        def refused(now: Appointment) -> Refused | None:
            if _in_call(now, visitor.visit) is None:
                return Refused(code="not_admitted", message="You are not in the call: nothing was sent.")
            return may_write(now, actor)

        return Sender(appointment=visitor.appointment, actor=actor, refused=refused)

    def participant_reads(self, visit: str, shown: str, file_id: str) -> Reader:
        """The same, to fetch a file by a link of their page; `shown` is what the browser has to show for it."""
        appointment = self._presence.holding(visit)
        person = appointment and _in_call(appointment, visit)
        right = hmac.compare_digest(shown.encode(), self._key.file_pass(visit).encode())
        if not (appointment and person and right):
            raise NO_SUCH_FILE
        lines = heard(appointment, person.id, self._streams.sources.rules)
        if all(line.file is None or line.file.id != file_id for line in lines):
            raise NO_SUCH_FILE
        return Reader(appointment=appointment.id, name=person.id, may=lambda now: _in_call(now, visit) is not None)

    async def by_link(self, token: str, address: str) -> Sender:
        """The account that made an upload link, in the call for which it was made."""
        link = await self._doors.upload(token, address)
        account = (await self._streams.clinic()).accounts.get(link.holder)
        if account is None:
            raise NOT_VALID
        actor = actor_of(account)

        def refused(now: Appointment) -> Refused | None:
            made_now = now.started_at is not None and now.started_at <= link.created
            if not (now.running and made_now and self._logins.has_a_way_in(link.holder)):
                return Refused(code=NOT_VALID.code, message=NOT_VALID.message)
            return may(actor, SHARING) or may_write(now, actor)

        def only_one() -> AbstractAsyncContextManager[str]:
            return self._doors.only_one(token, link)

        return Sender(appointment=link.appointment, actor=actor, refused=refused, only_one=only_one)

    async def upload_link(self, account: Account, appointment: Appointment) -> str:
        """The token of a new upload link."""
        actor = actor_of(account)
        refused = may(actor, SHARING) or may_write(appointment, actor)
        if refused:
            raise RefusedError(refused.message, refused.code)
        return await self._doors.upload_link(appointment.id, account.id)


def _in_call(appointment: Appointment, visit: str) -> Person | None:
    """The person who is in the call with the page `visit`."""
    found = (p for p in appointment.people.values() if p.state == "admitted" and p.visit == visit)
    return next(found, None)
