"""The service behind the console, as its commands show, stop and start it."""

import asyncio
import io
import json
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ecm_tui.cli.reach import PATIENCE, Own
from ecm_tui.config import load
from ecm_tui.errors import UnreachableError
from ecm_tui.service import daemon
from ecm_tui.settings import Settings
from tests.cli.conftest import Ecm
from tests.cli.patient import waiting
from tests.cli.test_appointment import made


@pytest.fixture
def alone(ecm: Ecm, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ecm]:
    """Commands in a home of their own, whose service ends with the test."""
    monkeypatch.setenv("ECM_SERVE_PORT", "0")
    yield ecm
    running = daemon.find(own().home)
    if running is not None:
        daemon.stop(running)


def own() -> Settings:
    return load({}, os.environ)


def test_it_is_shown_restarted_and_stopped(alone: Ecm):
    assert alone("service", "status").code == 4
    assert alone("service", "restart").code == 0
    first = alone.ask("service", "status")
    assert first["pid"] == int(alone("status", "--format", "{pid}").out)
    assert str(first["pid"]) in alone("service", "status").out
    assert alone("service", "restart").code == 0
    assert alone.ask("service", "status")["pid"] != first["pid"]
    said = alone("service", "stop")
    assert (said.code, said.out, said.err) == (0, "The service has stopped.\n", "")
    assert alone("service", "stop").code == 4


def test_a_broken_configuration_does_not_keep_the_service_running(alone: Ecm):
    assert alone("service", "restart").code == 0
    places = own().home
    places.settings.write_text("[clinic\n")
    assert alone("service", "restart", "--yes").code != 0
    assert alone("service", "stop").out == "The service has stopped.\n"
    places.settings.unlink()  # the fixture looks for a service by the settings


def test_what_looks_things_up_starts_no_service(alone: Ecm):
    for words in (["status"], ["service", "status"], ["audit", "verify"], ["keys"], ["config", "show"]):
        alone(*words)
    assert not (own().home.state / "logs").exists()


async def test_stopping_asks_when_somebody_waits(alone: Ecm, monkeypatch: pytest.MonkeyPatch):
    appointment = await asyncio.to_thread(made, alone)
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n\n"))
    async with waiting(appointment["join_url"]):
        pid = (await asyncio.to_thread(alone.ask, "status"))["pid"]
        for act in ("stop", "restart"):
            said = await asyncio.to_thread(alone, "service", act)
            assert said.code == 1
            assert "0 calls run and 1 person waits" in said.err
            assert "Nothing was done." in said.err
        assert (await asyncio.to_thread(alone.ask, "status"))["pid"] == pid
        assert (await asyncio.to_thread(alone, "service", "stop", "--yes")).code == 0


def test_appointments_outlive_the_service_and_links_keep_their_address(alone: Ecm, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("ECM_SERVE_PORT")
    appointment = made(alone)
    pid = alone.ask("status")["pid"]
    os.kill(pid, 9)
    shown = alone.ask("appointment", "show", appointment["id"])
    assert shown["join_url"] == appointment["join_url"]
    assert alone.ask("status")["pid"] != pid


def test_why_the_service_cannot_start_is_said_by_the_command_that_needs_it(alone: Ecm):
    home = own().home
    home.make()
    home.database.write_bytes(b"this is no database" * 100)
    said = alone("appointment", "list", "--json")
    assert (said.code, said.out) == (1, "")
    assert str(home.database) in json.loads(said.err)["message"]


def test_a_port_that_was_asked_for_and_is_taken_is_said(alone: Ecm, monkeypatch: pytest.MonkeyPatch):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        monkeypatch.setenv("ECM_SERVE_PORT", str(port))
        said = alone("appointment", "list")
        assert (said.code, said.out) == (1, "")
        assert f"Port {port}" in said.err
        said = alone("serve")
        assert said.code == 1
        assert f"Port {port}" in said.err


def test_a_second_service_by_hand_is_refused_and_names_the_first(alone: Ecm):
    pid = made(alone) and alone.ask("status")["pid"]
    said = alone("serve", "--port", "0")
    assert (said.code, said.out) == (1, "")
    assert f"process {pid}" in said.err


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_lost_service_gets_a_moment_to_come_back_before_it_is_started_again(
    alone: Ecm, monkeypatch: pytest.MonkeyPatch
):
    clock, ensured = Clock(), []
    running = daemon.Running(pid=1, url="http://x", socket=Path("/s"), version="1")
    found: list[daemon.Running | None] = [None]

    def ensure(settings: Settings) -> daemon.Running:
        ensured.append(clock.now)
        return running

    monkeypatch.setattr(daemon, "ensure", ensure)
    monkeypatch.setattr(daemon, "find", lambda home: found[0])
    own_one = Own(own(), start=True, timer=clock)
    assert own_one.find().socket == Path("/s")
    assert ensured == [0.0]
    clock.now = 50.0
    with pytest.raises(UnreachableError):
        own_one.find()
    clock.now += PATIENCE / 2
    found[0] = running
    own_one.find()
    assert ensured == [0.0]
    found[0] = None
    clock.now = 100.0
    for _ in range(2):
        with pytest.raises(UnreachableError):
            own_one.find()
    clock.now += PATIENCE
    own_one.find()
    assert ensured == [0.0, 100.0 + PATIENCE]
    daemon.rest(own().home)
    clock.now = 200.0
    for later in (0, PATIENCE, 10 * PATIENCE):
        clock.now = 200.0 + later
        with pytest.raises(UnreachableError):
            own_one.find()
    assert len(ensured) == 2
