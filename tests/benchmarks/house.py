"""A clinic to measure: the real service, bridge and database in a home of their own, and an organiser's line to it."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ecm_tui.client.address import Address
from ecm_tui.client.service import ServiceClient
from ecm_tui.core import commands as c
from ecm_tui.paths import find_places
from tests.end_to_end.clinic import Clinic, clinic
from tests.until import until

PATIENT = "Ann Lee"


@dataclass
class House:
    """One clinic with a service that accepts people."""

    clinic: Clinic
    organiser: ServiceClient

    async def appointment(self, patient: str = PATIENT) -> str:
        """Make an appointment for now; its id."""
        guest = c.Guest(name=patient, email="patient@example.org")
        done = await self.organiser.send("", c.Schedule(at=datetime.now(UTC), patient=guest))
        return str(done.result["appointment_id"])

    async def invite(self, appointment: str, name: str) -> str:
        """Invite one more; the person's id."""
        guest = c.Guest(name=name, email="guest@example.org")
        done = await self.organiser.send(appointment, c.Invite(guest=guest))
        return str(done.result["person_id"])

    async def people(self, appointment: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.organiser.query("people", id=appointment))["people"]
        return found

    async def patient(self, appointment: str, name: str = PATIENT) -> str:
        """The id of the person of this name."""
        return next(str(person["id"]) for person in await self.people(appointment) if person["name"] == name)

    async def link(self, appointment: str, person: str) -> str:
        """The person's join link."""
        return str((await self.organiser.query("link", id=appointment, person=person))["join_url"])

    async def state(self, appointment: str, person: str) -> str:
        return next(str(each["state"]) for each in await self.people(appointment) if each["id"] == person)


@asynccontextmanager
async def house(**settings: str) -> AsyncIterator[House]:
    """`settings` become `ECM_*` variables. Everything is gone at the end."""
    with tempfile.TemporaryDirectory(prefix="ecm-bench-") as folder:
        async with clinic(Path(folder), **settings) as here:
            socket = find_places({"ECM_HOME": folder}).socket
            await until(socket.exists, 10, what="the service's socket")
            async with ServiceClient(Address(socket=socket)) as organiser:
                yield House(here, organiser)
