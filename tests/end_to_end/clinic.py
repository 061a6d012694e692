"""A whole clinic for a test: the real service and bridge as processes of a home of their own, used as its users do."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.database import begun
from tests.end_to_end.terminal import Terminal, terminal
from tests.until import until

ECM = [sys.executable, "-P", "-m", "ecm_tui"]


class CommandFailedError(AssertionError):
    """A command ended with another exit code than the test expects."""


@dataclass
class Clinic:
    """One ECM_HOME with a service that accepts people."""

    home: Path
    env: dict[str, str]
    url: str = ""
    process: asyncio.subprocess.Process | None = None
    errors: list[str] = field(default_factory=list)

    async def ecm(self, *words: str, code: int = 0) -> str:
        """Run `ecm-tui WORDS` and return its standard output; the exit code must be `code`."""
        process = await asyncio.create_subprocess_exec(
            *ECM, *words, env=self.env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        out, err = await asyncio.wait_for(process.communicate(), 30)
        if process.returncode != code:
            said = f"{out.decode()}\n{err.decode()}"
            raise CommandFailedError(f"ecm-tui {' '.join(words)}: exit {process.returncode}, not {code}\n{said}")
        return out.decode() if code == 0 else err.decode()

    async def ask(self, *words: str) -> Any:
        """Run a command with `--json` and return its value."""
        return json.loads(await self.ecm(*words, "--json"))

    async def appointment(self, patient: str = "Ann Lee", **options: str) -> dict[str, Any]:
        """Make an appointment for now: its id and join link."""
        words = [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", value)]
        email = ["--email", "patient@example.org"] if "email" not in options and "mobile" not in options else []
        return await self.ask("appointment", "add", "--patient", patient, "--at", "now", *email, *words)

    async def people(self, appointment: str) -> list[dict[str, Any]]:
        return await self.ask("call", "people", appointment)

    async def state(self, appointment: str, name: str) -> str:
        """The state of the person called `name`."""
        return next(person["state"] for person in await self.people(appointment) if person["name"] == name)

    async def start(self) -> None:
        """Start `ecm-tui serve` and wait until it accepts people; after a kill this is starting it again."""
        self.process = await asyncio.create_subprocess_exec(
            *ECM, "serve", "--port", str(self._port()), env=self.env, stdout=asyncio.subprocess.PIPE
        )
        assert self.process.stdout is not None
        line = (await asyncio.wait_for(self.process.stdout.readline(), 20)).decode()
        assert line.startswith("ready "), f"serve said {line!r}"
        self.url = line.split()[1]

    async def kill(self) -> None:
        """kill -9 of the service; the bridge is another process and lives on."""
        assert self.process is not None
        self.process.kill()
        await self.process.wait()

    async def stop(self) -> None:
        """SIGTERM, and wait for the clean end."""
        if self.process is None or self.process.returncode is not None:
            return
        self.process.terminate()
        assert await asyncio.wait_for(self.process.wait(), 10) == 0

    def bridges(self) -> list[int]:
        """Process ids of the bridges of this home."""
        return [pid for pid in _processes() if "-m media" in _command(pid) and _home(pid) == str(self.home)]

    def consoles(self) -> list[int]:
        """Process ids of the consoles of this home that act by a token."""
        return [pid for pid in _processes() if "--token-file" in _command(pid) and _home(pid) == str(self.home)]

    def kill_bridge(self) -> None:
        for pid in self.bridges():
            os.kill(pid, signal.SIGKILL)

    @contextmanager
    def console(self, *words: str, columns: int = 80, rows: int = 24) -> Iterator[Terminal]:
        """The console in a terminal."""
        env = {name: value for name, value in self.env.items() if name.startswith("ECM_") or name == "DISPLAY"}
        with terminal([*ECM, *words], env, columns, rows) as opened:
            yield opened

    def _port(self) -> int:
        return int(self.url.rsplit(":", 1)[1]) if self.url else 0


@asynccontextmanager
async def clinic(home: Path, start: bool = True, **settings: str) -> AsyncIterator[Clinic]:
    """A clinic in `home`; `settings` become `ECM_*` variables. Everything it started is gone at the end."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("ECM_", "DISPLAY"))}
    running = Clinic(home, {**clean, "ECM_HOME": str(home), "ECM_CLINIC_NAME": "Riverside Clinic", **settings})
    begun(home / "data" / "clinic.sqlite")
    try:
        if start:
            await running.start()
        yield running
    finally:
        await running.stop()
        await until(lambda: not _end_all(running), 10, every=0.1, what="every process of this home has ended")


def _end_all(running: Clinic) -> list[int]:
    """Ask whatever still runs for this home to end, and name it."""
    left = [pid for pid in _processes() if _home(pid) == str(running.home) and pid != os.getpid()]
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    return left


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _home(pid: int) -> str:
    """The ECM_HOME of a process that runs our code, empty for every other."""
    if " -m ecm_tui" not in _command(pid) and " -m media" not in _command(pid):
        return ""
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return ""
    return next((e.removeprefix(b"ECM_HOME=").decode() for e in environment if e.startswith(b"ECM_HOME=")), "")
