"""One connection to the bridge."""

import pytest
from aiortc.codecs import CODECS

from media.offer import parse
from media.window.peer import MOST_WAITING, PICTURES, SOUNDS, BoundedDecoding, Peer
from media.window.tracks import PictureTrack, SoundTrack


class Encoded:
    """As much of aiortc's encoded frame as is looked at: a VP8 picture that needs no other, or one that does."""

    def __init__(self, whole: bool) -> None:
        self.data = b"\x00abc" if whole else b"\x01abc"


def put(queue: BoundedDecoding, *pictures: bool) -> None:
    for whole in pictures:
        queue.put((CODECS["video"], Encoded(whole)))


def test_pictures_that_cannot_be_decoded_in_time_are_dropped_until_a_whole_one():
    asked: list[int] = []
    queue = BoundedDecoding(lambda: asked.append(1), video=True)
    put(queue, True, *[False] * (MOST_WAITING + 5))
    assert queue.qsize() == MOST_WAITING and len(asked) == 6
    for _ in range(MOST_WAITING):
        queue.get()
    put(queue, False)
    assert queue.empty(), "a picture that needs one that was dropped is of no use"
    put(queue, True, False)
    assert queue.qsize() == 2 and len(asked) == 7


def test_sound_that_cannot_be_decoded_in_time_is_dropped_and_asks_for_nothing():
    asked: list[int] = []
    queue = BoundedDecoding(lambda: asked.append(1), video=False)
    put(queue, *[False] * (MOST_WAITING + 5))
    assert queue.qsize() == MOST_WAITING and not asked


def test_the_end_is_always_put():
    queue = BoundedDecoding(lambda: None, video=True)
    put(queue, *[True] * MOST_WAITING)
    queue.put(None)
    assert queue.qsize() == MOST_WAITING + 1


@pytest.mark.parametrize("devices", [True, False])
async def test_the_offer_is_what_the_bridge_reads(devices):
    sound, picture = (SoundTrack(lambda: None), PictureTrack(lambda: (0, None))) if devices else (None, None)
    peer = Peer(None, sound, picture)
    offer = parse(await peer.offer())
    own = "sendonly" if devices else "recvonly"
    assert [line.kind for line in offer.lines] == ["audio", "video"] + ["audio"] * SOUNDS + ["video"] * PICTURES
    assert [line.direction for line in offer.lines[:2]] == [own, own]
    assert {line.direction for line in offer.lines[2:]} == {"recvonly"}
    assert [line.mid for line in offer.slots("video")] == peer.mids("video")[-PICTURES:]
    assert offer.candidates
    await peer.close()
    await peer.close()
    assert peer.state == "closed"


async def test_an_answer_that_is_none_is_refused_in_words():
    peer = Peer(None, None, None)
    await peer.offer()
    with pytest.raises(ValueError, match="the bridge's answer cannot be used"):
        await peer.accept("v=0\r\nnonsense")
    await peer.close()
