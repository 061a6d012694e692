"""One database, one owner: its settings, who may see it, and what happens when others get in the way."""

import asyncio
import os
import resource
import sqlite3
import stat
import tempfile
import traceback
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from ecm_tui.core import commands as c
from ecm_tui.errors import DamagedError, LockedError, ReadOnlyError, StoreError
from ecm_tui.service.store import Credential, SqliteStore, Store, open_store, sqlite
from tests.service.store.builders import LEE, TUESDAY, clinic, code, known, scheduled


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "clinic.sqlite"


async def test_the_writer_says_written_only_when_it_is_on_disk_and_readers_cannot_write(path):
    async with open_store(path) as store:
        pragma = {
            name: store._writer.connection.driver_connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "secure_delete")
        }
        assert pragma == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1}
        with pytest.raises(ReadOnlyError):
            await store._rows(text("DELETE FROM heads RETURNING stream"))


async def test_the_files_are_for_this_user_only(path):
    old = os.umask(0)
    try:
        async with clinic(path):
            modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    finally:
        os.umask(old)
    assert set(modes.values()) == {0o600} and len(modes) == 4
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_S41_a_statement_that_fails_does_not_tell_what_was_to_be_written(path):
    async with open_store(path) as store:
        lost = text("INSERT INTO nowhere VALUES (:what)"), {"what": "CANARY"}
        with pytest.raises(StoreError) as raised:
            await store._write(lambda connection: connection.execute(*lost))
    assert "nowhere" in (told := "".join(traceback.format_exception(raised.value)))
    assert "CANARY" not in told


async def test_a_planted_symbolic_link_is_not_followed(path):
    path.parent.mkdir()
    path.symlink_to(path.parent / "elsewhere")
    with pytest.raises(StoreError):
        async with open_store(path):
            pass
    assert not (path.parent / "elsewhere").exists()


async def test_a_path_with_signs_of_its_own_works(tmp_path):
    path = tmp_path / "Dr Lee's 100% ?mode=rw#1 ü" / "clinic.sqlite"
    async with clinic(path) as streams:
        stream, _ = await scheduled(streams)
        assert len(await streams.search("ann")) == 1
        assert await streams.read(stream)


async def test_a_second_service_is_refused_and_the_first_goes_on(path):
    async with clinic(path) as streams:
        with pytest.raises(LockedError, match="in use by another program"):
            async with open_store(path):
                pass
        await scheduled(streams)
    async with clinic(path, word="again"):
        pass


async def test_while_another_program_holds_the_database_nothing_is_acknowledged_and_then_it_works(path, monkeypatch):
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.05)
    async with clinic(path) as streams:
        stream, _ = await scheduled(streams)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert await code(streams, stream, c.StartCall()) == "store_locked"
            assert not (await known(streams, stream)).running
            assert len(await streams.search("ann")) == 1
        assert await code(streams, stream, c.StartCall()) == ""


async def test_several_commands_behind_a_locked_database_are_all_told(path, monkeypatch):
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.01)
    async with clinic(path) as streams:
        stream, _ = await scheduled(streams)
        length = (await known(streams, stream)).seq
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            asked = (code(streams, stream, c.SetSwitches(camera=False)) for _ in range(10))
            assert await asyncio.gather(*asked) == ["store_locked"] * 10
        assert (await known(streams, stream)).seq == length


async def test_a_full_disk_acknowledges_nothing_reads_on_and_recovers_without_a_restart(path):
    async with clinic(path) as streams:
        stream, _ = await scheduled(streams)
        before = await known(streams, stream)
        with full_disk(path):
            with pytest.raises(ReadOnlyError, match=r"the disk.*full.*without a restart"):
                for n in range(100):
                    await streams.execute(stream, c.SetSwitches(camera=n % 2 == 1), LEE, f"full-{n}")
            length = len(await streams.read(stream))
            assert (await known(streams, stream)).seq == length
            assert (await known(streams, stream)).patient == before.patient
        done = await streams.execute(stream, c.StartCall(), LEE)
        assert done.seq == length + 1
        assert all(report.good for report in await streams.verify())
    async with clinic(path, word="again") as streams:
        assert (await known(streams, stream)).seq == length + 1


@contextmanager
def full_disk(path: Path):
    """No file of this process grows beyond what the log of the database has now, and a little."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.with_name(path.name + "-wal").stat().st_size + 40_000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_database_that_turns_read_only_says_so_and_recovers(path):
    async with clinic(path) as streams:
        stream, _ = await scheduled(streams)
        pragma(streams.store, "query_only=ON")
        assert await code(streams, stream, c.StartCall()) == "store_read_only"
        pragma(streams.store, "query_only=OFF")
        assert await code(streams, stream, c.StartCall()) == ""


def pragma(store: Store, setting: str) -> None:
    assert isinstance(store, SqliteStore)
    store._writer.connection.driver_connection.execute(f"PRAGMA {setting}")


async def test_a_directory_without_the_right_to_write_is_refused_in_words():
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o555)
        with plain_user(), pytest.raises(ReadOnlyError, match="may not write there"):
            async with open_store(Path(directory) / "clinic.sqlite"):
                pass


@contextmanager
def plain_user():
    """The rights of a user who owns nothing here, also when root runs the tests."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


async def test_a_place_that_cannot_be_a_directory_is_refused_in_words(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be opened"):
        async with open_store(tmp_path / "file" / "clinic.sqlite"):
            pass


async def test_a_file_that_is_no_database_is_left_alone(path):
    path.parent.mkdir()
    path.write_bytes(b"a letter to a friend" * 100)
    with pytest.raises(DamagedError, match="not a readable database"):
        async with open_store(path):
            pass
    assert path.read_bytes().startswith(b"a letter")


async def test_someone_elses_database_is_left_alone(path):
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE letters (text)")
    with pytest.raises(DamagedError, match="not one of ecm-tui"):
        async with open_store(path):
            pass


async def test_a_fault_of_whoever_uses_the_store_stays_theirs(path):
    with pytest.raises(FileNotFoundError):
        async with open_store(path):
            raise FileNotFoundError


async def test_whoever_asks_after_the_end_is_told(path):
    async with open_store(path) as store:
        pass
    for asked in (store.head("a1"), store.drop_credential("v1")):
        with pytest.raises(StoreError, match="closed"):
            await asked


async def test_a_credential_is_found_by_its_secret_until_it_is_dropped(path):
    async with open_store(path) as store:
        one = Credential(visit="v1", kind="participant", appointment="a1", holder="p1", created=TUESDAY)
        two = Credential(visit="v2", kind="participant", appointment="a1", holder="p1", created=TUESDAY)
        await store.add_credential("secret one", one)
        await store.add_credential("secret two", two)
        assert await store.find_credential("secret one", TUESDAY) == one
        assert await store.find_credential("secret", TUESDAY) is None
        await store.drop_credential("v1")
        await store.drop_credential("v1")
        assert await store.find_credential("secret one", TUESDAY) is None
        await store.drop_credentials("a1", "p1", but="v2")
        assert await store.find_credential("secret two", TUESDAY) == two
        await store.drop_credentials("a1", "p1")
        assert await store.find_credential("secret two", TUESDAY) is None
        with closing(sqlite3.connect(path)) as other:
            assert b"secret" not in b"".join(line.encode() for line in other.iterdump())


async def test_a_one_use_link_opens_for_one_of_many_and_not_after_its_time(path):
    async with open_store(path) as store:
        soon = TUESDAY + timedelta(minutes=5)
        link = Credential(visit="w1", kind="window_link", holder="o-lee", created=TUESDAY, expires=soon)
        await store.add_credential("once", link)
        assert await store.take_credential("once", soon) is None
        taken = await asyncio.gather(*(store.take_credential("once", TUESDAY) for _ in range(20)))
        assert [each for each in taken if each] == [link]
        await store.add_credential("twice", link)
        await store.tidy(TUESDAY, soon)
        assert await store.take_credential("twice", TUESDAY) is None


async def test_old_answers_are_forgotten_because_they_may_quote_names(path):
    async with clinic(path) as streams:
        stream, people = await scheduled(streams)
        assert await code(streams, stream, c.Admit(person_id=people[0]), command_id="k1") == "not_waiting"
        answer = await streams.store.answer("o-lee", "k1")
        assert answer and "Ann" in answer.answer["refused"]["message"]
        await streams.store.tidy(TUESDAY + timedelta(days=1), TUESDAY)
        assert await streams.store.answer("o-lee", "k1") is None
