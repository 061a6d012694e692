"""`ecm-tui audit verify` on a real service: the first bad row of each stream is named, with length and head."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing

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


def test_a_changed_row_and_a_cut_tail_are_named_and_end_with_1(alone: Ecm):
    whole, changed, cut = (made(alone)["id"] for _ in range(3))
    alone("call", "start", cut)
    alone("call", "end", cut)
    said = alone("audit", "verify")
    assert said.code == 0 and "All 4 streams are whole." in said.out
    assert all(len(row) <= 80 for row in said.out.splitlines())
    alone("service", "stop", "--yes")
    with closing(sqlite3.connect(load({}, os.environ).home.database)) as database:
        database.execute("UPDATE entries SET actor = 'o-mallory' WHERE stream = ? AND seq = 2", [changed])
        last = database.execute("SELECT max(seq) FROM entries WHERE stream = ?", [cut]).fetchone()[0]
        database.execute("DELETE FROM entries WHERE stream = ? AND seq = ?", [cut, last])
        database.commit()
    assert alone("audit", "verify").code == 4, "it starts no service"
    alone("appointment", "list")
    said = alone("audit", "verify")
    rows = said.out.splitlines()
    assert said.code == 1
    assert next(row for row in rows if row.startswith(whole)).split()[1] == "whole"
    assert f"{changed}: row 2 is the first bad one: this entry was changed" in said.out
    assert f"{cut}: row {last} is the first bad one: " in said.out and "missing" in said.out
    assert rows[-1].startswith("2 of 4 streams were altered.")
    assert alone("audit", "verify", "--json").code == 1
