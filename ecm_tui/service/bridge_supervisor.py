"""Keeps one media bridge alive: starts it, starts it again, adopts one that outlived a restart of the service.

The bridge's token is kept in a private file, so that a service that comes back knows its bridge.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ecm_tui.core.wire import VERSION
from ecm_tui.service.bridge import Bridge
from ecm_tui.service.processes import Process
from ecm_tui.service.secrets import new_credential, write_private
from ecm_tui.settings import Settings

COMMAND = (sys.executable, "-P", "-m", "media")
"""`-P`: a directory `media` planted where the service was started is never run."""

CONNECT_SECONDS = 20.0
"""How long a new bridge may take to say hello: importing its codecs on a busy machine."""

ADOPT_SECONDS = 3.0
"""How long a bridge that lives may take to come back: its own pauses are at most a second."""

STEADY_SECONDS = 30.0
"""A bridge that lived this long was a good one: after its end the next one starts at once."""

PAUSES = (0.0, 0.0, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds before each further start of bridges that do not live; the last one repeats."""

END_SECONDS = 2.0
LOG_BYTES = 4 * 1024 * 1024
TICK = 0.03

_log = logging.getLogger(__name__)


class BridgeSupervisor:
    """`run` is the one task that owns the bridge's process."""

    def __init__(self, settings: Settings, bridge: Bridge, command: Sequence[str] | None = COMMAND) -> None:
        self.token = new_credential()
        """What a bridge shows at the door."""
        self._settings = settings
        self._bridge = bridge
        self._command = command
        self._file = settings.home.state / "bridge.json"
        self._process: Process | None = None
        self._child: subprocess.Popen[bytes] | None = None
        bridge.broken = self.kill

    def load(self) -> None:
        """Learn the token of a bridge that may still live, before anyone is let in: one refused bridge gives up."""
        known = _read(self._file)
        process = Process.find(known.get("pid", 0))
        if process is not None and process.began and process.began == known.get("began"):
            self.token, self._process = str(known.get("token")), process
            self._bridge.may_hold = True

    async def run(self) -> None:
        """Keep a bridge alive until cancelled. Without a command nothing is started; whoever has the token may come."""
        loop = asyncio.get_running_loop()
        adopted = await self._adopt()
        if self._command is None:
            self._remember()
            return
        tries = 0
        while True:
            began = loop.time()
            if not adopted:
                await asyncio.sleep(PAUSES[min(tries, len(PAUSES) - 1)])
                began = loop.time()
                try:
                    await self._start()
                except OSError as error:
                    _log.error("the media bridge cannot be started: %s", error)
                    tries += 1
                    continue
            adopted = False
            if await self._up_within(CONNECT_SECONDS):
                await self._until_gone()
            self.kill()
            tries = 1 if loop.time() - began >= STEADY_SECONDS else tries + 1
            _log.warning("the media bridge ended; a new one is started (%s)", self._settings.home.logs / "bridge.log")

    async def _adopt(self) -> bool:
        if self._process is None:
            return False
        if await self._up_within(ADOPT_SECONDS):
            return True
        self.kill()
        self._process = None
        return False

    async def _start(self) -> None:
        await self._bury()
        self.token = new_credential()
        self._child = await asyncio.to_thread(self._spawn)
        self._process = Process.find(self._child.pid)
        self._bridge.may_hold = False
        self._remember()

    async def _bury(self) -> None:
        """Collect a child that has been killed."""
        child, self._child = self._child, None
        if child is not None:
            await asyncio.to_thread(child.wait)

    def _spawn(self) -> subprocess.Popen[bytes]:
        """Not asyncio's subprocess: that one kills its child when the loop closes, and a bridge may outlive us."""
        log = _open_log(self._settings.home.logs / "bridge.log")
        try:
            child = subprocess.Popen(
                list(self._command or ()),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=self._settings.home.state,
                env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
                start_new_session=True,
            )
        finally:
            os.close(log)
        assert child.stdin is not None
        with contextlib.suppress(BrokenPipeError), child.stdin as pipe:
            pipe.write(json.dumps(self._configuration()).encode() + b"\n")
        return child

    def _configuration(self) -> dict[str, Any]:
        settings = self._settings
        turn = {"urls": list(settings.turn.urls), "secret": settings.turn.secret} if settings.turn.urls else None
        return {
            "socket": str(settings.home.socket),
            "token": self.token,
            "address": settings.media.address or None,
            "ports": list(settings.media.ports) if settings.media.ports else None,
            "turn": turn,
            "version": VERSION,
        }

    def _remember(self) -> None:
        known = {"token": self.token}
        if self._process:
            known |= {"pid": self._process.pid, "began": self._process.began}  # type: ignore[dict-item]
        try:
            write_private(self._file, json.dumps(known).encode())
        except OSError as error:
            # It serves all the same; only a service that is started again will not know it, and start another one.
            _log.error("the media bridge cannot be noted: %s", error)

    async def _up_within(self, seconds: float) -> bool:
        """Whether a bridge is, or was, up before `seconds` are over or its process ends."""
        loop = asyncio.get_running_loop()
        end, before = loop.time() + seconds, self._bridge.greeted
        while not self._bridge.up.is_set() and self._bridge.greeted == before:
            if loop.time() >= end or not self._alive():
                return False
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._bridge.up.wait(), TICK)
        return True

    async def _until_gone(self) -> None:
        """Return when the bridge is gone for good: its process ended, or it does not come back to its socket."""
        while True:
            await self._bridge.down.wait()
            if not await self._up_within(ADOPT_SECONDS):
                return

    def _alive(self) -> bool:
        if self._child is not None and self._child.poll() is not None:
            return False
        return self._process is not None and self._process.alive

    def kill(self) -> None:
        """End the bridge at once, and its line."""
        self._signal(signal.SIGKILL)
        self._bridge.cut()

    def _signal(self, number: int) -> None:
        """A child keeps its process id until it is buried; an adopted process is known by its beginning."""
        if self._child is None:
            if self._process:
                self._process.signal(number)
        elif self._child.poll() is None:
            self._child.send_signal(number)

    async def stop(self, keep: bool) -> None:
        """The service ends. With `keep` the bridge goes on for the next service to adopt; else it ends now."""
        child, process = self._child, self._process
        if not keep and process:
            self._signal(signal.SIGTERM)
            end = asyncio.get_running_loop().time() + END_SECONDS
            while self._alive() and asyncio.get_running_loop().time() < end:  # noqa: ASYNC110  a process sets no event
                await asyncio.sleep(TICK)
            self._signal(signal.SIGKILL)
            self._file.unlink(missing_ok=True)
        if child and child.poll() is None:
            child.returncode = 0  # it is not ours any more: no warning that it still runs


def _read(path: Path) -> Mapping[str, Any]:
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as file:
            known = json.loads(file.read(10_000))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) and isinstance(known.get("pid", 0), int) else {}


def _open_log(path: Path) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
    with contextlib.suppress(OSError):
        if path.stat().st_size > LOG_BYTES:
            path.replace(path.with_suffix(".log.old"))
    return os.open(path, flags, 0o600)
