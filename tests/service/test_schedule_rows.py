"""The Schedule's rows: by time and by search, always as new as the stream, made again where they are lost."""

import sqlite3
from contextlib import closing
from datetime import timedelta, timezone
from pathlib import Path

import pytest

from ecm_tui.core import commands as c
from ecm_tui.core.commands import Command
from ecm_tui.core.log import Actor
from ecm_tui.core.schedule import summary
from tests.service.store.builders import LEE, TUESDAY, clinic, known, person, scheduled, waiting


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "clinic.sqlite"


async def test_E1_a_window_of_time_gives_its_appointments_in_order(path):
    async with clinic(path) as streams:
        plans = [timedelta(hours=2), timedelta(0), timedelta(days=1), timedelta(microseconds=1), -timedelta(days=1)]
        for at in plans:
            await scheduled(streams, at=TUESDAY + at)
        rows = await streams.summaries(TUESDAY, TUESDAY + timedelta(days=1))
        assert [row.at - TUESDAY for row in rows] == [timedelta(0), timedelta(microseconds=1), timedelta(hours=2)]
        assert len(await streams.summaries(TUESDAY, TUESDAY + timedelta(days=1), limit=2)) == 2


async def test_a_time_of_another_zone_is_the_same_moment(path):
    async with clinic(path) as streams:
        stream, _ = await scheduled(streams, at=TUESDAY.astimezone(timezone(timedelta(hours=5, minutes=30))))
        appointment = await known(streams, stream)
        assert appointment.at == TUESDAY and appointment.at.utcoffset() == timedelta(0)
        assert [row.id for row in await streams.summaries(TUESDAY, TUESDAY + timedelta(seconds=1))] == [stream]


async def test_a_row_is_what_the_stream_says_after_every_command(path):
    async with clinic(path) as streams:
        stream, people = await waiting(streams, "Bo")
        later = TUESDAY + timedelta(hours=1)
        acts: list[tuple[Command, Actor]] = [
            (c.Admit(person_id=people[0]), LEE),
            (c.Leave(), person(people[1])),
            (c.EndCall(), LEE),
            (c.Cancel(), LEE),
        ]
        for command, actor in acts:
            await streams.execute(stream, command, actor)
            assert await streams.summaries(TUESDAY, later) == [summary(await known(streams, stream))]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("møller", ["Sören Møller"]),
        ("MOLLER soren", ["Sören Møller"]),
        ("x-17", ["Ann Lee"]),
        ("lee X-17 ANN", ["Ann Lee"]),
        ("lee", ["Lee Wu", "Ann Lee"]),
        ("lee moller", []),
        ("100%", ["100% Bo_b"]),
        ("%", ["100% Bo_b"]),
        ("o_b", ["100% Bo_b"]),
        ("ann\nlee", ["Ann Lee"]),
        ("leex", []),
        ("", []),
        ("   ", []),
        ("ßtraße", ["Sstrasse"]),
    ],
)
async def test_E1_search_finds_by_name_or_id_in_any_case_accent_and_order(path, query, found):
    async with clinic(path) as streams:
        for hours, (name, patient_id) in enumerate(
            [("Ann Lee", "X-17"), ("Sören Møller", ""), ("100% Bo_b", "22"), ("Lee Wu", "9"), ("Sstrasse", "1")]
        ):
            await scheduled(streams, patient=name, patient_id=patient_id, at=TUESDAY + timedelta(hours=hours))
        assert [row.patient for row in await streams.search(query)] == found


async def test_a_query_of_any_length_is_answered(path):
    async with clinic(path) as streams:
        await scheduled(streams)
        assert await streams.search("ann " * 100_000) != []
        assert await streams.search("a\x00nn \ud800") == []


async def test_rows_that_are_lost_or_old_are_made_again_at_the_start(path):
    async with clinic(path) as streams:
        one, _ = await scheduled(streams, patient="Ann")
        two, _ = await scheduled(streams, patient="Bo")
        rows = await streams.search("o"), await streams.search("ann")
    with closing(sqlite3.connect(path)) as database:
        database.execute("DELETE FROM summaries WHERE appointment = ?", [one])
        database.execute("UPDATE summaries SET seq = 1, search = 'x', row = '{}' WHERE appointment = ?", [two])
        database.commit()
    async with clinic(path, word="again") as streams:
        assert (await streams.search("o"), await streams.search("ann")) == rows


async def test_one_damaged_stream_keeps_no_other_from_the_schedule(path, caplog):
    async with clinic(path) as streams:
        one, _ = await scheduled(streams, patient="Ann")
        await scheduled(streams, patient="Bo")
    with closing(sqlite3.connect(path)) as database:
        database.execute("DELETE FROM summaries")
        database.execute("UPDATE entries SET data = 'x' WHERE stream = ?", [one])
        database.commit()
    async with clinic(path, word="again") as streams:
        assert [row.patient for row in await streams.summaries(TUESDAY, TUESDAY + timedelta(days=1))] == ["Bo"]
    assert one in caplog.text
