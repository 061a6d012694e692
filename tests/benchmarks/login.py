"""How soon a login shows the session that runs, through a real sshd, and what a line for a prompt costs."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from ecm_tui.core import commands as c
from tests.benchmarks.figures import Result
from tests.benchmarks.house import PATIENT, House, house
from tests.benchmarks.screen import screen
from tests.end_to_end.clinic import ECM
from tests.end_to_end.sshd import Host, sshd
from tests.end_to_end.test_organisers import token_of
from tests.until import until

OWN_SHELL_ONLY = "SetEnv SHLVL=2"
"""bash runs a developer's own ~/.bashrc for each command by SSH, unless another shell seems to stand around it."""


async def logins(result: Result, runs: int) -> None:
    """Logins one after the other by a key with a forced command, while a call runs."""
    async with house() as here:
        await here.organiser.send(await here.appointment(), c.StartCall())
        with tempfile.TemporaryDirectory(prefix="ecm-sshd-") as folder:
            async with sshd(Path(folder) / "sshd", here.clinic, OWN_SHELL_ONLY) as reached:
                key = reached.key("roy", await token_of(here.clinic, "Nurse Roy"))
                async with shaken_hands(reached, key) as line:
                    for _ in range(runs):
                        async with screen([*reached.ssh(key, "-tt", "-S", line)], here.clinic.env) as shown:
                            await shown.shows(PATIENT, "1 running")
                            result.add("start_ssh_s", time.perf_counter() - shown.started)
        for _ in range(runs):
            await asyncio.to_thread(status_line, result, here)


@asynccontextmanager
async def shaken_hands(reached: Host, key: Path) -> AsyncIterator[str]:
    """The path of a control socket: logins through it begin where the handshake has ended."""
    path = reached.directory / "line"
    master = await asyncio.create_subprocess_exec(*reached.ssh(key, "-M", "-N", "-S", str(path)))
    try:
        await until(path.exists, 10, what="the handshake is over")
        yield str(path)
    finally:
        master.terminate()
        await master.wait()


def status_line(result: Result, here: House) -> None:
    """`ecm-tui status`: from its start to its end, and processor time."""
    began = time.perf_counter()
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    pid = os.posix_spawn(sys.executable, [*ECM, "status"], here.clinic.env, file_actions=quiet)
    _, ended, used = os.wait4(pid, 0)
    assert ended == 0
    result.add("status_s", time.perf_counter() - began)
    result.add("status_cpu_s", used.ru_utime + used.ru_stime)
