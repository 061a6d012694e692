"""Who hears what was committed: listeners in the service, at once and in order, and bounded feeds for sockets."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from ecm_tui.core.appointment import Appointment
from ecm_tui.core.clinic import CLINIC, Clinic
from ecm_tui.core.log import Recorded

S = TypeVar("S", Appointment, Clinic)

FEED_BYTES = 1024 * 1024
"""What may wait for one slow socket; more, and it is closed and told from where to resume."""

FACT_BYTES = FEED_BYTES // 4
"""Facts wait only below this: the next one replaces them anyway, and events need the room."""

_OVERHEAD = 200
"""About what a record weighs beside its event: number, time, actor, and the objects that hold it."""

Listener = Callable[[Appointment, Appointment, Sequence[Recorded]], None]
"""Called with the appointment before, after, and the records between; must neither wait nor change anything it gets."""

ClinicListener = Callable[[Clinic, Clinic, Sequence[Recorded]], None]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that holds for a moment and is in no log: speaking, quality. Lost when nobody listens."""

    data: Mapping[str, Any]
    """JSON, as it travels."""


@dataclass(frozen=True, slots=True)
class Change(Generic[S]):
    """What one command appended to one stream."""

    before: S
    after: S
    records: Sequence[Recorded]
    sizes: Sequence[int]
    """Bytes of each event's JSON."""


class FellBehindError(Exception):
    """The reader of a feed was too slow and the feed is closed. What it has read holds; `resume_from` is its number."""

    def __init__(self, resume_from: int) -> None:
        super().__init__(f"too slow; resume after {resume_from}")
        self.resume_from = resume_from


class Feed:
    """What one subscriber has not read yet of one stream, at most `limit` bytes of it."""

    def __init__(self, after: int = 0, limit: int = FEED_BYTES) -> None:
        self.read_to = after
        """Number of the newest record that the subscriber has taken."""
        self.waiting_bytes = 0
        self._limit = limit
        self._items: deque[tuple[Recorded | Fact, int]] = deque()
        self._behind = False
        self._closed = False
        self._changed = asyncio.Event()

    def offer(self, record: Recorded, size: int) -> None:
        """One more record of `size` bytes; over the limit the feed forgets what waits and is behind for good."""
        if self._behind or self._closed:
            return
        if self.waiting_bytes + size > self._limit:
            self._behind = True
            self._items.clear()
            self.waiting_bytes = 0
        else:
            self._put(record, size)
        self._changed.set()

    def offer_fact(self, fact: Fact, size: int) -> None:
        """One more fact, unless the subscriber is slow already."""
        if self._behind or self._closed or self.waiting_bytes + size > min(FACT_BYTES, self._limit):
            return
        self._put(fact, size)
        self._changed.set()

    def close(self) -> None:
        """Nothing more comes; what waits can still be read."""
        self._closed = True
        self._changed.set()

    async def get(self) -> Recorded | Fact | None:
        """The next fact, or record above `read_to`; None when the feed is closed and read. Raises `FellBehindError`."""
        while True:
            while not self._items:
                if self._behind:
                    raise FellBehindError(self.read_to)
                if self._closed:
                    return None
                self._changed.clear()
                await self._changed.wait()
            item, size = self._items.popleft()
            self.waiting_bytes -= size
            if isinstance(item, Fact):
                return item
            if item.seq > self.read_to:
                self.read_to = item.seq
                return item

    def _put(self, item: Recorded | Fact, size: int) -> None:
        self._items.append((item, size))
        self.waiting_bytes += size


class Hub:
    """The fan-out. Everything runs on the service's loop and in the order of commits."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._clinic_listeners: list[ClinicListener] = []
        self._settled: list[Callable[[], None]] = []
        self._feeds: defaultdict[str, list[Feed]] = defaultdict(list)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Hear every change of every appointment. The answer ends it, once or often."""
        self._listeners.append(listener)
        return lambda: _drop(self._listeners, listener)

    def subscribe_clinic(self, listener: ClinicListener) -> Callable[[], None]:
        """Hear every change of the clinic's own stream."""
        self._clinic_listeners.append(listener)
        return lambda: _drop(self._clinic_listeners, listener)

    def when_settled(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Hear, in the same turn of the loop, that everything of one commit was published. The answer ends it."""
        self._settled.append(listener)
        return lambda: _drop(self._settled, listener)

    def open_feed(self, stream: str, after: int = 0, limit: int = FEED_BYTES) -> Feed:
        """A feed of what is committed to `stream` from now on. Every feed is given back with `close_feed`."""
        feed = Feed(after, limit)
        self._feeds[stream].append(feed)
        return feed

    def close_feed(self, stream: str, feed: Feed) -> None:
        """The feed gets nothing more. Twice is fine."""
        feed.close()
        _drop(self._feeds[stream], feed)
        if not self._feeds[stream]:
            del self._feeds[stream]

    def close(self) -> None:
        """End all feeds: whoever follows a stream comes to its end."""
        for feeds in self._feeds.values():
            for feed in feeds:
                feed.close()

    def publish(self, change: Change[Appointment] | Change[Clinic]) -> None:
        """Tell everyone what was committed."""
        calls: list[partial[None]]
        if isinstance(change.after, Clinic):
            stream = CLINIC
            calls = [partial(each, change.before, change.after, change.records) for each in self._clinic_listeners]
        else:
            stream = change.after.id
            calls = [partial(each, change.before, change.after, change.records) for each in self._listeners]
        for feed in tuple(self._feeds.get(stream, ())):
            for record, size in zip(change.records, change.sizes, strict=True):
                feed.offer(record, size + _OVERHEAD)
        for call in calls:
            _told(call)

    def settle(self) -> None:
        """Everything of one commit was published."""
        for listener in tuple(self._settled):
            _told(partial(listener))

    def tell(self, stream: str, data: Mapping[str, Any], size: int = 200) -> None:
        """Pass a fact to those who follow the stream now; `size` in bytes."""
        for feed in tuple(self._feeds.get(stream, ())):
            feed.offer_fact(Fact(data), size)


def _told(call: partial[None]) -> None:
    """One listener's fault is its own: what was committed stays committed, and the others hear of it."""
    try:
        call()
    except Exception:
        _log.exception("a listener failed: %r", call.func)


def _drop(found: list[Any], one: object) -> None:
    if one in found:
        found.remove(one)
