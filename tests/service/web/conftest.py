"""One browser a module; a service, a window and its faults for each test."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page

from tests.chromium import chromium, desktop_context, phone_context, watch
from tests.service.web.fake_service import FakeService, fake_service
from tests.service.web.page_bridge import PageBridge


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def service() -> AsyncIterator[FakeService]:
    async with fake_service() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def phone(browser: Browser) -> AsyncIterator[BrowserContext]:
    async with phone_context(browser) as context:
        yield context


@pytest_asyncio.fixture(loop_scope="module")
async def desktop(browser: Browser) -> AsyncIterator[BrowserContext]:
    async with desktop_context(browser) as context:
        yield context


@pytest_asyncio.fixture(loop_scope="module")
async def page(phone: BrowserContext) -> AsyncIterator[Page]:
    """A phone-sized page in which nothing may go wrong: no script error, no breach of the content policy."""
    opened = await phone.new_page()
    faults = watch(opened)
    yield opened
    assert faults == []


@pytest_asyncio.fixture(loop_scope="module")
async def bridge(desktop: BrowserContext, service: FakeService) -> PageBridge:
    """A bridge behind the service; it lives in another window of the browser."""
    service.bridge = await PageBridge.open(desktop)
    return service.bridge
