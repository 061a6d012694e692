"""`files`: one large file from a page to the service and on to an organiser, and one from the organiser to the service.

What counts is that nobody holds it in memory: how much the service and the client grew while it went through them,
at the highest point. `--size` gives its length in MiB.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx

from ecm_tui.client.sources import LocalFile
from ecm_tui.core import commands as c
from ecm_tui.errors import RefusedError
from media.window.session import Link
from tests.benchmarks.figures import Goal, Result
from tests.benchmarks.guest import Guest
from tests.benchmarks.house import House, house
from tests.benchmarks.options import Options
from tests.benchmarks.process import peak_mb, reset_peak

T = TypeVar("T")

SIZE = 1024
"""MiB."""
MIB = 1024 * 1024
MOST_MB = 32 * MIB / 1e6

GOALS = {
    "service_grew_mb": Goal(most=MOST_MB, of="max"),
    "client_grew_mb": Goal(most=MOST_MB, of="max"),
    "unequal": Goal(most=0, of="max"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A shared file, as an appointment's answer tells of it."""

    id: str
    name: str
    size: int
    sha256: str


async def measure(options: Options) -> Result:
    runs, size = options.runs or 1, (options.size or SIZE) * MIB
    result = Result("files", runs, goals=GOALS)
    async with house(ECM_FILES_LIMIT_MB=str(size // 1_000_000 + 2)) as here:
        content = here.clinic.home / "content.dat"
        digest = await asyncio.to_thread(written, content, size)
        appointment = await here.appointment()
        await here.organiser.send(appointment, c.StartCall())
        person = await here.invite(appointment, "Guest")
        link = await here.link(appointment, person)
        for number in range(runs):
            async with Guest(link) as guest:
                await here.organiser.send(appointment, c.Admit(person_id=person))
                await guest.reaches("admitted")
                name = f"page {number}.dat"
                work = from_page(link, guest.credential, content, size, name)
                await noted(result, here, "from_page", work)
            kept = await found(here, appointment, name)
            fetch = here.organiser.fetch_file(appointment, kept, here.clinic.home, lambda done, whole: None)
            path = await noted(result, here, "to_client", fetch)
            same = await asyncio.to_thread(hashed, path) == digest == kept.sha256
            path.unlink()
            with LocalFile(content) as source:
                await noted(
                    result,
                    here,
                    "from_client",
                    here.organiser.send_file(appointment, source, lambda done, whole: None),
                )
            same = same and (await found(here, appointment, content.name)).sha256 == digest
            result.add("unequal", float(not same))
    return result


def written(path: Path, size: int) -> str:
    """A file of random bytes; its SHA-256."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for _ in range(size // MIB):
            piece = os.urandom(MIB)
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()


def hashed(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def noted(result: Result, here: House, name: str, work: Awaitable[T]) -> T:
    """Do it, and note how long it took and how far both processes grew above where they were."""
    assert here.clinic.process is not None
    service = here.clinic.process.pid
    before = {pid: reset_peak(pid) for pid in (service, os.getpid())}
    began = time.perf_counter()
    done = await work
    result.add(f"{name}_s", time.perf_counter() - began)
    result.add("service_grew_mb", peak_mb(service) - before[service])
    result.add("client_grew_mb", peak_mb(os.getpid()) - before[os.getpid()])
    return done


async def from_page(link: str, credential: str, content: Path, size: int, name: str) -> None:
    """As a page sends it: offered, then all of it in one request. It runs in this process, but is no client of ours."""

    async def pieces() -> AsyncIterator[bytes]:
        with content.open("rb") as file:
            while piece := await asyncio.to_thread(file.read, MIB // 4):
                yield piece

    head = {"Authorization": f"Bearer {credential}"}
    at = Link.parse(link)
    async with httpx.AsyncClient(base_url=at.origin + at.base, headers=head, timeout=600, trust_env=False) as http:
        offer = await http.post("/api/v1/session/files", json={"name": name, "size": size})
        if offer.status_code != 201:
            raise RefusedError(offer.text)
        path = f"/api/v1/session/files/{offer.json()['file']['id']}"
        answer = await http.put(path, content=pieces(), headers={"Content-Length": str(size)})
        answer.raise_for_status()


async def found(here: House, appointment: str, name: str) -> Kept:
    files: list[dict[str, Any]] = (await here.organiser.query("appointment", id=appointment))["files"]
    file = next(file for file in reversed(files) if file["name"] == name)
    return Kept(id=file["id"], name=file["name"], size=file["size"], sha256=file["sha256"])
