"""Requests for stills at the bridge, in every order: one for each person, and none outlives what it belongs to."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from media import stills
from media.grants import MessageError
from tests.media.clinic import Clinic, clinic
from tests.media.filmed import Filmed, filmed
from tests.media.filming import number_in
from tests.media.service import grant
from tests.until import until


@pytest.fixture
async def room() -> AsyncIterator[Clinic]:
    async with clinic() as running:
        yield running


def said(room: Clinic, consent: str) -> list[dict]:
    return [message for message in room.heard if message["type"] == "still" and message["consent"] == consent]


@pytest.fixture
async def ann(room: Clinic) -> AsyncIterator[Filmed]:
    async with filmed(room, "ann1") as patient:
        yield patient


async def decoding(room: Clinic, consent: str, frames: int = 3) -> None:
    await until(lambda: room.bridge.stills.open[consent].frames >= frames, timeout=10, what="frames are decoded")


async def test_S20_a_still_is_taken_after_the_yes_and_from_that_person(room: Clinic, ann: Filmed):
    async with Filmed(room, "ben1"):
        room.send(type="still_open", consent="c1", peer="ann1")
        await decoding(room, "c1")
        assert said(room, "c1") == [] and room.said("sending", "ann1")["quality"] == "large"
        confirmed, shown = datetime.now(UTC), ann.shown
        room.send(type="still_take", consent="c1", confirmed_at=confirmed.isoformat())
        (still,) = await until(lambda: said(room, "c1"), timeout=10, what="a still")
    assert still["outcome"] == "taken" and still["peer"] == "ann1"
    assert number_in(base64.b64decode(still["png"])) > shown
    captured = datetime.fromisoformat(still["captured_at"])
    assert confirmed <= captured <= datetime.now(UTC)
    assert room.bridge.stills.open == {} and not ann_source(room).taps


def ann_source(room: Clinic):
    member = room.bridge.member("ann1")
    assert member is not None
    source = member.source("video")
    assert source is not None
    return source


async def test_S25_a_second_yes_takes_nothing_more(room: Clinic, ann: Filmed):
    room.send(type="still_open", consent="c1", peer="ann1")
    await decoding(room, "c1")
    for _ in range(2):
        room.send(type="still_take", consent="c1", confirmed_at=datetime.now(UTC).isoformat())
    await until(lambda: said(room, "c1"), timeout=10)
    room.send(type="still_take", consent="c1", confirmed_at=datetime.now(UTC).isoformat())
    await asyncio.sleep(0.3)
    assert len(said(room, "c1")) == 1


async def test_S24_a_request_that_was_closed_takes_nothing_and_lets_go_of_the_stream(room: Clinic, ann: Filmed):
    room.send(type="still_open", consent="c1", peer="ann1")
    await decoding(room, "c1")
    for _ in range(2):
        room.send(type="still_close", consent="c1")
    room.send(type="still_take", consent="c1", confirmed_at=datetime.now(UTC).isoformat())
    await asyncio.sleep(0.3)
    assert said(room, "c1") == [] and not ann_source(room).taps and room.bridge.stills.open == {}


async def test_S25_while_one_request_is_open_another_of_the_same_person_fails(room: Clinic, ann: Filmed):
    room.send(type="still_open", consent="c1", peer="ann1")
    room.send(type="still_open", consent="c1", peer="ann1")
    room.send(type="still_open", consent="c2", peer="ann1")
    (failed,) = said(room, "c2")
    assert failed["outcome"] == "failed" and list(room.bridge.stills.open) == ["c1"] and said(room, "c1") == []


async def test_S24_removal_ends_the_request_even_after_the_yes(room: Clinic, ann: Filmed):
    room.send(type="still_open", consent="c1", peer="ann1")
    await decoding(room, "c1")
    room.send(type="still_take", consent="c1", confirmed_at=datetime.now(UTC).isoformat())
    room.send(type="revoke", peer="ann1")
    assert room.bridge.stills.open == {}
    await asyncio.sleep(0.3)
    assert said(room, "c1") == []


async def test_a_service_that_comes_back_finds_no_request_open(room: Clinic, ann: Filmed):
    room.send(type="still_open", consent="c1", peer="ann1")
    room.send(type="grants", grants=[grant("ann1")])
    assert room.bridge.stills.open == {} and room.bridge.member("ann1") is not None


async def test_who_has_no_grant_or_no_connection_is_not_pictured(room: Clinic):
    room.send(type="still_open", consent="c1", peer="ann1")
    assert said(room, "c1")[0]["outcome"] == "failed"
    room.grant("ann1")
    room.send(type="still_open", consent="c2", peer="ann1")
    room.send(type="still_take", consent="c2", confirmed_at=datetime.now(UTC).isoformat())
    (failed,) = await until(lambda: said(room, "c2"), timeout=10)
    assert (failed["outcome"], failed["why"]) == ("failed", "the connection of the camera was lost")


async def test_at_most_so_many_requests_are_open_at_once(room: Clinic, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(stills, "MAX_OPEN", 2)
    for number in range(3):
        room.grant(f"p{number}")
        room.send(type="still_open", consent=f"c{number}", peer=f"p{number}")
    assert list(room.bridge.stills.open) == ["c0", "c1"] and said(room, "c2")[0]["outcome"] == "failed"


async def test_messages_that_make_no_sense_are_passed_over(room: Clinic):
    room.grant("ann1")
    room.send(type="still_open", consent="c1", peer="ann1")
    for message in (
        {"type": "still_open", "consent": "c 1", "peer": "ann1"},
        {"type": "still_take", "consent": "c1", "confirmed_at": "yesterday"},
        {"type": "still_take", "consent": "c1"},
    ):
        with pytest.raises(MessageError):
            room.send(**message)
    room.send(type="still_take", consent="c9", confirmed_at="")
    assert room.bridge.stills.open["c1"].confirmed is None


@pytest.mark.parametrize(("age", "counts"), [(0.0, 0.0), (0.4, 0.4), (-3600.0, 0.0), (3600.0, 0.0)])
async def test_S20_a_clock_that_jumped_makes_the_confirmation_later_never_earlier(
    room: Clinic, age: float, counts: float
):
    room.grant("ann1")
    room.send(type="still_open", consent="c1", peer="ann1")
    await asyncio.sleep(0.5)
    room.send(type="still_take", consent="c1", confirmed_at=(datetime.now(UTC) - timedelta(seconds=age)).isoformat())
    confirmed = room.bridge.stills.open["c1"].confirmed
    assert confirmed is not None and room.bridge.clock() - confirmed == pytest.approx(counts, abs=0.1)
