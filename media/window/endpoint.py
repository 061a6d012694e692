"""The organiser's endpoint: session, media, devices and screen joined. One event loop owns all of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, Literal

from aiortc import RTCIceServer
from av import AudioFrame, VideoFrame

from ecm_tui.core.text import clean
from media.window.boxes import Newest
from media.window.devices import Devices
from media.window.line import MediaLine
from media.window.painting import Sights, paint
from media.window.peer import PICTURES, Peer
from media.window.scene import Scene
from media.window.screen import Screen
from media.window.session import SENTENCE, Session, SessionError
from media.window.sound import SoundSlot, block_of
from media.window.tracks import PictureTrack, SoundTrack

FRAME = 1 / 30
"""Seconds between looks at the window, and at most one drawing in each."""
SLOWEST = 1.0
"""Seconds after which it is drawn anew although nothing came: a stopped picture says so."""
HEARING = 0.01
"""Seconds between looks at the loudspeaker, which holds eight times that in advance."""
NOTICE = 5.0
"""Seconds that a notice stands."""

State = Literal["connecting", "open", "waiting", "ended", "failed", "no_display"]
Say = Callable[[Mapping[str, Any]], None]
"""Tells the parent one thing, as a JSON object with a `type`."""

OVER: Mapping[str, str] = {
    "ended": "The call has ended.",
    "left": "You left the call.",
    "removed": "You were removed from the call.",
    "elsewhere": "This link is open in another window.",
    "link_not_valid": "This link is not valid any more. Open the window again from the console.",
}
NOT_STARTED = "The call has not started yet. It opens here by itself."
NO_ONE = "No one is here yet"
OFFLINE = "The line to the clinic is down. Trying again…"
CLOSED = "The window was closed. The call goes on."
RESTORING = "Picture and sound are being restored…"


class Endpoint:
    """One window in one call; also the sink of what its peer decodes."""

    def __init__(self, session: Session, screen: Screen, devices: Devices, say: Say) -> None:
        self._session = session
        self._screen = screen
        self._devices = devices
        self._say = say
        self._line = MediaLine(session.send, self._make_peer)
        self._scene = Scene()
        self._pictures: dict[str, Newest[VideoFrame]] = {}
        self._sounds: dict[str, SoundSlot] = {}
        self._sights = Sights(self._pictures, devices.newest)
        self._notice_until = 0.0
        self._dirty = True
        self._reported: Mapping[str, str] = {}
        self._stated = ("connecting", "Connecting…")
        """State and sentence that the parent was told last."""
        self._done = asyncio.Event()
        self.failed = False
        """Whether it ended for a fault, not because the call ended or the window was closed."""

    async def run(self) -> None:
        """Until the call ends, the window is closed, or `end` is called."""
        self._notice(self._devices.advice or (self._devices.no_sound and "There is no sound on this computer."))
        parts = (self._listen(), self._show(), self._hear(), self._done.wait())
        tasks = [asyncio.create_task(part) for part in parts]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        except SessionError as error:
            self.end("failed", str(error), error.code)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._line.close()

    def end(self, state: State, message: str, reason: str) -> None:
        """End for this reason, a stable word; the first one counts."""
        if not self._done.is_set():
            self._done.set()
            self.failed = state == "failed"
            self._say({"type": "state", "state": state, "message": message, "reason": reason})

    def picture(self, mid: str, frame: VideoFrame) -> None:
        """A decoded picture: the newest of its slot, unless it may still be the last person's."""
        now = time.monotonic()
        if mid in self._pictures and self._scene.settled(mid, now):
            self._pictures[mid].put(frame, now)
            self._dirty = True

    def sound(self, mid: str, frame: AudioFrame) -> None:
        """20 ms of decoded sound."""
        block = block_of(frame)
        if block is not None and mid in self._sounds:
            self._sounds[mid].put(block)

    def _make_peer(self, changed: Callable[[], None], relays: list[RTCIceServer]) -> Peer:
        """A peer with our devices; a line without its device only receives."""
        devices = self._devices
        sound = SoundTrack(devices.listen) if devices.microphone.found == "on" else None
        picture = PictureTrack(devices.look) if devices.has_camera else None
        return Peer(self, sound, picture, changed=changed, relays=relays)

    async def _listen(self) -> None:
        async for message in self._session.messages():
            self._dirty = True
            self._line.handle(message)
            await self._handle(message, time.monotonic())
            self._state()

    async def _handle(self, message: Mapping[str, Any], now: float) -> None:
        scene = self._scene
        match message:
            case {"type": "online"}:
                scene.offline = False
                self._reported = {}
            case {"type": "offline"}:
                scene.offline = True
            case {"type": "page", "view": dict() as view}:
                await self._page(view)
            case {"type": "media", "state": state}:
                scene.restoring = state == "lost"
                if state == "ready":
                    await self._look()
            case {"type": "answer", "audio": list() as audio, "video": list() as video}:
                self._have_slots([str(mid) for mid in audio], [str(mid) for mid in video])
            case {"type": "refused", "message": str() as words}:
                self._notice(clean(words, SENTENCE))
            case {"type": "slots", "slots": dict() as slots}:
                self._forget(scene.assign(slots, now))
            case {"type": "speaking", "people": list() as people}:
                scene.speak(people, now)
            case {"type": "over"}:
                reason = str(message.get("reason", ""))
                self.end(
                    "ended" if reason in ("ended", "left") else "failed",
                    OVER.get(reason, "The call is over for this window."),
                    clean(reason, 64),
                )
        await self._report()

    async def _page(self, view: Mapping[str, Any]) -> None:
        self._scene.view(view)
        self._sights.me = self._scene.me
        self._screen.title(f"Video – {self._scene.clinic}" if self._scene.clinic else "Video")
        self._devices.obey(view.get("devices"))
        if self._scene.state == "ended":
            self.end("ended", OVER["ended"], "ended")
        elif self._scene.state != "admitted":
            await self._line.close()
            self._forget(self._scene.assign({}, time.monotonic()))

    def _have_slots(self, audio: list[str], video: list[str]) -> None:
        """The slots of a new answer. Pictures stay until newer ones come, so that a new path is no black window."""
        for mid in video:
            self._pictures.setdefault(mid, Newest())
        for mid in audio:
            self._sounds.setdefault(mid, SoundSlot())

    def _forget(self, mids: list[str]) -> None:
        """These slots changed hands: nothing of the last person stays in them."""
        for mid in mids:
            if mid in self._pictures:
                self._pictures[mid].clear()
            if mid in self._sounds:
                self._sounds[mid].clear()

    def _state(self) -> None:
        """Tell the parent and the drawing where we stand, when it changed."""
        scene = self._scene
        state, words = "open", ""
        if scene.state == "connecting":
            state, words = "connecting", "Connecting…"
        elif scene.state != "admitted":
            state, words = "waiting", NOT_STARTED
        elif not scene.people:
            words = NO_ONE
        if scene.offline:
            state, words = "connecting", OFFLINE
        elif scene.restoring and scene.state == "admitted":
            words = RESTORING
        scene.words = words
        message = words or "The window is in the call."
        if (state, message) != self._stated and not self._done.is_set():
            self._stated = (state, message)
            self._say({"type": "state", "state": state, "message": message})

    async def _report(self) -> None:
        """Tell service and parent what the devices do, when it changed."""
        report = self._devices.report()
        self._sights.microphone, self._sights.camera = self._devices.microphone.words, self._devices.camera.words
        self._sights.speaker = self._devices.speaker
        if report != self._reported and await self._session.send({"type": "devices", **report}):
            self._reported = report
            self._say({"type": "devices", **report, "speaker": self._devices.speaker})

    def _notice(self, words: str) -> None:
        if words:
            self._sights.notice, self._notice_until = words, time.monotonic() + NOTICE
            self._dirty = True

    async def _show(self) -> None:
        drawn, own = 0.0, -1
        while True:
            for each in self._screen.inputs():
                self._dirty = True
                if each.kind == "close":
                    await self._leave()
                elif each.kind == "key":
                    await self._press(each.key)
            now = time.monotonic()
            self._devices.refresh()
            await self._report()
            if self._sights.notice and now >= self._notice_until:
                self._sights.notice, self._dirty = "", True
            if self._dirty or own != self._sights.own.count or now - drawn >= SLOWEST:
                drawn, own, self._dirty = now, self._sights.own.count, False
                self._screen.draw(paint(self._scene, self._sights, *self._screen.size, now))
            await asyncio.sleep(max(FRAME / 4, now + FRAME - time.monotonic()))

    async def _hear(self) -> None:
        while True:
            self._devices.hear(self._sounds.values())
            await asyncio.sleep(HEARING)

    async def _press(self, key: str) -> None:
        match key:
            case "q" | "escape" if key == "q" or not self._screen.fullscreen:
                await self._leave()
            case "f" | "escape":
                self._screen.turn_fullscreen()
            case "m":
                self._notice(self._devices.microphone.press())
            case "c":
                self._notice(self._devices.camera.press())
            case "l":
                self._scene.turn()
            case digit if len(digit) == 1 and digit in "0123456789" and self._scene.pin(int(digit)):
                await self._look()

    async def _look(self) -> None:
        """Say how many pictures are shown, and who is large."""
        await self._session.send({"type": "view", "pictures": PICTURES, "pinned": self._scene.pinned})

    async def _leave(self) -> None:
        await self._session.send({"type": "leave"})
        self.end("ended", CLOSED, "closed")
