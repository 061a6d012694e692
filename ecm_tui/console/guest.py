"""A program that has our terminal for a while, such as somebody's editor: started, waited for, ended when we are."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

PATIENCE = 3.0
"""Seconds that a program which has the terminal gets to end by itself after it was asked to."""


class Guest:
    """The program that has the terminal, when one has."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None

    async def run(self, command: Sequence[str]) -> int | OSError:
        """Its status, or why it could not be started. Where we are cancelled it ends first."""
        try:
            self._process = await asyncio.create_subprocess_exec(*command)
            return await self._process.wait()
        except OSError as error:
            return error
        except asyncio.CancelledError:
            self._ask()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait() if self._process else asyncio.sleep(0), PATIENCE)
            raise
        finally:
            self._kill()
            self._process = None

    def end(self) -> None:
        """Ask it to end; if it does not, it is ended."""
        self._ask()
        asyncio.get_running_loop().call_later(PATIENCE, self._kill)

    def _ask(self) -> None:
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.terminate()

    def _kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()


def has_shell() -> bool:
    """Whether a shell put us in a group of our own: else nobody could wake us when we are stopped."""
    return os.getpgrp() != os.getsid(0)


@contextmanager
def never_stopped_for_good() -> Iterator[None]:
    """A program's own ctrl+z stops us too; where no shell could wake us it stops nobody."""
    if has_shell():
        yield
        return
    before = signal.signal(signal.SIGTSTP, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGTSTP, before)
