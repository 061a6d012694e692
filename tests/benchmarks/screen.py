"""A program on a real pseudo-terminal: keys in, bytes out with the time at which each came, the screen they paint."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import struct
import sys
import termios
import threading
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import pyte

from tests.until import until

COLUMNS, ROWS = 100, 30
MARK, MARK_WITHIN = "▌", 4
"""What stands before the selected row, within the first columns."""
SWITCH = 0.0005
"""Seconds after which a busy thread of ours lets the reading one run: it takes the times."""


class Screen:
    """One program. A thread of its own reads, so that times do not wait for anything else in this process."""

    def __init__(self, pid: int, master: int, started: float) -> None:
        self.pid = pid
        self.started = started
        """perf_counter when the program was started."""
        self.arrived: list[tuple[float, int]] = []
        """perf_counter and number of bytes of everything that came."""
        self._master = master
        self._unread: list[tuple[float, bytes]] = []
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._master, 65536)
            except OSError:
                return
            if not data:
                return
            now = time.perf_counter()
            self.arrived.append((now, len(data)))
            self._unread.append((now, data))

    def text(self) -> str:
        """What the screen shows now."""
        while self._unread:
            self._stream.feed(self._unread.pop(0)[1])
        return "\n".join(self._screen.display)

    def marked(self) -> tuple[int, ...]:
        """The lines on which a list's mark of the selected row stands."""
        buffer = self._screen.buffer
        return tuple(y for y in range(ROWS) if any(buffer[y][x].data == MARK for x in range(MARK_WITHIN)))

    def moved(self, before: tuple[int, ...]) -> float | None:
        """Paint what came, piece by piece; when the piece came with which the mark left `before`."""
        while self._unread:
            at, data = self._unread.pop(0)
            self._stream.feed(data)
            if self.marked() != before and self.marked():
                return at
        return None

    async def shows(self, *texts: str, timeout: float = 60.0) -> str:
        """Wait until all of these are on the screen."""

        def all_there() -> str:
            screen = self.text()
            missing = [text for text in texts if text not in screen]
            assert not missing, f"{missing} not on the screen:\n{screen}"
            return screen

        return await until(all_there, timeout, every=0.01, what=f"the screen shows {texts}")

    def press(self, keys: str) -> None:
        """Write keys as a terminal sends them."""
        os.write(self._master, keys.encode())

    def bytes_since(self, moment: float) -> int:
        """How many bytes came since this perf_counter."""
        return sum(count for at, count in self.arrived if at >= moment)

    def first_since(self, moment: float) -> float | None:
        """When the first byte came since this perf_counter."""
        return next((at for at, _ in self.arrived if at >= moment), None)

    async def quiet(self, seconds: float, longest: float = 10.0) -> None:
        """Wait until nothing came for so long, at most `longest`."""
        end = time.perf_counter() + longest
        while time.perf_counter() < end:
            last = self.arrived[-1][0] if self.arrived else self.started
            left = last + seconds - time.perf_counter()
            if left <= 0:
                return
            await asyncio.sleep(left)


@asynccontextmanager
async def screen(command: Sequence[str], env: Mapping[str, str]) -> AsyncIterator[Screen]:
    """Run a command on a terminal of 100 x 30; `env` is its whole environment but for the terminal's own variables."""
    sys.setswitchinterval(SWITCH)
    # LINES and COLUMNS would count more than the terminal's own size.
    kept = {name: value for name, value in env.items() if name not in ("LINES", "COLUMNS")}
    whole = {**kept, "LANG": "C.UTF-8", "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    started = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *command, env=whole, stdin=slave, stdout=slave, stderr=slave, start_new_session=True
    )
    os.close(slave)
    opened = Screen(process.pid, master, started)
    try:
        yield opened
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), 3)
            except TimeoutError:
                process.kill()
                await process.wait()
        os.close(master)
