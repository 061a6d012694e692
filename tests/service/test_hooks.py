"""Programs of the clinic's own: run for what happens, told no name, bounded, and harmless whatever they do."""

import asyncio
import logging
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from ecm_tui.core import events as e
from ecm_tui.core.appointment import Appointment
from ecm_tui.core.log import SERVICE, Recorded
from ecm_tui.service.hooks import Bounds, Hooks
from ecm_tui.service.processes import Process
from ecm_tui.settings import Hooks as Lines
from tests.core.session import TUESDAY
from tests.service.house import House, service
from tests.until import until

CANARY = "Xanthippe Canarybird"


def program(folder: Path, name: str, body: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(stat.S_IRWXU)
    return path


def read(path: Path) -> str:
    return path.read_text()


def counts() -> dict[str, int]:
    return {"waiting": 3, "in_call": 2, "calls": 1}


def happened(event: e.Event, appointment: str = "a1") -> tuple[Appointment, Appointment, list[Recorded]]:
    one = Appointment(id=appointment)
    return one, one, [Recorded(seq=1, at=TUESDAY, actor=SERVICE, event=event)]


ENDED = e.CallEnded(outcome="taken")


async def test_a_knock_an_admission_and_an_end_run_their_programs_in_a_real_service(tmp_path: Path):
    told = tmp_path / "told"
    ring = program(
        tmp_path,
        "ring it",
        f'env > "{told}.$ECM_EVENT.part"; echo "$@" >> "{told}.$ECM_EVENT.part"\n'
        f'mv "{told}.$ECM_EVENT.part" "{told}.$ECM_EVENT"',
    )
    line = f"'{ring}' 'one word' 2"
    async with service(tmp_path / "home", hooks=Lines(knock=line, admit=line, end=line)) as house:
        id_ = await _through_a_call(house)
        for event in ("knock", "admit", "end"):
            await until(Path(f"{told}.{event}").exists, 20)
    found = {event: read(Path(f"{told}.{event}")) for event in ("knock", "admit", "end")}
    for event, text in found.items():
        variables = dict(row.partition("=")[::2] for row in text.splitlines() if "=" in row)
        assert variables["ECM_EVENT"] == event
        assert variables["ECM_APPOINTMENT"] == id_
        assert text.splitlines()[-1] == "one word 2"
        assert CANARY not in text
        assert {name for name in variables if name.startswith("ECM_")} <= {
            *("ECM_EVENT", "ECM_APPOINTMENT", "ECM_WAITING", "ECM_IN_CALL", "ECM_CALLS", "ECM_HOME")
        }
    assert "ECM_WAITING=1" in found["knock"] and "ECM_IN_CALL=1" in found["admit"] and "ECM_CALLS=0" in found["end"]


async def _through_a_call(house: House) -> str:
    console = await house.console()
    visitors = await house.appointment(console, patient={"name": CANARY, "email": "ann@home.test"})
    await visitors.start()
    await visitors.in_call(CANARY)
    await console.do(visitors.id, "end_call")
    return visitors.id


async def test_output_and_failure_are_logged_and_nothing_else_comes_of_them(tmp_path: Path, caplog):
    fails = program(tmp_path, "fails", "printf 'no \\033[31mlamp'; exit 3")
    hooks = Hooks(Lines(end=str(fails)), counts, tmp_path)
    async with hooks.running():
        hooks.changed(*happened(ENDED))
        await until(lambda: "ended with 3: no" in caplog.text, 20)
    assert "\x1b" not in caplog.text


@pytest.mark.parametrize("line", ["/nowhere/at/all", "."])
async def test_a_program_that_is_not_there_is_told_and_harms_nothing(tmp_path: Path, caplog, line: str):
    hooks = Hooks(Lines(end=line), counts, tmp_path)
    async with hooks.running():
        hooks.changed(*happened(ENDED))
        await until(lambda: "cannot be run" in caplog.text, 20)


async def test_a_program_that_hangs_is_killed_with_all_that_it_started(tmp_path: Path, caplog):
    pids = tmp_path / "pids"
    hangs = program(tmp_path, "hangs", f"sleep 1000 &\necho $! > {pids}\necho $$ >> {pids}\nwait")
    hooks = Hooks(Lines(end=str(hangs)), counts, tmp_path, Bounds(seconds=1.0))
    async with hooks.running():
        hooks.changed(*happened(ENDED))
        await until(lambda: "was killed" in caplog.text, 20)
        await until(lambda: not any(_alive(int(pid)) for pid in pids.read_text().split()), 20)


async def test_the_end_of_the_service_ends_what_still_runs(tmp_path: Path):
    pids = tmp_path / "pids"
    hangs = program(tmp_path, "hangs", f"echo $$ > {pids}.part; mv {pids}.part {pids}; exec sleep 1000")
    hooks = Hooks(Lines(end=str(hangs)), counts, tmp_path)
    async with hooks.running():
        hooks.changed(*happened(ENDED))
        await until(pids.exists, 20)
    assert not _alive(int(pids.read_text())), "it has ended when the service has"
    hooks.changed(*happened(ENDED))  # nothing runs any more
    assert not hooks._running


async def test_many_events_at_once_run_few_programs_and_the_newest_is_not_lost(tmp_path: Path):
    go = tmp_path / "go"
    waits = program(
        tmp_path, "waits", f'echo $ECM_APPOINTMENT >> "{tmp_path}/told"; while [ ! -e {go} ]; do sleep 0.05; done'
    )
    hooks = Hooks(Lines(end=str(waits)), counts, tmp_path, Bounds(most=2))
    told = tmp_path / "told"
    async with hooks.running():
        for number in range(100):
            hooks.changed(*happened(ENDED, f"a{number}"))
            assert len(hooks._running) <= 2
        await until(lambda: told.exists() and len(told.read_text().split()) == 2, 20)
        go.touch()
        await until(lambda: sorted(told.read_text().split()) == ["a0", "a1", "a99"], 20)


async def test_a_flood_of_output_is_bounded(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    floods = program(tmp_path, "floods", "head -c 3000000 /dev/zero | tr '\\0' x")
    hooks = Hooks(Lines(end=str(floods)), counts, tmp_path)
    with caplog.at_level(logging.WARNING):
        async with hooks.running():
            hooks.changed(*happened(ENDED))
            await until(lambda: "ended with" in caplog.text, 20)
    assert len(caplog.text) < 4_000


async def test_no_variable_of_the_service_but_those_named_reaches_a_program(tmp_path: Path):
    told = tmp_path / "told"
    env = program(tmp_path, "env.sh", f"env > {told}.part; mv {told}.part {told}")
    environ = {**os.environ, "ECM_TURN_SECRET": "hush", "SSH_AUTH_SOCK": "/s", "TERM": "x"}
    hooks = Hooks(Lines(end=str(env)), counts, tmp_path, Bounds(environ=environ))
    async with hooks.running():
        hooks.changed(*happened(ENDED))
        await until(told.exists, 20)
    assert not {"hush", "SSH_AUTH_SOCK"} & {part for row in told.read_text().splitlines() for part in row.split("=")}


async def test_without_hooks_nothing_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    async def never(*_: Any, **__: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(asyncio, "create_subprocess_exec", never)
    hooks = Hooks(Lines(), counts, tmp_path)
    async with hooks.running():
        hooks.changed(*happened(ENDED))
        assert not hooks._running


def _alive(pid: int) -> bool:
    return Process.find(pid) is not None
