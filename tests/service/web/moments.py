"""Ways through the page that many tests share, by what a person sees and presses."""

from playwright.async_api import Locator, Page, expect

from tests.service.web.fake_service import FakeService


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def heading(page: Page, name: str) -> Locator:
    return page.get_by_role("heading", name=name, exact=True)


async def arrive(page: Page, service: FakeService, token: str = "good-token") -> None:
    await page.goto(f"{service.url}/join/{token}")
    await expect(button(page, "Enter waiting room")).to_be_visible()


async def wait(page: Page, service: FakeService) -> None:
    """Into the waiting room, with camera and microphone."""
    await arrive(page, service)
    await button(page, "Enter waiting room").click()
    await expect(heading(page, "You are in the waiting room")).to_be_visible()


async def join(page: Page, service: FakeService, **more: object) -> None:
    """Into the call; `more` are fields of the page's view."""
    await wait(page, service)
    await service.admit(**more)
    await expect(page.get_by_role("region", name="Call")).to_be_visible()


async def show_chat(page: Page) -> None:
    """Unfold the chat where it is folded away, as on a phone."""
    fold = page.get_by_role("button", name="Show chat")
    if await fold.count():
        await fold.click()
    await expect(page.get_by_role("textbox", name="Message")).to_be_visible()
