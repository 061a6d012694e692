"""The parsers of RTP and VP8, by example and by whatever comes to hypothesis's mind."""

from hypothesis import given
from hypothesis import strategies as st

from media.rtp import HEADER, NO_VP8, SILENCE, audio_level, difference, parse, picture_id, vp8
from tests.media.wire import level_extension, vp8_payload


def test_a_plain_packet_is_its_header_and_its_payload():
    packet = HEADER.pack(0x80, 0xE0, 7, 9, 11) + b"abc"
    assert parse(packet, len(packet)) == (0xE0, 7, 9, 11, 0, 12, 15)


def test_contributing_sources_extension_and_padding_are_no_payload():
    packet = HEADER.pack(0xB1, 96, 7, 9, 11) + b"csrc" + level_extension(30) + b"abc" + b"\0\0\3"
    parts = parse(packet, len(packet))
    assert parts is not None
    _, _, _, _, extension, start, end = parts
    assert (extension, packet[start:end]) == (16, b"abc")
    assert audio_level(packet, extension, start, 1) == 30
    assert audio_level(packet, extension, start, 2) == SILENCE


def test_a_packet_of_padding_only_has_no_payload():
    packet = HEADER.pack(0xA0, 96, 7, 9, 11) + b"\0\0\3"
    parts = parse(packet, len(packet))
    assert parts is not None and parts[5] == parts[6]


@given(st.binary(max_size=80), st.integers(0, 15))
def test_any_bytes_are_parsed_without_an_error_and_within_their_bounds(data, number):
    parts = parse(data, len(data))
    if parts is not None:
        _, _, _, _, extension, start, end = parts
        assert 12 <= start <= end <= len(data)
        assert 0 <= audio_level(data, extension, start, number) <= SILENCE


@given(st.binary(max_size=16))
def test_any_vp8_descriptor_is_read_without_an_error_and_within_its_bounds(data):
    key, picture, wide, level_index = vp8(data)
    assert picture + (1 if wide else 0) < len(data) or not picture
    assert level_index < len(data) or not level_index
    assert not key or data


def test_a_keyframe_is_known_by_the_first_packet_of_its_first_partition():
    assert vp8(vp8_payload(5, key=True))[0]
    assert not vp8(vp8_payload(5, key=False))[0]
    continued = b"\x80" + vp8_payload(5, key=True)[1:]
    assert not vp8(continued)[0]


@given(st.integers(0, 0x7FFF), st.integers(0, 255))
def test_picture_ids_of_fifteen_bits_are_found_with_and_without_layers(picture, tl0):
    _, at, wide, level_index = vp8(vp8_payload(picture, tl0=tl0))
    assert (at, wide, level_index) == (2, True, 4)
    assert picture_id(vp8_payload(picture), 2, True) == picture


def test_a_picture_id_of_seven_bits_is_found():
    assert vp8(b"\x90\x80\x05\x00abc") == (True, 2, False, 0)
    assert picture_id(b"\x90\x80\x05\x00abc", 2, False) == 5


def test_a_descriptor_that_is_cut_short_is_nothing():
    assert vp8(b"\x90\x80\x80") == NO_VP8
    assert vp8(b"") == NO_VP8


@given(st.integers(0, 0xFFFF), st.integers(-0x8000, 0x7FFF))
def test_differences_of_sequence_numbers_survive_the_wrap(number, step):
    assert difference((number + step) & 0xFFFF, number) == step
