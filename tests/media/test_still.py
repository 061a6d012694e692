"""One still: the first frame that is fresh for certain, or a reason. Without a network; decoding is real."""

from __future__ import annotations

import asyncio
import hashlib
import io
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest
from av.video.frame import VideoFrame
from PIL import Image

from media import rtcp, still
from media.call import Call
from media.capture import GUARD, RoundTrips
from media.grants import Message, read_grant
from media.picture import Decoder, Png, png
from media.still import Still
from tests.media.filming import HEIGHT, WIDTH, Camera, number_in, payloads
from tests.media.service import grant
from tests.media.wire import Clock, Far, connect
from tests.until import until

VIDEO, SSRC = 96, 7
TRIP = 0.01


class FakePeer:
    """A connected peer as far as a call looks at one."""

    connected, stopped = True, False
    path = "direct"

    def __init__(self, far: Far) -> None:
        self.leg = far.leg
        self.trip: float | None = TRIP

    async def round_trip(self) -> float | None:
        return self.trip

    def check(self, now: float) -> None:
        """Always well."""

    def stop(self) -> None:
        self.stopped = True


class Person:
    """Someone with a camera of 20 frames a second, and the request for a still of it."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.heard: list[Message] = []
        self.call = Call("a1", self.heard.append)
        self.member = self.call.grant(read_grant(grant("ann1")))
        self.outcomes: list[tuple[Png, float] | str] = []
        self.number = 0
        self.connect()
        self.still = Still(
            "c1", self.call, self.member, self.clock, lambda _, *taken: self.outcomes.append(taken),
            lambda _, why: self.outcomes.append(why),
        )  # fmt: skip

    def connect(self) -> None:
        """Come (back) with a connection and a camera of one's own."""
        self.far = connect(self.clock, "ann")
        self.far.leg.add_source("video", VIDEO)
        self.peer = FakePeer(self.far)
        self.member.peer = self.peer  # type: ignore[assignment]
        self.camera, self.seq = Camera(), 0
        self.call.connected(self.member, self.clock.now)

    def report(self, late: float = 0.0) -> None:
        """The sender's report of this moment, with the sender's own idea of time."""
        now = self.clock.now
        told = rtcp.sender_report(SSRC, self.clock.ntp(now + 500), int(now * 90_000) & 0xFFFFFFFF, 1, 1)
        self.far.rtcp(told, now + late)

    async def film(self, frames: int = 1, lose: tuple[int, ...] = ()) -> None:
        """Frames, numbered on, 50 ms apart; those at the places `lose` never arrive."""
        for at in range(frames):
            self.clock.now += 0.05
            self.number += 1
            asked = len(self.far.reported(rtcp.PictureLost))
            if asked:
                self.camera.key, self.far.reports = True, []
            parts = payloads(self.camera.frame(self.number), self.number)
            for part_at, part in enumerate(parts):
                self.seq += 1
                if at in lose:
                    continue
                marker = 0x80 if part_at == len(parts) - 1 else 0
                stamp = int(self.clock.now * 90_000)
                self.far.rtp(VIDEO, self.seq, stamp, part, ssrc=SSRC, now=self.clock.now, marker=marker)
            await self.settle()

    async def settle(self) -> None:
        """Until all that came is decoded, and the still has looked at the clock."""
        self.still.tick(self.clock.now)
        decoding = self.still
        await until(lambda: not decoding._waiting or decoding.closed, what="the decoder is done")
        await asyncio.sleep(0.02)


@asynccontextmanager
async def asked() -> AsyncIterator[Person]:
    person = Person()
    try:
        yield person
    finally:
        await person.still.ended()


@pytest.fixture
async def ann() -> AsyncIterator[Person]:
    async with asked() as person:
        yield person


async def taken(person: Person) -> tuple[Png, float]:
    """The still, once it is there."""
    await until(lambda: person.outcomes, what="an outcome")
    (outcome,) = person.outcomes
    assert not isinstance(outcome, str), outcome
    return outcome


async def test_S20_the_first_frame_captured_after_the_confirmation_is_taken_and_no_earlier_one(ann: Person):
    await ann.film(1)
    ann.report()
    await ann.film(5)
    confirmed, shown = ann.clock.now, ann.number
    ann.still.take(confirmed)
    await ann.film(4)
    picture, captured = await taken(ann)
    # The first frame of which it is certain: older than that by the guard and the round trip would be too young.
    first = next(n for n in range(1, 9) if n * 0.05 - GUARD - TRIP >= -1e-6)
    assert number_in(picture.data) == shown + first
    assert captured >= confirmed and (picture.width, picture.height) == (WIDTH, HEIGHT)
    await ann.film(5)
    assert len(ann.outcomes) == 1


async def test_S20_a_confirmation_that_arrives_late_still_finds_the_first_frame_after_it(ann: Person):
    await ann.film(1)
    ann.report()
    await ann.film(5)
    confirmed, shown = ann.clock.now, ann.number
    await ann.film(4)
    ann.still.take(confirmed)
    picture, _ = await taken(ann)
    assert number_in(picture.data) == shown + 2


async def test_S19_before_the_confirmation_nothing_is_made_of_any_frame(ann: Person):
    await ann.film(1)
    ann.report()
    await ann.film(20)
    assert ann.still.frames == 21 and ann.outcomes == []
    ann.still.close()
    assert not ann.still._kept and not ann.still._waiting


async def test_S22_a_picture_larger_than_a_still_may_be_is_never_decoded(ann: Person):
    ann.camera = Camera(1296, 16)
    ann.report()
    await ann.film(3)
    assert set(ann.outcomes) == {still.TOO_LARGE}
    assert ann.still.frames == 0


async def test_the_large_picture_is_wanted_while_the_request_is_open_and_no_longer(ann: Person):
    assert ann.heard[-1] == {"type": "sending", "peer": "ann1", "quality": "large"}
    ann.still.close()
    ann.call.tick(ann.clock.now)
    ann.clock.now += 1.1
    ann.call.tick(ann.clock.now)
    assert ann.heard[-1] == {"type": "sending", "peer": "ann1", "quality": "off"}


async def test_S20_without_a_report_of_the_sender_there_is_no_still(ann: Person):
    await ann.film(3)
    ann.still.take(ann.clock.now)
    await ann.film(int(still.REPORT_SECONDS / 0.05) + 1)
    assert ann.outcomes == ["the camera's picture cannot be dated"]


async def test_S20_a_report_that_comes_in_time_dates_the_frames_that_came_before_it(ann: Person):
    await ann.film(3)
    ann.still.take(ann.clock.now)
    await ann.film(8)
    assert ann.outcomes == []
    ann.report()
    await ann.film(1)
    await taken(ann)


async def test_S20_when_no_picture_comes_after_the_confirmation_there_is_no_still(ann: Person):
    await ann.film(1)
    ann.report()
    await ann.film(3)
    ann.still.take(ann.clock.now)
    ann.clock.now += still.FRAME_SECONDS + 0.1
    ann.still.tick(ann.clock.now)
    assert ann.outcomes == ["no picture came from the camera in time"]


async def test_S24_a_camera_switched_off_between_request_and_answer_gives_no_still(ann: Person):
    await ann.film(1)
    ann.report()
    await ann.film(3)
    ann.call.grant(read_grant(grant("ann1", camera=False)))
    ann.still.take(ann.clock.now)
    ann.clock.now += still.FRAME_SECONDS + 0.1
    ann.still.tick(ann.clock.now)
    assert ann.outcomes == ["the camera was switched off"]


async def test_S20_without_a_measured_round_trip_no_frame_is_taken_for_fresh(ann: Person):
    ann.peer.trip = None
    await ann.film(1)
    ann.still._trips = RoundTrips()
    ann.report()
    ann.still.take(ann.clock.now)
    await ann.film(10)
    assert ann.outcomes == []
    ann.peer.trip = 0.02
    await ann.film(8)
    await taken(ann)


async def test_a_frame_that_was_lost_ends_in_a_keyframe_and_then_in_the_still(ann: Person):
    await ann.film(1)
    ann.report()
    await ann.film(4)
    ann.still.take(ann.clock.now)
    shown = ann.number
    await ann.film(30, lose=(0, 1, 2))
    picture, _ = await taken(ann)
    assert number_in(picture.data) > shown + 3


async def test_a_page_that_was_reloaded_meanwhile_is_followed_to_its_new_connection(ann: Person):
    await ann.film(1)
    ann.report()
    await ann.film(4)
    old = ann.far.leg
    old.close()
    ann.connect()
    await ann.settle()
    assert not old.sources["video"].taps
    await ann.film(1)
    ann.report()
    ann.still.take(ann.clock.now)
    shown = ann.number
    await ann.film(6)
    picture, _ = await taken(ann)
    assert number_in(picture.data) > shown


async def test_a_request_that_is_closed_while_its_picture_is_written_gives_none(
    ann: Person, monkeypatch: pytest.MonkeyPatch
):
    go_on = threading.Event()

    def slowly(picture: VideoFrame) -> Png:
        go_on.wait(5)
        return png(picture)

    monkeypatch.setattr(still, "png", slowly)
    await ann.film(1)
    ann.report()
    await ann.film(4)
    ann.still.take(ann.clock.now)
    ann.clock.now += 0.5
    ann.number += 1
    for part in payloads(ann.camera.frame(ann.number), ann.number):
        ann.seq += 1
        ann.far.rtp(VIDEO, ann.seq, int(ann.clock.now * 90_000), part, ssrc=SSRC, now=ann.clock.now, marker=0x80)
    await until(lambda: ann.still._chosen, what="a frame is chosen")
    ann.still.close()
    go_on.set()
    await ann.still.ended()
    assert ann.outcomes == []


async def test_closing_lets_go_of_stream_thread_and_tasks_however_often(ann: Person):
    source = ann.far.leg.sources["video"]
    taps = [source.taps]
    for _ in range(2):
        ann.still.close()
        await ann.still.ended()
        taps.append(source.taps)
    assert len(taps[0]) == 1 and taps[1:] == [(), ()] and not ann.still._tasks
    assert not any(thread.is_alive() for thread in ann.still._pool._threads)


def test_a_broken_frame_is_told_from_a_good_one():
    decoder = Decoder()
    assert not decoder.decode(b"\x10\x02\x00\x9d\x01\x2a" + b"junk" * 10)
    assert decoder.decode(Camera().frame(5))


def test_S22_the_picture_keeps_its_own_size_upright_and_its_digest_is_of_its_pixels():
    for width, height in ((1280, 720), (720, 1280), (WIDTH, HEIGHT)):
        (decoded,) = Decoder().decode(Camera(width, height).frame(0xA5F0)) or []
        written = png(decoded)
        image = Image.open(io.BytesIO(written.data))
        assert image.size == (written.width, written.height) == (width, height) and image.mode == "RGB"
        assert written.sha256 == hashlib.sha256(np.asarray(image).tobytes()).hexdigest()
        assert number_in(written.data) == 0xA5F0
