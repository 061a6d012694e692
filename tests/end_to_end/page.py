"""A participant's page in real Chromium, by the names that assistive technology reads."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Locator, Page

from tests.chromium import desktop_context, phone_context
from tests.until import until

FRAMES = """video => video.getVideoPlaybackQuality().totalVideoFrames"""

SOUND = """async () => {
  let energy = 0;
  for (const pc of globalThis.peers) for (const s of (await pc.getStats()).values())
    if (s.type === 'inbound-rtp' && s.kind === 'audio') energy += s.totalAudioEnergy || 0;
  return energy;
}"""

REMEMBER_PEERS = """(() => {
  globalThis.peers = [];
  const Real = RTCPeerConnection;
  globalThis.RTCPeerConnection = class extends Real { constructor(...a) { super(...a); globalThis.peers.push(this); } };
})()"""
"""The page keeps its peer connection to itself; the test notes each one made, so that it can ask for statistics."""


class Patient:
    """Someone at a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.frames: list[str] = []
        """Every text that came over the page's sockets."""
        page.on("websocket", lambda socket: socket.on("framereceived", lambda data: self.frames.append(str(data))))

    def heading(self, words: str) -> Locator:
        return self.page.get_by_role("heading", name=words, exact=True)

    async def sees(self, words: str, timeout: float = 10) -> None:
        """Wait until the heading `words` is shown."""
        await self.heading(words).wait_for(timeout=timeout * 1000)

    async def press(self, name: str) -> None:
        await self.page.get_by_role("button", name=name, exact=True).click()

    async def waits(self) -> None:
        """From the open link to the waiting room."""
        await self.press("Enter waiting room")
        await self.sees("You are in the waiting room")

    async def in_call(self, timeout: float = 10) -> None:
        await self.page.get_by_role("region", name="Call", exact=True).wait_for(timeout=timeout * 1000)

    def video(self, name: str) -> Locator:
        return self.page.get_by_label(f"Video of {name}", exact=True)

    async def count_frames(self, name: str) -> int:
        video = self.video(name)
        return int(await video.evaluate(FRAMES)) if await video.count() and await video.is_visible() else 0

    async def sees_video_of(self, name: str, more: int = 5, timeout: float = 15) -> None:
        """Wait until at least `more` new pictures of `name` were shown."""
        start = await self.count_frames(name)

        async def moved() -> bool:
            return await self.count_frames(name) >= start + more

        await until(moved, timeout, every=0.1, what=f"{more} pictures of {name}")

    async def hears(self, timeout: float = 15) -> None:
        """Wait until sound with energy arrives."""
        start = float(await self.page.evaluate(SOUND))

        async def louder() -> bool:
            return float(await self.page.evaluate(SOUND)) > start

        await until(louder, timeout, every=0.1, what="sound")


@asynccontextmanager
async def patient(browser: Browser, link: str, phone: bool = True) -> AsyncIterator[Patient]:
    """Open a join link in a window of its own."""
    context_of = phone_context if phone else desktop_context
    async with context_of(browser) as context:
        await context.add_init_script(REMEMBER_PEERS)
        someone = Patient(await context.new_page())
        await someone.page.goto(link)
        yield someone
