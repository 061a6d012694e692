"""The service as a process: what it prints, how it ends, and that it gets up again."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import uvicorn

from ecm_tui.errors import EcmError
from ecm_tui.service.presence import Presence
from ecm_tui.service.process import _run, _until_needless
from ecm_tui.service.processes import Process
from ecm_tui.service.serve import Options, Service
from tests.service.house import settings
from tests.until import until

COMMAND = (sys.executable, "-P", "-m", "ecm_tui", "serve", "--port", "0")


@contextlib.asynccontextmanager
async def serving(home: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """A running `ecm-tui serve` and the line that it printed first."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        cwd=home,
        env={**os.environ, "ECM_HOME": str(home)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        yield process, (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def bridge_of(home: Path) -> int:
    """The bridge's process, once there is one."""

    def found() -> int:
        with contextlib.suppress(OSError, ValueError):
            return int(json.loads((home / "state" / "bridge.json").read_text()).get("pid", 0))
        return 0

    return await until(found, timeout=30)


async def healthy(url: str) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        async with httpx.AsyncClient(verify=False, trust_env=False) as client:
            return (await client.get(f"{url}/healthz")).status_code == 200
    return False


async def test_ready_is_printed_when_people_are_accepted_and_sigterm_ends_it_quietly(tmp_path: Path) -> None:
    async with serving(tmp_path) as (process, first):
        word, url = first.split()
        assert word == "ready" and await healthy(url)
        bridge = await bridge_of(tmp_path)
        process.send_signal(signal.SIGTERM)
        out, err = await asyncio.wait_for(process.communicate(), 20)
        assert (process.returncode, out, err) == (0, b"", b"")
    assert not (tmp_path / "state" / "service.json").exists()
    await until(lambda: Process.find(bridge) is None, what="nobody is in a call: the bridge ends too")


async def test_after_a_kill_it_gets_up_on_what_is_there_and_finds_its_bridge(tmp_path: Path) -> None:
    async with serving(tmp_path) as (process, _):
        bridge = await bridge_of(tmp_path)
        process.kill()
        await process.wait()
    async with serving(tmp_path) as (process, first):
        assert await healthy(first.split()[1])
        assert await bridge_of(tmp_path) == bridge
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.communicate(), 20)
        assert process.returncode == 0
    await until(lambda: Process.find(bridge) is None, timeout=40)


class Idle:
    """A service as far as its daemon looks at it."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    @property
    def busy(self) -> bool:
        self.looks -= 1
        return self.looks >= 0


async def test_a_daemon_leaves_a_while_after_the_last_client_and_never_before() -> None:
    service = Idle(looks=5)
    await asyncio.wait_for(_until_needless(service, asyncio.Event(), 0.05), 5)  # type: ignore[arg-type]
    assert service.looks < 0


async def test_a_server_that_ends_by_itself_ends_the_service_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers: list[uvicorn.Server] = []
    real = uvicorn.Server.__init__

    def made(self: uvicorn.Server, config: uvicorn.Config) -> None:
        servers.append(self)
        real(self, config)

    monkeypatch.setattr(uvicorn.Server, "__init__", made)
    service = Service(settings(tmp_path), port=0, options=Options(bridge_command=None))
    running = asyncio.create_task(_run(service, None))
    await until(lambda: len(servers) == 2 and service.parts.accepting, timeout=20)
    servers[0].should_exit = True
    with pytest.raises(EcmError, match="its server does not run any more"):
        await asyncio.wait_for(running, 20)


async def test_sigterm_ends_a_start_that_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = asyncio.Event()

    async def recover(presence: Presence) -> None:
        waiting.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(Presence, "recover", recover)
    service = Service(settings(tmp_path), port=0, options=Options(bridge_command=None))
    running = asyncio.create_task(_run(service, None))
    await asyncio.wait_for(waiting.wait(), 20)
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(running, 20)
