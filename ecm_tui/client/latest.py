"""A value that changes, for readers who care for the newest only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Latest(Generic[T]):
    """Holds one value. Slow readers skip what they missed, so that nothing piles up."""

    def __init__(self, value: T) -> None:
        self.value = value
        self._changed = asyncio.Event()
        self._over = False

    def set(self, value: T) -> None:
        """Replace the value and wake all readers."""
        self.value = value
        self._wake()

    def close(self) -> None:
        """Readers get what is newest and then end."""
        self._over = True
        self._wake()

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def changes(self) -> AsyncIterator[T]:
        """The value now, and each newer one."""
        while True:
            changed, value = self._changed, self.value
            yield value
            if self._over and self.value is value:
                return
            await changed.wait()
