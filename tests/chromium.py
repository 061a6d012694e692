"""Real Chromium for tests: launching, phone and desktop windows, and what a page must not do.

The browser is Debian's, driven by playwright. Its camera and microphone are Chromium's own test pattern and beeps.
"""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, ViewportSize, async_playwright

EXECUTABLE = "/usr/bin/chromium"

QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--disable-gpu",
)
"""Nothing is loaded, updated or reported behind the test's back."""

PHONE: ViewportSize = {"width": 360, "height": 740}
DESKTOP: ViewportSize = {"width": 1280, "height": 800}


@asynccontextmanager
async def chromium(
    *,
    fake_devices: bool = True,
    permission: str = "granted",
    args: Sequence[str] = (),
    headless: bool = True,
    rate: int = 10,
) -> AsyncIterator[Browser]:
    """A browser of its own, closed at the end.

    `fake_devices`: a camera and a microphone exist (else none does). `permission`: "granted" or "denied", the answer
    to every question for a device. `args`: more switches of Chromium. `rate`: pictures a second of that camera; its
    usual 20 keep a processor busy with nothing but encoding and decoding.
    """
    switches = [*QUIET, *args]
    if os.geteuid() == 0:
        switches.append("--no-sandbox")
    if fake_devices:
        switches.append(f"--use-fake-device-for-media-stream=fps={rate}")
    switches.append("--use-fake-ui-for-media-stream" + ("" if permission == "granted" else "=deny"))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=EXECUTABLE, args=switches, headless=headless)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def phone_context(browser: Browser, **options: Any) -> AsyncIterator[BrowserContext]:
    """A phone-sized window of its own storage, touched with a finger."""
    async with _context(browser, {"viewport": PHONE, "has_touch": True, "is_mobile": True, **options}) as context:
        yield context


@asynccontextmanager
async def desktop_context(browser: Browser, **options: Any) -> AsyncIterator[BrowserContext]:
    """A desktop-sized window of its own storage."""
    async with _context(browser, {"viewport": DESKTOP, **options}) as context:
        yield context


@asynccontextmanager
async def _context(browser: Browser, options: dict[str, Any]) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(locale="en-GB", timezone_id="Europe/London", **options)
    context.set_default_timeout(10_000)
    try:
        yield context
    finally:
        await context.close()


def watch(page: Page) -> list[str]:
    """Everything that went wrong inside a page from now on: errors of scripts and breaches of the content policy.

    Lines about a socket or request that failed are left out: a service that goes away is the test's own doing.
    """
    faults: list[str] = []

    def on_console(message: Any) -> None:
        network = "WebSocket connection" in message.text or "Failed to load resource" in message.text
        if message.type == "error" and not network:
            faults.append(message.text)

    page.on("console", on_console)
    page.on("pageerror", lambda error: faults.append(str(error)))
    return faults
