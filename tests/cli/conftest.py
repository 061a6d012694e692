"""Commands run in this process, against a real service that the first of them starts and the last test's end stops."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ecm_tui.cli.main import run
from ecm_tui.config import load
from ecm_tui.service import daemon


@dataclass
class Said:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def value(self) -> Any:
        """The one JSON value on standard output."""
        assert self.code == 0, self.err
        return json.loads(self.out)


class Ecm:
    """`ecm("call", "start", id)` runs that command line."""

    def __init__(self, capfd: pytest.CaptureFixture[str]) -> None:
        self._capfd = capfd

    def __call__(self, *words: str) -> Said:
        self._capfd.readouterr()
        code = run(words)
        said = self._capfd.readouterr()
        return Said(code, said.out, said.err)

    def ask(self, *words: str) -> Any:
        """The value that the command prints with `--json`."""
        return self(*words, "--json").value


@pytest.fixture
def ecm(capfd: pytest.CaptureFixture[str]) -> Ecm:
    """Commands, in the empty home of this test."""
    return Ecm(capfd)


@pytest.fixture(scope="session")
def home_with_a_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home whose service starts with the first command of the session that needs one."""
    home = tmp_path_factory.mktemp("clinic")
    yield home
    running = daemon.find(load({}, {"ECM_HOME": str(home)}).home)
    if running is not None:
        daemon.stop(running)


@pytest.fixture
def clinic(ecm: Ecm, home_with_a_service: Path, monkeypatch: pytest.MonkeyPatch) -> Ecm:
    """Commands, in a home that has a service. Tests share it and tell their appointments apart by id."""
    monkeypatch.setenv("ECM_HOME", str(home_with_a_service))
    monkeypatch.setenv("ECM_SERVE_PORT", "0")
    monkeypatch.setenv("ECM_CLINIC_TIMEZONE", "Europe/Zurich")
    daemon.ensure(load({}, os.environ), seconds=60)
    return ecm
