"""A running service on a home of its own, with pages, consoles and a bridge that tests hold in their hands."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect, unix_connect
from websockets.exceptions import ConnectionClosed

from ecm_tui.core.wire import VERSION
from ecm_tui.paths import Places
from ecm_tui.service.serve import Options, Service
from ecm_tui.settings import Clinic, Serve, Session, Settings
from tests.database import begun
from tests.until import until

Message = dict[str, Any]

OFFER = "v=0\r\ns=a page's offer\r\n"


def places(root: Path) -> Places:
    """A home below `root`, with names short enough for a socket."""
    return Places(config=root / "c", data=root / "d", state=root / "s", runtime=root / "r")


def settings(root: Path, **more: Any) -> Settings:
    """Settings of a small clinic; `more` are whole sections."""
    clinic = Clinic(name="Lakeside", support="Call 044", timezone="Europe/Zurich")
    return Settings(home=places(root), **{"clinic": clinic, "serve": Serve(port=0), "session": Session(), **more})


@contextlib.asynccontextmanager
async def service(root: Path, options: Options | None = None, **more: Any) -> AsyncIterator[House]:
    """A service that starts no bridge, unless `options` say so."""
    chosen = options or Options(bridge_command=None)
    begun(places(root).database)
    async with Service(settings(root, **more), port=0, options=chosen) as running, contextlib.AsyncExitStack() as stack:
        yield House(running, stack)


class Lines:
    """One WebSocket whose messages are read as they come; `frames` is every raw text, in order."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.frames: list[str] = []
        self.waiting: list[Message] = []
        self.code: int | None = None
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            async for text in self.socket:
                assert isinstance(text, str)
                self.frames.append(text)
                message = json.loads(text)
                if message["type"] != "beat":
                    self.waiting.append(message)
        except ConnectionClosed:
            pass
        finally:
            self.code = self.socket.close_code

    async def send(self, **message: Any) -> None:
        await self.socket.send(json.dumps(message))

    async def heard(self, type_: str, /, timeout: float = 15.0, **with_values: Any) -> Message:
        """The first message of that type (and values) not taken yet; it is taken."""

        def found() -> Message | None:
            for message in self.waiting:
                if message["type"] == type_ and all(message.get(k) == v for k, v in with_values.items()):
                    self.waiting.remove(message)
                    return message
            return None

        said = [m["type"] for m in self.waiting]
        message = await until(found, timeout, what=f"{type_} {with_values} among {said}, closed {self.code}")
        assert message is not None
        return message

    async def closed(self, timeout: float = 15.0) -> int:
        await until(lambda: self.code is not None, timeout, what="the line is closed")
        assert self.code is not None
        return self.code

    async def close(self) -> None:
        await self.socket.close()
        await asyncio.gather(self._reader, return_exceptions=True)

    def vanish(self) -> None:
        """Go without a word, as a closed tab's process does."""
        self.socket.transport.abort()


class PageClient(Lines):
    """A participant's page or a viewer."""

    credential = ""

    async def state(self, state: str, timeout: float = 15.0) -> Message:
        """The first view not taken yet that has this state."""

        def found() -> Message | None:
            for message in self.waiting:
                if message["type"] == "page" and message["view"]["state"] == state:
                    self.waiting.remove(message)
                    return message
            return None

        message = await until(found, timeout, what=f"the page is {state}; it heard {self.frames[-3:]}")
        assert message is not None
        return message["view"]


class Console(Lines):
    """An organiser's socket."""

    numbers = itertools.count(1)

    async def command(self, stream: str, kind: str, **fields: Any) -> Message:
        """The answer to a command: done or refused."""
        number = f"c{next(self.numbers)}"
        await self.send(type="command", id=number, stream=stream, command={"type": kind, **fields})
        return await self.answer(number)

    async def do(self, stream: str, kind: str, **fields: Any) -> Message:
        answer = await self.command(stream, kind, **fields)
        assert answer["type"] == "done", answer
        return answer

    async def query(self, what: str, **fields: Any) -> Message:
        number = f"q{next(self.numbers)}"
        await self.send(type="query", id=number, what=what, **fields)
        return await self.answer(number)

    async def answer(self, number: str) -> Message:
        def found() -> Message | None:
            for message in self.waiting:
                if message.get("id") == number:
                    self.waiting.remove(message)
                    return message
            return None

        message = await until(found, 15, what=f"the answer to {number}")
        assert message is not None
        return message


class FakeBridge(Lines):
    """The bridge's side of its wire: says yes to everything, and remembers."""

    obeys = True

    async def hello(self, version: int = VERSION) -> None:
        await self.send(type="hello", version=version, bridge=str(uuid.uuid4()), pid=0)

    async def grants(self) -> dict[str, Message]:
        message = await self.heard("grants")
        return {grant["peer"]: grant for grant in message["grants"]}

    async def answer_offer(self) -> Message:
        offer = await self.heard("offer")
        await self.send(
            type="answer", request=offer["request"], peer=offer["peer"], sdp="answer", audio=["2"], video=["5"]
        )
        return offer

    async def revoked(self) -> str:
        peer = (await self.heard("revoke"))["peer"]
        await self.send(type="revoked", peer=peer)
        return str(peer)


class House:
    """A service and the ways in."""

    def __init__(self, running: Service, stack: contextlib.AsyncExitStack) -> None:
        self.service = running
        self.url = running.url
        self.socket = str(running.settings.home.socket)
        # Without certificates to load, which takes a tenth of a second each time.
        self.client = httpx.AsyncClient(base_url=self.url, verify=False, trust_env=False, timeout=30)
        """The network's side."""
        self._stack = stack
        stack.push_async_callback(self.client.aclose)

    async def _keep(self, line: Any) -> Any:
        self._stack.push_async_callback(line.close)
        return line

    async def console(self) -> Console:
        line = Console(await unix_connect(self.socket, "ws://service/api/v1/live", compression=None))
        await line.send(type="hello", version=VERSION)
        await line.heard("welcome")
        return await self._keep(line)  # type: ignore[no-any-return]

    async def bridge(self, token: str | None = None) -> FakeBridge:
        header = {"Authorization": f"Bearer {token or self.service.parts.supervisor.token}"}
        line = FakeBridge(
            await unix_connect(self.socket, "ws://service/bridge", additional_headers=header, compression=None)
        )
        await line.hello()
        return await self._keep(line)  # type: ignore[no-any-return]

    async def trade(self, link: str) -> httpx.Response:
        token = link.rpartition("/")[2]
        return await self.client.post("/api/v1/open", json={"token": token, "version": VERSION})

    async def open(self, link: str) -> PageClient:
        """A page as far as its first view."""
        answer = await self.trade(link)
        assert answer.status_code == 200, answer.text
        return await self.page(answer.json()["credential"])

    async def raw(self, origin: str | None = None) -> PageClient:
        """A page's socket before its hello."""
        address = self.url.replace("http", "ws", 1) + "/api/v1/session"
        socket = await connect(address, origin=origin or self.url, compression=None, proxy=None)  # type: ignore[arg-type]
        return await self._keep(PageClient(socket))  # type: ignore[no-any-return]

    async def page(self, credential: str) -> PageClient:
        line = await self.raw()
        line.credential = credential
        await line.send(type="hello", version=VERSION, credential=credential)
        return line

    async def appointment(self, console: Console, *guests: str, **more: Any) -> Visitors:
        """An appointment of Ann, the patient, and `guests`, at this hour."""
        people = [{"name": name, "email": f"{name.lower()}@home.test"} for name in ("Ann", *guests)]
        at = datetime.now(UTC).isoformat()
        fields = {"at": at, "patient": people[0], "guests": people[1:], **more}
        done = await console.do("", "schedule", **fields)
        found = await console.query("appointment", appointment=done["result"]["appointment_id"])
        # In an answer `id` is the question's own.
        return Visitors(self, console, {**found, "id": done["result"]["appointment_id"]})


class Visitors:
    """An appointment's people with their links."""

    def __init__(self, house: House, console: Console, found: Message) -> None:
        self.house = house
        self.console = console
        self.id = str(found["id"])
        self.links = {person["name"]: str(person["join_url"]) for person in found["people"]}
        self.ids = {person["name"]: str(person["id"]) for person in found["people"]}

    async def start(self) -> None:
        await self.console.do(self.id, "start_call")

    async def waiting(self, name: str = "Ann", camera: str = "on") -> PageClient:
        """A page in the waiting room."""
        page = await self.house.open(self.links[name])
        await page.state("arriving")
        await page.send(type="enter", devices={"camera": camera, "microphone": "on"})
        await page.state("waiting")
        return page

    async def admit(self, name: str = "Ann") -> Message:
        return await self.console.do(self.id, "admit", person_id=self.ids[name])

    async def in_call(self, name: str = "Ann") -> PageClient:
        """A page in the call."""
        page = await self.waiting(name)
        await self.admit(name)
        await page.state("admitted")
        return page

    async def person(self, name: str = "Ann") -> Message:
        found = await self.console.query("people", appointment=self.id)
        return next(person for person in found["people"] if person["id"] == self.ids[name])

    async def stands(self, state: str, name: str = "Ann", timeout: float = 15.0, **more: Any) -> Message:
        """The person once the service says that they stand so."""

        async def found() -> Message | None:
            person = await self.person(name)
            return person if person["state"] == state and all(person[k] == v for k, v in more.items()) else None

        person = await until(found, timeout, what=f"{name} is {state} {more}")
        assert person is not None
        return person
