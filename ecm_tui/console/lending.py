"""The terminal, lent to another program for a while: the console draws nothing, and keeps its line and its ears."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from ecm_tui.console.sparing import Sparing

PATIENCE = 3.0
"""Seconds that a program which has the terminal gets to end by itself after it was asked to."""


class _ToldToEndError(Exception):
    """The console was told to end while another program had the terminal."""


class Lending(Sparing):
    """An app that can let another program have its terminal."""

    def __init__(self) -> None:
        super().__init__()
        self.lent = False
        """Whether another program has the terminal now."""
        self.told_to_end = False
        """Whether somebody outside wants the console gone, while another program has the terminal."""
        self._guest: asyncio.subprocess.Process | None = None
        """That program."""

    async def lend_terminal(self, command: Sequence[str]) -> int:
        """Let another program have the terminal until it ends, and give its status; the line is kept meanwhile.

        Raises OSError when it cannot be started. When the console is told to end, so is the program, and the console
        leaves after it.
        """
        status: int | OSError = 0
        try:
            with self.batch_update(), _never_stopped_for_good(), self.suspend():
                self.lent = True
                status = await self._run_guest(command)
                if self.told_to_end:
                    raise _ToldToEndError  # past Textual's taking the terminal again: it may be gone
                self.lent = False
        except _ToldToEndError:
            self.exit()
        if isinstance(status, OSError):
            raise status
        return status

    async def _run_guest(self, command: Sequence[str]) -> int | OSError:
        try:
            self._guest = await asyncio.create_subprocess_exec(*command)
            return await self._guest.wait()
        except OSError as error:
            return error
        finally:
            self._end_guest()
            self._guest = None

    def _end_guest(self) -> None:
        guest = self._guest
        if guest is not None and guest.returncode is None:
            with suppress(ProcessLookupError):
                guest.terminate()

    def end_on(self, number: int) -> None:
        """A signal came: leave, after the program that has the terminal. What is typed there is meant for it alone."""
        if not self.lent:
            self.exit()
        elif number not in (signal.SIGINT, signal.SIGQUIT):
            self.told_to_end = True
            self._end_guest()
            asyncio.get_running_loop().call_later(PATIENCE, self._guest_overstays)

    def _guest_overstays(self) -> None:
        if self._guest is not None and self._guest.returncode is None:
            self._guest.kill()

    def bell(self) -> None:
        """The terminal's bell."""
        self.to_terminal("\a")

    def to_terminal(self, sequence: str) -> None:
        """A sequence that draws nothing, also while another program has the terminal. The one way past Textual."""
        if self._driver is None or self.is_headless or not sequence:
            return
        if not self.lent:
            self._driver.write(sequence)
        elif sys.__stderr__ is not None:
            with suppress(OSError):
                sys.__stderr__.write(sequence)
                sys.__stderr__.flush()


def has_shell() -> bool:
    """Whether a shell put us in a group of our own: else nobody could wake us when we are stopped."""
    return os.getpgrp() != os.getsid(0)


@contextmanager
def _never_stopped_for_good() -> Iterator[None]:
    """A program's own ctrl+z stops us too; where no shell could wake us it stops nobody."""
    if has_shell():
        yield
        return
    before = signal.signal(signal.SIGTSTP, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGTSTP, before)
