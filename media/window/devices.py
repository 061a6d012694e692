"""Camera, microphone and loudspeaker with their switches: what the endpoint asks for, and what there really is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from av import VideoFrame

from media.window import sound
from media.window.camera import Camera, Opener
from media.window.config import Config
from media.window.switches import Switch

LATE = 3
"""Blocks of the microphone that may wait; with more, one is dropped each time, so that the delay does not stay."""

HEADSET = "Without a headset your microphone pauses while others speak."


class Devices:
    """All devices of this computer that the window uses. To be closed."""

    def __init__(self, config: Config, opener: Opener | None) -> None:
        """`opener` opens the camera, None when there is none."""
        self.no_sound = sound.start_audio()
        """Why there is neither microphone nor loudspeaker; empty when sound works."""
        self._camera = Camera(opener)
        self._microphone = sound.Microphone(config.microphone_name)
        self._speaker = sound.Speaker(config.speaker_name)
        self._duplex = sound.HalfDuplex(config.headset)
        self._last = (False, False)
        self.microphone = Switch("microphone", own=config.microphone)
        self.camera = Switch("camera", own=config.camera)
        if not self._microphone.found:
            self.microphone.found = "none"
        self.has_camera = opener is not None
        self.refresh()

    @property
    def newest(self) -> Any:
        """The own camera's newest picture."""
        return self._camera.newest

    @property
    def advice(self) -> str:
        """A sentence on echo when it matters here, else empty."""
        both = self._microphone.found and self._speaker.found
        return HEADSET if both and not self._duplex.headset else ""

    @property
    def speaker(self) -> str:
        """on or none."""
        return "on" if self._speaker.found else "none"

    def obey(self, allowed: object) -> None:
        """The console's switches, `devices` of a page's view."""
        if isinstance(allowed, Mapping):
            self.microphone.allow(allowed.get("microphone") is not False)
            self.camera.allow(allowed.get("camera") is not False)
            self.refresh()

    def refresh(self) -> None:
        """Run what is wanted, stop what is not, and see what became of it."""
        self.camera.found = self._camera.state
        if self.camera.allowed and self.camera.own:
            self._camera.start()
        else:
            self._camera.stop()
        if not self.microphone.wanted:
            self._microphone.close()
        elif not self._microphone.open():
            self.microphone.found = "none"

    def report(self) -> dict[str, str]:
        """What the service is told of camera and microphone."""
        return {"camera": self.camera.report, "microphone": self.microphone.report}

    def look(self) -> tuple[int, VideoFrame | None]:
        """Number and picture of the camera, for sending; no picture while it is switched off."""
        newest = self._camera.newest
        return newest.count, newest.peek() if self.camera.wanted else None

    def listen(self) -> sound.Block | None:
        """The next 20 ms of the microphone; None (silence) while it is off, or paused for the loudspeaker."""
        block = self._microphone.take()
        if self._microphone.waiting > LATE:
            block = self._microphone.take()
        return block if self._duplex.open and self.microphone.wanted else None

    def hear(self, slots: Iterable[sound.SoundSlot]) -> None:
        """Give the loudspeaker as much of the slots' sound as it can take."""
        waiting = list(slots)
        for _ in range(self._speaker.wanted):
            block = sound.mix(slot.take() for slot in waiting)
            self._duplex.heard(block)
            self._speaker.put(block)

    def close(self) -> None:
        """Give everything back; a second time does nothing."""
        self._camera.stop()
        self._microphone.close()
        self._speaker.close()
        if not self.no_sound:
            sound.stop_audio()
            self.no_sound = "closed"
