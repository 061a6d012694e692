"""What one invitation says: the values that letters, text messages and calendars are made of."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from ecm_tui.core.appointment import Appointment
from ecm_tui.core.delivery import Channel
from ecm_tui.core.events import Kind
from ecm_tui.core.page import ClinicCard
from ecm_tui.core.people import Person

WHAT: Mapping[Kind, str] = {
    "video": "video appointment",
    "phone": "phone appointment",
    "face_to_face": "face-to-face appointment",
}
"""What people are invited to. Only the first is joined by a link, and only its messages have one."""

LOCAL_ONLY = "This link works on this computer only: the one that the clinic's service runs on."
"""What every message says whose link no other device can open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """One person's invitation to one appointment, as it goes out now."""

    appointment: str
    person: str
    number: int
    """Which sending by its channel this is; 1 for the first."""
    name: str
    email: str
    mobile: str
    patient: str
    """The patient's name; `name` again when the patient is invited."""
    is_patient: bool
    cancelled: bool
    """Whether the appointment was cancelled or the person taken out: then this takes the invitation back."""
    taken_out: bool = False
    """Whether it takes place, and without this person."""
    at: datetime
    """When the appointment begins, in the clinic's timezone."""
    minutes: int
    kind: Kind = "video"
    link: str
    local_only: bool
    clinic: ClinicCard

    @property
    def ends(self) -> datetime:
        """When the appointment ends, in the clinic's timezone."""
        return (self.at.astimezone(UTC) + timedelta(minutes=self.minutes)).astimezone(self.at.tzinfo)

    @property
    def joined(self) -> bool:
        """Whether one comes to it by the link."""
        return self.kind == "video"

    @property
    def what(self) -> str:
        """What it is an invitation to."""
        return WHAT[self.kind]

    @property
    def words(self) -> dict[str, Any]:
        """What templates can say, by name."""
        return {
            "name": self.name,
            "patient": self.patient,
            "is_patient": self.is_patient,
            "clinic": self.clinic.name,
            "support": self.clinic.support,
            "colour": self.clinic.colour,
            "date": f"{self.at:%A}, {self.at.day} {self.at:%B %Y}",
            "day": f"{self.at:%a} {self.at.day} {self.at:%b}",
            "time": f"{self.at:%H:%M}",
            "timezone": self.clinic.timezone,
            "minutes": self.minutes,
            "what": self.what,
            "is_video": self.joined,
            "taken_out": self.taken_out,
            "link": self.link,
            "local_only": self.local_only,
            "again": self.number > 1,
            "warning": LOCAL_ONLY if self.local_only and self.joined else "",
        }

    def reference(self, channel: Channel) -> str:
        """The same for every try of this sending, and of no other: who receives it twice can tell."""
        what = ".cancelled" if self.cancelled else ""
        return f"{self.appointment}.{self.person}.{channel}.{self.number}{what}"


def off(appointment: Appointment, person: Person) -> bool:
    """Whether the person is to come no more: the appointment was cancelled, or a list took them out of it."""
    return appointment.cancelled or person.taken_out


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where invitations are written: what is the same in all of them."""

    card: ClinicCard
    link: Callable[[str, str, int], str]
    """Appointment, person, number of the link -> the join link."""
    local_only: bool

    def invitation(self, appointment: Appointment, person: Person, channel: Channel) -> Invitation:
        """The person's invitation by that channel. Raises ValueError for an appointment without events."""
        if appointment.at is None:
            raise ValueError("this appointment has no events")
        number = next((each.number for each in person.deliveries if each.channel == channel), 1)
        return Invitation(
            appointment=appointment.id,
            person=person.id,
            number=number,
            name=person.name,
            email=person.email,
            mobile=person.mobile,
            patient=appointment.patient,
            is_patient=person.patient,
            cancelled=off(appointment, person),
            taken_out=person.taken_out and not appointment.cancelled,
            at=appointment.at.astimezone(self._zone()),
            minutes=appointment.minutes,
            kind=appointment.kind,
            link=self.link(appointment.id, person.id, person.link),
            local_only=self.local_only,
            clinic=self.card,
        )

    def _zone(self) -> tzinfo:
        return ZoneInfo(self.card.timezone)


class LaterError(Exception):
    """The transport could not take it now; its text says why, in words for the row."""


class NeverError(Exception):
    """The transport refused it, and would again; its text says why, in words for the row."""


class Transport(Protocol):
    """One way out."""

    async def send(self, invitation: Invitation, handing_over: Callable[[], Awaitable[None]]) -> None:
        """Returns once the other side has accepted it. Raises LaterError or NeverError.

        `await handing_over()` marks the moment from which the other side may hold it without our knowing.
        """
