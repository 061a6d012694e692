"""`ecm-tui backup` and `restore` from the command line."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from ecm_tui.config import load
from ecm_tui.service import daemon
from tests.cli.conftest import Ecm
from tests.cli.test_appointment import made


@pytest.fixture
def alone(ecm: Ecm, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ecm]:
    monkeypatch.setenv("ECM_SERVE_PORT", "0")
    yield ecm
    running = daemon.find(load({}, os.environ).home)
    if running is not None:
        daemon.stop(running)


def test_a_backup_is_private_new_and_comes_back_with_its_links(alone: Ecm, tmp_path: Path):
    appointment = made(alone)
    path = tmp_path / "all.tar"
    assert str(path) in alone("backup", str(path)).out
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    assert alone("backup", str(path)).code == 2 and path.read_bytes() == before
    refused = alone("restore", str(path))
    assert refused.code == 1 and "already runs" in refused.err
    made(alone, patient="Made Later")
    assert alone("service", "stop", "--yes").code == 0
    assert alone("restore", str(path)).code == 3
    done = alone.ask("restore", "--replace", str(path))
    assert Path(done["aside"], "clinic.sqlite").exists()
    shown = alone.ask("appointment", "show", appointment["id"])
    assert shown["join_url"].rpartition("/")[2] == appointment["join_url"].rpartition("/")[2]
    assert "Made Later" not in alone("appointment", "list").out
    assert alone.ask("audit", "verify")["ok"]


def test_a_broken_archive_is_said_in_a_sentence(alone: Ecm, tmp_path: Path):
    path = tmp_path / "no.tar"
    path.write_bytes(b"no archive")
    said = alone("restore", str(path))
    assert (said.code, "not a whole backup" in said.err) == (1, True)
    assert alone("restore", str(tmp_path / "none")).code == 1
