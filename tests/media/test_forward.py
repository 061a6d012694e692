"""Packets through the bridge without any network: numbers that never jump, resends, requests, reports, bounds."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media import rtcp
from media.forward import MAX_ASKED, Source
from media.leg import MAX_STREAMS
from media.rtp import picture_id
from media.slot import Slot
from tests.media.wire import HERE, Clock, Far, FarEndpoint, connect, level_extension, vp8_payload

OPUS, VP8 = 111, 96


class Sender:
    """A person who sends sound and picture."""

    def __init__(self, clock: Clock, person: str, ssrc: int) -> None:
        self.clock, self.ssrc = clock, ssrc
        self.far = connect(clock, person)
        self.far.leg.level = 1
        self.far.leg.add_source("audio", OPUS)
        self.far.leg.add_source("video", VP8)
        self.seq, self.timestamp, self.picture = 65_500, 2**32 - 5000, 0x7FF0

    @property
    def video(self) -> Source:
        return self.far.leg.sources["video"]

    @property
    def audio(self) -> Source:
        return self.far.leg.sources["audio"]

    def frame(self, *, key: bool = False, tl0: int | None = None, body: bytes = b"picture", skip: int = 0) -> None:
        """One frame in one packet, 50 ms after the last; `skip` packets before it are lost on the way."""
        self.seq += 1 + skip
        self.timestamp += 4500
        self.picture = (self.picture + 1) & 0x7FFF
        self.clock.now += 0.05
        payload = vp8_payload(self.picture, key=key, tl0=tl0, body=body)
        self.far.rtp(VP8, self.seq, self.timestamp, payload, ssrc=self.ssrc, now=self.clock.now, marker=0x80)

    def sound(self, level: int = 30, body: bytes = b"sound") -> None:
        self.seq += 1
        self.timestamp += 960
        self.clock.now += 0.02
        self.far.rtp(
            OPUS, self.seq, self.timestamp, body, ssrc=self.ssrc + 1, now=self.clock.now,
            extension=level_extension(level),
        )  # fmt: skip


def receiver(clock: Clock, kinds: str = "video") -> tuple[Far, Slot]:
    far = connect(clock, "viewer")
    far.leg.add_slot(kinds, "5", 4242, 100 if kinds == "video" else 109)
    return far, far.leg.slots[4242]


@pytest.fixture
def clock() -> Clock:
    return Clock()


def pictures(far: Far) -> list[int]:
    return [picture_id(packet.payload, 2, True) for packet in far.packets]


def steps(numbers: list[int], size: int) -> list[int]:
    return [(b - a) % size for a, b in pairwise(numbers)]


def test_a_picture_begins_with_a_keyframe_that_was_asked_for(clock: Clock):
    ann = Sender(clock, "ann", 7)
    ann.frame(key=True)
    far, slot = receiver(clock)
    clock.now += 1
    slot.put(ann.video)
    assert ann.far.reported(rtcp.PictureLost) == [rtcp.PictureLost(7)]
    ann.frame()
    assert far.packets == []
    ann.frame(key=True)
    ann.frame()
    assert [(p.ssrc, p.payload_type, p.marker) for p in far.packets] == [(4242, 100, 0x80)] * 2
    assert far.packets[0].payload.endswith(b"picture")


def test_a_switch_leaves_no_gap_in_numbers_times_and_picture_ids(clock: Clock):
    ann, ben = Sender(clock, "ann", 7), Sender(clock, "ben", 9)
    ben.seq, ben.timestamp, ben.picture = 100, 77, 3
    far, slot = receiver(clock)
    for source in (ann, ben, ann):
        slot.put(source.video)
        source.frame(key=True)
        for _ in range(60):
            source.frame()
    assert steps([p.seq for p in far.packets], 2**16) == [1] * (len(far.packets) - 1)
    assert steps(pictures(far), 2**15) == [1] * (len(far.packets) - 1)
    assert all(abs(step - 4500) <= 1 for step in steps([p.timestamp for p in far.packets], 2**32))


def test_layers_are_renumbered_too(clock: Clock):
    ann, ben = Sender(clock, "ann", 7), Sender(clock, "ben", 9)
    far, slot = receiver(clock)
    for source, start in ((ann, 250), (ben, 3)):
        slot.put(source.video)
        for index in range(10):
            source.frame(key=index == 0, tl0=start + index)
    levels = [packet.payload[4] for packet in far.packets]
    assert steps(levels, 256) == [1] * 19


def test_sound_switches_in_whole_packets_and_marks_the_first(clock: Clock):
    ann, ben = Sender(clock, "ann", 7), Sender(clock, "ben", 9)
    far, slot = receiver(clock, "audio")
    for source in (ann, ben):
        slot.put(source.audio)
        clock.now += 0.017
        for _ in range(5):
            source.sound()
    moves = steps([p.timestamp for p in far.packets], 2**32)
    assert all(move % 960 == 0 and move > 0 for move in moves)
    assert [p.marker for p in far.packets] == [0x80, 0, 0, 0, 0] * 2


def test_a_slot_still_sends_after_more_packets_than_a_sequence_number_has_values(clock: Clock):
    ann = Sender(clock, "ann", 7)
    far, slot = receiver(clock, "audio")
    slot.put(ann.audio)
    for _ in range(40_000):
        ann.sound()
        ann.far.leg.refill(0.02)
    assert len(far.packets) == 40_000
    assert set(steps([p.seq for p in far.packets], 2**16)) == {1}


def test_packets_older_than_the_switch_never_reach_the_slot(clock: Clock):
    ann = Sender(clock, "ann", 7)
    far, slot = receiver(clock)
    ann.frame(key=True)
    slot.put(ann.video)
    ann.frame(key=True, skip=1)
    late = vp8_payload(1)
    ann.far.rtp(VP8, ann.seq - 1, ann.timestamp - 4500, late, ssrc=7, now=clock.now)
    assert len(far.packets) == 1


def test_a_late_packet_of_the_same_epoch_goes_out_in_its_place(clock: Clock):
    ann = Sender(clock, "ann", 7)
    far, slot = receiver(clock)
    slot.put(ann.video)
    ann.frame(key=True)
    ann.frame(skip=1)
    ann.far.rtp(VP8, ann.seq - 1, ann.timestamp - 4500, vp8_payload(1), ssrc=7, now=clock.now)
    first, third, second = (p.seq for p in far.packets)
    assert ((second - first) % 2**16, (third - first) % 2**16) == (1, 2)


def test_a_slot_begins_with_a_keyframe_whose_beginning_was_lost_and_repeated(clock: Clock):
    ann = Sender(clock, "ann", 7)
    far, slot = receiver(clock)
    ann.frame(key=True)
    slot.put(ann.video)
    for index in range(4):
        ann.frame(skip=1 if index == 0 else 0, body=bytes((index,)) * 5)
    assert far.packets == []
    late = vp8_payload(9, key=True, body=b"late")
    ann.far.rtp(VP8, ann.seq - 4, ann.timestamp - 4 * 4500, late, ssrc=7, now=clock.now)
    ann.frame(body=b"next")
    assert steps([p.seq for p in far.packets], 2**16) == [1] * 5
    assert far.packets[0].payload.endswith(b"late") and far.packets[-1].payload.endswith(b"next")


def test_lost_packets_are_asked_for_some_times_and_then_given_up(clock: Clock):
    ann = Sender(clock, "ann", 7)
    ann.frame(key=True)
    ann.frame(skip=2)
    lost = tuple((ann.seq - back) & 0xFFFF for back in (2, 1))
    assert ann.far.reported(rtcp.Nack) == [rtcp.Nack(7, lost)]
    ann.far.rtp(VP8, ann.seq - 2, ann.timestamp, vp8_payload(1), ssrc=7, now=clock.now)
    for _ in range(20):
        ann.far.leg.reports.tick(clock.now)
    asked = ann.far.reported(rtcp.Nack)[1:]
    assert asked == [rtcp.Nack(7, lost[1:])] * (MAX_ASKED - 1)


def test_a_great_gap_asks_for_a_keyframe_instead(clock: Clock):
    ann = Sender(clock, "ann", 7)
    ann.frame(key=True)
    ann.frame(skip=1000)
    assert ann.far.reported(rtcp.Nack) == []
    assert len(ann.far.reported(rtcp.PictureLost)) == 1
    assert len(ann.video.missing) == 0


def test_what_a_receiver_misses_is_sent_again_byte_for_byte(clock: Clock):
    ann = Sender(clock, "ann", 7)
    far, slot = receiver(clock)
    slot.put(ann.video)
    ann.frame(key=True, tl0=9)
    for index in range(20):
        ann.frame(tl0=10 + index, body=bytes((index,)) * 9)
    sent = list(far.packets)
    far.rtcp(rtcp.nack(1, 4242, [packet.seq for packet in sent[3:6]]), clock.now)
    assert far.packets[len(sent) :] == sent[3:6]


def test_after_a_switch_the_packets_before_it_are_still_sent_again(clock: Clock):
    ann, ben = Sender(clock, "ann", 7), Sender(clock, "ben", 9)
    far, slot = receiver(clock)
    slot.put(ann.video)
    ann.frame(key=True)
    ann.frame(body=b"last of ann")
    slot.put(ben.video)
    ben.frame(key=True)
    sent = list(far.packets)
    far.rtcp(rtcp.nack(1, 4242, [sent[1].seq, sent[2].seq]), clock.now)
    assert far.packets[3:] == sent[1:]


def test_nothing_of_a_closed_source_is_ever_sent_again(clock: Clock):
    ann, ben = Sender(clock, "ann", 7), Sender(clock, "ben", 9)
    far, slot = receiver(clock)
    slot.put(ann.video)
    ann.frame(key=True)
    slot.put(ben.video)
    ben.frame(key=True)
    ann.far.leg.close()
    sent = list(far.packets)
    far.rtcp(rtcp.nack(1, 4242, [sent[0].seq]), clock.now)
    ann.frame(key=True)
    assert far.packets == sent


def test_a_packet_that_was_never_sent_is_not_made_up(clock: Clock):
    ann = Sender(clock, "ann", 7)
    far, slot = receiver(clock)
    slot.put(ann.video)
    ann.frame(key=True)
    for _ in range(600):
        ann.frame()
    sent = len(far.packets)
    newest = far.packets[-1].seq
    far.rtcp(rtcp.nack(1, 4242, [(newest + 5) & 0xFFFF, (newest - 560) & 0xFFFF, (newest - 5000) & 0xFFFF]), clock.now)
    assert len(far.packets) == sent


def test_one_receiver_cannot_ask_for_more_than_its_share(clock: Clock):
    ann = Sender(clock, "ann", 7)
    far, slot = receiver(clock)
    slot.put(ann.video)
    ann.frame(key=True)
    for _ in range(100):
        ann.frame()
    sent = len(far.packets)
    for _ in range(50):
        far.rtcp(rtcp.nack(1, 4242, [packet.seq for packet in far.packets[:100]]), clock.now)
    assert len(far.packets) - sent <= 256


def test_requests_for_keyframes_are_passed_on_but_not_more_often_than_useful(clock: Clock):
    ann = Sender(clock, "ann", 7)
    far, slot = receiver(clock)
    slot.put(ann.video)
    ann.frame(key=True)
    clock.now += 1
    before = len(ann.far.reported(rtcp.PictureLost))
    for _ in range(100):
        clock.now += 0.01
        far.rtcp(rtcp.picture_lost(1, 4242), clock.now)
    assert 3 <= len(ann.far.reported(rtcp.PictureLost)) - before <= 4


def test_a_muted_source_sends_nothing_and_goes_on_without_a_gap(clock: Clock):
    ann = Sender(clock, "ann", 7)
    far, slot = receiver(clock, "audio")
    slot.put(ann.audio)
    for muted in (False, True, False):
        ann.audio.mute(muted)
        for _ in range(5):
            ann.sound()
    assert len(far.packets) == 10
    assert steps([p.seq for p in far.packets], 2**16) == [1] * 9
    assert steps([p.timestamp for p in far.packets], 2**32)[4] == 6 * 960


def test_padding_keeps_the_numbers_together(clock: Clock):
    ann = Sender(clock, "ann", 7)
    far, slot = receiver(clock)
    slot.put(ann.video)
    ann.frame(key=True)
    ann.seq += 1
    ann.far.rtp(VP8, ann.seq, ann.timestamp, b"", ssrc=7, now=clock.now, padding=b"\0" * 9 + b"\x0a")
    ann.frame()
    assert [packet.padded for packet in far.packets] == [False, True, False]
    assert steps([p.seq for p in far.packets], 2**16) == [1, 1]
    far.packets.pop(1)
    assert steps(pictures(far), 2**15) == [1]


def test_a_sender_that_begins_anew_with_another_ssrc_goes_on_without_a_gap(clock: Clock):
    ann = Sender(clock, "ann", 7)
    far, slot = receiver(clock)
    slot.put(ann.video)
    ann.frame(key=True)
    ann.ssrc, ann.seq, ann.timestamp, ann.picture = 8, 3, 9, 11
    ann.frame()
    ann.frame(key=True)
    assert steps([p.seq for p in far.packets], 2**16) == [1]
    assert steps(pictures(far), 2**15) == [1]


def test_one_peer_cannot_open_streams_without_end(clock: Clock):
    ann = Sender(clock, "ann", 7)
    for ssrc in range(1000, 1100):
        ann.far.rtp(VP8, 1, 1, vp8_payload(1), ssrc=ssrc, now=clock.now)
        ann.far.rtcp(rtcp.picture_lost(ssrc, 4242), clock.now)
    assert len(ann.far.leg._streams) <= MAX_STREAMS
    assert len(ann.far.leg._reporters) <= 32


def test_the_path_follows_the_newest_valid_packet(clock: Clock):
    ann = Sender(clock, "ann", 7)
    elsewhere = Far(ann.far.leg, ann.far.out, ann.far.into)
    other: object = FarEndpoint(elsewhere)
    ann.far.deliver(b"\x80\x60" + bytes(40), clock.now, ("192.0.2.66", 6), other)
    assert ann.far.leg.address == HERE
    valid = ann.far.out.protect(b"\x80\x60" + bytes(6) + (7).to_bytes(4, "big") + vp8_payload(1))
    ann.far.deliver(valid, clock.now, ("192.0.2.66", 6), other)
    assert ann.far.leg.address == ("192.0.2.66", 6)
    ann.video.want_keyframe(clock.now)
    assert elsewhere.reports and not ann.far.reports


def test_a_replayed_packet_moves_nothing(clock: Clock):
    ann = Sender(clock, "ann", 7)
    packet = ann.far.out.protect(b"\x80\x60" + bytes(6) + (7).to_bytes(4, "big") + vp8_payload(1))
    ann.far.deliver(packet, clock.now)
    ann.far.deliver(packet, clock.now, ("192.0.2.66", 6), FarEndpoint(ann.far))
    assert ann.far.leg.address == HERE and ann.video.received == 1


def test_reports_tell_the_sender_its_losses_and_a_high_bandwidth_at_once(clock: Clock):
    ann = Sender(clock, "ann", 7)
    ann.frame(key=True)
    ann.frame(skip=1)
    ann.far.leg.reports.tick(clock.now)
    (report,) = ann.far.reported(rtcp.ReceiverReport)
    assert (report.blocks[0].ssrc, report.blocks[0].lost, report.blocks[0].fraction) == (7, 1, 85)
    assert ann.far.reported(rtcp.Bandwidth)[0].bitrate > 2_400_000


def test_sender_reports_speak_of_the_slots_own_numbers_on_the_bridges_clock(clock: Clock):
    ann = Sender(clock, "ann", 7)
    far, slot = receiver(clock)
    slot.put(ann.video)
    ann.frame(key=True)
    ann.frame()
    clock.now += 0.5
    far.leg.reports.tick(clock.now)
    report = far.reported(rtcp.SenderReport)[-1]
    assert (report.ssrc, report.packets) == (4242, 2)
    assert report.ntp == clock.ntp(clock.now)
    assert (report.timestamp - far.packets[-1].timestamp) % 2**32 == 45_000


def test_the_round_trip_is_read_from_a_receivers_report(clock: Clock):
    far, _slot = receiver(clock)
    last = (clock.ntp(clock.now) >> 16) & 0xFFFFFFFF
    clock.now += 0.25
    block = rtcp.Block(4242, 64, 1, 1, 0, last, 65536 // 10)
    far.rtcp(rtcp.receiver_report(1, [block]), clock.now)
    assert far.leg.reports.rtt == pytest.approx(0.15, abs=0.001)


def test_loudness_follows_the_level_that_the_browser_states(clock: Clock):
    ann = Sender(clock, "ann", 7)
    for _ in range(50):
        ann.sound(level=20)
    assert ann.audio.loudness == pytest.approx(107, abs=1)


@given(st.lists(st.binary(min_size=1, max_size=60), max_size=20))
def test_valid_packets_with_any_content_harm_nobody(contents):
    clock = Clock()
    ann = Sender(clock, "ann", 7)
    far, slot = receiver(clock)
    slot.put(ann.video)
    ann.frame(key=True)
    for number, content in enumerate(contents):
        ann.far.rtp(VP8, ann.seq + 1 + number, 5, content, ssrc=7, now=clock.now)
        ann.far.rtcp(b"\x80\xc9\0\1\0\0\0\1" + content, clock.now)
    ann.frame(key=True)
    assert far.packets


@given(st.binary(min_size=12, max_size=100))
def test_clear_headers_that_make_no_sense_harm_nobody(head):
    clock = Clock()
    ann = Sender(clock, "ann", 7)
    try:
        datagram = ann.far.out.protect(bytes((0x80 | head[0] & 0x3F, head[1] & 0xBF)) + head[2:])
    except Exception:  # libsrtp itself refuses some headers.
        return
    ann.far.deliver(datagram, clock.now)


def test_a_peer_that_floods_is_heard_only_as_much_as_is_useful(clock: Clock):
    ann = Sender(clock, "ann", 7)
    far, slot = receiver(clock)
    slot.put(ann.video)
    ann.frame(key=True)
    ann.clock.now = 100.0
    for number in range(2000):
        ann.far.rtp(VP8, ann.seq + 1 + number, 9, vp8_payload(1, body=bytes(1000)), ssrc=7, now=clock.now)
    assert 300 < len(far.packets) < 400
    clock.now += 0.1
    ann.far.leg.reports.tick(clock.now)
    before = len(far.packets)
    for number in range(2000, 4000):
        ann.far.rtp(VP8, ann.seq + 1 + number, 9, vp8_payload(1, body=bytes(1000)), ssrc=7, now=clock.now)
    assert 50 < len(far.packets) - before < 80
