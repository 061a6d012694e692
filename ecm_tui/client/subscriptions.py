"""Which feeds are open, and what the service was asked to send for them on the line there is now."""

from __future__ import annotations

from typing import Any

from ecm_tui.client.feeds import SCHEDULE, Feed
from ecm_tui.client.line import Line, Message
from ecm_tui.errors import EcmError


class Subscriptions:
    """The open feeds, one a stream."""

    def __init__(self) -> None:
        self._feeds: dict[str, Feed[Any]] = {}
        self._asked: set[str] = set()
        self._line: Line | None = None

    def start(self, feed: Feed[Any]) -> None:
        """Open a feed; the one that read its stream before ends."""
        earlier = self._feeds.get(feed.stream)
        if earlier:
            earlier.close()
        self._feeds[feed.stream] = feed
        self._subscribe(feed)

    def connected(self, line: Line) -> None:
        """There is a new line: everything is asked for again, each from where it was."""
        self._line = line
        self._asked.clear()
        for feed in self._feeds.values():
            if not feed.put_off:
                self._subscribe(feed)

    def lost(self) -> None:
        """There is no line."""
        self._line = None

    def take(self, message: Message) -> None:
        """Hand one message to its feed. Raises as `Feed.take`."""
        stream = SCHEDULE if message["type"] == "summary" else str(message.get("stream"))
        feed = self._feeds.get(stream)
        if feed:
            feed.take(message)

    def refused(self, stream: str, error: EcmError) -> None:
        """The service sends nothing of that stream."""
        feed = self._feeds.get(stream)
        if feed:
            feed.fail(error)

    def fail_all(self, error: EcmError) -> None:
        """There will never be a line again."""
        for feed in self._feeds.values():
            feed.fail(error)

    def listen(self, feed: Feed[Any], on: bool) -> None:
        """A feed's reader is ready for more, cannot keep up, or has left."""
        if self._feeds.get(feed.stream) is not feed:
            return
        if on:
            self._subscribe(feed)
            return
        if self._line:
            self._line.send({"type": "unsubscribe", "stream": feed.stream})
        if feed.over:
            del self._feeds[feed.stream]

    def _subscribe(self, feed: Feed[Any]) -> None:
        if self._line is None:
            return
        self._line.send({"type": "subscribe", "stream": feed.stream, "after": feed.after})
        feed.subscribed(again=feed.stream in self._asked)
        self._asked.add(feed.stream)
