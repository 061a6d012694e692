"""One batch in the making: commands are decided on what the ones before them leave, and a bad one leaves nothing."""

import asyncio
from pathlib import Path

import pytest

from ecm_tui.core import commands as c
from ecm_tui.core.context import Rules
from ecm_tui.core.devices import Devices
from ecm_tui.core.wire import WireError
from ecm_tui.service.collect import Collector, Done, Request, Sources
from ecm_tui.service.folds import Folds
from ecm_tui.service.store import open_store
from ecm_tui.service.streams import Streams
from tests.service.store.builders import ANN, LEE, TUESDAY, Clock, Ids, clinic, known, person, scheduled, waiting


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "clinic.sqlite"


async def test_commands_of_one_batch_see_each_other_and_nothing_is_written_before_the_commit(path):
    async with open_store(path) as store:
        folds = Folds(store)
        collector = Collector(store, folds, Sources(clock=Clock(), new_id=Ids(), rules=Rules()))
        made = await collector.add(Request(stream="", command=c.Schedule(at=TUESDAY, patient=ANN), actor=LEE))
        assert isinstance(made, Done)
        started = await collector.add(Request(stream=made.stream, command=c.StartCall(), actor=LEE, command_id="k1"))
        assert (
            await collector.add(Request(stream=made.stream, command=c.StartCall(), actor=LEE, command_id="k1"))
            == started
        )
        ended = await collector.add(Request(stream=made.stream, command=c.EndCall(), actor=LEE))
        assert isinstance(ended, Done) and ended.seq == made.seq + 2
        assert await store.heads() == []
        batch = collector.batch()
        await store.commit(batch)
        assert {head.stream: head.seq for head in await store.heads()} == {made.stream: ended.seq, "clinic": 1}
        assert [len(batch.appends), len(batch.answers)] == [2, 1]


async def test_an_event_that_could_not_be_read_back_is_never_written(path):
    async with Streams.open(path, clock=Clock(), new_id=lambda: "no id!") as streams:
        with pytest.raises(WireError):
            await streams.execute("", c.Schedule(at=TUESDAY, patient=ANN), LEE, "k1")
        assert await streams.store.heads() == []
        assert await streams.store.answer("o-lee", "k1") is None


async def test_what_people_write_passes_the_gate_whoever_sends_it_and_stays_out_of_the_log(path):
    async with clinic(path) as streams:
        stream, _ = await scheduled(streams, patient="Ann\u202e\x07" + "n" * 200)
        name = (await known(streams, stream)).patient
        assert name.startswith("Ann\ufffd\u2407nnn") and len(name) == 80
        page = await streams.store.read(stream, 0, 100)
        assert not any("nnn" in entry.data for entry in page.entries)
        assert all(len(body.salt) == 16 for body in page.bodies.values())
        assert len({body.salt for body in page.bodies.values()}) == len(page.bodies)


async def test_the_ids_that_a_command_makes_are_in_its_answer(path):
    async with clinic(path) as streams:
        stream, people = await waiting(streams)
        await streams.execute(stream, c.Admit(person_id=people[0]), LEE)
        devices = Devices(camera="on", microphone="on")
        await streams.execute(stream, c.ReportDevices(devices=devices), person(people[0]))
        asked = await streams.execute(stream, c.AskScreenshot(person_id=people[0]), LEE)
        consent = (await known(streams, stream)).people[people[0]].consent
        assert consent is not None and asked.result == {"consent_id": consent.id}


async def test_a_command_that_changes_nothing_is_done_and_appends_nothing(path):
    async with clinic(path) as streams:
        stream, _ = await waiting(streams)
        before = await streams.store.head(stream)
        results = await asyncio.gather(*(streams.execute(stream, c.StartCall(), LEE, f"k{n}") for n in range(3)))
        assert [(done.seq, done.events) for done in results] == [(before.seq, ())] * 3
        assert await streams.execute(stream, c.StartCall(), LEE, "k1") == results[1]
        assert await streams.store.head(stream) == before
