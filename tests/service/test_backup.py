"""Backups of a running service, put in place elsewhere: whole, private, and never trusted for a name."""

import asyncio
import hashlib
import io
import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import tarfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from ecm_tui.cli.checks import data
from ecm_tui.core.wire import encode_record
from ecm_tui.errors import BadArchiveError, EcmError, NewerDatabaseError, RefusedError, ServiceRunningError
from ecm_tui.paths import Places, find_places
from ecm_tui.service import backup as backups
from ecm_tui.service.home import held
from ecm_tui.service.restore import finish, restored, unfinished
from tests.service.house import House, places, service
from tests.service.test_retention import CANARY, everything, made
from tests.service.test_tokens import added, issued

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


async def taken(house: House, headers: dict[str, str] | None = None) -> httpx.Response:
    transport = httpx.AsyncHTTPTransport(uds=house.socket)
    async with httpx.AsyncClient(transport=transport, base_url="http://s", timeout=60) as client:
        return await client.get("/api/v1/backup", headers=headers)


_made: dict[str, bytes] = {}
"""The archive that all tests begin with; a call is needed for it only once."""


@pytest.fixture
async def archive(tmp_path: Path) -> Path:
    """A backup taken while the service runs, of a home with a still, a file, a note and a chat."""
    if not _made:
        async with service(tmp_path / "old") as house:
            await everything(house)
            answer = await taken(house)
            assert answer.status_code == 200
            assert not list((tmp_path / "old" / "d").glob(".backup.*")), "the copy is gone"
        _made["archive"] = answer.content
    path = tmp_path / "all.tar"
    path.write_bytes(_made["archive"])
    return path


def put(archive: Path, root: Path, replace: bool = False) -> Any:
    root.mkdir(mode=0o700, exist_ok=True)
    return restored(archive, places(root), replace, NOW)


async def test_a_backup_put_elsewhere_holds_everything_and_its_links_open(archive: Path, tmp_path: Path):
    put(archive, tmp_path / "new")
    assert {name: len(found) for name, found in made(tmp_path / "new").items()} == {"stills": 1, "files": 1}
    for path in (tmp_path / "new" / "d").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
    async with service(tmp_path / "new") as house:
        console = await house.console()
        assert (await console.query("verify"))["ok"]
        (row,) = (await console.query("appointments", search="canarybird"))["appointments"]
        shown = await console.query("appointment", appointment=row["id"])
        assert shown["patient"] == CANARY and len(shown["stills"]) == 1
        link = next(person["join_url"] for person in shown["people"] if person["name"] == CANARY)
        assert (await house.trade(link)).status_code == 200
        tell = [each["event"] for each in (await _clinic_events(house))]
        assert "content_exported" in [event["type"] for event in tell], "that a copy was taken is in the log"


async def _clinic_events(house: House) -> list[Any]:
    return [encode_record(record) for record in await house.service.parts.streams.read("clinic")]


async def test_a_backup_is_for_the_owner_of_the_host_alone(tmp_path: Path):
    async with service(tmp_path) as house:
        console = await house.console()
        shown = {"Authorization": f"Bearer {await issued(console, await added(console))}"}
        assert (await taken(house, shown)).status_code == 403
        assert (await house.client.get("/api/v1/backup")).status_code == 404
        assert (await house.client.get("/api/v1/backup", headers=shown)).status_code == 404


async def test_calls_go_on_while_a_backup_is_taken(tmp_path: Path):
    async with service(tmp_path) as house:
        console = await house.console()
        visitors = await house.appointment(console, "Bob")
        await visitors.start()
        taking = asyncio.create_task(taken(house))
        await visitors.in_call()
        assert (await taking).status_code == 200
        assert (await visitors.stands("admitted"))["connected"]


async def test_whoever_breaks_off_leaves_no_copy_behind(tmp_path: Path):
    async with service(tmp_path) as house:
        home = house.service.settings.home
        backup = await asyncio.to_thread(backups.begun, home, NOW, "1")
        pieces = backup.stream()
        next(pieces)
        assert backup.copy.exists()
        pieces.close()
        assert not backup.copy.exists()
        (home.data / ".backup.killed").write_bytes(b"x")
    async with service(tmp_path):
        assert not list(home.data.glob(".backup.*")), "a service that was killed left it: what is erased stayed in it"


async def test_two_backups_at_once_are_both_whole(tmp_path: Path):
    async with service(tmp_path) as house:
        await everything(house)
        home = house.service.settings.home
        first, second = [await asyncio.to_thread(backups.begun, home, NOW, "1") for _ in range(2)]
        found = [b"".join(backup.stream()) for backup in (first, second)]
        names = [tarfile.open(fileobj=io.BytesIO(each)).getnames() for each in found]
        assert names[0] == names[1] and names[0][-1] == "manifest.json" and len(names[0]) == 5


async def test_data_that_is_there_is_kept_aside_and_only_when_asked(archive: Path, tmp_path: Path):
    async with service(tmp_path / "new") as house:
        await house.appointment(await house.console())
    before = (tmp_path / "new" / "d" / "link.key").read_bytes()
    with pytest.raises(RefusedError) as refused:
        put(archive, tmp_path / "new")
    assert refused.value.code == "data_exists"
    assert (tmp_path / "new" / "d" / "link.key").read_bytes() == before
    done = put(archive, tmp_path / "new", replace=True)
    assert (done.aside / "link.key").read_bytes() == before
    assert (tmp_path / "new" / "d" / "link.key").read_bytes() != before


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from ecm_tui.config import load
from ecm_tui.service.restore import finish, restored, unfinished

left, rename = int(sys.argv[2]), Path.rename

def kill_at_last(self, target):
    global left
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    return rename(self, target)

Path.rename = kill_at_last
restored(Path(sys.argv[1]), load({}, os.environ).home, True, datetime(2026, 11, 24, 9, 30, tzinfo=UTC))
"""


def killed_after(renames: int, archive: Path, root: Path) -> Places:
    """The home as a restore leaves it that was killed when it had renamed so many directories."""
    root.mkdir(mode=0o700, exist_ok=True)
    environ = {**os.environ, "ECM_HOME": str(root)}
    done = subprocess.run([sys.executable, "-c", KILLED, str(archive), str(renames)], env=environ, timeout=60)
    assert done.returncode == -signal.SIGKILL
    return find_places(environ)


def beside(home: Places) -> set[str]:
    """What lies beside the data, without the time in its name."""
    return {path.name.partition("-")[0] for path in home.data.parent.glob("data.*")}


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A home that holds something, so little that no service is needed for it."""
    home = find_places({"ECM_HOME": str(tmp_path / "new")})
    home.make()
    (home.data / "link.key").write_bytes(b"old")
    return home.data.parent


@pytest.mark.parametrize("renames", [0, 1])
def test_a_restore_killed_before_anything_was_changed_leaves_all_as_it_was(archive: Path, old: Path, renames: int):
    home = killed_after(renames, archive, old)
    assert unfinished(home) is None
    finish(home)
    assert (home.data / "link.key").read_bytes() == b"old"
    assert beside(home) == set()


def test_a_restore_killed_between_old_and_new_is_finished_and_said(
    archive: Path, old: Path, caplog: pytest.LogCaptureFixture
):
    home = killed_after(2, archive, old)
    assert not home.data.exists() and unfinished(home) is not None
    (check,) = [check for check in data.checks(home, False) if check.id == "data.restore"]
    assert check.verdict == "bad" and "`ecm-tui service restart`" in check.next_step
    home.make()
    assert unfinished(home) is not None, "also when something has made the directories anew"
    finish(home)
    assert (home.data / "clinic.sqlite").exists() and (home.data / "link.key").read_bytes() != b"old"
    assert beside(home) == {"data.before"}
    assert (next(old.glob("data.before-*")) / "link.key").read_bytes() == b"old"
    assert "It is finished now; what was here before is kept in" in caplog.text
    assert unfinished(home) is None and not [c for c in data.checks(home, False) if c.id == "data.restore"]
    caplog.clear()
    finish(home)
    assert not caplog.text


def test_the_same_restore_again_after_a_kill_puts_it_in_place_and_says_where_the_old_is(archive: Path, old: Path):
    home = killed_after(2, archive, old)
    (old / "broken.tar").write_bytes(b"no archive")
    with pytest.raises(BadArchiveError):
        restored(old / "broken.tar", home, True, NOW)
    assert unfinished(home) is not None, "another one that fails takes nothing away from it"
    done = restored(archive, home, False, NOW)
    assert done.aside is not None and (done.aside / "link.key").read_bytes() == b"old"
    assert (home.data / "clinic.sqlite").exists() and beside(home) == {"data.before"}


async def test_the_next_start_after_a_killed_restore_serves_the_backup(archive: Path, tmp_path: Path):
    root = tmp_path / "new"
    home = killed_after(1, archive, root)
    # The house of tests has short names for the same places.
    (root / "d.ready").mkdir(mode=0o700)
    (home.data.parent / "data.ready").rename(root / "d.ready")
    async with service(root) as house:
        console = await house.console()
        assert (await console.query("appointments", search="canarybird"))["appointments"]


def test_nothing_is_restored_beside_a_running_service(tmp_path: Path):
    home = places(tmp_path)
    home.make()
    with held(home), pytest.raises(ServiceRunningError):
        restored(tmp_path / "any.tar", home, True, NOW)


Member = tuple[tarfile.TarInfo, bytes]


def members(archive: Path) -> list[Member]:
    with tarfile.open(archive) as tar:
        return [(entry, tar.extractfile(entry).read()) for entry in tar]  # type: ignore[union-attr]


def packed(path: Path, entries: list[Member]) -> Path:
    with tarfile.open(path, "w") as tar:
        for entry, content in entries:
            tar.addfile(entry, io.BytesIO(content))
    return path


def with_member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> Callable[[list[Member]], list[Member]]:
    def change(entries: list[Member]) -> list[Member]:
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname, entry.size = kind, target, 4 if kind == tarfile.REGTYPE else 0
        return [(entry, b"evil"), *entries]

    return change


def with_manifest(**changes: Any) -> Callable[[list[Member]], list[Member]]:
    def change(entries: list[Member]) -> list[Member]:
        (head, content), rest = entries[-1], entries[:-1]
        content = json.dumps(json.loads(content) | changes).encode()
        head.size = len(content)
        return [*rest, (head, content)]

    return change


HOSTILE: dict[str, Callable[[list[Member]], list[Member]]] = {
    "climbs": with_member("../evil"),
    "climbs deeper": with_member("stills/../../evil.png"),
    "absolute": with_member("/tmp/evil"),
    "unknown": with_member("config.toml"),
    "hidden": with_member("files/.hidden"),
    "link": with_member("files/evil", tarfile.SYMTYPE, "/etc/passwd"),
    "hard link": with_member("files/evil", tarfile.LNKTYPE, "/etc/passwd"),
    "device": with_member("files/evil", tarfile.CHRTYPE),
    "pipe": with_member("files/evil", tarfile.FIFOTYPE),
    "directory": with_member("files", tarfile.DIRTYPE),
    "not listed": with_member("files/evil"),
    "twice": lambda entries: [entries[0], *entries],
    "no manifest": lambda entries: entries[:-1],
    "no key": lambda entries: [each for each in entries if each[0].name != "link.key"],
    "changed": lambda entries: [(entries[0][0], entries[0][1][:-1] + b"x"), *entries[1:]],
    "a still less": lambda entries: [each for each in entries if not each[0].name.startswith("stills/")],
    "later format": with_manifest(format=99),
    "manifest of nothing": with_manifest(members=[]),
}


@pytest.mark.parametrize("trick", HOSTILE)
def test_an_archive_that_is_not_as_it_was_made_changes_nothing(archive: Path, tmp_path: Path, trick: str):
    evil = packed(tmp_path / "evil.tar", HOSTILE[trick](members(archive)))
    with pytest.raises(BadArchiveError):
        put(evil, tmp_path / "new")
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["c", "d", "r", "s"]
    assert not [path for path in (tmp_path / "new" / "d").rglob("*") if path.is_file()]
    assert not (tmp_path / "evil").exists() and not Path("/tmp/evil").exists()


@pytest.mark.parametrize("size", [0, 1, 511, 5_000, 60_000])
def test_a_cut_archive_changes_nothing(archive: Path, tmp_path: Path, size: int):
    cut = tmp_path / "cut.tar"
    cut.write_bytes(archive.read_bytes()[:size])
    with pytest.raises(BadArchiveError):
        put(cut, tmp_path / "new")


def test_what_is_no_file_is_said(tmp_path: Path):
    with pytest.raises(EcmError, match="No such file"):
        put(tmp_path / "nowhere.tar", tmp_path / "new")


def test_a_database_of_a_newer_version_is_refused(archive: Path, tmp_path: Path):
    entries = members(archive)
    database = tmp_path / "newer.sqlite"
    database.write_bytes(entries[0][1])
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = database.read_bytes()
    entries[0][0].size = len(content)
    listed = json.loads(entries[-1][1])["members"]
    listed["clinic.sqlite"] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    newer = packed(tmp_path / "newer.tar", with_manifest(members=listed)([(entries[0][0], content), *entries[1:]]))
    with pytest.raises(NewerDatabaseError):
        put(newer, tmp_path / "new")
