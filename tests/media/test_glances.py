"""Small live pictures for an organiser without a display: one a second, while they are wanted and never after."""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from PIL import Image

from media import glances
from media.frames import fits
from media.grants import MessageError
from media.picture import Decoder, jpeg
from tests.media.clinic import Clinic, clinic
from tests.media.filmed import Filmed, filmed
from tests.media.filming import Camera
from tests.media.service import grant
from tests.until import until


@pytest.fixture
async def room() -> AsyncIterator[Clinic]:
    async with clinic() as running:
        yield running


@pytest.fixture
async def ann(room: Clinic) -> AsyncIterator[Filmed]:
    async with filmed(room, "ann1") as patient:
        yield patient


def told(room: Clinic, peer: str = "ann1") -> list[dict]:
    return [message for message in room.heard if message["type"] == "glance" and message["peer"] == peer]


def taps(room: Clinic, peer: str = "ann1") -> int:
    member = room.bridge.member(peer)
    source = member.source("video") if member else None
    return len(source.taps) if source else 0


async def test_U3_who_is_looked_at_is_shown_once_a_second_in_small_pictures(room: Clinic, ann: Filmed):
    loop = asyncio.get_running_loop()
    began = loop.time()
    for _ in range(2):
        room.send(type="glance_open", peer="ann1")
    assert room.said("sending", "ann1")["quality"] == "small" and taps(room) == 1
    await until(lambda: len(told(room)) >= 3, timeout=20, what="three pictures")
    assert loop.time() - began >= 1.9
    first = told(room)[0]
    picture = Image.open(io.BytesIO(base64.b64decode(first["jpeg"])))
    assert picture.size == (first["width"], first["height"]) and picture.width <= 320


async def test_nobody_is_decoded_before_it_or_after_it(room: Clinic, ann: Filmed):
    assert taps(room) == 0
    room.send(type="glance_open", peer="ann1")
    await until(lambda: told(room), timeout=20, what="a picture")
    for _ in range(2):
        room.send(type="glance_close", peer="ann1")
    assert taps(room) == 0 and not room.bridge.glances.open
    await until(lambda: room.said("sending", "ann1")["quality"] == "off", timeout=10, what="the camera is not wanted")
    count = len(told(room))
    await asyncio.sleep(1.2)
    assert len(told(room)) == count


async def test_S20_a_still_of_someone_who_is_looked_at_is_taken_as_ever_and_the_pictures_go_on(
    room: Clinic, ann: Filmed
):
    room.send(type="glance_open", peer="ann1")
    await until(lambda: told(room), timeout=20, what="a picture")
    room.send(type="still_open", consent="c1", peer="ann1")
    assert taps(room) == 2 and room.said("sending", "ann1")["quality"] == "large"
    await until(lambda: room.bridge.stills.open["c1"].frames >= 3, timeout=10, what="frames are decoded")
    room.send(type="still_take", consent="c1", confirmed_at=datetime.now(UTC).isoformat())
    await until(lambda: room.said("still", "ann1"), timeout=10, what="a still")
    count = len(told(room))
    await until(lambda: len(told(room)) > count, timeout=10, what="another picture")
    assert taps(room) == 1
    await until(lambda: room.said("sending", "ann1")["quality"] == "small", timeout=10, what="the small one will do")


async def test_S14_a_removal_ends_it_at_once(room: Clinic, ann: Filmed):
    room.send(type="glance_open", peer="ann1")
    await until(lambda: told(room), timeout=20, what="a picture")
    glance = room.bridge.glances.open["ann1"]
    room.send(type="revoke", peer="ann1")
    assert not room.bridge.glances.open and glance.closed
    count = len(told(room))
    await asyncio.sleep(1.2)
    assert len(told(room)) == count


async def test_who_is_not_in_the_call_cannot_be_looked_at_and_there_is_an_end_to_how_many(
    room: Clinic, ann: Filmed, monkeypatch: pytest.MonkeyPatch
):
    room.send(type="glance_open", peer="eve1")
    assert "not in the call" in told(room, "eve1")[0]["why"]
    monkeypatch.setattr(glances, "MAX_OPEN", 0)
    room.send(type="glance_open", peer="ann1")
    assert "looked at already" in told(room)[0]["why"] and not room.bridge.glances.open
    with pytest.raises(MessageError):
        room.bridge.handle({"type": "glance_open", "peer": 7})


async def test_a_service_that_comes_back_looks_at_nobody(room: Clinic, ann: Filmed):
    room.send(type="glance_open", peer="ann1")
    room.send(type="grants", grants=[grant("ann1")])
    assert not room.bridge.glances.open and taps(room) == 0


async def test_a_camera_of_giant_pictures_is_not_decoded(room: Clinic, ann: Filmed, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("media.watching.fits", lambda data: False)
    assert fits(Camera().frame(1))
    room.send(type="glance_open", peer="ann1")
    await until(lambda: told(room), timeout=10, what="the reason")
    assert told(room)[0]["why"] == glances.TOO_LARGE and not room.bridge.glances.open


def test_pictures_are_made_small_and_keep_their_shape():
    for width, height, small in (
        (1280, 720, (320, 180)),
        (720, 1280, (320, 568)),
        (160, 120, (160, 120)),
        (64, 1280, (32, 640)),
    ):
        (decoded,) = Decoder().decode(Camera(width, height).frame(5)) or []
        written = jpeg(decoded)
        image = Image.open(io.BytesIO(written.data))
        assert image.size == small == (written.width, written.height) and image.format == "JPEG"
