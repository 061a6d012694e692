"""A clinic's service without a network: enough of the organisers' protocol to break lines, lose answers and lie."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from ecm_tui.client.address import Address
from ecm_tui.client.service import ServiceClient
from ecm_tui.client.surroundings import Surroundings
from ecm_tui.client.transport import LineLostError
from ecm_tui.core import wire
from ecm_tui.core.events import ConnectionLost, Event
from ecm_tui.core.log import Actor, Recorded
from ecm_tui.core.schedule import Summary
from ecm_tui.errors import EcmError, UnreachableError

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ORGANISER = Actor(role="organiser", id="o1", name="Dr Lee")
HERE = Address(url="http://127.0.0.1:8440", token="t")


def lost(number: int) -> Event:
    """Some small event that tells its number."""
    return ConnectionLost(person_id=f"p{number}")


def row(seq: int, patient: str = "Ann") -> Summary:
    return Summary(
        id="a1",
        seq=seq,
        at=NOON,
        minutes=15,
        kind="video",
        patient=patient,
        patient_id="",
        running=False,
        cancelled=False,
        outcome=None,
        waiting=(),
        admitted=0,
    )


class FakeService:
    """What is true on the other side. Lines come from `open_transport`; tests turn its knobs."""

    def __init__(self) -> None:
        self.events: dict[str, list[Recorded]] = defaultdict(list)
        self.rows: list[Summary] = []
        self.lines: list[FakeLine] = []
        self.heard: list[dict[str, Any]] = []
        self.carried_out: dict[str, int] = {}
        self.ahead = timedelta()
        self.version = wire.VERSION
        self.down: EcmError | None = None
        self.answers = True
        self.refusal: dict[str, str] | None = None
        self.account = {"id": "o1", "name": "Dr Lee", "role": "organiser"}
        self.answer: dict[str, Any] = {}

    def open_transport(self, address: Address) -> "FakeLine":
        line = FakeLine(self, address)
        self.lines.append(line)
        return line

    def happens(self, stream: str, event: Event) -> None:
        records = self.events[stream]
        records.append(Recorded(seq=len(records) + 1, at=NOON, actor=ORGANISER, event=event))
        for line in self.lines:
            if stream in line.streams:
                line.tell_event(stream, records[-1])

    def row_changes(self, summary: Summary) -> None:
        self.rows = [one for one in self.rows if one.id != summary.id] + [summary]
        for line in self.lines:
            if "schedule" in line.streams:
                line.tell({"type": "summary", "summary": wire.encode(summary)})

    def fact(self, stream: str, person: str, **more: Any) -> None:
        for line in self.lines:
            if stream in line.streams:
                line.tell({"type": "fact", "stream": stream, "person": person, **more})

    def drop_lines(self) -> None:
        for line in self.lines:
            line.drop()

    def told(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.heard if message["type"] == kind]


class FakeLine:
    """One connection: the client's `Transport`, and the service's hand on it."""

    def __init__(self, service: FakeService, address: Address) -> None:
        self.service = service
        self.address = address
        self.streams: set[str] = set()
        self.open = False
        self._inbox: asyncio.Queue[str | None] = asyncio.Queue()

    # The client's side

    async def connect(self) -> None:
        if self.service.down:
            raise self.service.down
        self.open = True

    async def send(self, text: str) -> None:
        await asyncio.sleep(0)
        if not self.open:
            raise LineLostError("dropped")
        message = wire.parse(text)
        self.service.heard.append(message)
        self._answer(message)

    async def receive(self) -> str:
        text = await self._inbox.get()
        if text is None:
            raise LineLostError("dropped")
        return text

    async def close(self) -> None:
        self.open = False
        self.streams.clear()

    # The service's side

    def tell(self, message: dict[str, Any]) -> None:
        if self.open:
            self._inbox.put_nowait(wire.dump(message))

    def tell_event(self, stream: str, record: Recorded) -> None:
        self.tell({"type": "event", "stream": stream, **wire.encode_record(record)})

    def drop(self) -> None:
        self.open = False
        self.streams.clear()
        self._inbox.put_nowait(None)

    def _answer(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "hello":
                self.tell(self._welcome())
            case "command":
                self._command(message)
            case "query" if self.service.answers:
                self.tell({"type": "answer", "id": message["id"], **self.service.answer})
            case "subscribe":
                self._subscribe(message["stream"], message["after"])
            case "unsubscribe":
                self.streams.discard(message["stream"])

    def _welcome(self) -> dict[str, Any]:
        if self.service.refusal:
            return {"type": "refused", **self.service.refusal}
        return {
            "type": "welcome",
            "version": self.service.version,
            "account": self.service.account,
            "clinic": {"name": "Lakeside"},
            "now": (NOON + self.service.ahead).isoformat(),
            "public_url": "",
            "local_only": True,
        }

    def _command(self, message: dict[str, Any]) -> None:
        done = self.service.carried_out
        done.setdefault(message["id"], len(done) + 1)
        if self.service.answers:
            self.tell({"type": "done", "id": message["id"], "seq": done[message["id"]], "result": {}})

    def _subscribe(self, stream: str, after: int) -> None:
        self.streams.add(stream)
        if stream == "schedule":
            for summary in self.service.rows:
                self.tell({"type": "summary", "summary": wire.encode(summary)})
            self.tell({"type": "live", "stream": stream, "seq": 0})
            return
        records = self.service.events[stream]
        for record in records[after:]:
            self.tell_event(stream, record)
        self.tell({"type": "live", "stream": stream, "seq": len(records)})


def client(service: FakeService, address: Address = HERE, clock: Callable[[], datetime] = lambda: NOON, **more: Any):
    """A client of that service which waits nowhere."""
    seconds = more.pop("answer_seconds", 5.0)
    surroundings = Surroundings(
        open_transport=service.open_transport, clock=clock, pauses=(0.0,), answer_seconds=seconds
    )
    return ServiceClient(address, surroundings=surroundings, **more)


def gone() -> UnreachableError:
    return UnreachableError("The clinic service at nowhere does not answer.")
