"""A terminal at the end of a slow line: so many bytes a second, and every byte and key late by half a round trip."""

from __future__ import annotations

import asyncio
import fcntl
import os
import struct
import termios
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pty import openpty

import pyte

from tests.until import until

PIECE = 0.01
"""Seconds of bytes that travel together."""


class SlowLine:
    """One program behind the line. A thread carries what it writes, as slowly as the line is."""

    def __init__(self, master: int, bytes_a_second: int, round_trip: float, columns: int, rows: int) -> None:
        self.carried = 0
        """Bytes that have left the program."""
        self._master = master
        self._pace = bytes_a_second
        self._late = round_trip / 2
        self._under_way: deque[tuple[float, bytes]] = deque()
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        threading.Thread(target=self._carry, daemon=True).start()

    def _carry(self) -> None:
        while True:
            try:
                piece = os.read(self._master, max(1, int(self._pace * PIECE)))
            except OSError:
                return  # the program has ended
            time.sleep(len(piece) / self._pace)
            self.carried += len(piece)
            self._under_way.append((time.monotonic() + self._late, piece))

    def screen(self) -> str:
        """What has arrived on the screen."""
        while self._under_way and self._under_way[0][0] <= time.monotonic():
            self._stream.feed(self._under_way.popleft()[1])
        return "\n".join(self._screen.display)

    async def press(self, keys: str) -> None:
        """Press keys; they arrive late."""
        await asyncio.sleep(self._late)
        os.write(self._master, keys.encode())

    async def shows(self, *texts: str, timeout: float = 20.0) -> float:
        """Wait until all of these are on the screen; the seconds that it took."""
        began = time.monotonic()

        def there() -> bool:
            missing = [text for text in texts if text not in self.screen()]
            assert not missing, f"{missing} not on the screen:\n{self.screen()}"
            return True

        await until(there, timeout, every=0.02, what=f"the screen shows {texts}")
        return time.monotonic() - began


@asynccontextmanager
async def slow_line(
    command: Sequence[str],
    env: Mapping[str, str],
    bits_a_second: int = 64_000,
    round_trip: float = 0.2,
    columns: int = 80,
    rows: int = 24,
) -> AsyncIterator[SlowLine]:
    """Run `command` behind such a line; `env` is its environment but for the terminal's own variables."""
    whole = {**env, "LANG": "C.UTF-8", "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    master, slave = openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    process = await asyncio.create_subprocess_exec(
        *command, env=whole, stdin=slave, stdout=slave, stderr=slave, start_new_session=True
    )
    os.close(slave)
    try:
        yield SlowLine(master, bits_a_second // 8, round_trip, columns, rows)
    finally:
        process.kill()
        await process.wait()
        os.close(master)
