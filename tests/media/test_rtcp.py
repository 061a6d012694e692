"""RTCP against aiortc's own parser, and against noise."""

import pytest
from aiortc import rtp as oracle
from hypothesis import given
from hypothesis import strategies as st

from media import rtcp

U32 = st.integers(0, 2**32 - 1)


@given(st.binary(max_size=120))
def test_noise_is_refused_in_one_way_only(data):
    try:
        rtcp.parse(data)
    except ValueError:
        pass


@given(st.integers(200, 207), st.integers(0, 31), st.binary(max_size=120))
def test_noise_with_a_good_header_is_refused_in_one_way_only(kind, count, body):
    body += bytes(-len(body) % 4)
    try:
        rtcp.parse(bytes((0x80 | count, kind)) + (len(body) // 4).to_bytes(2, "big") + body)
    except ValueError:
        pass


@given(U32, st.integers(0, 2**64 - 1), U32, U32, U32)
def test_sender_reports_are_what_others_read(ssrc, ntp, timestamp, packets, octets):
    data = rtcp.sender_report(ssrc, ntp, timestamp, packets, octets)
    (theirs,) = oracle.RtcpPacket.parse(data)
    assert theirs.ssrc == ssrc and theirs.sender_info.ntp_timestamp == ntp
    assert rtcp.parse(data) == [rtcp.SenderReport(ssrc, ntp, timestamp, packets, octets)]


@given(st.lists(st.builds(rtcp.Block, U32, st.integers(0, 255), st.integers(-0x800000, 0x7FFFFF), U32, U32, U32, U32)))
def test_receiver_reports_come_back_as_they_were_up_to_31_blocks(blocks):
    data = rtcp.receiver_report(9, blocks)
    assert rtcp.parse(data) == [rtcp.ReceiverReport(9, tuple(blocks[:31]))]
    (theirs,) = oracle.RtcpPacket.parse(data)
    assert [report.packets_lost for report in theirs.reports] == [block.lost for block in blocks[:31]]


@given(st.integers(0, 0xFFFF), st.lists(st.integers(1, 40), max_size=40))
def test_lost_packets_are_named_across_the_wrap(first, steps):
    lost = [first]
    for step in steps:
        lost.append((lost[-1] + step) & 0xFFFF)
    assert rtcp.parse(rtcp.nack(1, 2, lost)) == [rtcp.Nack(2, tuple(lost))]


def test_a_keyframe_is_asked_for_in_both_ways():
    assert rtcp.parse(rtcp.picture_lost(1, 2)) == [rtcp.PictureLost(2)]
    fir = bytes((0x84, 206, 0, 4)) + bytes(8) + (77).to_bytes(4, "big") + bytes(4)
    assert rtcp.parse(fir) == [rtcp.PictureLost(77)]


@pytest.mark.parametrize("bitrate", [0, 150_000, 2_500_000, 10**9])
def test_bandwidth_is_what_others_read(bitrate):
    data = rtcp.bandwidth(1, bitrate, [5, 6])
    (theirs,) = oracle.RtcpPacket.parse(data)
    value, ssrcs = oracle.unpack_remb_fci(theirs.fci)
    assert ssrcs == [5, 6] and abs(value - bitrate) <= bitrate / 10**5
    assert rtcp.parse(data) == [rtcp.Bandwidth(value)]


def test_several_packets_in_one_are_all_read_and_unknown_ones_passed_over():
    unknown = bytes((0x80, 207, 0, 1)) + bytes(4)
    assert rtcp.parse(rtcp.picture_lost(1, 2) + unknown + rtcp.picture_lost(1, 3)) == [
        rtcp.PictureLost(2),
        rtcp.PictureLost(3),
    ]
