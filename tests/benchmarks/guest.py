"""A participant's page without a browser: the page's protocol, and raw packets where a browser has a camera."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from media.window.session import Link, Session, trade
from tests.benchmarks.load import Load
from tests.benchmarks.person import Person
from tests.until import until

ON = {"camera": "on", "microphone": "on"}


class Guest:
    """Opens a link, enters the waiting room and takes part when admitted. `async with`."""

    def __init__(self, link: str, load: Load | None = None, sounds: int = 3, pictures: int = 3) -> None:
        """Without `load` there is no media."""
        self.link = link
        self.load = load
        self.sounds, self.pictures = sounds, pictures
        self.state = ""
        """arriving, waiting, admitted, disconnected, removed, left or ended."""
        self.over = ""
        """Why the session ended; empty while it has not."""
        self.slots: dict[str, str | None] = {}
        self.media: Person | None = None
        self.id = ""
        self.credential = ""
        self._session: Session | None = None
        self._task: asyncio.Task[None] | None = None
        self._request = 0
        self._offering: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        link = Link.parse(self.link)
        self.credential = (await trade(link)).credential
        self._session = Session(link, self.credential)
        self._task = asyncio.create_task(self._run(self._session))
        await self.reaches("waiting")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in (self._offering, self._task):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await task
        await self._end_media()

    async def reaches(self, *states: str, timeout: float = 60.0) -> None:
        """Wait for one of these states; raises what ended the session, if anything did."""

        def there() -> bool:
            if self._task is not None and self._task.done() and not self._task.cancelled():
                self._task.result()
            return self.state in states

        await until(there, timeout, what=f"a page reaches {states}")

    async def send(self, **message: Any) -> None:
        assert self._session is not None
        await self._session.send(message)

    async def _run(self, session: Session) -> None:
        async for message in session.messages():
            match message:
                case {"type": "page", "view": dict() as view}:
                    await self._page(view)
                case {"type": "media", "state": "ready"} if self.load is not None and self._offering is None:
                    self._offering = asyncio.create_task(self._offer(self.load))
                case {"type": "slots", "slots": dict() as slots}:
                    self.slots = slots
                case {"type": "answer", "sdp": str() as sdp} if self.media is not None:
                    await self.media.connect(sdp)
                case {"type": "refused", "message": said}:
                    raise ConnectionError(f"an offer was refused: {said}")
                case {"type": "over", "reason": str() as reason}:
                    self.over = reason

    async def _page(self, view: Mapping[str, Any]) -> None:
        before, self.state = self.state, str(view.get("state", ""))
        self.id = str((view.get("me") or {}).get("id", ""))
        if self.state == "arriving":
            await self.send(type="enter", devices=ON)
        elif self.state == "disconnected" and before == "waiting":
            await self.send(type="ask_again", devices=ON)
        elif before == "admitted" and self.state != "admitted":
            self._offering = None

    async def _offer(self, load: Load) -> None:
        await self._end_media()
        self.media = load.person(self.id, self.sounds, self.pictures)
        self._request += 1
        await self.send(type="offer", request=self._request, sdp=await self.media.offer())

    async def _end_media(self) -> None:
        """The other end of the packets goes; a page that was removed would not be asked to."""
        media, self.media = self.media, None
        if media is not None and self.load is not None:
            await self.load.drop(media)

    def streams_with(self, person: str) -> list[Any]:
        """Our streams on which this person is now."""
        mids = {mid for mid, other in self.slots.items() if other == person}
        return [stream for stream in self.media.streams.values() if stream.mid in mids] if self.media else []
