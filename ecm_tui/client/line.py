"""One connection to the service from hello to its loss: reading, writing, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from ecm_tui.client.transport import LineLostError, Transport
from ecm_tui.core import wire
from ecm_tui.errors import RefusedError, UnreachableError, WrongVersionError

WELCOME_SECONDS = 10
"""How long the service may take to answer our hello."""

OUTBOX = 1_024
"""Messages that wait to be sent; a service that takes none of them for so long is as good as gone."""

Message = Mapping[str, Any]


class Line:
    """Sends in order without making anyone wait; hands each message that comes to one reader."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._outbox: asyncio.Queue[Message] = asyncio.Queue(OUTBOX)
        self._overrun = False

    async def open(self) -> Message:
        """Connect and say hello; the service's `welcome`. Raises `UnreachableError` or one of `FOR_GOOD`."""
        await self._transport.connect()
        try:
            async with asyncio.timeout(WELCOME_SECONDS):
                await self._transport.send(wire.dump({"type": "hello", "version": wire.VERSION}))
                return _welcome(wire.parse(await self._transport.receive()))
        except (LineLostError, TimeoutError, wire.WireError) as error:
            raise UnreachableError("The clinic service took the connection and did not answer.") from error

    def send(self, message: Message) -> None:
        """Queue one message. On a line that takes no more it is dropped: the line is about to be lost."""
        try:
            self._outbox.put_nowait(message)
        except asyncio.QueueFull:
            self._overrun = True

    async def run(self, take: Callable[[Message], None]) -> None:
        """Read and write until the line is lost, then raise `LineLostError` or one of `FOR_GOOD`."""
        writing = asyncio.create_task(self._write())
        reading = asyncio.create_task(self._read(take))
        try:
            await asyncio.wait((writing, reading), return_when=asyncio.FIRST_COMPLETED)
            for task in (reading, writing):
                if task.done():
                    task.result()
        finally:
            writing.cancel()
            reading.cancel()
            await asyncio.gather(writing, reading, return_exceptions=True)

    async def close(self) -> None:
        """Close the line; closing twice does nothing."""
        await self._transport.close()

    async def _write(self) -> None:
        while not self._overrun:
            await self._transport.send(wire.dump(await self._outbox.get()))
        raise LineLostError("the service takes no messages")

    async def _read(self, take: Callable[[Message], None]) -> None:
        while not self._overrun:
            text = await self._transport.receive()
            try:
                take(wire.parse(text))
            except wire.WireError as error:
                raise LineLostError(f"the service sent what is not of the protocol: {error}") from error
        raise LineLostError("the service takes no messages")


def _welcome(message: Message) -> Message:
    if message["type"] == "refused":
        text = str(message.get("message") or "The service does not let this program in.")
        code = str(message.get("code") or "not_allowed")
        raise WrongVersionError(text) if code == "wrong_version" else RefusedError(text, code)
    if message["type"] != "welcome":
        raise wire.WireError("the first message is a welcome")
    theirs = message.get("version")
    if theirs != wire.VERSION:
        older = "this program" if isinstance(theirs, int) and theirs > wire.VERSION else "the service"
        raise WrongVersionError(
            f"The service speaks version {theirs!s:.20} of the protocol and this program version {wire.VERSION}. "
            f"Update {older}."
        )
    return message


def check_sendable(message: Message) -> None:
    """Raises `RefusedError` for what no line carries: half a character, or more than a message holds."""
    try:
        size = len(wire.dump(message).encode())
    except UnicodeEncodeError as error:
        raise RefusedError("A text holds something that is not a character. Type it again.", "bad_message") from error
    if size > wire.MOST_BYTES:
        raise RefusedError("That is too long to be sent. Make it shorter.", "bad_message")
