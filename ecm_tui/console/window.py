"""The organiser's video window, a process of its own: started, watched, and told about in words.

It gets its one-use link on standard input, never in its arguments, and runs in the state directory, so that no `media`
that lies about elsewhere is run in its place. It tells how it stands in lines of JSON on its standard output.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ecm_tui.console.cells import plain

COMMAND: Sequence[str] = (sys.executable, "-P", "-m", "media.window")

LOG = "window.log"
"""File in the state directory that takes what the window's libraries write; begun anew with each window."""

PATIENCE = 3.0
"""Seconds that a child gets to end by itself after it was asked to."""

LONGEST_LINE = 64 * 1024
"""Bytes of one line of the child; a longer one is skipped."""


@dataclass(frozen=True, slots=True)
class WindowState:
    """How the window stands."""

    word: str
    """The child's own words, such as `connecting`, `failed`, `no_display`; `closed` when it is gone."""
    sentence: str


class VideoWindow:
    """At most one child at a time. `says` is called with each state that a person should know of."""

    def __init__(self, state: Path, says: Callable[[WindowState], None], command: Sequence[str] = COMMAND) -> None:
        self._directory = state
        self._says = says
        self._command = command
        self._watch: asyncio.Task[None] | None = None
        self._process: asyncio.subprocess.Process | None = None

    @property
    def open(self) -> bool:
        """Whether a window runs."""
        return self._process is not None and self._process.returncode is None

    async def start(self, link: str, microphone: bool, camera: bool) -> None:
        """Open the window on `link`, its switches as given. Raises OSError when no process can be started."""
        if self.open:
            return
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        log = _open_log(self._directory / LOG)
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                cwd=self._directory,
                start_new_session=True,
                limit=LONGEST_LINE,
            )
        finally:
            os.close(log)
        self._process = process
        line = json.dumps({"link": link, "microphone": microphone, "camera": camera})
        self._watch = asyncio.create_task(self._watched(process, line))

    async def close(self) -> None:
        """End the window if one runs; closing twice does nothing."""
        process, watch = self._process, self._watch
        self._process = self._watch = None
        if process is not None and process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), PATIENCE)
            except TimeoutError:
                process.kill()
        if watch is not None:
            await watch

    async def _watched(self, process: asyncio.subprocess.Process, line: str) -> None:
        last = WindowState("", "")
        if process.stdin is not None and process.stdout is not None:
            try:
                process.stdin.write(f"{line}\n".encode())
                await process.stdin.drain()
                process.stdin.close()
            except (BrokenPipeError, ConnectionResetError):
                pass  # It ended at once, and what it said before tells why.
            while state := await _next_state(process.stdout):
                last = state
                if self._process is process and state.sentence:
                    self._says(state)
        code = await process.wait()
        if self._process is not process:
            return  # It was closed on purpose, and nobody needs to be told.
        self._process = self._watch = None
        if code and last.word not in ("failed", "no_display"):
            self._says(WindowState("failed", f"The video window ended with status {code}. Press F8 to open it again."))
        elif not code and last.word != "ended":
            self._says(WindowState("closed", "The video window is closed. The call goes on."))


async def _next_state(lines: asyncio.StreamReader) -> WindowState | None:
    """The next state that the child tells; None at its end. Lines that are no state are skipped."""
    while True:
        try:
            line = await lines.readline()
        except ValueError:
            continue  # Longer than LONGEST_LINE; the reader has dropped it.
        if not line:
            return None
        try:
            said = json.loads(line)
        except ValueError:
            continue
        if isinstance(said, dict) and said.get("type") == "state":
            return WindowState(str(said.get("state", "")), plain(str(said.get("message", "")), 160))


def _open_log(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0), 0o600)
