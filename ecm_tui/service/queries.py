"""What organisers may ask that changes nothing, in the shapes that commands print. What one may not see is empty."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ecm_tui.core.appointment import Appointment
from ecm_tui.core.clinic import Account
from ecm_tui.core.delivery import Delivery
from ecm_tui.core.events import PersonInvited
from ecm_tui.core.log import Actor, timestamp
from ecm_tui.core.people import Person, listed
from ecm_tui.core.rights import BLANKED, view, view_summary
from ecm_tui.core.schedule import Summary, status, summary
from ecm_tui.core.text import matches
from ecm_tui.core.wire import ID, encode_record
from ecm_tui.errors import RefusedError
from ecm_tui.service import belongings
from ecm_tui.service.album import Album
from ecm_tui.service.bridge import Bridge
from ecm_tui.service.contacts import Contacts
from ecm_tui.service.doors import Doors
from ecm_tui.service.glances import Glances
from ecm_tui.service.invitations.house import Invitations
from ecm_tui.service.lists import foreseen
from ecm_tui.service.paging import ROOM, fitting, more, number_after, size
from ecm_tui.service.presence import Presence
from ecm_tui.service.secrets import LinkKey
from ecm_tui.service.senders import Senders
from ecm_tui.service.spans import span
from ecm_tui.service.streams import Streams

MOST_REPORTS = 400
"""Streams that one answer reports on: about 300 bytes each."""
TIMELINE_PAGE = 500
"""Events read at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the service is found."""

    url: str
    """What links begin with."""
    socket: str
    local_only: bool
    version: str
    timezone: str


class Queries:
    """Every question of `PROTOCOL.md`, by name."""

    def __init__(
        self,
        streams: Streams,
        doors: Doors,
        presence: Presence,
        bridge: Bridge,
        key: LinkKey,
        place: Place,
        invitations: Invitations,
    ) -> None:
        self._streams = streams
        self._doors = doors
        self._presence = presence
        self._bridge = bridge
        self._key = key
        self.place = place
        self._invitations = invitations
        self.album: Album
        """Where the stills are; set while the service is put together."""
        self.glances: Glances
        """The small pictures of who is in a call; set likewise."""
        self.senders: Senders
        """Who may share files; set likewise."""
        self.contacts: Contacts
        """How contacts are read; set likewise."""

    async def answer(self, account: Account, what: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to the question `what`. Raises RefusedError."""
        match what:
            case "appointments":
                return await self.appointments(account, asked)
            case "appointment":
                return await self.appointment(account, _id(asked), number_after(asked))
            case "people":
                appointment = await self._get(_id(asked))
                return {"people": self.people(account, appointment)}
            case "link":
                return await self.link(account, _id(asked), str(asked.get("person")))
            case "invitation":
                return await self.invitation(account, _id(asked), str(asked.get("person") or ""))
            case "window_link":
                return await self.window_link(account, _id(asked))
            case "upload_link":
                return await self.upload_link(account, _id(asked))
            case "still":
                return await self.still(account, _id(asked), str(asked.get("still")), asked.get("offset"))
            case "glance":
                return await self.glance(account, _id(asked), asked)
            case "import":
                return await foreseen(self._streams, self.contacts, account, asked.get("command"))
            case "status":
                return self.status(named=asked.get("named") is True)
            case "verify":
                return await self.verify(str(asked.get("after") or ""))
            case "accounts":
                return {"accounts": await self.accounts(account)}
            case _:
                raise RefusedError("There is no question of this name.", "unknown_query")

    @property
    def going_on(self) -> list[Summary]:
        """The Schedule's rows of any day where somebody is, or whose call runs."""
        return [summary(appointment) for appointment in self._presence.now.values()]

    async def appointments(self, account: Account, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Those of a day (today unless said), of a span `first` to `last`, or with the words of `search`."""
        after, now = number_after(asked), self._streams.sources.clock()
        if query := str(asked.get("search") or ""):
            rows = [row for row in await self._streams.search(query) if _finds(account, row, query)]
        else:
            rows = await self._streams.summaries(*span(asked, self.place.timezone, now))
        found = [self._row(account, row, await self._streams.appointment(row.id)) for row in rows[after:]]
        count = fitting(found, ROOM)
        return {"appointments": found[:count], **more("appointments", after + count if count < len(found) else None)}

    async def appointment(self, account: Account, appointment_id: str, after: int = 0) -> dict[str, Any]:
        """One with all that belongs to it; with `after` only what one of its lists has from there on."""
        appointment = await self._get(appointment_id)
        lists = {
            "notes": belongings.notes(account, appointment),
            "files": belongings.files(appointment, self._streams.clinic_now),
        }
        found: dict[str, Any] = {}
        if not after:
            found = {
                **self._row(account, summary(appointment), appointment),
                "people": self.people(account, appointment),
                **dict.fromkeys(belongings.ORDER, ()),
                "stills": self.stills(account, appointment),
            }
        name, given = belongings.place(after)
        room = ROOM - size(found)
        while name != "timeline":
            items = lists[name][given:]
            count = fitting(items, room) if room > 0 else 0
            found[name] = items[:count]
            if count < len(items):
                return {**found, **more(name, belongings.number(name, given + count))}
            room -= sum(map(size, items))
            name, given = belongings.following(name, lists), 0
            if after:  # an answer that goes on holds one list
                return {**found, **more(name, belongings.number(name, 0))}
        found["timeline"], last = await self._timeline(account, appointment_id, given, room)
        return {**found, **more("timeline", last)}

    async def _timeline(
        self, account: Account, appointment_id: str, after: int, room: int
    ) -> tuple[list[dict[str, Any]], int | None]:
        """Events that go into `room` bytes, and the number after which there are more; None when these are all."""
        viewer = Actor(role=account.role, id=account.id, name=account.name)
        found: list[dict[str, Any]] = []
        while records := await self._streams.read(appointment_id, after, TIMELINE_PAGE):
            page = [encode_record(view(record, viewer)) for record in records]
            count = fitting(page, room) if room > 0 or not found else 0
            found += page[:count]
            if count < len(page):
                return found, found[-1]["seq"]
            room -= sum(map(size, page))
            after = records[-1].seq
        return found, None

    def stills(self, account: Account, appointment: Appointment) -> list[dict[str, Any]]:
        """The stills that were taken, oldest first; none for whoever has no part in pictures. Paths: on this host."""
        if account.role != "organiser" or appointment.erased:
            return []
        return [
            {
                "id": still.id,
                "path": self.album.path_for(account.id, still.id),
                "person_id": still.person_id,
                "requested_by": still.requested_by,
                "confirmed_at": timestamp(still.confirmed_at),
                "captured_at": timestamp(still.captured_at),
            }
            for still in appointment.stills
        ]

    async def still(self, account: Account, appointment_id: str, still_id: str, offset: object) -> dict[str, Any]:
        """One still in pieces: `png` from `offset` on, `size` of all; with its `path` for who works on this host."""
        appointment = await self._get(appointment_id)
        if account.role != "organiser":
            raise RefusedError(f"The role {account.role} has no part in picture and sound.", "not_allowed")
        found = next((still for still in self.stills(account, appointment) if still["id"] == still_id), None)
        if found is None:
            raise RefusedError("There is no still with this id.", "no_such_still")
        start = offset if isinstance(offset, int) and offset > 0 else 0
        piece = await asyncio.to_thread(self.album.piece, still_id, start)
        return {**piece, **{name: found[name] for name in ("path", "person_id", "confirmed_at", "captured_at")}}

    def people(self, account: Account, appointment: Appointment) -> list[dict[str, Any]]:
        """Waiting, oldest first; in the call; invited; others."""
        return [self.person(account, appointment, one) for one in listed(appointment.people.values())]

    def person(self, account: Account, appointment: Appointment, person: Person) -> dict[str, Any]:
        """One person in the contract's shape."""
        hidden = BLANKED[account.role].get(PersonInvited, ())
        return {
            "id": person.id,
            "name": person.name,
            "description": person.description,
            "email": "" if "email" in hidden else person.email,
            "mobile": "" if "mobile" in hidden else person.mobile,
            "patient": person.patient,
            "state": person.state,
            "taken_out": person.taken_out,
            "connected": person.connected,
            "waiting_since": timestamp(person.waiting_since) if person.waiting_since else None,
            "camera": person.devices.camera,
            "microphone": person.devices.microphone,
            "muted": person.muted,
            "join_url": self.join_url(account, appointment, person),
            "deliveries": [self._delivery(each) for each in person.deliveries],
        }

    def _delivery(self, delivery: Delivery) -> dict[str, Any]:
        """One sending; a queued one without a way out says so before the log does."""
        missing = self._invitations.missing.get(delivery.channel, "") if delivery.state == "queued" else ""
        return {
            "channel": delivery.channel,
            "number": delivery.number,
            "state": delivery.state,
            "why": delivery.why or missing,
        }

    def join_url(self, account: Account, appointment: Appointment, person: Person) -> str | None:
        """The person's link; None for whoever may not hand it on, and when there is none that opens."""
        if account.role == "observer" or person.link_revoked or appointment.cancelled or appointment.erased:
            return None
        return f"{self.place.url}/join/{self._key.token(appointment.id, person.id, person.link)}"

    async def link(self, account: Account, appointment_id: str, person_id: str) -> dict[str, Any]:
        """The join link of one person."""
        appointment = await self._get(appointment_id)
        _, url = self._linked(account, appointment, person_id)
        return {"join_url": url, "local_only": self.place.local_only}

    async def invitation(self, account: Account, appointment_id: str, person_id: str = "") -> dict[str, Any]:
        """What goes out to a person, the patient unless said: `Previews.preview`."""
        appointment = await self._get(appointment_id)
        patient = next((one.id for one in appointment.people.values() if one.patient), "")
        person, _ = self._linked(account, appointment, person_id or patient)
        return await self._invitations.previews.preview(appointment, person, self._streams.sources.clock())

    def _linked(self, account: Account, appointment: Appointment, person_id: str) -> tuple[Person, str]:
        """The person and their link, for whoever may hand it on. Raises RefusedError."""
        person = appointment.people.get(person_id)
        if person is None:
            raise RefusedError("There is nobody with this id in the appointment.", "no_such_person")
        if account.role == "observer":
            raise RefusedError("You are here as an observer: you can look, not act.", "not_allowed")
        url = self.join_url(account, appointment, person)
        if url is None:
            raise RefusedError(f"{_gone(appointment, person)}.", "link_not_valid")
        return person, url

    async def window_link(self, account: Account, appointment_id: str) -> dict[str, Any]:
        """A one-use link to the asker's own viewer page."""
        await self._get(appointment_id)
        if account.role != "organiser":
            raise RefusedError(f"The role {account.role} has no part in picture and sound.", "not_allowed")
        token = await self._doors.window_link(appointment_id, account.id)
        return {"url": f"{self.place.url}/view/{token}", "local_only": self.place.local_only}

    async def glance(self, account: Account, appointment_id: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The next small picture of someone in the call, after number `after`; with `over` the asker looks no more."""
        appointment = await self._get(appointment_id)
        person = appointment.people.get(str(asked.get("person")))
        if person is None:
            raise RefusedError("There is nobody with this id in the appointment.", "no_such_person")
        if account.role != "organiser":
            raise RefusedError(f"The role {account.role} has no part in picture and sound.", "not_allowed")
        if asked.get("over") is True:
            self.glances.look_away(account.id, person)
            return {}
        if not appointment.running or person.state != "admitted":
            raise RefusedError(f"{person.name} is not in the call.", "not_admitted")
        if person.devices.camera != "on":
            raise RefusedError(f"The camera of {person.name} is off.", "no_video")
        return await self.glances.picture(account.id, person, number_after(asked))

    async def upload_link(self, account: Account, appointment_id: str) -> dict[str, Any]:
        """A one-use link by which the asker sends a file from another computer into the running call."""
        token = await self.senders.upload_link(account, await self._get(appointment_id))
        return {"url": f"{self.place.url}/send/{token}", "local_only": self.place.local_only}

    def status(self, named: bool = False) -> dict[str, Any]:
        """How the service is; `longest` is the longest wait in seconds. With `named` also `next`: who that is."""
        first, now = self._presence.first, self._streams.sources.clock()
        since = first.waiting_since if first and first.waiting_since else now
        return {
            "pid": os.getpid(),
            "version": self.place.version,
            "url": self.place.url,
            "socket": self.place.socket,
            "bridge": "up" if self._bridge.up.is_set() else "down",
            "calls": self._presence.calls,
            "waiting": self._presence.waiting,
            "longest": max(0, int((now - since).total_seconds())),
            "in_call": self._presence.in_call,
            **({"next": first.name if first else ""} if named else {}),
        }

    async def verify(self, after: str = "") -> dict[str, Any]:
        """Each stream's length and head, and where its chain breaks; `ok` is about these."""
        reports = await self._streams.verify(after, MOST_REPORTS)
        last = reports[-1].stream if len(reports) == MOST_REPORTS else None
        return {
            "ok": all(one.good for one in reports),
            "streams": [{**asdict(one), "good": one.good} for one in reports],
            **more("streams", last),
        }

    async def accounts(self, account: Account) -> list[dict[str, Any]]:
        """Who works here, with how many tokens, by name."""
        if account.role != "organiser":
            raise RefusedError(f"The role {account.role} has no part in accounts.", "not_allowed")
        clinic = await self._streams.clinic()
        return [
            {"id": one.id, "name": one.name, "role": one.role, "tokens": len(clinic.tokens_of(one.id))}
            for one in sorted(clinic.accounts.values(), key=lambda one: (one.name.casefold(), one.id))
        ]

    async def _get(self, appointment_id: str) -> Appointment:
        appointment = await self._streams.appointment(appointment_id) if ID.fullmatch(appointment_id) else None
        if appointment is None:
            raise RefusedError("There is no appointment with this id.", "no_such_appointment")
        return appointment

    def _row(self, account: Account, row: Summary, appointment: Appointment | None) -> dict[str, Any]:
        patients = [p for p in appointment.people.values() if p.patient] if appointment else []
        return {
            "id": row.id,
            "seq": row.seq,
            "state": status(row, self._streams.sources.clock()),
            "patient": row.patient,
            "patient_id": view_summary(row, account.role).patient_id,
            "at": timestamp(row.at),
            "minutes": row.minutes,
            "kind": row.kind,
            "erased": row.erased,
            "waiting": len(row.waiting),
            "admitted": row.admitted,
            "join_url": self.join_url(account, appointment, patients[0]) if appointment and patients else None,
        }


def _finds(account: Account, row: Summary, query: str) -> bool:
    """Whether a row that fits the query fits it by what the account may see: what is hidden is not to be guessed."""
    seen = view_summary(row, account.role)
    return seen == row or matches(query, seen.patient, seen.patient_id)


def _gone(appointment: Appointment, person: Person) -> str:
    """Why a person has no link that opens."""
    if appointment.erased:
        return "What was kept of this appointment was erased"
    if appointment.cancelled:
        return "The appointment was cancelled"
    taken_out = f"{person.name} was taken out of the appointment"
    return taken_out if person.taken_out else f"The link of {person.name} was revoked"


def _id(asked: Mapping[str, Any]) -> str:
    return str(asked.get("appointment"))
