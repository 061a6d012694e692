"""What a client listens to, each with a bounded queue. A reader too slow for it is put off and resumed, never lost.

A feed asks for messages after the last one it queued, so that a broken line and a full queue come to the same: ask
again from there. No loop and no socket here but the one event that wakes the reader.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from typing import Any, Generic, TypeVar

from ecm_tui.client.items import CaughtUp, Fact
from ecm_tui.client.transport import LineLostError
from ecm_tui.core import wire
from ecm_tui.core.log import Recorded
from ecm_tui.core.schedule import Summary
from ecm_tui.core.text import clean
from ecm_tui.errors import EcmError

QUEUE = 4_096
"""Items that wait for a slow reader, about 2 MB of events; what comes after that is asked for again later."""

MOST_TEXT = 64_000
"""Longest text in an answer or a fact, in characters: a note."""

SCHEDULE = "schedule"

T = TypeVar("T")


def gate(value: Any) -> Any:
    """JSON with every text in it passed through `text.clean`; keys are words of the protocol and stay."""
    if isinstance(value, str):
        return clean(value, MOST_TEXT, multiline=True)
    if isinstance(value, Mapping):
        return {str(key): gate(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [gate(each) for each in value]
    return value


class Feed(Generic[T]):
    """One stream that somebody reads: `async for item in feed`. Leave it with `close` or by `async with`."""

    def __init__(self, stream: str, ask: Callable[[Feed[Any], bool], None], queue: int = QUEUE) -> None:
        self.stream = stream
        self._ask = ask
        self._most = queue
        self._items: deque[T] = deque()
        self._ready = asyncio.Event()
        self._put_off = False
        self._over = False
        self._error: EcmError | None = None

    @property
    def after(self) -> int:
        """The sequence number after which the service is to send."""
        return 0

    @property
    def put_off(self) -> bool:
        """Whether the service is not to send now, because the queue is full."""
        return self._put_off

    @property
    def over(self) -> bool:
        """Whether nobody listens any more."""
        return self._over

    def subscribed(self, again: bool) -> None:
        """The service was asked to send; `again` when this line may still carry messages asked for before."""

    def take(self, message: Mapping[str, Any]) -> None:
        """One message of this stream. Raises `WireError`, or `LineLostError` where only a new line helps."""
        raise NotImplementedError

    def fail(self, error: EcmError) -> None:
        """No further item will come, and the first reason is why; raised to the reader after what is queued."""
        self._error = self._error or error
        self._ready.set()

    def close(self) -> None:
        """Stop listening; closing twice does nothing."""
        if not self._over:
            self._over = True
            self._items.clear()
            self._ready.set()
            self._ask(self, False)

    async def __aenter__(self) -> Feed[T]:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def __aiter__(self) -> AsyncIterator[T]:
        return self

    async def __anext__(self) -> T:
        while not self._items:
            if self._over:
                raise StopAsyncIteration
            if self._error:
                raise self._error
            if self._put_off:
                self._put_off = False
                self._ask(self, True)
            self._ready.clear()
            await self._ready.wait()
        return self._items.popleft()

    def _full(self) -> bool:
        """Whether there is no room for one more item; then the service is told to stop until the reader is done."""
        if not self._put_off and len(self._items) >= self._most:
            self._put_off = True
            self._ask(self, False)
        return self._put_off

    def _put(self, item: T) -> None:
        self._items.append(item)
        self._ready.set()


class Events(Feed[Recorded | CaughtUp | Fact]):
    """The events of one stream, in order, each exactly once."""

    def __init__(self, stream: str, after: int, ask: Callable[[Feed[Any], bool], None], queue: int = QUEUE) -> None:
        super().__init__(stream, ask, queue)
        self._last = after
        self._mixed = False

    @property
    def after(self) -> int:
        return self._last

    def subscribed(self, again: bool) -> None:
        self._mixed = again

    def take(self, message: Mapping[str, Any]) -> None:
        if self._over or self._full():
            return
        match message["type"]:
            case "event":
                self._take_event(message)
            case "live":
                self._take_live(_number(message, "seq"))
            case "fact":
                data = {key: each for key, each in message.items() if key not in ("type", "stream", "person")}
                self._put(Fact(stream=self.stream, person=gate(str(message.get("person") or "")), data=gate(data)))

    def _take_event(self, message: Mapping[str, Any]) -> None:
        seq = _number(message, "seq")
        if seq <= self._last:
            return
        if seq > self._last + 1:
            self._gap(seq)
            return
        record = wire.decode_record({key: each for key, each in message.items() if key not in ("type", "stream")})
        self._last, self._mixed = seq, False
        self._put(record)

    def _take_live(self, seq: int) -> None:
        if seq > self._last:
            raise self._lost(seq)
        self._put(CaughtUp(self._last))

    def _gap(self, seq: int) -> None:
        """Left over from a subscription before this one, or a fault that asking again on a new line cures."""
        if not self._mixed:
            raise self._lost(seq)

    def _lost(self, seq: int) -> LineLostError:
        return LineLostError(f"after event {self._last} of {self.stream} the service sent {seq}")


class Rows(Feed[Summary | CaughtUp]):
    """The rows of the Schedule: each once at first and again whenever it changed."""

    def __init__(self, ask: Callable[[Feed[Any], bool], None], queue: int = QUEUE) -> None:
        super().__init__(SCHEDULE, ask, queue)
        self._known: dict[str, tuple[Summary, dict[str, Any]]] = {}
        """Id -> the newest row, and as what it came but for its number."""

    def take(self, message: Mapping[str, Any]) -> None:
        if self._over or self._full():
            return
        match message["type"]:
            case "summary":
                self._take_row(message.get("summary"))
            case "live":
                self._put(CaughtUp(_number(message, "seq")))

    def _take_row(self, data: object) -> None:
        """One row. In a call most events change nothing of it but the number: then that alone is read."""
        raw = data if isinstance(data, Mapping) else {}
        told = {key: each for key, each in raw.items() if key != "seq"}
        known, as_told = self._known.get(str(told.get("id")), (None, None))
        if known is not None and told == as_told:
            row = replace(known, seq=_number(raw, "seq"))
        else:
            row = wire.decode_summary(data)
        if known is None or row.seq > known.seq:
            self._known[row.id] = (row, told)
            self._put(row)


def _number(message: Mapping[str, Any], name: str) -> int:
    number = message.get(name)
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise wire.WireError(f"{name} is a whole number")
    return number
