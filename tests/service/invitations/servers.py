"""A real mail server and a real HTTP gateway that behave as a test wants."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.service.invitations.builders import parsed


@dataclass
class MailServer:
    """What it answers, and what it got. An answer may be a coroutine function, which can hold or drop the line."""

    url: str = ""
    mail: str = "250 OK"
    rcpt: str = "250 OK"
    data: str = "250 taken"
    before_data: Callable[[SMTP], Any] | None = None
    """Called when the whole letter is there, before the answer."""
    letters: list[EmailMessage] = field(default_factory=list)
    """In the order in which they came, accepted or not."""
    envelopes: list[Envelope] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if self.mail.startswith("250"):
            envelope.mail_from = address
        return self.mail

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.letters.append(parsed(envelope.content))
        self.envelopes.append(envelope)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if self.before_data:
                await self.before_data(server)
        finally:
            self.at_once -= 1
        return self.data


def _abort(session: SMTP) -> None:
    assert isinstance(session.transport, asyncio.WriteTransport)
    session.transport.abort()


async def drop(server: SMTP) -> None:
    """Break the connection off without an answer."""
    _abort(server)


@contextlib.asynccontextmanager
async def mail_server(port: int = 0, **answers: Any) -> AsyncIterator[MailServer]:
    """A server on this computer until the end of the block; `more` of SMTP's options under `smtp`."""
    options = answers.pop("smtp", {})
    handler = MailServer(**answers)
    sessions: list[SMTP] = []

    def session() -> SMTP:
        sessions.append(SMTP(handler, hostname="mail.test", enable_SMTPUTF8=True, **options))
        return sessions[-1]

    server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", port)
    handler.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield handler
    finally:
        server.close()
        for one in sessions:
            if one.transport is not None:
                _abort(one)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(server.wait_closed(), 2)


@dataclass
class Asked:
    """One request of a text message gateway."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Gateway:
    """What it answers, and what it was asked."""

    url: str = ""
    status: int = 200
    body: str = '{"state": "accepted"}'
    before: Callable[[], Any] | None = None
    """Called before the answer; True for no answer at all."""
    asked: list[Asked] = field(default_factory=list)
    tasks: set[Any] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.tasks.add(asyncio.current_task())
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = dict(line.split(": ", 1) for line in head[1:] if line)
            headers = {name.lower(): value for name, value in headers.items()}
            content = await reader.readexactly(int(headers.get("content-length", "0")))
            self.asked.append(Asked(head[0], headers, content))
            if not (self.before and await self.before()):
                answer = self.body.encode()
                writer.write(f"HTTP/1.1 {self.status} X\r\nContent-Length: {len(answer)}\r\n\r\n".encode() + answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@contextlib.asynccontextmanager
async def gateway(**answers: Any) -> AsyncIterator[Gateway]:
    """A gateway on this computer until the end of the block."""
    handler = Gateway(**answers)
    server = await asyncio.start_server(handler.serve, "127.0.0.1", 0)
    handler.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/send?key=s3cret"
    try:
        yield handler
    finally:
        server.close()
        for task in handler.tasks:
            task.cancel()
        await asyncio.gather(*handler.tasks, return_exceptions=True)
