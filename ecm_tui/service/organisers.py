"""The organisers' sockets: commands, streams with resume, questions. One console's slowness or fault is its own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

from ecm_tui.core import commands as c
from ecm_tui.core.appointment import Appointment
from ecm_tui.core.clinic import CLINIC, Account, Clinic, ClinicCommand
from ecm_tui.core.commands import Command
from ecm_tui.core.log import Recorded, timestamp
from ecm_tui.core.page import ClinicCard
from ecm_tui.core.rights import view, view_summary
from ecm_tui.core.schedule import MOST_ROWS, ROWS_AHEAD, ROWS_BACK, Summary, summary
from ecm_tui.core.wire import ID, MOST_BYTES, VERSION, WireError, decode_command, encode, encode_record
from ecm_tui.errors import EcmError, RefusedError
from ecm_tui.service.contacts import Contacts
from ecm_tui.service.hub import FellBehindError
from ecm_tui.service.line import FAILED, NOT_VALID, TRY_LATER, GoneError, Line, RefusedLineError
from ecm_tui.service.logins import REVOKED, Login, Logins, actor_of, revoked
from ecm_tui.service.paging import size
from ecm_tui.service.queries import Queries
from ecm_tui.service.streams import MOST_TOGETHER, CaughtUp, Done, Fact, Streams

HELLO_SECONDS = 5.0

SCHEDULE = "schedule"

MOST_SUBSCRIPTIONS = 64
"""Streams that one console follows at once: more than it can show."""

MOST_QUESTIONS = 16
"""Questions of one console that are answered at once; who asks more waits."""

MOST_COMMANDS = MOST_TOGETHER
"""Commands of one console that are under way at once, so that they can share a commit; who sends more waits."""

CALM_SECONDS = 0.1
"""At least so long between two looks at what rows of the Schedule became: in a full call something always happens."""

OF_WINDOWS = (c.OpenWindow, c.CloseWindow, c.ReportWindow)
"""An organiser's, but only from the window itself: a grant without a window would have nobody behind it."""


_log = logging.getLogger(__name__)


class Organisers:
    """Every organiser's socket, and the commands of the REST side too."""

    def __init__(
        self, streams: Streams, logins: Logins, queries: Queries, contacts: Contacts, card: ClinicCard
    ) -> None:
        self.streams = streams
        self.logins = logins
        self.queries = queries
        self.card = card
        self._lines: dict[Line, Login] = {}
        self._contacts = contacts

    @property
    def open(self) -> int:
        """How many consoles and commands are connected."""
        return len(self._lines)

    async def talk(self, line: Line, login: Login) -> None:
        """Serve one console. Raises what `Line.run` understands."""
        await line.hello(HELLO_SECONDS)
        if self.logins.account(login) is None:
            raise RefusedLineError(NOT_VALID, "not_allowed", REVOKED)
        self._lines[line] = login
        try:
            await Console(self, line, login).run()
        finally:
            del self._lines[line]

    def clinic_changed(self, before: Clinic, after: Clinic, records: Sequence[Recorded]) -> None:
        """Hear what was committed: the lines of a revoked token end in the same turn of the loop."""
        dead = set(revoked(records))
        for line, login in list(self._lines.items()):
            if login.token in dead:
                line.end(NOT_VALID, "not_allowed", {"type": "refused", "code": "not_allowed", "message": REVOKED})

    async def execute(self, login: Login, stream: str, data: object, command_id: str) -> Done:
        """Decode and carry out an organiser's command. Raises WireError, RefusedError or StoreError."""
        command: Command | ClinicCommand = self._contacts.checked(decode_command(data))
        if isinstance(command, OF_WINDOWS):
            raise RefusedError("Only the video window itself can ask for this.", "not_allowed")
        account = self.logins.account(login)
        if account is None:
            raise RefusedError(REVOKED, "not_allowed")
        if isinstance(command, ClinicCommand):
            return await self.logins.execute(login, stream, command, command_id)
        return await self.streams.execute(stream, command, actor_of(account), command_id, login.token)

    def seen(self, account: Account, record: Recorded) -> dict[str, Any]:
        """A record as the account may see it."""
        return encode_record(view(record, actor_of(account)))


class Console:
    """One socket of one login."""

    def __init__(self, organisers: Organisers, line: Line, login: Login) -> None:
        self._house = organisers
        self._line = line
        self._login = login
        self._follows: dict[str, asyncio.Task[None]] = {}
        self._answers: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(MOST_QUESTIONS)
        self._commands: set[asyncio.Task[None]] = set()
        self._room_for_commands = asyncio.Semaphore(MOST_COMMANDS)

    async def run(self) -> None:
        """From welcome to the end of the line."""
        self._line.send(self._welcome())
        try:
            while True:
                await self._heard(await self._line.receive())
        finally:
            tasks = [*self._follows.values(), *self._answers]
            for task in tasks:
                task.cancel()
            # What was asked before the line ended is still done.
            await asyncio.gather(*tasks, *self._commands, return_exceptions=True)

    @property
    def _account(self) -> Account:
        """Who is here, as the clinic knows them now. Raises `GoneError`: whose token was revoked has no line either."""
        account = self._house.logins.account(self._login)
        if account is None:
            raise GoneError
        return account

    def _welcome(self) -> dict[str, Any]:
        house, place, account = self._house, self._house.queries.place, self._account
        card = house.card
        return {
            "type": "welcome",
            "version": VERSION,
            "account": {"id": account.id, "name": account.name, "role": account.role},
            "clinic": {
                "name": card.name,
                "support": card.support,
                "colour": card.colour,
                "timezone": card.timezone,
                "places": house.streams.sources.rules.places,
            },
            "now": timestamp(house.streams.sources.clock()),
            "public_url": place.url,
            "local_only": place.local_only,
        }

    async def _heard(self, message: Mapping[str, Any]) -> None:
        match message["type"]:
            case "command":
                await self._command(message)
            case "subscribe":
                await self._carried_out()
                await self._subscribe(message)
            case "unsubscribe":
                await self._unsubscribe(str(message.get("stream")))
            case "query":
                await self._carried_out()
                await self._query(message)
            case _:
                raise WireError("there is no message of this type")

    async def _command(self, message: Mapping[str, Any]) -> None:
        """Commands come before the writer in the order in which they were sent, and need not wait for each other."""
        request, stream = _word(message, "id"), _word(message, "stream", empty=True)
        await self._room_for_commands.acquire()
        self._start(self._carry_out(request, stream, message.get("command")), self._commands)

    async def _carry_out(self, request: str, stream: str, command: object) -> None:
        try:
            done = await self._house.execute(self._login, stream, command, request)
            self._line.send({"type": "done", "id": request, "seq": done.seq, "result": dict(done.result)})
        except WireError as error:
            self._refused({"id": request}, RefusedError(f"{error}.", "bad_message"))
        except EcmError as error:
            self._refused({"id": request}, error)
        except Exception:  # of the sockets' net: a command that is not answered must not look as if it still went on
            self._failed()
        finally:
            self._room_for_commands.release()

    async def _carried_out(self) -> None:
        """What is asked after a command is asked of what the command left."""
        if self._commands:
            await asyncio.wait(self._commands)

    async def _query(self, message: Mapping[str, Any]) -> None:
        request = _word(message, "id")
        await self._room.acquire()
        self._start(self._answer(request, message), self._answers)

    async def _answer(self, request: str, message: Mapping[str, Any]) -> None:
        try:
            answer = await self._house.queries.answer(self._account, str(message.get("what")), message)
            message = {"type": "answer", **answer, "id": request}
            if size(message) > MOST_BYTES:
                raise RefusedError("The answer is too long for one message. Ask for less of it.", "too_long")
            await self._line.send_in_turn(message)
        except EcmError as error:
            self._refused({"id": request}, error)
        except GoneError:
            return
        except Exception:  # of the sockets' net: a console that is not answered must not look as if nothing were wrong
            self._failed()
        finally:
            self._room.release()

    def _start(self, work: Coroutine[Any, Any, None], beside: set[asyncio.Task[None]]) -> None:
        task = asyncio.create_task(work)
        beside.add(task)
        task.add_done_callback(beside.discard)

    def _refused(self, about: Mapping[str, Any], error: EcmError) -> None:
        self._line.send({"type": "refused", **about, "code": error.code, "message": error.message})

    # Streams

    async def _subscribe(self, message: Mapping[str, Any]) -> None:
        stream, after = _word(message, "stream"), message.get("after") or 0
        if not isinstance(after, int) or not 0 <= after < 2**53:
            raise WireError("after is a whole number")
        await self._unsubscribe(stream)
        if len(self._follows) >= MOST_SUBSCRIPTIONS:
            error = RefusedError(f"A console follows at most {MOST_SUBSCRIPTIONS} streams.", "too_many_subscriptions")
            self._refused({"stream": stream}, error)
            return
        follow = self._schedule() if stream == SCHEDULE else self._follow(stream, after)
        self._follows[stream] = asyncio.create_task(self._careful(stream, follow))

    async def _unsubscribe(self, stream: str) -> None:
        task = self._follows.pop(stream, None)
        if task:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _careful(self, stream: str, follow: Coroutine[Any, Any, None]) -> None:
        try:
            await follow
        except GoneError:
            return
        except EcmError as error:
            self._refused({"stream": stream}, error)
        except FellBehindError as error:
            last = {"type": "closing", "stream": stream, "reason": "too_slow", "resume_from": error.resume_from}
            self._line.end(TRY_LATER, "too_slow", last)
        except Exception:  # of the sockets' net: what a console shows must not grow old unnoticed
            self._failed()
        finally:
            if self._follows.get(stream) is asyncio.current_task():
                del self._follows[stream]

    def _failed(self) -> None:
        _log.exception("a console's line failed")
        self._line.end(FAILED, "failed")

    async def _follow(self, stream: str, after: int) -> None:
        streams = self._house.streams
        if stream != CLINIC and await streams.appointment(stream) is None:
            raise RefusedError("There is no appointment with this id.", "no_such_appointment")
        items = streams.follow(stream, after)
        try:
            async for item in items:
                await self._line.send_in_turn(self._item(stream, item))
        finally:
            await items.aclose()
        self._line.end(1012, "restart", {"type": "closing", "reason": "the service ends", "resume_from": None})

    def _item(self, stream: str, item: Recorded | CaughtUp | Fact) -> dict[str, Any]:
        match item:
            case Recorded():
                return {"type": "event", "stream": stream, **self._house.seen(self._account, item)}
            case CaughtUp():
                return {"type": "live", "stream": stream, "seq": item.seq}
            case Fact():
                return {"type": "fact", "stream": stream, **item.data}

    async def _schedule(self) -> None:
        """The rows of the time around now and of whatever goes on, then each that changes: its newest state only."""
        changed: dict[str, Appointment] = {}
        ready = asyncio.Event()

        def hear(before: Appointment, after: Appointment, records: Sequence[Recorded]) -> None:
            changed[after.id] = after
            ready.set()

        streams = self._house.streams
        stop = streams.hub.subscribe(hear)
        try:
            now = streams.sources.clock()
            around = await streams.summaries(now - ROWS_BACK, now + ROWS_AHEAD, MOST_ROWS)
            for row in [*self._house.queries.going_on, *around]:
                await self._row(row)
            self._line.send({"type": "live", "stream": SCHEDULE, "seq": 0})
            while True:
                await ready.wait()
                ready.clear()
                while changed:
                    await self._row(summary(changed.pop(next(iter(changed)))))
                await asyncio.sleep(CALM_SECONDS)
        finally:
            stop()

    async def _row(self, row: Summary) -> None:
        seen = view_summary(row, self._account.role)
        await self._line.send_in_turn({"type": "summary", "stream": SCHEDULE, "summary": encode(seen)})


def _word(message: Mapping[str, Any], name: str, empty: bool = False) -> str:
    value = message.get(name)
    if isinstance(value, str) and (ID.fullmatch(value) or (empty and not value)):
        return value
    raise WireError(f"{name} is an id")
