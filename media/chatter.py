"""What simulated patients write in the chat: a greeting, and an answer when the clinic writes or shares something."""

from __future__ import annotations

import asyncio
import itertools
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

GREETING_SECONDS = 8.0
"""From the admission to the greeting."""
ANSWER_SECONDS = 4.0
"""How long they take to write."""

GREETING = "Hello, I can see and hear you well."
ANSWERS = ("Yes, thank you.", "That is good to know.", "I will try that this week.", "Could you say that once more?")
FOR_A_FILE = "Thank you, I have the file."

Send = Callable[[Mapping[str, Any]], Awaitable[object]]


class Chatter:
    """One patient's part in the chat, while they are in the call. `stop` when they leave it."""

    def __init__(self, send: Send, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._send = send
        self._sleep = sleep
        self._answers = itertools.cycle(ANSWERS)
        self._writing: asyncio.Task[None] | None = None

    def start(self) -> None:
        """They are in the call."""
        self._write(GREETING, GREETING_SECONDS)

    def heard(self, message: Mapping[str, Any]) -> None:
        """A message of the service; one line of the clinic is answered at a time."""
        match message:
            case {"type": "line", "line": {"by": {"organiser": True}, "file": file}}:
                self._write(FOR_A_FILE if file else next(self._answers), ANSWER_SECONDS)

    def stop(self) -> None:
        """They write no more; twice is fine."""
        if self._writing:
            self._writing.cancel()

    def _write(self, text: str, after: float) -> None:
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._later(text, after))

    async def _later(self, text: str, after: float) -> None:
        await self._sleep(after)
        await self._send({"type": "say", "id": uuid.uuid4().hex, "text": text})
