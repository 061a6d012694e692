"""The bridge's process: started, started again, adopted, killed when it does not answer."""

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

from ecm_tui.service import bridge_supervisor
from ecm_tui.service.bridge import Bridge
from ecm_tui.service.bridge_supervisor import BridgeSupervisor
from ecm_tui.service.processes import Process
from ecm_tui.service.serve import Options
from tests.service.house import House, service, settings
from tests.until import until

SCRIPT = str(Path(__file__).with_name("fake_bridge.py"))


def options(manner: str, **more) -> Options:
    return Options(bridge_command=(sys.executable, "-P", SCRIPT, manner), **more)


async def up(house: House, other_than: int = 0) -> int:
    bridge = house.service.parts.bridge
    await until(lambda: bridge.up.is_set() and bridge.pid != other_than, timeout=20)
    return bridge.pid


def shown(pid: int) -> bytes:
    """What anybody on this host may see of a process."""
    return Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()


async def test_a_bridge_is_started_with_its_secrets_on_a_descriptor_only(tmp_path: Path) -> None:
    async with service(tmp_path, options("stay")) as house:
        pid = await up(house)
        home, token = house.service.settings.home, house.service.parts.supervisor.token
        assert token.encode() not in shown(pid)
        assert stat.S_IMODE((home.state / "bridge.json").stat().st_mode) == 0o600
        assert os.readlink(f"/proc/{pid}/cwd") == str(home.state), "tmp_path is no link"
        assert os.getsid(pid) == pid, "ctrl+c at the service's terminal does not reach it"
    await until(lambda: Process.find(pid) is None, what="with nobody in a call the bridge ends with its service")


async def test_a_killed_bridge_is_followed_by_another_at_once(tmp_path: Path) -> None:
    async with service(tmp_path, options("stay")) as house:
        first = await up(house)
        os.kill(first, signal.SIGKILL)
        assert await up(house, other_than=first) != first
        assert house.service.parts.bridge.up.is_set()


async def test_a_bridge_that_does_not_come_back_to_its_socket_is_killed(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(bridge_supervisor, "ADOPT_SECONDS", 0.3)
    async with service(tmp_path, options("once")) as house:
        first = await up(house)
        house.service.parts.bridge.cut()
        await up(house, other_than=first)
        assert Process.find(first) is None


async def test_a_bridge_that_cannot_start_is_tried_again_with_pauses(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(bridge_supervisor, "PAUSES", (0.0, 0.0, 0.05))
    async with service(tmp_path, options("die")) as house:
        seen = set()

        def several() -> bool:
            process = house.service.parts.supervisor._process
            seen.add(process.pid if process else 0)
            return len(seen) >= 4

        await until(several, timeout=20)
        assert (await house.client.get("/healthz")).status_code == 200, "people are accepted all the same"


async def test_U1_a_service_that_comes_back_adopts_the_bridge_of_a_call(tmp_path: Path) -> None:
    async with service(tmp_path, options("stay", keep_bridge=True)) as house:
        first = await up(house)
        name = house.service.parts.bridge.id
    assert Process.find(first) is not None, "a call goes on while its service restarts"
    async with service(tmp_path, options("stay")) as house:
        assert await up(house) == first
        assert house.service.parts.bridge.id == name
    await until(lambda: Process.find(first) is None)


async def test_a_process_id_that_was_given_anew_is_not_adopted_and_not_killed(tmp_path: Path) -> None:
    async with service(tmp_path, options("stay")) as house:
        await up(house)
        state = house.service.settings.home.state
    known = {"token": "theirs", "pid": os.getpid(), "began": "1"}
    (state / "bridge.json").write_text(json.dumps(known))
    async with service(tmp_path, options("stay")) as house:
        assert await up(house) != os.getpid()
        assert house.service.parts.supervisor.token != "theirs"


async def test_a_service_that_ends_while_somebody_is_in_a_call_leaves_its_bridge_running(tmp_path: Path) -> None:
    async with service(tmp_path, options("stay")) as house:
        pid = await up(house)
        people = await house.appointment(await house.console())
        await people.start()
        await people.in_call()
        await house.service.__aexit__()
    assert Process.find(pid) is not None
    os.kill(pid, signal.SIGKILL)


async def test_a_full_disk_costs_nobody_the_bridge(tmp_path: Path, monkeypatch) -> None:
    def full(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(bridge_supervisor, "write_private", full)
    async with service(tmp_path, options("stay")) as house:
        first = await up(house)
        os.kill(first, signal.SIGKILL)
        await up(house, other_than=first)


async def test_a_bridge_that_cannot_be_started_is_tried_again(tmp_path: Path, monkeypatch) -> None:
    real, faults = bridge_supervisor._open_log, [OSError(28, "No space left on device")] * 2

    def sometimes(path: Path) -> int:
        if faults:
            raise faults.pop()
        return real(path)

    monkeypatch.setattr(bridge_supervisor, "_open_log", sometimes)
    monkeypatch.setattr(bridge_supervisor, "PAUSES", (0.0,))
    async with service(tmp_path, options("stay")) as house:
        assert await up(house)


def test_where_the_system_tells_no_start_times_a_reused_process_id_is_neither_adopted_nor_killed(
    tmp_path: Path, monkeypatch
) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        monkeypatch.setattr(Process, "find", classmethod(lambda cls, pid: cls(pid, "") if pid else None))
        home = settings(tmp_path).home
        home.make()
        known = {"token": "an old bridge's", "pid": stranger.pid, "began": ""}
        (home.state / "bridge.json").write_text(json.dumps(known))
        supervisor = BridgeSupervisor(settings(tmp_path), Bridge())
        supervisor.load()
        assert supervisor.token != known["token"]
        Process(stranger.pid, "").signal(signal.SIGKILL)
        assert stranger.stdin is not None
        stranger.stdin.write(b"\n")
        stranger.stdin.close()
        assert stranger.wait(20) == 0, "it ended by itself"
