"""The console on a real pseudo-terminal: keys in, bytes out, the screen that they paint.

`python -m tests.console.pty STATE [mouse] [wide]` is the console itself, with a clinic's morning or wide names in it.
"""

from __future__ import annotations

import os
import signal
import sys
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pexpect
import pyte

from ecm_tui.console.app import EcmApp
from ecm_tui.core import commands as c
from tests.console.fake_service import TUESDAY, FakeClock, FakeService
from tests.console.scenes import clinic
from tests.tree import ROOT
from tests.until import until_now

USUAL = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
"""The variables of a usual terminal."""

WIDE = (
    "Ann Lee",
    "\u7530\u4e2d \u611b\u5b50",
    "Zoe\u0308 Mu\u0308ller",
    "\uae40\ubbfc\uc900",
    "Rose \U0001f339 Hill",
    "Hart \u2764\ufe0f Hill",
    "Tone \U0001f44d\U0001f3fd Hill",
    "Key 1\ufe0f\u20e3 Hill",
    "\u0623\u062d\u0645\u062f",
    "\u05d3\u05b8\u05d5\u05d3",
)
"""Names of two cells a letter, of letters with marks, of signs that terminals draw in several ways."""

SLOW = 30.0
"""Seconds that a busy computer may take."""


class Pty:
    """One program on a terminal."""

    def __init__(self, child: Any, columns: int, rows: int) -> None:
        self.child = child
        self.written = b""
        """Everything that the program wrote."""
        self.modes_before: list[Any] = []
        """How a shell treats what is typed, before it runs the console."""
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)

    def read(self) -> str:
        """Take what came, and return what the screen shows."""
        try:
            while piece := self.child.read_nonblocking(65536, timeout=0.02):
                self.written += piece
                self._stream.feed(piece)
        except (pexpect.TIMEOUT, pexpect.EOF):
            pass
        return "\n".join(self._screen.display)

    def shows(self, *texts: str) -> str:
        """Wait until all of these are on the screen."""

        def there() -> str:
            screen = self.read()
            missing = [text for text in texts if text not in screen]
            assert not missing, f"{missing} not on the screen:\n{screen}"
            return screen

        return until_now(there, SLOW, what=f"the screen shows {texts}")

    def cells(self) -> list[str]:
        """The lines of the screen, one character a cell; the second cell of a wide one is a space."""
        self.read()
        buffer, columns = self._screen.buffer, self._screen.columns
        return ["".join((buffer[y][x].data or " ")[0] for x in range(columns)) for y in range(self._screen.lines)]

    def writes(self, sequence: bytes) -> None:
        """Wait until the program has written this."""
        until_now(lambda: self.read() and sequence in self.written, SLOW, what=f"{sequence!r} was written")

    def quiet(self, seconds: float) -> None:
        """Wait until nothing was written for so long."""
        seen, since = -1, 0.0

        def still() -> bool:
            nonlocal seen, since
            self.read()
            if len(self.written) != seen:
                seen, since = len(self.written), time.monotonic()
            return time.monotonic() - since >= seconds

        until_now(still, SLOW, what=f"nothing is written for {seconds} s")

    def resize(self, columns: int, rows: int) -> None:
        self._screen.resize(rows, columns)
        self.child.setwinsize(rows, columns)

    def ended(self) -> None:
        """Wait until the program has ended."""
        until_now(lambda: self.read() is not None and not self.child.isalive(), SLOW, what="the program has ended")
        self.read()

    @property
    def console(self) -> int:
        """The process id of the console that the shell runs; 0 when it runs none."""
        children = Path(f"/proc/{self.child.pid}/task/{self.child.pid}/children")
        found = children.read_text().split() if children.exists() else []
        return int(found[0]) if found else 0

    @property
    def modes(self) -> list[Any]:
        """How the terminal treats what is typed."""
        return termios.tcgetattr(self.child.child_fd)


@contextmanager
def pty(
    state: Path,
    *words: str,
    env: Mapping[str, str] = USUAL,
    columns: int = 80,
    rows: int = 24,
    shell: bool = False,
    inside: Sequence[str] = (),
) -> Iterator[Pty]:
    """The console on a terminal with these variables; below a bash that has job control, or `inside` a program."""
    (state / "introduced").touch()
    small = {"PATH": os.environ["PATH"], "HOME": str(state), "PYTHONPATH": str(ROOT), "PS1": "shell> ", **env}
    command = [*inside, sys.executable, "-m", "tests.console.pty", str(state), *words]
    if shell:
        command = ["bash", "--norc", "--noprofile", "-i"]
    child = pexpect.spawn(command[0], command[1:], env=small, dimensions=(rows, columns), cwd=str(ROOT))
    opened = Pty(child, columns, rows)
    try:
        if shell:
            opened.shows("shell>")
            opened.modes_before = opened.modes
            child.sendline(f"{sys.executable} -m tests.console.pty {state}")
        opened.shows("Ann Lee", "F1 Help")
        yield opened
    finally:
        for pid in filter(None, (opened.console, child.pid)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with suppress(pexpect.ExceptionPexpect):
            child.wait()
        child.close(force=True)


def morning() -> FakeService:
    """A clinic's morning, with one person in Ann Lee's call and two who wait."""
    service = clinic(FakeClock())
    appointment = next(each for each in service.streams if "Ann Lee" in service.people(each))
    service.other(appointment, c.StartCall())
    for name in ("Bea Moreno", "Omar Haddad"):
        service.enter(appointment, name)
    service.other(appointment, c.Admit(person_id=service.people(appointment)["Bea Moreno"]))
    return service


def wide_names() -> FakeService:
    """A running call whose people have names in many scripts, all of them waiting."""
    service = FakeService(clock=lambda: TUESDAY)
    appointment = service.schedule(WIDE[0], *WIDE[1:])
    service.other(appointment, c.StartCall())
    for name in service.people(appointment):
        service.enter(appointment, name)
    return service


if __name__ == "__main__":
    from ecm_tui.cli.console import own_environ

    service = wide_names() if "wide" in sys.argv else morning()
    at = TUESDAY + timedelta(minutes=3)
    app = EcmApp(service.connect, Path(sys.argv[1]), clock=lambda: at, environ=own_environ())
    app.run(mouse="mouse" in sys.argv)
    print("ended as it should")
