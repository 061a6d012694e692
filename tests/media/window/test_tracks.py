"""What is sent."""

import asyncio
from fractions import Fraction

import numpy as np
import pytest
from aiortc import RTCPeerConnection
from av import VideoFrame
from hypothesis import given
from hypothesis import strategies as st

from media.simulated import Portrait, number_of
from media.window.sound import BLOCK
from media.window.tracks import QUALITIES, LiddedVp8, PictureTrack, SoundTrack, put_lid, scaled

PORTRAIT = Portrait("Ann", "#336699")


@given(st.integers(2, 4000), st.integers(2, 4000), st.sampled_from([180, 720]))
def test_a_picture_is_sent_no_larger_than_wanted_and_keeps_its_shape(width, height, most):
    w, h = scaled(width, height, most)
    assert w % 2 == h % 2 == 0
    assert w <= max(width + 1, 2) and h <= max(height + 1, 2)
    assert h <= most and w <= most * 16 / 9 + 1
    if min(w, h) > 40:
        assert abs(w / h - width / height) < 0.1 * width / height


async def test_each_picture_is_sent_once_with_a_growing_time():
    held = [(1, PORTRAIT.picture(1, False))]
    track = PictureTrack(lambda: held[0])
    first = await track.recv()
    waiting = asyncio.create_task(track.recv())
    done, _ = await asyncio.wait([waiting], timeout=0.1)
    assert not done, "the same picture is not sent twice"
    held[0] = (2, PORTRAIT.picture(2, False))
    second = await asyncio.wait_for(waiting, 2)
    assert number_of(first) == 1 and number_of(second) == 2
    assert first.pts is not None and second.pts is not None and second.pts > first.pts
    assert first.time_base == second.time_base


async def test_nothing_is_sent_while_nobody_looks():
    track = PictureTrack(lambda: (1, PORTRAIT.picture(1, False)))
    track.quality = "off"
    waiting = asyncio.create_task(track.recv())
    done, _ = await asyncio.wait([waiting], timeout=0.1)
    assert not done
    track.quality = "small"
    frame = await asyncio.wait_for(waiting, 2)
    assert (frame.width, frame.height) == (320, 180)


async def test_the_sources_own_picture_is_left_as_it_is():
    source = PORTRAIT.picture(1, False)
    source.pts = 77
    sent = await PictureTrack(lambda: (1, source)).recv()
    assert source.pts == 77 and sent is not source


async def test_silence_is_sent_where_there_is_no_sound():
    track = SoundTrack(lambda: None)
    frames = [await track.recv() for _ in range(3)]
    assert [frame.pts for frame in frames] == [0, BLOCK, 2 * BLOCK]
    assert not any(frame.to_ndarray().any() for frame in frames)


async def test_sound_is_sent_as_it_is():
    block = np.arange(BLOCK, dtype=np.int16).reshape(BLOCK, 1)
    frame = await SoundTrack(lambda: block).recv()
    assert (frame.to_ndarray().ravel() == block.ravel()).all()


async def test_the_lid_on_the_encoder_fits_this_aiortc():
    pc = RTCPeerConnection()
    encoder = put_lid(pc.addTransceiver("video").sender)
    encoder.lid = 150_000
    encoder.target_bitrate = 1_400_000
    assert encoder.target_bitrate == 150_000
    encoder.lid = QUALITIES["large"].bits
    assert encoder.target_bitrate == 1_400_000
    frame = PORTRAIT.picture(1, False)
    frame.pts, frame.time_base = 0, Fraction(1, 90_000)
    payloads, _ = encoder.encode(frame)
    assert payloads
    await pc.close()


def test_an_aiortc_of_another_shape_is_noticed():
    class Other:
        pass

    with pytest.raises(AttributeError, match="aiortc's sender"):
        put_lid(Other())  # type: ignore[arg-type]  # what is tested


def cost(lid: int) -> float:
    """Bits a second of a restless picture of 320 x 180 over three seconds, the receiver taking 1.5 Mbit/s."""
    rng, base = np.random.default_rng(3), PORTRAIT.picture(1, False).reformat(width=320, height=180).to_ndarray()
    encoder, size = LiddedVp8(), 0
    encoder.target_bitrate = 1_500_000
    encoder.lid = lid
    for i in range(45):
        noisy = (base.astype(np.int16) + rng.integers(-12, 12, base.shape)).clip(0, 255).astype(np.uint8)
        frame = VideoFrame.from_ndarray(noisy, format="yuv420p")
        frame.pts, frame.time_base = i * 6000, Fraction(1, 90_000)
        payloads, _ = encoder.encode(frame)
        size += sum(len(payload) for payload in payloads)
    return size * 8 / 3


def test_the_small_picture_costs_about_its_lid_and_far_less_than_without():
    assert cost(QUALITIES["small"].bits) < 2 * QUALITIES["small"].bits < cost(QUALITIES["large"].bits)
