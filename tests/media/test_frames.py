"""Frames out of packets: whole, in order, from a keyframe on."""

from __future__ import annotations

import random

import pytest

from media.frames import Assembler, Frame, fits
from media.rtp import vp8_size
from media.slot import RING, Kept

KEY, DELTA = b"\x00", b"\x01"


class Packets:
    """Numbered packets and the ring that keeps them."""

    def __init__(self) -> None:
        self.ring: list[Kept | None] = [None] * RING
        self.assembler = Assembler()
        self.all: list[Kept] = []

    def frame(self, body: bytes, pieces: int = 1, descriptor: bytes = b"\x80\x80\x01") -> None:
        """One more frame, in pieces."""
        timestamp = 3000 * (1 + len({kept.timestamp for kept in self.all}))
        cut = [body[at * len(body) // pieces : (at + 1) * len(body) // pieces] for at in range(pieces)]
        for at, part in enumerate(cut):
            head = bytes((descriptor[0] | (0x10 if at == 0 else 0),)) + descriptor[1:]
            marker = 0x80 if at == pieces - 1 else 0
            number = 0x10000 + len(self.all)
            self.all.append(Kept(number, marker, timestamp, head + part, 2, False, 0))

    def come(self, *order: int) -> list[Frame]:
        """Let packets come in this order; all, in their own, when none is given."""
        found = []
        for at in order or range(len(self.all)):
            kept = self.all[at]
            self.ring[kept.number % RING] = kept
            found += self.assembler.feed(self.ring, kept.number)
        return found


def test_frames_begin_with_a_keyframe_and_come_whole():
    packets = Packets()
    packets.frame(DELTA + b"before")
    packets.frame(KEY + b"first picture", pieces=3)
    packets.frame(DELTA + b"second")
    assert [(frame.key, frame.data) for frame in packets.come()] == [
        (True, KEY + b"first picture"),
        (False, DELTA + b"second"),
    ]


def test_packets_that_come_late_are_put_in_their_place():
    packets = Packets()
    packets.frame(KEY + b"abcdef", pieces=3)
    packets.frame(DELTA + b"ghi", pieces=2)
    order = list(range(5))
    for seed in range(30):
        random.Random(seed).shuffle(order)
        packets.assembler, packets.ring = Assembler(), [None] * RING
        first = order.index(0)
        found = packets.come(*order)
        assert [frame.data for frame in found] == [KEY + b"abcdef", DELTA + b"ghi"], (order, first)


def test_a_packet_that_never_comes_ends_in_the_next_keyframe():
    packets = Packets()
    packets.frame(KEY + b"one")
    packets.frame(DELTA + b"two", pieces=2)
    packets.frame(KEY + b"three")
    assert [frame.data for frame in packets.come(0, 1)] == [KEY + b"one"]
    assert packets.assembler.next == 0x10002 and not packets.assembler.waiting
    packets.assembler.reset()
    assert [frame.data for frame in packets.come(3)] == [KEY + b"three"]


def test_a_ring_that_went_on_without_us_ends_in_the_next_keyframe():
    packets = Packets()
    packets.frame(KEY + b"one")
    packets.come(0)
    far = 0x10001 + RING
    packets.ring[far % RING] = Kept(far, 0x80, 9000, b"\x90\x80\x01" + DELTA, 2, False, 0)
    assert packets.assembler.feed(packets.ring, far) == [] and packets.assembler.waiting


def test_padding_and_broken_packets_make_no_frame():
    packets = Packets()
    packets.frame(KEY + b"one")
    packets.all.append(Kept(0x10001, 0, 3000, b"", 0, False, 0))
    packets.frame(DELTA + b"two")
    assert [frame.data for frame in packets.come()] == [KEY + b"one", DELTA + b"two"]
    packets.all.append(Kept(0x10003, 0x80, 9000, b"\x90\x80", 0, False, 0))
    assert packets.come(3) == [] and packets.assembler.waiting


def test_the_size_of_every_descriptor_is_known():
    known = {"": 0, "10": 1, "1000": 1, "9080": 0, "908001": 3, "9080800100": 4, "90e08001020300": 6}
    assert {text: vp8_size(bytes.fromhex(text)) for text in known} == known
    random.seed(4)
    for _ in range(2000):
        payload = random.randbytes(random.randrange(8))
        assert 0 <= vp8_size(payload) <= len(payload)


@pytest.mark.parametrize(
    ("width", "height", "good"),
    [(1280, 720, True), (720, 1280, True), (1281, 720, False), (16, 16383, False), (0, 720, False), (640, 0, False)],
)
def test_S22_the_size_stands_in_the_keyframe_itself(width: int, height: int, good: bool):
    start = b"\x00\x00\x00\x9d\x01\x2a"
    scaled = 0x4000
    frame = start + (width | scaled).to_bytes(2, "little") + height.to_bytes(2, "little") + b"rest"
    assert fits(frame) is good
    assert not fits(frame[:9])
    assert not fits(b"\x00" * 10)
