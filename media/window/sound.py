"""Sound in and out: three slots mixed to the loudspeaker, and a microphone that pauses while others are heard.

48,000 samples a second, 16 bit, in blocks of 20 ms. The mixing and the pausing are pure; `Speaker` and `Microphone` are
SDL's devices. There is no echo cancelling here: with a loudspeaker the microphone is closed while somebody is heard
(half duplex), with a headset it stays open.
"""

from __future__ import annotations

import ctypes
from collections import deque
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
from av import AudioFrame

from media.window.sdl import SDL, failed

RATE = 48_000
BLOCK = 960
"""Samples of one block and channel: 20 ms."""
MOST_BLOCKS = 12
"""Blocks that wait in one slot, 240 ms: later sound pushes out older."""
START_BLOCKS = 2
"""Blocks that must wait before an empty slot is heard again, so that a late packet makes no gap."""
AHEAD = 4
"""Blocks that the loudspeaker holds in advance."""

HEARD = 500
"""Mean amplitude of the mix (of 32,767; -36 dB) from which on somebody is taken to be heard."""
HANGOVER = 12
"""Blocks for which the microphone stays closed after the last heard one: 240 ms, longer than a room's echo."""

Block = npt.NDArray[np.int16]
"""960 samples x 2 channels from the slots; 960 x 1 from the microphone."""


class SoundSlot:
    """What waits to be heard of one slot, bounded."""

    def __init__(self) -> None:
        self._blocks: deque[Block] = deque(maxlen=MOST_BLOCKS)
        self._started = False

    def put(self, block: Block) -> None:
        """One block of 960 x 2 samples."""
        self._blocks.append(block)

    def take(self) -> Block | None:
        """The next block, or None when there is none yet."""
        if not self._started and len(self._blocks) < START_BLOCKS:
            return None
        self._started = bool(self._blocks)
        return self._blocks.popleft() if self._blocks else None

    def clear(self) -> None:
        """Forget what waits: the slot changed hands."""
        self._blocks.clear()
        self._started = False


def block_of(frame: AudioFrame) -> Block | None:
    """The samples of a decoded Opus frame (16 bit, packed, 48 kHz), 960 x 2; None when it has another shape."""
    if frame.format.name != "s16" or frame.sample_rate != RATE or frame.samples != BLOCK:
        return None
    samples: Block = frame.to_ndarray().reshape(BLOCK, -1).astype(np.int16, copy=False)
    return np.repeat(samples, 2, axis=1) if samples.shape[1] == 1 else samples[:, :2]


def mix(blocks: Iterable[Block | None]) -> Block:
    """The sum of what is there, held within 16 bits instead of wrapping; silence when nothing is."""
    total = np.zeros((BLOCK, 2), np.int32)
    for block in blocks:
        if block is not None:
            total += block
    return total.clip(-32_768, 32_767).astype(np.int16)


class HalfDuplex:
    """Closes the microphone while somebody is heard through a loudspeaker."""

    def __init__(self, headset: bool) -> None:
        self.headset = headset
        self._left = 0

    def heard(self, block: Block) -> None:
        """A block that goes to the loudspeaker."""
        loud = float(np.abs(block.astype(np.int32)).mean()) >= HEARD
        self._left = HANGOVER if loud else max(0, self._left - 1)

    @property
    def open(self) -> bool:
        """Whether what the microphone hears may be sent."""
        return self.headset or not self._left


class Speaker:
    """The loudspeaker or headset of this computer; `found` is False without one, and sound then goes nowhere."""

    def __init__(self, name: str | None = None) -> None:
        self._device = _open(name, capture=False)
        self.found = bool(self._device)

    @property
    def wanted(self) -> int:
        """How many blocks it could take now."""
        if not self._device:
            return 0
        waiting = int(SDL.SDL_GetQueuedAudioSize(self._device)) // (BLOCK * 4)
        return max(0, AHEAD - waiting)

    def put(self, block: Block) -> None:
        """Let a block of 960 x 2 samples be heard."""
        if self._device:
            raw = block.tobytes()
            SDL.SDL_QueueAudio(self._device, raw, len(raw))

    def close(self) -> None:
        """Give the device back; a second time does nothing."""
        _close(self._device)
        self._device = 0


class Microphone:
    """The microphone, open only while it is switched on: its lamp tells the truth."""

    def __init__(self, name: str | None = None) -> None:
        self._name = name
        self._device = 0
        self.found = count(capture=True) > 0

    def open(self) -> bool:
        """Start to listen; False when the device cannot be opened."""
        if not self._device:
            self._device = _open(self._name, capture=True)
        return bool(self._device)

    def close(self) -> None:
        """Stop to listen; a second time does nothing."""
        _close(self._device)
        self._device = 0

    @property
    def waiting(self) -> int:
        """Blocks that were heard and not yet taken."""
        return int(SDL.SDL_GetQueuedAudioSize(self._device)) // (BLOCK * 2) if self._device else 0

    def take(self) -> Block | None:
        """The next 960 x 1 samples; None when they are not there yet or the device is closed."""
        if not self._device:
            return None
        if not self.waiting:
            return None
        if self.waiting > MOST_BLOCKS:
            SDL.SDL_ClearQueuedAudio(self._device)
            return None
        buffer = ctypes.create_string_buffer(BLOCK * 2)
        got = SDL.SDL_DequeueAudio(self._device, buffer, BLOCK * 2)
        return np.frombuffer(buffer.raw, np.int16).reshape(BLOCK, 1) if got == BLOCK * 2 else None


def start_audio() -> str:
    """Make SDL look for sound. Gives an empty text, or the reason why there is no sound here."""
    if SDL.SDL_InitSubSystem(SDL.SDL_INIT_AUDIO):
        return str(failed("sound"))
    return ""


def stop_audio() -> None:
    """Undo `start_audio`."""
    SDL.SDL_QuitSubSystem(SDL.SDL_INIT_AUDIO)


def count(capture: bool) -> int:
    """How many microphones there are, or loudspeakers; 0 before `start_audio`."""
    if not SDL.SDL_WasInit(SDL.SDL_INIT_AUDIO):
        return 0
    return max(0, int(SDL.SDL_GetNumAudioDevices(int(capture))))


def _open(name: str | None, capture: bool) -> int:
    """A running device, or 0. SDL converts to our rate and shape."""
    if not count(capture):
        return 0
    wanted, got = SDL.SDL_AudioSpec(RATE, SDL.AUDIO_S16SYS, 1 if capture else 2, 512), SDL.SDL_AudioSpec(0, 0, 0, 0)
    device = 0
    for each in dict.fromkeys((name.encode() if name else None, None)):
        device = SDL.SDL_OpenAudioDevice(each, int(capture), ctypes.byref(wanted), ctypes.byref(got), 0)
        if device:
            SDL.SDL_PauseAudioDevice(device, 0)
            break
    return int(device)


def _close(device: Any) -> None:
    if device:
        SDL.SDL_CloseAudioDevice(device)
