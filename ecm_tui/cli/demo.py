"""`ecm-tui demo`: a rehearsal of the whole product on temporary data, with simulated patients.

Everything is real but the patients: service, bridge, console, window. It lives in a directory of its own, which is
deleted at the end together with all that runs.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from ecm_tui.cli.token import CHOSEN
from ecm_tui.errors import EcmError, UsageError

if TYPE_CHECKING:
    from ecm_tui.client.service import ServiceClient
    from ecm_tui.settings import Settings

T = TypeVar("T")

CLINIC = "Rehearsal (simulated patients)"
"""The clinic's name, so that every screen says what this is."""

BEFORE = """This is a rehearsal with simulated patients, on a sample day that exists only
here. Nothing is sent to anyone, and all of it is deleted when you leave.

Ann Lee knocks in a moment. In the console: Enter on her appointment, Enter to
start the call, `a` to admit her. F8 opens the video window, F1 shows help,
ctrl+q leaves."""

AFTER = "The rehearsal is over. Everything in it was deleted."

START_SECONDS = 60.0
PATIENCE = 10.0
"""Seconds that the simulated patients get to hang up."""

PATIENTS = (sys.executable, "-P", "-m", "media.simulated")


@click.command("demo")
def run() -> None:
    """Rehearse with simulated patients who knock, wait, talk in turn and leave; on temporary data."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("The rehearsal opens the console, which needs a terminal.")
    from ecm_tui.cli.console import open_console

    click.echo(BEFORE)
    click.get_current_context().meta[CHOSEN] = ""  # no token of another clinic opens the rehearsal's
    with stage():
        open_console("", read_only=False, mouse=True)
    click.echo(AFTER)


@contextlib.contextmanager
def stage() -> Iterator[Settings]:
    """A clinic of its own with its sample day and its patients, as this process's ECM_HOME; nothing is left of it."""
    with _ends_cleanly(), _temporary_home() as settings, _service(settings):
        parts = _with_line(settings, _fill)
        with _patients(settings, parts):
            try:
                yield settings
            finally:
                # Nobody is left to be told of a service that is gone already.
                with contextlib.suppress(EcmError):
                    _with_line(settings, _end_calls)


@contextlib.contextmanager
def _ends_cleanly() -> Iterator[None]:
    """A closed terminal or a SIGTERM ends the block as an exception, so that what was begun is undone."""

    def stop(number: int, frame: object) -> NoReturn:
        raise SystemExit(128 + number)

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _temporary_home() -> Iterator[Settings]:
    """An empty home; no setting of this user reaches it, so that no mail goes out and no link leaves this computer."""
    from ecm_tui.config import load

    before = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("ECM_")}
    home = Path(tempfile.mkdtemp(prefix="ecm-demo-"))
    own = {
        "ECM_HOME": str(home),
        "ECM_CLINIC_NAME": CLINIC,
        "ECM_CLINIC_TIMEZONE": _zone_here(),
        "ECM_SERVE_PORT": "0",
    }
    os.environ.update(own)
    try:
        yield load({}, os.environ)
    finally:
        for name in own:
            os.environ.pop(name, None)
        os.environ.update(before)
        shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def _service(settings: Settings) -> Iterator[None]:
    """The daemon of this home, which the console finds, and starts again if somebody kills it."""
    from ecm_tui.service import daemon

    daemon.ensure(settings, seconds=START_SECONDS)
    try:
        yield
    finally:
        daemon.rest(settings.home)
        running = daemon.find(settings.home)
        if running is not None:
            daemon.stop(running)


@contextlib.contextmanager
def _patients(settings: Settings, parts: list[dict[str, Any]]) -> Iterator[None]:
    """The simulated patients, a process of their own: it ends when its standard input is closed, so with us."""
    log = os.open(settings.home.logs / "patients.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        process = subprocess.Popen(
            PATIENTS,
            cwd=settings.home.state,
            env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    except OSError as error:
        raise EcmError(f"The simulated patients could not be started: {error.strerror or error}.") from error
    finally:
        os.close(log)
    assert process.stdin is not None
    try:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(json.dumps(parts).encode() + b"\n")
            process.stdin.flush()
        yield
    finally:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _with_line(settings: Settings, job: Callable[[ServiceClient], Awaitable[T]]) -> T:
    from ecm_tui.client import Address
    from ecm_tui.client.service import ServiceClient

    async def ask() -> T:
        async with ServiceClient(Address(socket=settings.home.socket)) as line:
            return await job(line)

    return asyncio.run(ask())


async def _fill(line: ServiceClient) -> list[dict[str, Any]]:
    from ecm_tui.cli.reach import zone_of
    from ecm_tui.cli.rehearsal import fill

    return await fill(line, zone_of(line))


async def _end_calls(line: ServiceClient) -> None:
    """No call may run when the service is stopped: a bridge with people in it would wait for the next service."""
    from ecm_tui.client import CaughtUp
    from ecm_tui.core.commands import EndCall

    running = {}
    async with line.schedule() as rows:
        async for row in rows:
            if isinstance(row, CaughtUp):
                break
            running[row.id] = row.running
    for appointment, runs in running.items():
        if runs:
            await line.send(appointment, EndCall())


def _zone_here() -> str:
    """This computer's time zone by name, UTC where it has none that is known."""
    from zoneinfo import ZoneInfo

    _, found, name = os.path.realpath("/etc/localtime").rpartition("/zoneinfo/")
    try:
        return str(ZoneInfo(name)) if found else "UTC"
    except (KeyError, ValueError, OSError):
        return "UTC"
