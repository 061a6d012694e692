"""The window is a process of its own: its link on standard input, and no package that lies about in its place."""

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ecm_tui.config import load
from tests.cli.conftest import Ecm
from tests.cli.test_appointment import made

LINK = "http://127.0.0.1:8440/view/secret-token"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], dict[str, Any]]]:
    """What the command would have started; nothing opens."""
    seen: list[tuple[list[str], dict[str, Any]]] = []

    def run(command: list[str], **more: Any) -> subprocess.CompletedProcess[bytes]:
        seen.append((command, more))
        return subprocess.CompletedProcess(command, 3)

    monkeypatch.setattr(subprocess, "run", run)
    return seen


def test_the_link_goes_to_standard_input_and_never_into_arguments_or_environment(ecm: Ecm, started: list[Any]):
    said = ecm("window", LINK)
    ((command, more),) = started
    assert (said.code, said.err) == (3, "")  # the window's own exit code
    assert command == [sys.executable, "-P", "-m", "media.window"]
    assert more["input"] == f"{LINK}\n".encode()
    assert LINK not in str(command) + str(more["env"])


def test_it_runs_in_the_state_directory_where_nobody_plants_a_package(
    ecm: Ecm, started: list[Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    ecm("window", LINK)
    ((_, more),) = started
    assert more["cwd"] == load({}, os.environ).home.state
    assert "PYTHONPATH" not in more["env"]


def test_a_link_can_come_on_standard_input(ecm: Ecm, started: list[Any], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{LINK}\n"))
    ecm("window", "-")
    assert started[0][1]["input"] == f"{LINK}\n".encode()
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert ecm("window", "-").code == 2


def test_what_is_no_link_is_said_to_be_none(ecm: Ecm, started: list[Any]):
    said = ecm("window", "rubbish")
    assert (said.code, started) == (2, [])
    assert "This is no link" in said.err


def test_without_a_link_it_is_the_one_call_that_runs(clinic: Ecm, started: list[Any]):
    for each in clinic.ask("appointment", "list"):
        if each["state"] == "running":
            clinic("call", "end", each["id"])
    said = clinic("window")
    assert (said.code, started) == (3, [])
    assert "No call is running" in said.err
    first, second = made(clinic)["id"], made(clinic)["id"]
    clinic.ask("call", "start", first)
    clinic("window")
    assert b"/view/" in started[0][1]["input"]
    clinic.ask("call", "start", second)
    said = clinic("window")
    assert (said.code, len(started)) == (3, 1)
    assert "More than one call" in said.err
    for each in (first, second):
        clinic.ask("call", "end", each)
