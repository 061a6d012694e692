"""A clinic service without network and disk: the core's rules over streams in memory, with the client's interface."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from ecm_tui.client.files import Progress, Shared
from ecm_tui.client.items import Account, CaughtUp, ConnectionState, Done
from ecm_tui.client.sources import Source
from ecm_tui.client.stills import save
from ecm_tui.core import commands as c
from ecm_tui.core.appointment import Appointment, evolve
from ecm_tui.core.commands import Refused
from ecm_tui.core.context import Context, Rules
from ecm_tui.core.decide import decide
from ecm_tui.core.devices import Devices
from ecm_tui.core.events import InvitationMoved, LinkReplaced, PersonInvited
from ecm_tui.core.foreign import gated
from ecm_tui.core.log import SERVICE, Actor, Recorded, timestamp
from ecm_tui.core.rights import view
from ecm_tui.core.schedule import ROWS_AHEAD, ROWS_BACK, status, summary
from ecm_tui.core.text import clean_file_name, matches
from ecm_tui.core.wire import decode_command
from ecm_tui.errors import EcmError, RefusedError, UnreachableError

TUESDAY = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)

WITH_DEVICES = Devices(camera="on", microphone="on")


@dataclass
class FakeClock:
    """Both clocks of the console; tests move them."""

    at: datetime = TUESDAY
    seconds: float = 1000.0

    def __call__(self) -> datetime:
        return self.at

    def timer(self) -> float:
        return self.seconds

    def pass_(self, seconds: float = 1.0) -> None:
        """Let time go on."""
        self.seconds += seconds
        self.at += timedelta(seconds=seconds)


class FakeService:
    """Connect with `service.connect`. What participants do is done with `enter`, `leave`, `lose` and so on."""

    def __init__(self, clock: Callable[[], datetime] = lambda: TUESDAY, places: int = 50) -> None:
        self.clock = clock
        self.rules = Rules(places=places)
        self.me = Account(id="o1", name="Dr Grey", role="organiser")
        self.zone = "UTC"
        self.local_only = True
        self.support = "Help desk, 123"
        self.streams: dict[str, Appointment] = {}
        self.logs: dict[str, list[Recorded]] = {}
        self.asked: list[tuple[str, dict[str, Any]]] = []
        """The questions of the console."""
        self.sent: list[tuple[str, c.Command]] = []
        self.listeners: dict[str, list[asyncio.Queue[object]]] = {}
        self.state_feeds: list[asyncio.Queue[ConnectionState | None]] = []
        self.connections = 0
        self.dead = False
        self.revived = 0
        self.hold = asyncio.Event()
        """While it is not set, commands of the console wait: for `admitting…`."""
        self.hold.set()
        self._ids = count(1)
        self.sources: dict[str, str] = {}
        """The key that a list has for an appointment -> the appointment."""
        self.pictures: dict[str, bytes] = {}
        """Still -> PNG."""
        self.answers: dict[str, Done | RefusedError] = {}
        """Id of a command -> its first answer, which a repeat gets too."""
        self.files: dict[str, bytes] = {}
        """Shared file -> what is in it."""
        self.glances: dict[str, list[bytes]] = {}
        """Person -> the small pictures (JPEG) that came so far; the console waits for the next."""
        self.no_pictures = False
        """Whether the service has waited long enough for one."""
        self.lose_answers = 0
        """So many of the next commands are carried out, and their answer gets lost."""

    def new_id(self) -> str:
        return f"p{next(self._ids)}"

    # What the console calls

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[FakeClient]:
        if self.dead:
            raise UnreachableError("The clinic service does not answer.")
        self.connections += 1
        yield FakeClient(self)

    async def revive(self) -> None:
        self.revived += 1
        self.dead = False

    # What happens elsewhere

    def schedule(self, patient: str = "Ann Lee", *guests: str, **more: Any) -> str:
        """A new appointment; its id. Guests may be `Name|Description`."""
        made = [
            c.Guest(name=name, description=described, email="guest@clinic.test")
            for name, _, described in (guest.partition("|") for guest in guests)
        ]
        asked = c.Schedule(
            at=more.pop("at", self.clock()),
            patient=c.Guest(name=patient, email="patient@clinic.test"),
            guests=tuple(made),
            **more,
        )
        return str(self.do("", asked, self.actor)["appointment_id"])

    def people(self, appointment: str) -> dict[str, str]:
        """Name -> id."""
        return {p.name: p.id for p in self.streams[appointment].people.values()}

    def enter(self, appointment: str, name: str, again: bool = False) -> str:
        """The person's page reaches the waiting room."""
        person = self.people(appointment)[name]
        actor = Actor(role="participant", id=person, name=name)
        self.do(appointment, c.Enter(visit=f"v{person}", again=again, devices=WITH_DEVICES), actor)
        return person

    def leave(self, appointment: str, name: str) -> None:
        person = self.people(appointment)[name]
        self.do(appointment, c.Leave(), Actor(role="participant", id=person, name=name))

    def presence(self, appointment: str, name: str, sign: Any) -> None:
        person = self.people(appointment)[name]
        self.do(appointment, c.Presence(person_id=person, visit=f"v{person}", sign=sign), SERVICE)

    def other(self, appointment: str, command: c.Command) -> None:
        """Another organiser acts."""
        self.do(appointment, command, Actor(role="organiser", id="o2", name="Dr Brown"))

    def comes(self, appointment: Appointment) -> bool:
        """Whether the row of this appointment comes by itself when the Schedule is read."""
        row = summary(appointment)
        return -ROWS_BACK <= row.at - self.clock() < ROWS_AHEAD or row.running or bool(row.waiting)

    def rows_of(self, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What the service answers about a day or a search."""
        found = [
            summary(each)
            for each in self.streams.values()
            if matches(wanted.get("search", ""), each.patient, each.patient_id)
            and (not wanted.get("date") or str(each.at).startswith(wanted["date"]))
        ]
        plain = ("id", "seq", "minutes", "kind", "patient", "patient_id", "admitted")
        return [
            {name: getattr(row, name) for name in plain} | {"at": timestamp(row.at), "state": status(row, self.clock())}
            for row in found
        ]

    def foreseen(self, command: Any) -> dict[str, Any]:
        """What a line of a list would become."""
        stream = self.sources.get(command.source, "")
        was = self.streams.get(stream, Appointment(id=stream))
        decided = decide(
            was, command, Context(actor=self.actor, now=self.clock(), new_id=lambda: "p0", rules=self.rules)
        )
        if isinstance(decided, Refused):
            raise RefusedError(decided.message, decided.code)
        if not stream:
            return {"became": "created"}
        told = [was.people[e.person_id].name for e in decided if isinstance(e, InvitationMoved)]
        out = [was.people[e.person_id].name for e in decided if isinstance(e, LinkReplaced) and e.revoked]
        changes = ["further people" if out else "time"] * bool(decided)
        return {"became": "changed" if decided else "unchanged", "told": told, "taken_out": out, "changes": changes}

    def state(self, appointment: str, name: str) -> str:
        return self.streams[appointment].people[self.people(appointment)[name]].state

    def say_state(self, word: Any, message: str = "") -> None:
        """The line to the service changes."""
        for feed in self.state_feeds:
            feed.put_nowait(ConnectionState(word=word, since=self.clock(), message=message))

    @property
    def actor(self) -> Actor:
        return Actor(role=self.me.role, id=self.me.id, name=self.me.name)

    def do(self, stream: str, command: c.Command, actor: Actor) -> dict[str, Any]:
        """The core decides, the log grows, everyone who listens hears. Raises RefusedError."""
        new = not stream
        source = command.source if isinstance(command, c.Import) else ""
        stream = stream or self.sources.get(source) or f"a{next(self._ids)}"
        was = self.streams.get(stream, Appointment(id=stream))
        decided = decide(was, command, Context(actor=actor, now=self.clock(), new_id=self.new_id, rules=self.rules))
        if isinstance(decided, Refused):
            told = decided.told("you" if decided.by == actor.id else {"o2": "Dr Brown"}.get(decided.by, ""))
            raise RefusedError(told.message, told.code)
        for event in decided:
            record = Recorded(seq=was.seq + 1, at=self.clock(), actor=actor, event=event)
            was = evolve(was, record)
            self.logs.setdefault(stream, []).append(record)
            self._tell(stream, view(record, self.actor))
        self.streams[stream] = was
        if decided:
            self._tell("schedule", summary(was))
        if source:
            became = "created" if source not in self.sources else "changed" if decided else "unchanged"
            self.sources[source] = stream
            return {"appointment_id": stream, "became": became}
        if new:
            return {"appointment_id": stream}
        invited = [event.person_id for event in decided if isinstance(event, PersonInvited)]
        return {"person_id": invited[0]} if invited else {}

    def _tell(self, stream: str, item: object) -> None:
        for queue in self.listeners.get(stream, []):
            queue.put_nowait(item)


@dataclass
class FakeClient:
    """What `connect` gives: the interface of the real client."""

    service: FakeService
    clock_offset: timedelta = timedelta(0)
    public_url: str = "http://127.0.0.1:8440"
    queues: list[asyncio.Queue[object]] = field(default_factory=list)

    @property
    def account(self) -> Account:
        return self.service.me

    @property
    def clinic(self) -> dict[str, Any]:
        return {"name": "Lake Clinic", "timezone": self.service.zone, "support": self.service.support}

    @property
    def local_only(self) -> bool:
        return self.service.local_only

    async def send(self, stream: str, command: Any, command_id: str | None = None) -> Done:
        service, asked = self.service, command_id or self.service.new_id()
        service.sent.append((stream, command))
        await service.hold.wait()
        if asked not in service.answers:
            service.answers[asked] = self._answer(stream, gated(command))
        if service.lose_answers:
            service.lose_answers -= 1
            raise UnreachableError("The clinic service did not answer.")
        if isinstance(answer := service.answers[asked], RefusedError):
            raise answer
        return answer

    def _answer(self, stream: str, command: Any) -> Done | RefusedError:
        try:
            result = self.service.do(stream, command, self.service.actor)
        except RefusedError as refused:
            return refused
        return Done(seq=self.service.streams[stream].seq if stream else 0, result=result)

    async def query(self, what: str, **wanted: Any) -> dict[str, Any]:
        self.service.asked.append((what, wanted))
        if what == "appointments":
            return {"appointments": self.service.rows_of(wanted)}
        if what == "import":
            return self.service.foreseen(decode_command(wanted["command"]))
        if wanted["appointment"] not in self.service.streams:
            raise RefusedError("There is no appointment with this id.", "no_such_appointment")
        appointment = self.service.streams[wanted["appointment"]]
        if what == "appointment" and appointment.erased:
            return {"erased": True}
        if what == "still":
            png = self.service.pictures[wanted["still"]]
            piece = base64.b64encode(png[wanted["offset"] : wanted["offset"] + 1000]).decode()
            return {"size": len(png), "png": piece, "path": None}
        if what == "glance":
            return await self._glance(appointment.people[wanted["person"]].name, **wanted)
        if what == "upload_link":
            return {"url": f"{self.public_url}/send/u-{appointment.id}", "local_only": self.local_only}
        if what == "window_link":
            return {"url": f"{self.public_url}/view/w-{appointment.id}", "local_only": self.local_only}
        person = wanted.get("person") or next(p.id for p in appointment.people.values() if p.patient)
        number = appointment.people[person].link
        return {"join_url": f"{self.public_url}/join/t-{person}-{number}", "local_only": self.local_only}

    async def _glance(
        self, name: str, appointment: str, person: str, after: int = 0, over: bool = False
    ) -> dict[str, Any]:
        if over:
            return {}
        while True:
            came = self.service.glances.get(person, [])
            if len(came) > after:
                return {"number": len(came), "jpeg": base64.b64encode(came[-1]).decode()}
            if self.service.no_pictures:
                break
            await asyncio.sleep(0.01)
        raise RefusedError(f"No picture of {name} has come yet.", "no_video")

    async def send_file(self, appointment: str, source: Source, progress: Progress) -> str:
        """All but the last piece's answer comes at once; the end waits as commands do."""
        service, data = self.service, b""
        async for piece in source.pieces():
            data += piece
            progress(len(data), source.size)
        await service.hold.wait()
        name, file_id, sha256 = clean_file_name(source.name), service.new_id(), hashlib.sha256(data).hexdigest()
        service.do(appointment, c.ShareFile(file_id=file_id, name=name, size=len(data), sha256=sha256), service.actor)
        service.files[file_id] = data
        return file_id

    async def fetch_file(self, appointment: str, file: Shared, folder: Path, progress: Progress) -> Path:
        data = self.service.files[file.id]
        progress(len(data) // 2, len(data))
        await self.service.hold.wait()
        return await asyncio.to_thread(_saved, folder / file.name, data)

    def follow(self, stream: str, after: int = 0) -> FakeFeed:
        return FakeFeed(self.service, stream, after)

    async def schedule(self) -> AsyncIterator[object]:
        queue = self._listen("schedule")
        for appointment in list(self.service.streams.values()):
            if self.service.comes(appointment):
                yield replace(summary(appointment))
        yield CaughtUp(0)
        while True:
            yield await queue.get()

    async def states(self) -> AsyncIterator[ConnectionState]:
        queue: asyncio.Queue[ConnectionState | None] = asyncio.Queue()
        self.service.state_feeds.append(queue)
        yield ConnectionState(word="connected", since=self.service.clock())
        while (state := await queue.get()) is not None:
            yield state

    def _listen(self, stream: str) -> asyncio.Queue[object]:
        queue: asyncio.Queue[object] = asyncio.Queue()
        self.service.listeners.setdefault(stream, []).append(queue)
        return queue


def _saved(path: Path, data: bytes) -> Path:
    try:
        save(path, data)
    except OSError as error:
        raise EcmError(f"Nothing can be saved in {path.parent}: {error.strerror}.", "not_kept") from error
    return path


class FakeFeed:
    """What `follow` gives."""

    def __init__(self, service: FakeService, stream: str, after: int) -> None:
        self._service = service
        self._stream = stream
        self._after = after
        self._queue: asyncio.Queue[object] = asyncio.Queue()
        service.listeners.setdefault(stream, []).append(self._queue)

    async def __aiter__(self) -> AsyncIterator[object]:
        log = self._service.logs.get(self._stream, [])
        past = [view(record, self._service.actor) for record in log if record.seq > self._after]
        for record in past:
            yield record
        yield CaughtUp(past[-1].seq if past else self._after)
        while True:
            yield await self._queue.get()

    def close(self) -> None:
        self._service.listeners[self._stream].remove(self._queue)
