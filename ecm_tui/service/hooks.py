"""Programs of the clinic's own that run on a knock, an admission and the end of a call. Whatever they do harms nothing.

No shell, no argument of ours, nobody's name: a hook learns which event, which appointment's id, and how many people.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shlex
import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ecm_tui.core import events as e
from ecm_tui.core.appointment import Appointment
from ecm_tui.core.log import Recorded
from ecm_tui.core.text import clean
from ecm_tui.settings import Hooks as Lines

MOST_AT_ONCE = 4
"""Programs that run at once; what happens meanwhile is told once they have ended, the newest of each kind."""

SECONDS = 10.0
"""How long a program may run; then it and what it started in its group are killed."""

MOST_OUTPUT = 2_000
"""Bytes of what it says that are kept for the log."""

PIPE_BYTES = 65_536
"""As much as waits in a pipe."""

KEPT = (
    *("PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "ECM_HOME"),
    *("DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"),
)
"""Variables of the service that a program gets: what it needs to be found, and to show something on a desktop."""

EVENTS: Mapping[type, str] = {e.PersonEntered: "knock", e.PersonAdmitted: "admit", e.CallEnded: "end"}

Counts = Callable[[], Mapping[str, int]]
"""How many are `waiting`, `in_call`, and how many `calls` run."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What tests choose and users do not."""

    most: int = MOST_AT_ONCE
    seconds: float = SECONDS
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))


class Hooks:
    """Hears what was committed, and runs what is set for it."""

    def __init__(self, lines: Lines, counts: Counts, folder: Path, bounds: Bounds | None = None) -> None:
        """`folder`: where the programs run."""
        found = {"knock": lines.knock, "admit": lines.admit, "end": lines.end}
        self._commands = {event: shlex.split(line) for event, line in found.items() if line}
        self._counts = counts
        self._folder = folder
        self._bounds = bounds or Bounds()
        self._running: set[asyncio.Task[None]] = set()
        self._later: dict[str, str] = {}
        """Event -> the newest appointment for which nothing could run yet."""
        self._closed = False

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Programs run inside the block only; those that still do at its end are killed."""
        try:
            yield
        finally:
            self._closed = True
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    def changed(self, before: Appointment, after: Appointment, records: Sequence[Recorded]) -> None:
        """Hear what was committed."""
        for record in records:
            event = EVENTS.get(type(record.event), "")
            if event in self._commands:
                self._later.pop(event, None)
                self._later[event] = after.id
        self._next()

    def _next(self) -> None:
        while self._later and len(self._running) < self._bounds.most and not self._closed:
            event = next(iter(self._later))
            task = asyncio.create_task(self._run(event, self._later.pop(event)), name=f"hook {event}")
            self._running.add(task)
            task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and task.exception():
            _log.error("%s failed", task.get_name(), exc_info=task.exception())
        self._next()

    async def _run(self, event: str, appointment: str) -> None:
        with _Output() as output:
            try:
                process = await asyncio.create_subprocess_exec(
                    *self._commands[event],
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=output.writer,
                    stderr=output.writer,
                    env=self._environ(event, appointment),
                    cwd=self._folder,
                    start_new_session=True,
                )
            except OSError as error:
                _log.warning("the hook %s cannot be run: %s", event, error.strerror or error)
                return
            try:
                async with asyncio.timeout(self._bounds.seconds):
                    await process.wait()
            except TimeoutError:
                _log.warning("the hook %s was killed after %g s", event, self._bounds.seconds)
            finally:
                _kill(process.pid)
                await process.wait()  # also when the service ends meanwhile: the loop may not close before it
            said = output.said()
        if process.returncode or said:
            _log.warning("the hook %s ended with %s: %s", event, process.returncode, said or "it said nothing")

    def _environ(self, event: str, appointment: str) -> dict[str, str]:
        kept = {name: value for name, value in self._bounds.environ.items() if name in KEPT}
        counts = {f"ECM_{name.upper()}": str(count) for name, count in self._counts().items()}
        return {**kept, **counts, "ECM_EVENT": event, "ECM_APPOINTMENT": appointment}


def _kill(group: int) -> None:
    """End everything that is left of a program's process group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


class _Output:
    """What a program says: its first bytes are kept, the rest is read and dropped, so that it is not held up.

    A pipe of our own, since what the program leaves running may hold its end open for ever.
    """

    def __init__(self) -> None:
        self._reader, self.writer = os.pipe()
        os.set_blocking(self._reader, False)
        self._kept = bytearray()
        self._loop = asyncio.get_running_loop()

    def __enter__(self) -> _Output:
        self._loop.add_reader(self._reader, self._read)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.remove_reader(self._reader)
        os.close(self._reader)
        os.close(self.writer)

    def said(self) -> str:
        """What was kept, on one line."""
        self._read()
        return clean(" ".join(self._kept.decode(errors="replace").split()), MOST_OUTPUT)

    def _read(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._kept += os.read(self._reader, PIPE_BYTES)[: MOST_OUTPUT - len(self._kept)]
