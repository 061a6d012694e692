"""The sample day of a rehearsal: who has an appointment, what became of those before, and what the patients play."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from ecm_tui.client.service import ServiceClient

PATIENCE = 30.0
"""Seconds that the call of this morning may take to be played."""
EVEN = 5
"""Appointments begin at minutes that this divides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What a simulated patient does."""

    name: str
    colour: str
    """Ground of their picture."""
    tone_hz: float
    after: float
    """Seconds from the beginning of the rehearsal until they open their link."""
    description: str = ""
    stays: float | None = None
    """Seconds from their admission until they leave; None: to the end."""
    camera: bool = True
    comes_back: float | None = None
    """Seconds after which they knock again when they were disconnected or removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """One appointment of the sample day."""

    minutes: int
    """When, from now; rounded to EVEN."""
    patient: str
    number: str
    """The clinic's own number of the patient."""
    kind: Literal["video", "phone"] = "video"
    past: Literal["", "taken", "missed", "cancelled"] = ""
    roles: tuple[Role, ...] = ()
    """The patient first where they play, then their guests."""


ANN = Role(name="Ann Lee", colour="#3a7ca5", tone_hz=220, after=2, comes_back=15)
TOM = Role(name="Tom Lee", colour="#a5683a", tone_hz=165, after=12, stays=90, description="Husband")
JOSEPH = Role(name="Joseph Okafor", colour="#4a8f5a", tone_hz=147, after=30, comes_back=20)
GRACE = Role(name="Grace Kim", colour="#8a5aa5", tone_hz=262, after=50, camera=False)

DAY: Sequence[Booking] = (
    Booking(minutes=-95, patient="Maria Santos", number="P-1041", past="taken"),
    Booking(minutes=-65, patient="Peter Novak", number="P-0977", past="missed"),
    Booking(minutes=-35, patient="Ines Weber", number="P-1102", past="cancelled"),
    Booking(minutes=0, patient="Ann Lee", number="P-1007", roles=(ANN, TOM)),
    Booking(minutes=5, patient="Joseph Okafor", number="P-1033", roles=(JOSEPH,)),
    Booking(minutes=25, patient="Grace Kim", number="P-1118", roles=(GRACE,)),
    Booking(minutes=60, patient="Lena Fischer", number="P-0864", kind="phone"),
    Booking(minutes=90, patient="Samuel Brown", number="P-1120"),
)


def time_of(booking: Booking, now: datetime, zone: ZoneInfo) -> datetime:
    """When the appointment is: near its time, on an even minute, and on the clinic's day that `now` is in."""
    local = now.astimezone(zone)
    even = local.replace(minute=local.minute // EVEN * EVEN, second=0, microsecond=0)
    first = even.replace(hour=0, minute=0)
    return min(max(even + timedelta(minutes=booking.minutes), first), first.replace(hour=23, minute=55))


async def fill(line: ServiceClient, zone: ZoneInfo) -> list[dict[str, Any]]:
    """Make the sample day; gives the parts for `media.simulated`, in the shape of its line."""
    now, parts = line.now(), []
    for booking in DAY:
        appointment = await _book(line, booking, time_of(booking, now, zone))
        if booking.past:
            await _past(line, appointment, booking)
        people = (await line.query("people", id=appointment))["people"]
        links = {person["name"]: person["join_url"] for person in people}
        parts += [_part(role, links[role.name], appointment) for role in booking.roles]
    return parts


def _part(role: Role, link: str, appointment: str) -> dict[str, Any]:
    played = ("name", "colour", "tone_hz", "after", "stays", "camera", "comes_back")
    return {"link": link, "call": appointment, "chats": True} | {name: getattr(role, name) for name in played}


async def _book(line: ServiceClient, booking: Booking, at: datetime) -> str:
    from ecm_tui.core.commands import Guest, Schedule

    def guest(name: str, description: str = "") -> Guest:
        # example.org belongs to nobody, and a rehearsal sends nothing anyway.
        return Guest(name=name, description=description, email=f"{name.lower().replace(' ', '.')}@example.org")

    command = Schedule(
        at=at,
        kind=booking.kind,
        patient=guest(booking.patient),
        patient_id=booking.number,
        guests=tuple(guest(role.name, role.description) for role in booking.roles[1:]),
    )
    return str((await line.send("", command)).result["appointment_id"])


async def _past(line: ServiceClient, appointment: str, booking: Booking) -> None:
    """Play what became of an appointment that is over."""
    from ecm_tui.core.commands import Cancel, EndCall, StartCall

    if booking.past == "cancelled":
        await line.send(appointment, Cancel())
        return
    await line.send(appointment, StartCall())
    if booking.past == "taken":
        async with asyncio.timeout(PATIENCE):
            await _attend(line, appointment)
    else:
        await line.send(appointment, EndCall())


async def _attend(line: ServiceClient, appointment: str) -> None:
    """Somebody comes, is admitted, and the call ends; without media."""
    from ecm_tui.core.commands import Admit, EndCall
    from media.window.session import Link, Session, trade

    (person,) = (await line.query("people", id=appointment))["people"]
    link = Link.parse(person["join_url"])
    page = Session(link, (await trade(link)).credential)
    async for message in page.messages():
        match message:
            case {"type": "page", "view": {"state": "arriving"}}:
                await page.send({"type": "enter", "devices": {"camera": "on", "microphone": "on"}})
            case {"type": "page", "view": {"state": "waiting"}}:
                await line.send(appointment, Admit(person_id=person["id"]))
            case {"type": "page", "view": {"state": "admitted"}}:
                await line.send(appointment, EndCall())
