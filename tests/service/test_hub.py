"""Listeners hear everything in order; a slow reader loses its feed and nobody else's."""

import asyncio
import logging

import pytest

from ecm_tui.core import events as e
from ecm_tui.core.appointment import Appointment
from ecm_tui.core.clinic import Clinic
from ecm_tui.core.log import Recorded
from ecm_tui.service.hub import FACT_BYTES, FEED_BYTES, Change, Fact, Feed, FellBehindError, Hub
from tests.service.store.builders import LEE, TUESDAY


def record(seq: int) -> Recorded:
    return Recorded(seq=seq, at=TUESDAY, actor=LEE, event=e.CallStarted())


def change(*seqs: int, size: int = 10) -> Change[Appointment]:
    records = [record(seq) for seq in seqs]
    before, after = Appointment(id="a1", seq=seqs[0] - 1), Appointment(id="a1", seq=seqs[-1])
    return Change(before, after, records, [size] * len(seqs))


async def test_listeners_hear_changes_with_before_and_after_until_they_end_it():
    hub, heard = Hub(), []
    end = hub.subscribe(lambda before, after, records: heard.append((before.seq, after.seq, len(records))))
    hub.publish(change(1, 2))
    hub.publish(Change(Clinic(), Clinic(seq=1), [record(1)], [10]))
    hub.publish(change(3))
    end()
    end()
    hub.publish(change(4))
    assert heard == [(0, 2, 2), (2, 3, 1)]


async def test_clinic_listeners_hear_the_clinic_only():
    hub, heard = Hub(), []
    end = hub.subscribe_clinic(lambda before, after, records: heard.append(after.seq))
    hub.publish(change(1))
    hub.publish(Change(Clinic(), Clinic(seq=1), [record(1)], [10]))
    end()
    hub.publish(Change(Clinic(seq=1), Clinic(seq=2), [record(2)], [10]))
    assert heard == [1]


def fail(*change: object) -> None:
    raise ZeroDivisionError


async def test_a_listener_that_fails_harms_no_other(caplog):
    hub, heard = Hub(), []
    hub.subscribe(fail)
    hub.subscribe(lambda before, after, records: heard.append(after.seq))
    with caplog.at_level(logging.CRITICAL, "ecm_tui.service.hub"):
        hub.publish(change(1))
    assert heard == [1]


async def test_a_feed_gives_its_own_stream_in_order_and_ends_when_closed():
    hub = Hub()
    feed, other = hub.open_feed("a1"), hub.open_feed("a2")
    hub.publish(change(1, 2))
    hub.tell("a1", {"speaking": []})
    hub.close_feed("a1", feed)
    hub.close_feed("a1", feed)
    hub.publish(change(3))
    assert [await feed.get() for _ in range(4)] == [record(1), record(2), Fact({"speaking": []}), None]
    hub.close()
    assert await other.get() is None


async def test_a_reader_waits_for_the_next_record():
    feed = Feed()
    waiting = asyncio.create_task(feed.get())
    await asyncio.sleep(0)
    feed.offer(record(1), 10)
    assert await waiting == record(1)


async def test_who_is_too_slow_is_told_where_to_resume_and_others_are_not_affected():
    hub = Hub()
    slow, quick = hub.open_feed("a1", after=6), hub.open_feed("a1", after=6)
    hub.publish(change(7))
    assert await slow.get() == record(7)
    for seq in range(8, 13):
        hub.publish(change(seq, size=FEED_BYTES // 4))
        await quick.get()
    hub.publish(change(13))
    with pytest.raises(FellBehindError) as behind:
        await slow.get()
    assert behind.value.resume_from == 7
    assert slow.waiting_bytes == 0
    assert quick.read_to == 11


async def test_what_was_read_already_is_not_given_again():
    feed = Feed()
    for seq in (1, 2, 3):
        feed.offer(record(seq), 10)
    feed.read_to = 2
    assert await feed.get() == record(3)
    feed.close()
    assert await feed.get() is None


async def test_facts_give_way_to_events():
    feed = Feed()
    feed.offer(record(1), FACT_BYTES - 100)
    feed.offer_fact(Fact({"speaking": []}), 200)
    feed.offer(record(2), 10)
    feed.close()
    assert [await feed.get() for _ in range(3)] == [record(1), record(2), None]
