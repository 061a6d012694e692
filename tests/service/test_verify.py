"""A log that cannot be changed unseen: every tampering is found; erasing what people wrote is none."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from ecm_tui.core import commands as c
from ecm_tui.core.log import ERASED, SERVICE
from ecm_tui.errors import DamagedError
from tests.service.store.builders import LEE, TUESDAY, Clock, clinic, known, person, waiting


@pytest.fixture
async def ended(tmp_path: Path) -> tuple[Path, str]:
    """A database with one finished call, in which `a2` is the stream."""
    path = tmp_path / "clinic.sqlite"
    async with clinic(path) as streams:
        stream, _ = await waiting(streams, "Bo")
        await streams.execute(stream, c.EndCall(), LEE)
    return path, stream


def tamper(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()


async def test_an_untouched_database_verifies_with_length_and_head(ended):
    path, stream = ended
    async with clinic(path, word="again") as streams:
        reports = {report.stream: report for report in await streams.verify()}
        head = await streams.store.head(stream)
    assert all(report.good and not report.problem for report in reports.values())
    assert (reports[stream].length, reports[stream].head) == (head.seq, head.hash)
    assert set(reports) == {stream, "clinic"}


@pytest.mark.parametrize(
    ("statement", "bad"),
    [
        ("UPDATE entries SET actor = 'o-roy' WHERE stream = '{}' AND seq = 3", 3),
        ("UPDATE entries SET at = '2026-11-24T09:20:01Z' WHERE stream = '{}' AND seq = 2", 2),
        ("UPDATE entries SET data = '[]' WHERE stream = '{}' AND seq = 4", 4),
        ("UPDATE entries SET data = 'no JSON' WHERE stream = '{}' AND seq = 4", 4),
        ("DELETE FROM entries WHERE stream = '{}' AND seq = 1", 1),
        ("DELETE FROM entries WHERE stream = '{}' AND seq = 3", 3),
        ("UPDATE bodies SET content = 'Mallory' WHERE stream = '{}' AND seq = 2", 2),
        ("UPDATE bodies SET salt = x'00' WHERE stream = '{}' AND seq = 1", 1),
        ("DELETE FROM entries WHERE stream = '{}'", 1),
        ("DELETE FROM heads WHERE stream = '{}'", None),
    ],
)
async def test_a_change_behind_our_back_is_found_where_it_is(ended, statement, bad):
    path, stream = ended
    tamper(path, statement.format(stream))
    async with clinic(path, word="again") as streams:
        reports = {report.stream: report for report in await streams.verify()}
    assert reports["clinic"].good
    assert not reports[stream].good and reports[stream].problem
    assert bad is None or reports[stream].first_bad == bad


async def test_a_cut_tail_is_seen_by_the_head_and_by_what_was_noted_at_the_end_of_the_call(ended):
    path, stream = ended
    with closing(sqlite3.connect(path)) as database:
        count = database.execute("SELECT max(seq) FROM entries WHERE stream = ?", [stream]).fetchone()[0]
        newest = database.execute(
            "SELECT hash FROM entries WHERE stream = ? AND seq = ?", [stream, count - 1]
        ).fetchone()
    tamper(path, f"DELETE FROM entries WHERE stream = '{stream}' AND seq = {count}")
    assert await first_bad(path, stream) == count
    tamper(path, f"UPDATE heads SET seq = {count - 1}, hash = '{newest[0]}' WHERE stream = '{stream}'")
    assert await first_bad(path, stream) == count
    tamper(path, f"DELETE FROM entries WHERE stream = '{stream}'", f"DELETE FROM heads WHERE stream = '{stream}'")
    assert await first_bad(path, stream) == 1


async def test_a_rewritten_history_does_not_fit_the_noted_head(ended, tmp_path):
    path, stream = ended
    other = tmp_path / "other.sqlite"
    async with clinic(other) as streams:
        twin, people = await waiting(streams, "Bo")
        await streams.execute(twin, c.Disconnect(person_id=people[1]), LEE)
        await streams.execute(twin, c.EndCall(), LEE)
        assert twin == stream
    tamper(
        path,
        f"ATTACH '{other}' AS other",
        f"DELETE FROM entries WHERE stream = '{stream}'",
        f"INSERT INTO entries SELECT * FROM other.entries WHERE stream = '{stream}'",
        f"DELETE FROM heads WHERE stream = '{stream}'",
        f"INSERT INTO heads SELECT * FROM other.heads WHERE stream = '{stream}'",
    )
    assert await first_bad(path, stream) is not None


async def first_bad(path: Path, stream: str) -> int | None:
    async with clinic(path, word="again") as streams:
        return {report.stream: report for report in await streams.verify()}[stream].first_bad


async def test_U4_a_stream_still_verifies_after_what_people_wrote_was_erased(ended):
    path, stream = ended
    async with clinic(path, word="again", clock=Clock(TUESDAY + timedelta(days=40)), keep_days=30) as streams:
        await streams.execute(stream, c.EraseContent(), SERVICE)
        assert all(report.good for report in await streams.verify())
    async with clinic(path, word="once more") as streams:
        assert all(report.good for report in await streams.verify())
        assert {each.name for each in (await known(streams, stream)).people.values()} == {ERASED}


async def test_a_text_that_is_gone_although_the_log_tells_of_no_erasure_is_found(ended):
    path, stream = ended
    tamper(path, f"DELETE FROM bodies WHERE stream = '{stream}' AND seq >= 2")
    async with clinic(path, word="again") as streams:
        (report,) = [each for each in await streams.verify() if each.stream == stream]
    assert (report.first_bad, report.good) == (2, False)
    assert "tells of no erasure" in report.problem


async def test_a_stream_that_grows_while_it_is_looked_at_is_not_called_altered(ended, monkeypatch):
    path, _ = ended
    async with clinic(path, word="again") as streams:
        stream, people = await waiting(streams, "Bo")
        read, grown = streams.store.read, 0

        async def and_grow(*asked):
            nonlocal grown
            if asked[0] == stream and grown < 2:
                grown += 1
                await streams.execute(stream, c.RaiseHand(up=bool(grown % 2)), person(people[0]))
            return await read(*asked)

        await streams.execute(stream, c.Admit(person_id=people[0]), LEE)
        monkeypatch.setattr(streams.store, "read", and_grow)
        assert all(report.good for report in await streams.verify())
        assert grown == 2


@pytest.mark.parametrize(
    ("statement", "number"),
    [
        ("UPDATE entries SET data = 'no JSON' WHERE stream = '{}' AND seq = 4", 4),
        ("""UPDATE entries SET data = '{{"type":"call_ended","outcome":"fun"}}' WHERE stream = '{}' AND seq = 5""", 5),
        ("UPDATE entries SET data = '{{}}' WHERE stream = '{}' AND seq = 5", 5),
        ("UPDATE entries SET at = 'yesterday' WHERE stream = '{}' AND seq = 2", 2),
        ("DELETE FROM entries WHERE stream = '{}' AND seq = 3", 3),
    ],
)
async def test_an_unreadable_row_is_a_clear_error_that_names_the_stream_and_harms_no_other(ended, statement, number):
    path, stream = ended
    tamper(path, statement.format(stream))
    async with clinic(path, word="again") as streams:
        with pytest.raises(DamagedError, match=f"the stream {stream} cannot be read from number {number} on"):
            await streams.appointment(stream)
        with pytest.raises(DamagedError, match=stream):
            await streams.execute(stream, c.StartCall(), LEE)
        await waiting(streams)


async def test_events_that_make_no_sense_together_are_a_clear_error(ended):
    path, stream = ended
    data = """{"type":"person_removed","person_id":"p-nobody"}"""
    tamper(path, f"UPDATE entries SET data = '{data}' WHERE stream = '{stream}' AND seq = 5")
    async with clinic(path, word="again") as streams:
        with pytest.raises(DamagedError, match=f"the stream {stream} makes no sense"):
            await streams.appointment(stream)


async def test_an_unreadable_clinic_is_a_clear_error_at_the_start(ended):
    path, _ = ended
    tamper(path, "UPDATE entries SET data = 'no JSON' WHERE stream = 'clinic' AND seq = 1")
    with pytest.raises(DamagedError, match="the stream clinic"):
        async with clinic(path):
            pass
