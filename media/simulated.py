"""Simulated patients for rehearsals: real peers of the bridge that come in by a link, wait, talk in turn and leave.

Their pictures are drawn once and numbered as they go: the number is written on them, and stands in a row of black and
white squares for programs. Their voice is a tone.
"""

from __future__ import annotations

import asyncio
import colorsys
import contextlib
import json
import math
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from aiortc import RTCIceServer
from av import VideoFrame
from PIL import Image, ImageDraw, ImageFont

from ecm_tui.core.text import initials
from media.chatter import Chatter
from media.window.line import MediaLine
from media.window.peer import Peer
from media.window.session import Link, Session, SessionError, trade
from media.window.sound import BLOCK, RATE, Block
from media.window.tracks import PictureTrack, SoundTrack

WIDTH, HEIGHT = 640, 360
RATE_OF_PICTURES = 12
"""Pictures a second."""
BITS, SQUARE = 16, 8
"""The number of a picture as squares of 8 pixels in its top left corner, lowest bit first, after one white square."""
LOUDNESS = 4_000
"""Amplitude of the tone, of 32,767."""
TURN = 6.0
"""Seconds for which one patient talks before the next does."""

Plane = npt.NDArray[np.uint8]


class Portrait:
    """The pictures of one patient: a face on their colour, a mouth that moves when they talk, a number, a dot."""

    def __init__(self, name: str, colour: str) -> None:
        """`colour` is `#rrggbb`."""
        self._mouths = [_planar(_face(name, colour, mouth)) for mouth in (0, 6, 12)]
        self._digits = [_digit(str(digit)) for digit in range(10)]

    def picture(self, number: int, talking: bool) -> VideoFrame:
        """Picture `number`, counted from 0, as planar YUV of 640 x 360."""
        planes = self._mouths[(0, 1, 2, 1)[number % 4] if talking else 0].copy()
        mark(planes, number)
        x = WIDTH - 20
        for digit in reversed(f"{number:05d}"):
            glyph = self._digits[int(digit)]
            x -= glyph.shape[1]
            planes[14 : 14 + glyph.shape[0], x : x + glyph.shape[1]] = glyph
        left = 20 + round((WIDTH - 60) * (0.5 - 0.5 * math.cos(number / RATE_OF_PICTURES)))
        planes[HEIGHT - 10 : HEIGHT - 6, left : left + 20] = 235
        return VideoFrame.from_ndarray(planes, format="yuv420p")


def mark(planes: Plane, number: int) -> None:
    """Write the number as squares into the picture's first rows."""
    for place, white in enumerate([True, *(bool(number >> bit & 1) for bit in range(BITS))]):
        planes[:SQUARE, place * SQUARE : (place + 1) * SQUARE] = 235 if white else 16


def number_of(frame: VideoFrame) -> int | None:
    """The number that stands on a picture of a simulated patient, modulo 65,536; None when there is none."""
    scale = frame.width / WIDTH
    rows = frame.reformat(format="gray").to_ndarray()
    middle = [rows[int(SQUARE * scale / 2), int((place + 0.5) * SQUARE * scale)] for place in range(BITS + 1)]
    if middle[0] < 128:
        return None
    return sum(1 << bit for bit, value in enumerate(middle[1:]) if value >= 128)


class Voice:
    """A tone that swells and fades like syllables while its owner talks, else silence."""

    def __init__(self, hertz: float) -> None:
        self._hertz = hertz
        self._at = 0
        self.talking = False

    def block(self) -> Block | None:
        """The next 20 ms, 960 x 1."""
        at = np.arange(self._at, self._at + BLOCK) / RATE
        self._at += BLOCK
        if not self.talking:
            return None
        swell = 0.55 - 0.45 * np.cos(2 * np.pi * 3 * at)
        return (LOUDNESS * swell * np.sin(2 * np.pi * self._hertz * at)).astype(np.int16).reshape(BLOCK, 1)


@dataclass(slots=True)
class Turns:
    """Whose turn it is to talk among those in the call."""

    clock: Callable[[], float] = time.monotonic
    present: list[str] = field(default_factory=list)

    def talks(self, name: str) -> bool:
        """Whether this one talks now; who is alone pauses every other turn."""
        turn = int(self.clock() / TURN) % max(2, len(self.present))
        return self.present[turn : turn + 1] == [name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a simulated patient plays."""

    link: str
    """Their join link."""
    name: str
    colour: str = "#3a7ca5"
    """Ground of their picture, `#rrggbb`."""
    tone_hz: float = 220.0
    call: str = ""
    """Those of one call talk in turn."""
    after: float = 0.0
    """Seconds until they open the link."""
    stays: float | None = None
    """Seconds from their admission until they leave; None: to the end."""
    camera: bool = True
    agrees: bool = True
    """Whether they allow a screenshot."""
    comes_back: float | None = None
    """Seconds after which someone who was disconnected or removed tries once more; None: never."""
    chats: bool = False
    """Whether they write in the chat, and answer there."""


class SimulatedPatient:
    """One patient from the link to the end of the call."""

    def __init__(self, part: Part, turns: Turns) -> None:
        """`turns` is shared by those who talk in turn."""
        self._part = part
        self._portrait = Portrait(part.name, part.colour)
        self._voice = Voice(part.tone_hz)
        self._turns = turns
        self._start = time.monotonic()
        self._drawn: tuple[int, VideoFrame | None] = (-1, None)
        self._leaving: asyncio.Task[None] | None = None
        self._chatter: Chatter
        self._asks = False
        self._asked = ""
        """The screenshot request that was answered last."""
        self.state = ""
        """State of the page: arriving, waiting, admitted, disconnected, removed, left or ended; empty before."""

    async def run(self) -> str:
        """Come in, wait, take part, until it is over; gives the reason: a reason of `over`, or a code of refusal."""
        part = self._part
        await asyncio.sleep(part.after)
        try:
            link = Link.parse(part.link)
            session = Session(link, (await trade(link)).credential)
            reason = await self._take_part(session)
            if part.comes_back is not None and reason in ("disconnected", "removed"):
                await asyncio.sleep(part.comes_back)
                self.state, self._asks = "", True
                if reason == "removed":
                    session = Session(link, (await trade(link)).credential)
                reason = await self._take_part(session)
            return reason
        except SessionError as error:
            return error.code

    async def _take_part(self, session: Session) -> str:
        line = MediaLine(session.send, self._peer)
        self._chatter = Chatter(session.send)
        try:
            async for message in session.messages():
                line.handle(message)
                if self._part.chats:
                    self._chatter.heard(message)
                match message:
                    case {"type": "page", "view": dict() as view}:
                        await self._page(session, line, view)
                    case {"type": "over", "reason": str() as reason}:
                        return reason
            return "ended"
        finally:
            self._quiet()
            if self._leaving:
                self._leaving.cancel()
            await line.close()

    async def _page(self, session: Session, line: MediaLine, view: Mapping[str, Any]) -> None:
        before, self.state = self.state, str(view.get("state", ""))
        if self.state == before:
            pass
        elif self.state == "arriving":
            await session.send({"type": "enter", "devices": self._devices()})
        elif self.state == "disconnected" and self._asks:
            self._asks = False
            await session.send({"type": "ask_again", "devices": self._devices()})
        elif self.state == "admitted":
            self._turns.present.append(self._part.name)
            if self._part.chats:
                self._chatter.start()
            if self._part.stays is not None:
                self._leaving = asyncio.create_task(self._leave(session, self._part.stays))
        elif before == "admitted":
            self._quiet()
            await line.close()
        if view.get("unmute_asked"):
            await session.send({"type": "unmute", "accept": True})
        match view.get("screenshot"):
            case {"consent": str() as consent} if consent != self._asked:
                self._asked = consent
                await session.send({"type": "consent", "consent": consent, "allow": self._part.agrees})

    def _devices(self) -> dict[str, str]:
        return {"camera": "on" if self._part.camera else "off", "microphone": "on"}

    async def _leave(self, session: Session, stays: float) -> None:
        await asyncio.sleep(stays)
        await session.send({"type": "leave"})

    def _quiet(self) -> None:
        self._chatter.stop()
        with contextlib.suppress(ValueError):
            self._turns.present.remove(self._part.name)

    def _peer(self, changed: Callable[[], None], relays: list[RTCIceServer]) -> Peer:
        sound = SoundTrack(self._sound)
        picture = PictureTrack(self._look) if self._part.camera else None
        return Peer(None, sound, picture, pictures=0, changed=changed, relays=relays)

    def _sound(self) -> Block | None:
        self._voice.talking = self._turns.talks(self._part.name)
        return self._voice.block()

    def _look(self) -> tuple[int, VideoFrame | None]:
        number = int((time.monotonic() - self._start) * RATE_OF_PICTURES)
        if number != self._drawn[0]:
            self._drawn = (number, self._portrait.picture(number, self._voice.talking))
        return self._drawn


async def play(parts: Sequence[Part]) -> list[str]:
    """Let all of them play; gives why each ended, in their order."""
    turns: dict[str, Turns] = {part.call: Turns() for part in parts}
    return await asyncio.gather(*(SimulatedPatient(part, turns[part.call]).run() for part in parts))


async def _play_until_closed(parts: Sequence[Part]) -> None:
    """Until all have ended, or standard input is closed: whoever started us is gone then."""
    playing = asyncio.ensure_future(play(parts))
    loop = asyncio.get_running_loop()

    def watch() -> None:
        while os.read(sys.stdin.fileno(), 1024):
            pass
        with contextlib.suppress(RuntimeError):  # The loop has ended meanwhile: so have they.
            loop.call_soon_threadsafe(playing.cancel)

    threading.Thread(target=watch, name="standard input", daemon=True).start()
    await asyncio.gather(playing, return_exceptions=True)


def main() -> None:
    """`python -P -m media.simulated`: reads one line of JSON, a list of parts, and plays them."""
    parts = [Part(**each) for each in json.loads(sys.stdin.readline())]
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_play_until_closed(parts))


def _face(name: str, colour: str, mouth: int) -> Image.Image:
    """Head and shoulders before a ground in the patient's colour, with initials; the mouth so many pixels open."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    hue, _, strength = colorsys.rgb_to_hls(red, green, blue)

    def shade(light: float) -> tuple[int, int, int]:
        r, g, b = colorsys.hls_to_rgb(hue, light, min(strength, 0.6))
        return int(r * 255), int(g * 255), int(b * 255)

    image = Image.new("RGB", (WIDTH, HEIGHT), shade(0.32))
    draw = ImageDraw.Draw(image)
    for y in range(HEIGHT):
        draw.line((0, y, WIDTH, y), fill=shade(0.40 - 0.16 * y / HEIGHT))
    draw.ellipse((190, 250, 450, 520), fill=shade(0.62))
    draw.ellipse((250, 70, 390, 260), fill=(236, 200, 170))
    draw.pieslice((242, 52, 398, 220), 180, 360, fill=shade(0.18))
    for x in (290, 350):
        draw.ellipse((x - 7, 150, x + 7, 164), fill=(40, 40, 48))
    draw.rounded_rectangle((296, 210 - mouth // 2, 344, 216 + mouth), radius=3, fill=(150, 60, 60))
    draw.text((320, 310), initials(name), font=ImageFont.load_default(44), fill="white", anchor="mm")
    return image


def _planar(image: Image.Image) -> Plane:
    """As 540 rows of 640 bytes: luma, then both colours."""
    frame = VideoFrame.from_ndarray(np.asarray(image), format="rgb24")
    return frame.reformat(format="yuv420p").to_ndarray().astype(np.uint8, copy=False)


def _digit(digit: str) -> Plane:
    """A digit in white on dark, as luma."""
    image = Image.new("L", (18, 28), 16)
    ImageDraw.Draw(image).text((9, 14), digit, font=ImageFont.load_default(24), fill=235, anchor="mm")
    return np.asarray(image)


if __name__ == "__main__":
    main()
