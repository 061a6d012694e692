"""Commands in, events on disk, everyone told: the promises of the streams, on a real database."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from ecm_tui.core import commands as c
from ecm_tui.core import events as e
from ecm_tui.core.clinic import AddAccount, HeadNoted
from ecm_tui.core.invites import link_opens
from ecm_tui.core.log import SERVICE, Actor, Body, Entry, Recorded
from ecm_tui.errors import RefusedError, StoreError
from ecm_tui.service.hub import Fact
from ecm_tui.service.store import Answer, Append, Batch, StaleError, Store
from ecm_tui.service.store.codec import written
from ecm_tui.service.streams import CaughtUp, Done, Streams
from tests.service.store.builders import LEE, TUESDAY, clinic, code, known, person, scheduled, waiting
from tests.until import until


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "clinic.sqlite"


async def test_a_command_is_answered_with_what_it_made(path):
    async with clinic(path) as streams:
        command = c.Schedule(at=TUESDAY, patient=c.Guest(name="Ann", email="ann@example.org"))
        done = await streams.execute("", command, LEE)
        appointment = await known(streams, done.result["appointment_id"])
        invited = await streams.execute(appointment.id, c.Invite(guest=c.Guest(name="Bo", mobile="+4412")), LEE)
    assert appointment.patient == "Ann"
    assert list(appointment.people) == done.result["person_ids"]
    assert [type(record.event) for record in done.events][:2] == [e.AppointmentScheduled, e.PersonInvited]
    assert [record.seq for record in done.events] == list(range(1, done.seq + 1))
    assert invited.result["person_id"] not in appointment.people
    assert appointment.id[0] == "a" and done.result["person_ids"][0][0] == "p"


async def test_everything_is_there_after_a_restart_and_reads_the_same(path):
    async with clinic(path) as streams:
        stream, people = await waiting(streams, "Bo")
        await streams.execute(stream, c.Admit(person_id=people[0]), LEE)
        before, log = await streams.appointment(stream), await streams.read(stream)
    async with clinic(path, word="again") as streams:
        assert await streams.appointment(stream) == before
        assert await streams.read(stream) == log
        assert (await streams.clinic()).accounts["o-lee"].name == "Dr Lee"


async def test_what_is_published_reads_the_same_as_what_was_stored(path):
    heard: list[Recorded] = []
    async with clinic(path) as streams:
        streams.hub.subscribe(lambda before, after, records: heard.extend(records))
        stream, people = await waiting(streams, "Bo\x1b[2J")
        await streams.execute(stream, c.Leave(), person(people[1]))
        assert heard == await streams.read(stream)
    assert "Bo\u241b[2J" in [each.event.name for each in heard if isinstance(each.event, e.PersonInvited)]
    assert [heard[0].actor.name, heard[-1].actor.name] == ["Dr Lee", "Bo\u241b[2J"]


async def test_a_refusal_says_why_and_leaves_no_trace(path):
    async with clinic(path) as streams:
        stream, people = await scheduled(streams)
        length = (await known(streams, stream)).seq
        with pytest.raises(RefusedError, match="not waiting") as refused:
            await streams.execute(stream, c.Admit(person_id=people[0]), LEE)
        assert refused.value.code == "not_waiting"
        assert (await known(streams, stream)).seq == length


@pytest.mark.parametrize("stream", ["a-nobody-knows", "clinic", "", "schedule", "no id!", "\ud800", "x" * 65])
async def test_a_stream_that_is_no_appointment_is_refused_and_reads_as_nothing(path, stream):
    async with clinic(path) as streams:
        assert await code(streams, stream, c.StartCall()) == "no_such_appointment"
        assert await streams.appointment(stream) is None
        if stream != "clinic":
            assert await streams.read(stream) == []


async def test_clinic_commands_are_for_the_clinic_and_for_who_may(path):
    async with clinic(path) as streams:
        stream, people = await scheduled(streams)
        assert await code(streams, stream, AddAccount(account_id="o2", name="Roy")) == "bad_stream"
        assert (
            await code(streams, "clinic", AddAccount(account_id="o2", name="Roy"), person(people[0])) == "not_allowed"
        )
        assert (
            await code(streams, "clinic", c.Schedule(at=TUESDAY, patient=c.Guest(name="A", email="b"))) == "bad_stream"
        )
        done = await streams.execute("clinic", AddAccount(account_id="o2", name="Roy", role="clerk"), LEE)
        assert done.result == {"account_id": "o2"}
        assert (
            await streams.execute("clinic", AddAccount(account_id="o2", name="Roy", role="clerk"), LEE)
        ).events == ()
        assert (await streams.read("clinic"))[-1].actor.name == "Dr Lee"


async def test_a_repeated_command_gets_its_first_answer_also_after_a_restart(path):
    command = c.Schedule(at=TUESDAY, patient=c.Guest(name="Ann", email="ann@example.org"))
    async with clinic(path) as streams:
        first = await streams.execute("", command, LEE, "k1")
        assert await streams.execute("", command, LEE, "k1") == first
        both = await asyncio.gather(*(streams.execute("", command, LEE, "k2") for _ in range(2)))
        assert both[0] == both[1] != first
    async with clinic(path, word="again") as streams:
        assert await streams.execute("", command, LEE, "k1") == first
        other = await streams.execute("", command, Actor(role="organiser", id="o-roy"), "k1")
        assert other.result != first.result


async def test_a_repeated_command_gets_its_first_refusal_even_when_it_could_be_done_now(path):
    async with clinic(path) as streams:
        stream, people = await scheduled(streams)
        assert await code(streams, stream, c.Admit(person_id=people[0]), command_id="k1") == "not_waiting"
        await streams.execute(stream, c.StartCall(), LEE)
        await streams.execute(stream, c.Enter(visit="v1"), person(people[0]))
        assert await code(streams, stream, c.Admit(person_id=people[0]), command_id="k1") == "not_waiting"
        assert await code(streams, stream, c.Admit(person_id=people[0]), command_id="k2") == ""


async def test_one_id_for_two_commands_is_refused(path):
    async with clinic(path) as streams:
        stream, _ = await scheduled(streams)
        await streams.execute(stream, c.StartCall(), LEE, "k1")
        assert await code(streams, stream, c.EndCall(), command_id="k1") == "command_id_reused"
        assert await code(streams, stream, c.EndCall(), command_id="k 1") == "bad_command_id"
        assert (await known(streams, stream)).running


async def test_160_concurrent_commands_are_all_kept(path):
    async with clinic(path) as streams:
        stream, _ = await scheduled(streams)
        commands = [c.Invite(guest=c.Guest(name=f"Guest {n}", email="g@example.org")) for n in range(160)]
        done = await asyncio.gather(*(streams.execute(stream, each, LEE) for each in commands))
        seqs = [record.seq for each in done for record in each.events]
        length = (await known(streams, stream)).seq
        assert sorted(seqs) == list(range(length - len(seqs) + 1, length + 1))
        assert len({each.result["person_id"] for each in done}) == 160
    async with clinic(path, word="again") as streams:
        names = {each.name for each in (await known(streams, stream)).people.values()}
        assert names == {"Ann"} | {f"Guest {n}" for n in range(160)}
        assert all(report.good for report in await streams.verify())


async def test_S34_200_racing_for_the_last_place_give_exactly_one_admission(path):
    async with clinic(path, places=1) as streams:
        stream, people = await scheduled(streams, *(f"Guest {n}" for n in range(199)))
        await streams.execute(stream, c.StartCall(), LEE)
        await asyncio.gather(*(streams.execute(stream, c.Enter(visit=f"v-{p}"), person(p)) for p in people))
        codes = await asyncio.gather(*(code(streams, stream, c.Admit(person_id=p)) for p in people))
        assert sorted(codes) == [""] + ["full"] * 199
        assert (await known(streams, stream)).admitted == 1


async def test_a_stream_that_grew_meanwhile_is_decided_again(path):
    async with clinic(path) as streams:
        stream, people = await waiting(streams)
        await behind_the_back(streams.store, stream, e.PersonDisconnected(person_id=people[0]))
        assert await code(streams, stream, c.Admit(person_id=people[0])) == "not_waiting"
        await streams.execute(stream, c.Invite(guest=c.Guest(name="Bo", email="b@example.org")), LEE)
        assert (await known(streams, stream)).people[people[0]].state == "disconnected"
        assert all(report.good for report in await streams.verify())


async def test_a_stale_append_is_refused_and_writes_nothing_of_its_batch(path):
    async with clinic(path) as streams:
        one, _ = await scheduled(streams)
        two, _ = await scheduled(streams)
        length = (await streams.store.head(one)).seq
        entries = [await next_entry(streams.store, each, e.CallStarted()) for each in (one, two)]
        good = Append(stream=one, expected=length, entries=[entries[0]])
        stale = Append(stream=two, expected=1, entries=[entries[1]])
        answer = Answer(actor="o", command_id="k", stream=one, command="start_call", at=TUESDAY, answer={})
        for batch in (Batch(appends=[good, stale], answers=[answer]), Batch(appends=[stale])):
            with pytest.raises(StaleError):
                await streams.store.commit(batch)
        again = Append(stream=one, expected=0, entries=[entries[0]])
        with pytest.raises(StaleError):
            await streams.store.commit(Batch(appends=[again]))
        assert [len((await streams.store.read(each, 0, 10)).entries) for each in (one, two)] == [length, length]
        assert await streams.store.answer("o", "k") is None


async def next_entry(store: Store, stream: str, event: e.Event) -> Entry:
    return written(
        await store.head(stream), TUESDAY, LEE, event, lambda text: Body(id="b", salt=b"", content=text)
    ).entry


async def behind_the_back(store: Store, stream: str, event: e.Event) -> None:
    """Another node appends."""
    entry = await next_entry(store, stream, event)
    await store.commit(Batch(appends=[Append(stream=stream, expected=entry.seq - 1, entries=[entry])]))


async def test_the_head_of_a_call_is_noted_when_it_ends(path):
    heard: list[Recorded] = []
    async with clinic(path) as streams:
        streams.hub.subscribe_clinic(lambda before, after, records: heard.extend(records))
        stream, _ = await waiting(streams)
        await streams.execute(stream, c.EndCall(), LEE)
        head = await streams.store.head(stream)
        noted = (await streams.read("clinic"))[-1]
        assert noted.event == HeadNoted(appointment_id=stream, length=head.seq, head=head.hash)
        assert noted.actor == SERVICE and heard == [noted]


async def test_every_link_is_stored_hashed_and_a_replaced_one_opens_nothing(path):
    async with clinic(path) as streams:
        stream, people = await scheduled(streams, "Bo")
        old = await streams.store.find_link(f"{stream}/{people[1]}/1")
        assert old is not None and (old.appointment, old.person, old.link) == (stream, people[1], 1)
        await streams.execute(stream, c.ReplaceLink(person_id=people[1]), LEE)
        new = await streams.store.find_link(f"{stream}/{people[1]}/2")
        appointment = await known(streams, stream)
        assert new is not None
        assert not link_opens(appointment, old.person, old.link, TUESDAY)
        assert link_opens(appointment, new.person, new.link, TUESDAY)
        await streams.execute(stream, c.ReplaceLink(person_id=people[1], revoke=True), LEE)
        assert await streams.store.find_link(f"{stream}/{people[1]}/3") is None
        assert await streams.store.find_link("nonsense \ud800") is None
    assert f"{people[1]}/1".encode() not in path.read_bytes()


async def test_following_gives_what_was_and_what_comes_without_gap_or_repeat(path):
    async with clinic(path) as streams:
        stream, people = await scheduled(streams, *(f"Guest {n}" for n in range(20)))
        got: list[object] = []

        async def follow(after: int) -> None:
            async for item in streams.follow(stream, after):
                got.append(item)

        task = asyncio.create_task(follow(1))
        entering = [streams.execute(stream, c.Enter(visit=f"v-{p}"), person(p)) for p in people]
        await asyncio.gather(*entering)
        streams.hub.tell(stream, {"speaking": [people[0]]})
        await until(lambda: any(isinstance(item, Fact) for item in got))
        last = (await known(streams, stream)).seq
    await task
    seqs = [item.seq for item in got if isinstance(item, Recorded)]
    assert seqs == list(range(2, last + 1))
    assert sum(isinstance(item, CaughtUp) for item in got) == 1


async def test_a_fault_in_one_command_is_its_authors_alone(path, monkeypatch, caplog):
    async with clinic(path) as streams:
        stream, _ = await scheduled(streams)
        commands: list[Any] = [c.StartCall(), object(), c.Invite(guest=c.Guest(name="Bo", email="b@example.org"))]
        results = await asyncio.gather(
            *(streams.execute(stream, each, LEE) for each in commands), return_exceptions=True
        )
        assert [isinstance(each, Exception) for each in results] == [False, True, False]
        assert (await known(streams, stream)).running


async def test_the_writer_outlives_a_fault_in_the_store(path, monkeypatch, caplog):
    async with clinic(path) as streams:
        stream, _ = await scheduled(streams)
        with monkeypatch.context() as patch, caplog.at_level(logging.CRITICAL):
            patch.setattr(Streams, "_publish", lambda self, collector: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                await streams.execute(stream, c.StartCall(), LEE)
        assert await code(streams, stream, c.StartCall()) == ""
        assert (await known(streams, stream)).running


async def test_a_caller_that_goes_away_harms_nobody(path):
    async with clinic(path) as streams:
        stream, _ = await scheduled(streams)
        gone = [
            asyncio.create_task(streams.execute(stream, c.SetSwitches(microphone=n % 2 == 1), LEE)) for n in range(50)
        ]
        await asyncio.sleep(0)
        for task in gone[::2]:
            task.cancel()
        await asyncio.gather(*gone, return_exceptions=True)
        await streams.execute(stream, c.StartCall(), LEE)
        assert all(report.good for report in await streams.verify())


async def test_after_closing_commands_are_sent_away_and_those_before_are_kept(path):
    async with clinic(path) as streams:
        stream, _ = await scheduled(streams)
        early = [
            asyncio.create_task(streams.execute(stream, c.SetSwitches(camera=n % 2 == 1), LEE)) for n in range(1200)
        ]
        await asyncio.sleep(0)
    results = await asyncio.gather(*early, return_exceptions=True)
    with pytest.raises(StoreError, match="closing"):
        await streams.execute(stream, c.StartCall(), LEE)
    kept = [each.seq for each in results if isinstance(each, Done)]
    assert all(isinstance(each, Done | StoreError) for each in results)
    async with clinic(path, word="again") as streams:
        assert (await known(streams, stream)).seq == max(kept)


async def test_E10_the_same_key_of_a_list_finds_the_same_appointment_and_says_what_became_of_it(path):
    line = c.Import(source="uid-1", at=TUESDAY, patient=c.Guest(name="Ann"), minutes=20)
    async with clinic(path) as streams:
        first = await streams.execute("", line, LEE)
        again = await streams.execute("", line, LEE)
        other = await streams.execute("", structs.replace(line, source="uid-2"), LEE)
        later = await streams.execute("", structs.replace(line, minutes=30), LEE)
        await streams.execute(first.stream, c.Cancel(), LEE)
        left = await streams.execute("", line, LEE)
        assert await code(streams, first.stream, line) == "bad_stream"
        appointment = await known(streams, first.stream)
    ids = [done.result["appointment_id"] for done in (first, again, later, left)]
    assert set(ids) == {first.stream} != {other.stream}
    assert [done.result["became"] for done in (first, again, later, left)] == [
        "created",
        "unchanged",
        "changed",
        "left",
    ]
    assert left.result["notice"] == "It was cancelled here and is left as it is."
    assert appointment.minutes == 30
