"""The newest thing of its kind, never a queue: what the screen and the encoder take is what came last."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Newest(Generic[T]):
    """Holds one value; a newer one replaces it. May be filled from another thread than it is read from."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._value: T | None = None
        self.count = 0
        """How many values were put in since the start; grows by one each time, also after `clear`."""
        self.at = 0.0
        """When the newest was put in, in the caller's seconds."""

    def put(self, value: T, now: float) -> None:
        """Replace what is held."""
        with self._lock:
            self._value, self.at = value, now
            self.count += 1

    def peek(self) -> T | None:
        """The newest value, which stays; None when there is none."""
        return self._value

    def clear(self) -> None:
        """Hold nothing."""
        with self._lock:
            self._value = None
