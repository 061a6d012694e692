"""A line mode in this terminal over a fake service: `python scene.py STATE`. SIGUSR1: Ann Lee comes to wait."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from ecm_tui.console.plain.console import PlainConsole
from ecm_tui.console.plain.terminal import opened
from ecm_tui.core import commands as c
from ecm_tui.settings import Display
from tests.console.fake_service import FakeService


async def main(state: Path) -> None:
    """A running call; Bea Moreno is in it."""
    service = FakeService()
    appointment = service.schedule("Ann Lee", "Bea Moreno")
    service.other(appointment, c.StartCall())
    bea = service.enter(appointment, "Bea Moreno")
    service.other(appointment, c.Admit(person_id=bea))
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, service.enter, appointment, "Ann Lee")
    terminal = opened(os.environ, Display())
    await PlainConsole(service.connect, terminal, state, clock=service.clock, environ=os.environ).run()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
