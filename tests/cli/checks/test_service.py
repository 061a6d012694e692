"""The service of this home and its ports, looked at and left alone."""

import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ecm_tui.cli.checks import service
from ecm_tui.cli.checks.check import Check
from ecm_tui.config import load
from ecm_tui.service import daemon
from ecm_tui.settings import Settings
from ecm_tui.version import own_version


def looked(**variables: str) -> dict[str, Check]:
    return {check.id: check for check in service.checks(own(**variables))}


def own(**variables: str) -> Settings:
    return load({}, {**os.environ, **variables})


@contextmanager
def taken(kind: int = socket.SOCK_STREAM) -> Iterator[int]:
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            other.listen(1)
        yield other.getsockname()[1]


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Any] | None, str], None]:
    """Makes believe that a service runs which says this of itself."""

    def make(status: dict[str, Any] | None, version: str) -> None:
        found = daemon.Running(pid=4711, url="http://127.0.0.1:1", socket=Path("/s"), version=version)
        monkeypatch.setattr(daemon, "find", lambda home: found)
        monkeypatch.setattr(daemon, "status", lambda one: status)

    return make


def test_no_service_is_no_fault_and_none_is_started():
    assert looked(ECM_SERVE_PORT="0")["service.running"].verdict == "ok"
    assert not own().home.state.exists()


def test_one_that_did_not_end_in_order_is_told():
    home = own().home
    home.make()
    home.service_file.write_text(json.dumps({"pid": 1, "url": "u", "socket": str(home.socket), "version": "1"}))
    check = looked()["service.running"]
    assert (check.verdict, "service.log" in check.next_step) == ("warn", True)


def test_one_that_runs_is_told_with_its_bridge_and_version(running, monkeypatch: pytest.MonkeyPatch):
    version = own_version()
    running({"calls": 1, "waiting": 2, "bridge": "up"}, version)
    found = looked()
    assert {check.verdict for check in found.values()} == {"ok"}
    assert "people waiting 2" in found["service.running"].sentence
    monkeypatch.setattr(service, "BRIDGE_SECONDS", 0)
    running({"calls": 0, "waiting": 0, "bridge": "down"}, "0.0.1")
    found = looked()
    assert (found["service.bridge"].verdict, found["service.version"].verdict) == ("bad", "warn")


def test_one_that_does_not_answer_is_bad(running):
    running(None, "1")
    check = looked()["service.running"]
    assert (check.verdict, "4711" in check.sentence) == ("bad", True)


def test_a_port_that_was_asked_for_and_is_taken_is_bad_and_the_usual_one_is_replaced():
    with taken() as port:
        check = looked(ECM_SERVE_PORT=str(port))["port.http"]
        assert (check.verdict, str(port) in check.sentence) == ("bad", True)
        settings = own(ECM_SERVE_PORT=str(port))
        usual = Settings(serve=settings.serve, home=settings.home)
        assert service._port(usual).verdict == "warn"


def test_an_address_that_is_not_ours_is_bad():
    check = looked(ECM_SERVE_HOST="192.0.2.7", ECM_SERVE_PORT="8440")["port.http"]
    assert check.verdict == "bad"
    assert looked(ECM_SERVE_HOST="nowhere.invalid")["port.http"].verdict == "bad"


def test_media_ports_that_are_few_or_taken_are_told():
    assert looked()["port.media"].verdict == "ok"
    assert looked(ECM_MEDIA_PORTS="50000-50099")["port.media"].verdict == "ok"
    assert looked(ECM_MEDIA_PORTS="50000-50009")["port.media"].verdict == "warn"
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as other:
        other.bind(("::", 0))
        port = other.getsockname()[1]
        assert looked(ECM_MEDIA_PORTS=f"{port}-{port}")["port.media"].verdict == "bad"


def test_a_service_elsewhere_is_asked_at_its_address():
    (check,) = service.elsewhere("http://127.0.0.1:1")
    assert check.verdict == "bad"
