"""Waiting for a condition, with a limit: what tests do instead of sleeping."""

import asyncio
import inspect
import os
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar, cast, overload

T = TypeVar("T")


PATIENCE = 3 if "PYTEST_XDIST_WORKER" in os.environ else 1
"""Limits are meant for a test that has the machine to itself; one of several at a time gets this many times as long."""


class NotInTimeError(AssertionError):
    """The condition did not become true within its limit; the message says which and how long."""


@overload
async def until(
    condition: Callable[[], Awaitable[T]], timeout: float = 5.0, every: float = 0.01, what: str = ""
) -> T: ...
@overload
async def until(condition: Callable[[], T], timeout: float = 5.0, every: float = 0.01, what: str = "") -> T: ...
async def until(
    condition: Callable[[], T | Awaitable[T]], timeout: float = 5.0, every: float = 0.01, what: str = ""
) -> T:
    """Ask `condition` (plain or async) every `every` seconds until it gives something true, and return that.

    Raises NotInTimeError after `timeout` seconds, times `PATIENCE`. `what` names the condition in that error.
    An AssertionError inside the condition counts as "not yet"; the last one is the cause of the error.
    """
    end = time.monotonic() + timeout * PATIENCE
    while True:
        last: AssertionError | None = None
        try:
            answer = condition()
            value = cast(T, await answer if inspect.isawaitable(answer) else answer)
            if value:
                return value
        except AssertionError as error:
            value, last = cast(T, None), error
        if time.monotonic() >= end:
            raise NotInTimeError(_sentence(condition, timeout, what, value)) from last
        await asyncio.sleep(every)


def until_now(condition: Callable[[], T], timeout: float = 5.0, every: float = 0.02, what: str = "") -> T:
    """The same for tests without an event loop, such as those that drive a terminal."""
    end = time.monotonic() + timeout * PATIENCE
    while True:
        last: AssertionError | None = None
        try:
            value = condition()
            if value:
                return value
        except AssertionError as error:
            value, last = cast(T, None), error
        if time.monotonic() >= end:
            raise NotInTimeError(_sentence(condition, timeout, what, value)) from last
        time.sleep(every)


def _sentence(condition: Callable[[], object], timeout: float, what: str, value: object) -> str:
    name = what or getattr(condition, "__qualname__", repr(condition))
    return f"not true within {timeout * PATIENCE:g} s: {name} (last value: {value!r})"
