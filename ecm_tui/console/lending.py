"""The terminal, lent to another program for a while: the console draws nothing, and keeps its line and its ears."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

from ecm_tui.console.guest import Guest, never_stopped_for_good
from ecm_tui.console.sparing import Sparing


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
        self._guest = Guest()

    async def lend_terminal(self, command: Sequence[str]) -> int:
        """Let another program have the terminal until it ends, and give its status; the line is kept meanwhile.

        Raises OSError when it cannot be started. When the console is told to end, so is the program, and the console
        leaves after it.
        """
        status: int | OSError = 0
        try:
            with self.batch_update(), never_stopped_for_good(), self.suspend():
                self.lent = True
                status = await self._guest.run(command)
                if self.told_to_end:
                    raise _ToldToEndError  # past Textual's taking the terminal again: it may be gone
                self.lent = False
        except _ToldToEndError:
            self.exit()
        if isinstance(status, OSError):
            raise status
        return status

    def end_on(self, number: int) -> None:
        """A signal came: leave, after the program that has the terminal. What is typed there is meant for it alone."""
        if not self.lent:
            self.exit()
        elif number not in (signal.SIGINT, signal.SIGQUIT):
            self.told_to_end = True
            self._guest.end()

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
