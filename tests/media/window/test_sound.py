"""Mixing, waiting, and the microphone's pauses."""

import numpy as np
import pytest
from av import AudioFrame
from hypothesis import given
from hypothesis import strategies as st

from media.window import sound
from media.window.sound import BLOCK, HANGOVER, MOST_BLOCKS, HalfDuplex, Microphone, SoundSlot, Speaker, block_of, mix


def block(level: int) -> sound.Block:
    return np.full((BLOCK, 2), level, np.int16)


@given(st.lists(st.integers(-32_768, 32_767), max_size=3))
def test_the_mix_is_the_sum_held_within_its_range(levels):
    mixed = mix([None, *(block(level) for level in levels)])
    assert (mixed == max(-32_768, min(32_767, sum(levels)))).all()
    assert mixed.shape == (BLOCK, 2) and mixed.dtype == np.int16


def test_a_slot_starts_with_two_blocks_and_goes_on_to_the_last():
    slot = SoundSlot()
    slot.put(block(1))
    assert slot.take() is None
    slot.put(block(2))
    first, second = slot.take(), slot.take()
    assert first is not None and first[0, 0] == 1
    assert second is not None and second[0, 0] == 2
    assert slot.take() is None
    slot.put(block(3))
    assert slot.take() is None, "after a gap it waits for two again"


def test_a_slot_is_bounded_and_keeps_the_newest():
    slot = SoundSlot()
    for level in range(100):
        slot.put(block(level))
    first = slot.take()
    assert first is not None and first[0, 0] == 100 - MOST_BLOCKS


def test_a_cleared_slot_is_silent():
    slot = SoundSlot()
    for level in range(5):
        slot.put(block(level))
    slot.clear()
    assert slot.take() is None


def frame(layout: str = "stereo", samples: int = BLOCK, rate: int = 48_000, fmt: str = "s16") -> AudioFrame:
    made = AudioFrame(format=fmt, layout=layout, samples=samples)
    made.sample_rate = rate
    for plane in made.planes:
        plane.update(bytes(plane.buffer_size))
    return made


def test_decoded_sound_becomes_a_block_of_two_channels():
    stereo, mono = block_of(frame()), block_of(frame("mono"))
    assert stereo is not None and stereo.shape == (BLOCK, 2)
    assert mono is not None and mono.shape == (BLOCK, 2)


@pytest.mark.parametrize("other", [{"samples": 480}, {"rate": 44_100}, {"fmt": "flt"}])
def test_sound_of_another_shape_is_left_out(other):
    assert block_of(frame(**other)) is None


def test_without_a_headset_the_microphone_pauses_while_somebody_is_heard_and_a_little_longer():
    duplex = HalfDuplex(headset=False)
    assert duplex.open
    duplex.heard(block(8_000))
    for _ in range(HANGOVER):
        assert not duplex.open
        duplex.heard(block(0))
    assert duplex.open


def test_noise_does_not_close_the_microphone():
    duplex = HalfDuplex(headset=False)
    duplex.heard(block(100))
    assert duplex.open


def test_with_a_headset_the_microphone_stays_open():
    duplex = HalfDuplex(headset=True)
    duplex.heard(block(8_000))
    assert duplex.open


def test_a_host_without_sound_says_so_and_is_silent(monkeypatch):
    monkeypatch.setenv("SDL_AUDIODRIVER", "nowhere")
    assert "sound" in sound.start_audio()
    speaker, microphone = Speaker(), Microphone()
    assert not speaker.found and not microphone.found
    assert speaker.wanted == 0 and microphone.take() is None and not microphone.open()
    speaker.put(block(1))
    speaker.close()
    microphone.close()


def test_the_loudspeaker_takes_a_little_in_advance_and_closes_twice():
    assert sound.start_audio() == ""
    try:
        speaker = Speaker()
        assert speaker.found and speaker.wanted == sound.AHEAD
        for _ in range(sound.AHEAD):
            speaker.put(block(1))
        assert speaker.wanted < sound.AHEAD
        speaker.close()
        speaker.close()
        assert speaker.wanted == 0
    finally:
        sound.stop_audio()


def test_a_microphone_by_a_name_that_is_gone_is_the_systems_own():
    assert sound.start_audio() == ""
    try:
        microphone = Microphone("Gone USB thing")
        assert microphone.found and microphone.open()
        microphone.close()
        microphone.close()
    finally:
        sound.stop_audio()
