"""Real Chromium pages that join a call: what a participant's page does, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--autoplay-policy=no-user-gesture-required",
]

SCRIPT = Path(__file__).with_name("page.js").read_text()


class Guest:
    """One page and what it does in a call."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.candidates: Callable[[str, str], Awaitable[None]] | None = None

    async def offer(self, **options: Any) -> str:
        """An offer; without candidates unless `complete`."""
        sdp: str = await self.page.evaluate("o => prepare(o)", options)
        return sdp

    async def accept(self, sdp: str) -> None:
        await self.page.evaluate("sdp => pc.setRemoteDescription({type: 'answer', sdp})", sdp)

    async def state(self) -> str:
        state: str = await self.page.evaluate("pc.connectionState")
        return state

    async def inbound(self) -> dict[str, dict[str, Any]]:
        """What arrives on each line, by mid."""
        found: dict[str, dict[str, Any]] = await self.page.evaluate("inbound()")
        return found

    async def outbound(self) -> dict[str, dict[str, Any]]:
        """What is sent, by kind."""
        found: dict[str, dict[str, Any]] = await self.page.evaluate("outbound()")
        return found

    async def quality(self, wanted: str) -> None:
        await self.page.evaluate("q => quality(q)", wanted)

    async def width(self, mid: str) -> int:
        """The width of the picture shown on a line; 0 = none yet."""
        width: int = await self.page.evaluate("mid => document.getElementById('m' + mid)?.videoWidth || 0", mid)
        return width


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium, without a window."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        try:
            yield chromium
        finally:
            await chromium.close()


async def guest(chromium: Browser) -> Guest:
    """A new page of its own context, from an origin that browsers trust with devices."""
    context = await chromium.new_context()
    page = await context.new_page()
    await context.route("**/*", lambda route: route.fulfill(body="<!doctype html><body>", content_type="text/html"))
    await page.goto("http://localhost/")
    await page.add_script_tag(content=SCRIPT)
    found = Guest(page)

    async def candidate(text: str, mid: str) -> None:
        if found.candidates is not None:
            await found.candidates(text, mid)

    await page.expose_function("candidate", candidate)
    return found
