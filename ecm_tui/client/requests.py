"""What was asked of the service and not answered yet. Kept over a broken line and sent again under the same id."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ecm_tui.errors import EcmError, UnreachableError

MOST = 256
"""Requests open at once: far beyond what keys and commands make; more means that nobody answers."""


@dataclass(slots=True)
class Request:
    """One message with its `id`, and the answer to come."""

    message: Mapping[str, Any]
    answer: asyncio.Future[Mapping[str, Any]] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Requests:
    """The open requests, in the order in which they were made."""

    def __init__(self) -> None:
        self._open: dict[str, Request] = {}

    def __iter__(self) -> Iterator[Request]:
        return iter(list(self._open.values()))

    def add(self, message: Mapping[str, Any]) -> Request:
        """A request for this message. Raises `UnreachableError` when too many are open."""
        if len(self._open) >= MOST:
            raise UnreachableError("The clinic service does not keep up. Wait a moment, then try again.")
        request = self._open[message["id"]] = Request(message)
        return request

    def drop(self, request: Request) -> None:
        """Nobody waits for this one any more."""
        self._open.pop(request.message["id"], None)

    def answered(self, request_id: str, answer: Mapping[str, Any]) -> None:
        """The service answered; an answer that nobody waits for is none of our business."""
        request = self._open.pop(request_id, None)
        if request and not request.answer.done():
            request.answer.set_result(answer)

    def failed(self, request_id: str, error: EcmError) -> None:
        """The service refused."""
        request = self._open.pop(request_id, None)
        if request and not request.answer.done():
            request.answer.set_exception(error)

    def fail_all(self, error: EcmError) -> None:
        """No answer will ever come."""
        for each in list(self._open):
            self.failed(each, error)


def joined(found: Mapping[str, Any], rest: Mapping[str, Any], name: str) -> dict[str, Any]:
    """An answer with what the next one says: the list `name` goes on, and all is `ok` only when both are.

    Raises `UnreachableError` for one that does not lead on, which would be asked for ever.
    """
    if not rest.get(name) and "more" in rest:
        raise UnreachableError("The clinic service gave only a part of its answer. Try again.")
    so = {"ok": bool(found["ok"] and rest.get("ok"))} if "ok" in found else {}
    more = {"more": rest["more"]} if "more" in rest else {}
    return {**found, **so, name: [*found[name], *rest.get(name, ())], **more}
