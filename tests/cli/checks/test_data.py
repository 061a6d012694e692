"""The directories of a home as doctor sees them."""

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from ecm_tui.cli.checks import data
from ecm_tui.cli.checks.check import Check
from ecm_tui.config import load
from ecm_tui.paths import Places
from ecm_tui.service.store import open_store
from ecm_tui.service.store.files import held


@pytest.fixture
def home() -> Places:
    places = load({}, os.environ).home
    places.make()
    return places


def looked(places: Places, running: bool = False) -> dict[str, Check]:
    return {check.id: check for check in data.checks(places, running)}


def test_a_home_that_is_not_there_yet_is_well_and_nothing_is_made():
    places = load({}, os.environ).home
    assert {check.verdict for check in looked(places).values()} == {"ok"}
    assert not places.data.exists()


def test_a_directory_or_file_that_others_can_read_is_bad_and_the_cure_is_named(home: Places):
    assert looked(home)["data.rights"].verdict == "ok"
    for path in (home.stills / "a.png", home.state / "port"):
        path.write_text("x")
        path.chmod(0o644)
        check = looked(home)["data.rights"]
        assert (check.verdict, check.next_step) == ("bad", f"`chmod go= {path}`")
        path.chmod(0o600)
    home.logs.chmod(0o755)
    assert looked(home)["data.rights"].next_step == f"`chmod go= {home.logs}`"


def test_a_parent_that_anyone_may_rename_is_bad(tmp_path: Path):
    loose = tmp_path / "loose"
    loose.mkdir()
    places = load({}, {"ECM_HOME": str(loose / "home")}).home
    assert "data.parents" not in looked(places)
    loose.chmod(0o777)
    assert looked(places)["data.parents"].verdict == "bad"
    loose.chmod(0o1777)
    assert "data.parents" not in looked(places)


def test_what_cannot_be_written_is_bad(home: Places, monkeypatch: pytest.MonkeyPatch):
    def refuse(dir: Path) -> None:  # noqa: A002  as tempfile calls it
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(data.tempfile, "TemporaryFile", refuse)
    check = looked(home)["data.writable"]
    assert (check.verdict, "read-only file system" in check.sentence) == ("bad", True)


@pytest.mark.parametrize(("mebibytes", "verdict"), [(50, "bad"), (500, "warn"), (5_000, "ok"), (50_000, "ok")])
def test_space_that_runs_out_is_told_before_it_does(
    home: Places, monkeypatch: pytest.MonkeyPatch, mebibytes: int, verdict: str
):
    usage = shutil.disk_usage(home.data)
    monkeypatch.setattr(data.shutil, "disk_usage", lambda _: usage._replace(free=mebibytes * 2**20))
    assert looked(home)["data.space"].verdict == verdict


def test_a_database_is_opened_unless_a_service_has_it(home: Places):
    assert "no database yet" in looked(home)["data.database"].sentence
    asyncio.run(_made(home.database))
    found = looked(home)["data.database"]
    assert (found.verdict, "sound" in found.sentence) == ("ok", True)
    with held(home.database):
        assert looked(home, running=True)["data.database"].verdict == "ok"
        assert looked(home)["data.database"].verdict == "bad"


async def _made(path: Path) -> None:
    async with open_store(path):
        pass


def test_what_is_no_database_is_bad(home: Places):
    home.database.write_bytes(b"no database" * 1000)
    home.database.chmod(0o600)
    check = looked(home)["data.database"]
    assert (check.verdict, str(home.database) in check.sentence) == ("bad", True)
