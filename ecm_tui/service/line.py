"""One client's socket: what waits to be sent is bounded, one task reads, one writes, and its faults stay its own."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from ecm_tui.core import wire
from ecm_tui.service.limits import Pace

WAITING_BYTES = 1024 * 1024
"""What may wait for a slow client; more, and its line is cut."""

CLOSE_SECONDS = 2.0
"""How long a client may take to receive the last messages and the close."""

BAD_MESSAGE = 4400
"""Close code for what is not of the protocol."""
NOT_VALID = 4401
"""Close code for a link, credential, token or account that opens nothing."""
NO_HELLO = 4408
"""Close code for a client that did not say hello in time."""
ELSEWHERE = 4409
"""Close code for a place that is taken by another window, or another bridge."""
WRONG_VERSION = 4426
"""Close code for unequal wire versions."""
TOO_MANY = 4429
"""Close code for a client that talks faster than any page does."""
FAILED = 1011
"""Close code for a fault of our own; no detail goes out."""
TRY_LATER = 1013
"""Close code for a client that reads too slowly."""

_log = logging.getLogger(__name__)


class GoneError(Exception):
    """The client is gone, or its line was ended by us."""


class RefusedLineError(Exception):
    """The line ends with a close code of ours; the reason is safe to send."""

    def __init__(self, code: int, reason: str, message: str = "", over: str = "") -> None:
        """`over`: how the call ended for a page that was away when it did."""
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.last = {"type": "refused", "code": reason, "message": message} if message else None
        """Said before the close, where there is something to say in words."""
        if over:
            self.last = {"type": "over", "reason": over}


class Line:
    """A WebSocket that was not accepted yet. Made, run and forgotten within one request."""

    def __init__(
        self, socket: WebSocket, most: int = WAITING_BYTES, pace: Pace | None = None, longest: int = wire.MOST_BYTES
    ) -> None:
        self._socket = socket
        self._most = most
        self._pace = pace
        self._longest = longest
        """Bytes of the longest message that the client may send."""
        self._queue: deque[tuple[str, int]] = deque()
        """Texts and their bytes."""
        self._bytes = 0
        self._changed = asyncio.Event()
        self._sent = asyncio.Event()
        self._turn = asyncio.Lock()
        self._close: tuple[int, str] | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def ended(self) -> bool:
        """Whether the line is ending: nothing more will be sent."""
        return self._close is not None

    def send(self, message: Mapping[str, Any]) -> None:
        """Leave a message for the client; it goes out in order. After the end it goes nowhere.

        Raises `WireError` for a text that cannot be sent at all.
        """
        if self.ended:
            return
        text = _text(message)
        size = len(text.encode())
        if self._bytes + size > self._most:
            self.cut()
            return
        self._bytes += size
        self._queue.append((text, size))
        self._changed.set()

    def end(self, code: int = 1000, reason: str = "", last: Mapping[str, Any] | None = None) -> None:
        """Send what waits, then `last`, then close. Ending twice does nothing."""
        if self.ended:
            return
        if last is not None:
            self._queue.append((_text(last), 0))
        self._close = (code, reason)
        # Who reads nothing would keep the line, and with it a place, until the pings are missed.
        self._timer = asyncio.get_running_loop().call_later(CLOSE_SECONDS, self.cut)
        self._wake()

    def cut(self) -> None:
        """Close now, whatever waits: the client is too slow, or must get nothing more."""
        self._queue.clear()
        self._bytes = 0
        self._close = self._close or (TRY_LATER, "too slow")
        self._wake()
        # A socket that takes nothing would keep a polite close waiting for ever.
        if abort := getattr(self._socket.state, "abort", None):
            abort()

    def _wake(self) -> None:
        self._changed.set()
        self._sent.set()

    async def run(self, talk: Callable[[], Awaitable[None]]) -> None:
        """Accept, then let `talk` read while what is left for the client goes out; returns when the line is closed."""
        await self._socket.accept()
        writer = asyncio.create_task(self._write(), name="line: write")
        reader = asyncio.create_task(self._read(talk), name="line: read")
        try:
            await asyncio.wait({writer, reader}, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait({writer, reader}, timeout=CLOSE_SECONDS)
        finally:
            for task in (writer, reader):
                task.cancel()
            await asyncio.gather(writer, reader, return_exceptions=True)
            if self._timer:
                self._timer.cancel()

    async def send_in_turn(self, message: Mapping[str, Any]) -> None:
        """Send when most of what waits has gone out, one after another: long answers do not fill the line.

        Raises `GoneError`, or `WireError` as `send`.
        """
        async with self._turn:
            while self._bytes > self._most // 4 and not self.ended:
                self._sent.clear()
                await self._sent.wait()
            if self.ended:
                raise GoneError
            self.send(message)

    async def receive(self, seconds: float | None = None) -> dict[str, Any]:
        """The next message. Raises `GoneError`, `RefusedLineError` or `WireError`; `TimeoutError` after `seconds`."""
        async with asyncio.timeout(seconds):
            event = await self._socket.receive()
        if event["type"] != "websocket.receive" or self.ended:
            raise GoneError
        if self._pace and not self._pace.allows():
            raise RefusedLineError(TOO_MANY, "too_many_messages")
        text = event.get("text")
        if text is None:
            raise wire.WireError("a message is text")
        return wire.parse(text, self._longest)

    async def hello(self, seconds: float) -> dict[str, Any]:
        """The first message: a hello of our wire version. Raises as `receive`, never `TimeoutError`."""
        try:
            message = await self.receive(seconds)
        except TimeoutError as error:
            raise RefusedLineError(NO_HELLO, "no_hello") from error
        if message["type"] != "hello":
            raise wire.WireError("the first message is hello")
        theirs = message.get("version")
        if theirs != wire.VERSION or isinstance(theirs, bool):
            older = "the service" if isinstance(theirs, int) and theirs > wire.VERSION else "this program or page"
            words = f"The service speaks version {wire.VERSION} of the protocol, this side does not. Update {older}."
            raise RefusedLineError(WRONG_VERSION, "wrong_version", words)
        return message

    async def _read(self, talk: Callable[[], Awaitable[None]]) -> None:
        try:
            await talk()
            self.end()
        except GoneError:
            self.end()
        except RefusedLineError as refused:
            self.end(refused.code, refused.reason, refused.last)
        except wire.WireError as error:
            self.end(BAD_MESSAGE, "bad_message", {"type": "refused", "code": "bad_message", "message": str(error)})
        except Exception:  # the sockets' one broad net: a client's fault, or ours, ends this client alone
            _log.exception("a client's line failed")
            self.end(FAILED, "failed")

    async def _write(self) -> None:
        try:
            while True:
                while self._queue:
                    text, size = self._queue.popleft()
                    await self._socket.send({"type": "websocket.send", "text": text})
                    self._bytes = max(0, self._bytes - size)
                    self._sent.set()
                if self._close is not None:
                    await self._socket.send(
                        {"type": "websocket.close", "code": self._close[0], "reason": self._close[1]}
                    )
                    return
                self._changed.clear()
                await self._changed.wait()
        except (OSError, RuntimeError, WebSocketDisconnect):  # what the server raises when the client left meanwhile
            return


def _text(message: Mapping[str, Any]) -> str:
    try:
        return wire.dump(message)
    except (ValueError, RecursionError) as error:
        raise wire.WireError("a text that no socket carries") from error
