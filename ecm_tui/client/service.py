"""An organiser's line to the clinic's service. It mends itself: no event is missed or repeated, commands keep their id.

One task owns the connection. Everyone else leaves messages for it and waits for futures and feeds.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ecm_tui.client.address import Address
from ecm_tui.client.feeds import Events, Feed, Rows, gate
from ecm_tui.client.files import Progress, Shared, download, upload
from ecm_tui.client.items import Account, ConnectionState, Done, Word
from ecm_tui.client.latest import Latest
from ecm_tui.client.line import Line, Message, check_sendable
from ecm_tui.client.requests import Requests, joined
from ecm_tui.client.sources import Source
from ecm_tui.client.subscriptions import Subscriptions
from ecm_tui.client.surroundings import Surroundings
from ecm_tui.client.transport import FOR_GOOD, LineLostError
from ecm_tui.core import wire
from ecm_tui.core.clinic import ClinicCommand
from ecm_tui.core.commands import Command
from ecm_tui.errors import EcmError, RefusedError, UnreachableError

STEADY_SECONDS = 5.0
"""A line that lived this long was a good one: after its loss the pauses begin anew."""


class ServiceClient:
    """`async with ServiceClient(address) as service`: connected on entry, and kept so until the end of the block.

    Entering raises `UnreachableError`, `WrongVersionError` or `RefusedError`. With `find_again` each new try asks where
    the service is now, which may start it; its errors count as "not yet".
    """

    def __init__(
        self,
        address: Address,
        reconnect: bool = True,
        find_again: Callable[[], Awaitable[Address]] | None = None,
        surroundings: Surroundings | None = None,
        read_only: bool = False,
    ) -> None:
        self.address = address
        self.account = Account(id="", name="", role="observer")
        self.clinic: Mapping[str, Any] = {}
        """Name, support, timezone, colour and so on, as the service says."""
        self.clock_offset = timedelta()
        """The service's clock minus this computer's."""
        self.public_url = ""
        self.local_only = True
        """Whether links work on this computer only."""
        self._reconnect = reconnect
        self._find_again = find_again
        self._read_only = read_only
        self._with = surroundings or Surroundings()
        self._requests = Requests()
        self._subscriptions = Subscriptions()
        self._line: Line | None = None
        self._state = Latest(ConnectionState(word="reconnecting", since=self._with.clock()))
        self._entered: asyncio.Future[None] | None = None
        self._owner: asyncio.Task[None] | None = None

    async def __aenter__(self) -> ServiceClient:
        self._entered = asyncio.get_running_loop().create_future()
        self._owner = asyncio.create_task(self._own_the_line(), name="line to the service")
        try:
            await self._entered
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """End everything; feeds end, open requests fail. Closing twice does nothing."""
        owner, self._owner = self._owner, None
        if owner is None:
            return
        owner.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await owner

    @property
    def read_only(self) -> bool:
        """Whether this client changes nothing."""
        return self._read_only

    @property
    def state(self) -> ConnectionState:
        """How the line is now."""
        return self._state.value

    def states(self) -> AsyncIterator[ConnectionState]:
        """How the line is now and each time it changes; ends with `gone` or when the client is closed."""
        return self._state.changes()

    def now(self) -> datetime:
        """The service's time, UTC."""
        return self._with.clock() + self.clock_offset

    async def send(self, stream: str, command: Command | ClinicCommand, command_id: str | None = None) -> Done:
        """Have a command carried out on a stream; "" for a new appointment.

        Sent again under its id after each reconnection, so that it happens once. Raises `RefusedError`, or
        `UnreachableError` when no answer came in time: whether it happened is then not known.
        """
        if self._read_only:
            raise RefusedError("This console was opened with --read-only: it looks and changes nothing.", "read_only")
        message = {"type": "command", "id": command_id or self._with.new_id(), "stream": stream}
        answer = await self._ask({**message, "command": wire.encode(command)})
        return Done(seq=int(answer.get("seq") or 0), result=answer.get("result") or {})

    async def query(self, what: str, id: str = "", **wanted: Any) -> dict[str, Any]:  # noqa: A002 - as the protocol says
        """Ask something that changes nothing, such as `query("people", id=appointment)`.

        `id` is an appointment's; on the wire it is called `appointment`, since `id` there is the question's own.
        Raises `RefusedError` or `UnreachableError`.
        """
        about = {"appointment": id} if id else {}
        asked = {**about, **wanted, "type": "query", "what": what}
        found = dict(await self._ask({**asked, "id": self._with.new_id()}))
        while more := found.pop("more", None):  # a list that is longer than one message
            rest = await self._ask({**asked, "id": self._with.new_id(), "after": more["after"]})
            found = joined(found, rest, str(more["list"]))
        found = {name: value for name, value in found.items() if name not in ("type", "id")}
        # In an answer `id` is the question's, so that an appointment's own has to be put back.
        return {"id": id, **found} if what == "appointment" else found

    async def send_file(self, appointment: str, source: Source, progress: Progress) -> str:
        """See `files.upload`."""
        return await upload(self, appointment, source, progress)

    async def fetch_file(self, appointment: str, file: Shared, folder: Path, progress: Progress) -> Path:
        """See `files.download`."""
        return await download(self, appointment, file, folder, progress)

    def follow(self, stream: str, after: int = 0) -> Events:
        """The stream's records after that number, `CaughtUp` whenever all so far were handed on, and passing facts.

        Resumes by itself. Following a stream anew ends the feed that followed it before.
        """
        feed = Events(stream, after, self._subscriptions.listen)
        self._start(feed)
        return feed

    def schedule(self) -> Rows:
        """The Schedule's rows: all, `CaughtUp`, and each that changes from then on."""
        feed = Rows(self._subscriptions.listen)
        self._start(feed)
        return feed

    def _start(self, feed: Feed[Any]) -> None:
        if self.state.word == "gone":
            feed.fail(UnreachableError(self.state.message))
        self._subscriptions.start(feed)

    async def _ask(self, message: Message) -> Mapping[str, Any]:
        if self._owner is None or self.state.word == "gone":
            raise UnreachableError(self.state.message or "There is no line to the service.")
        check_sendable(message)
        request = self._requests.add(message)
        try:
            if self._line:
                self._line.send(message)
            async with asyncio.timeout(self._with.answer_seconds):
                answer: Mapping[str, Any] = gate(await request.answer)
                return answer
        except TimeoutError as error:
            raise UnreachableError(
                f"The clinic service did not answer within {self._with.answer_seconds:g} s. "
                "Look whether it happened before you try again."
            ) from error
        finally:
            self._requests.drop(request)

    # The one task that owns the connection

    async def _own_the_line(self) -> None:
        try:
            await self._stay_connected()
        finally:
            self._give_up(UnreachableError("This program has ended its line to the service."))

    async def _stay_connected(self) -> None:
        tries = 0
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await self._one_line()
            except (*FOR_GOOD, UnreachableError) as error:
                first = self._entered is not None and not self._entered.done()
                if isinstance(error, FOR_GOOD) or first or not self._reconnect:
                    self._give_up(error)
                    return
            except LineLostError:
                if not self._reconnect:
                    self._give_up(UnreachableError("The line to the clinic service was lost."))
                    return
            if asyncio.get_running_loop().time() - began >= STEADY_SECONDS:
                tries = 0
            self._say("reconnecting", "The line to the clinic service was lost; trying again.")
            await asyncio.sleep(self._with.pauses[min(tries, len(self._with.pauses) - 1)])
            tries += 1
            await self._look_again()

    async def _look_again(self) -> None:
        if self._find_again is None:
            return
        with contextlib.suppress(EcmError):
            self.address = await self._find_again()

    async def _one_line(self) -> None:
        line = Line(self._with.open_transport(self.address))
        try:
            asked = self._with.clock()
            self._welcomed(await line.open(), asked)
            self._line = line
            self._subscriptions.connected(line)
            for request in self._requests:
                line.send(request.message)
            self._say("connected", "")
            if self._entered and not self._entered.done():
                self._entered.set_result(None)
            await line.run(self._take)
        finally:
            self._line = None
            self._subscriptions.lost()
            await line.close()

    def _welcomed(self, message: Message, asked: datetime) -> None:
        now = self._with.clock()
        try:
            theirs = datetime.fromisoformat(str(message["now"]))
            who = gate(message["account"])
            self.account = Account(id=who["id"], name=who["name"], role=who["role"])
            self.clock_offset = theirs - (asked + (now - asked) / 2)
            self.clinic = gate(message["clinic"])
        except (KeyError, TypeError, ValueError) as error:
            raise UnreachableError("What answers is not a clinic service. Check the address.") from error
        self.public_url = str(gate(message.get("public_url") or ""))
        self.local_only = bool(message.get("local_only", True))

    def _take(self, message: Message) -> None:
        match message["type"]:
            case "event" | "live" | "fact" | "summary":
                self._subscriptions.take(message)
            case "done" | "answer":
                self._requests.answered(str(message.get("id")), message)
            case "refused":
                self._refused(message)
            case "closing":
                raise LineLostError("the service closes this line")

    def _refused(self, message: Message) -> None:
        error = RefusedError(
            str(gate(message.get("message") or "The service refused.")), str(message.get("code") or "")
        )
        if "id" in message:
            self._requests.failed(str(message["id"]), error)
        elif error.code == "bad_message":  # the service hangs up on it, and would again if it were sent once more
            self._requests.fail_all(error)
        self._subscriptions.refused(str(message.get("stream")), error)

    def _say(self, word: Word, message: str) -> None:
        if self.state.word not in (word, "gone"):
            self._state.set(ConnectionState(word=word, since=self._with.clock(), message=message))

    def _give_up(self, error: EcmError) -> None:
        self._say("gone", error.message)
        self._state.close()
        self._requests.fail_all(error)
        self._subscriptions.fail_all(error)
        if self._entered and not self._entered.done():
            self._entered.set_exception(error)
