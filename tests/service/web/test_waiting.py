"""Waiting: what reassures, what must not be there, and being disconnected."""

import pytest
from playwright.async_api import Page, expect

from tests.service.web.fake_service import FakeService, view
from tests.service.web.moments import button, heading, wait
from tests.until import until

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_S10_the_waiting_room_says_where_when_and_who(page: Page, service: FakeService) -> None:
    await wait(page, service)
    await expect(heading(page, "You are in the waiting room")).to_be_focused()
    for words in ("Riverside Clinic", "14:30", "You will be let in by Dr Maria Osei.", "Waiting since 14:25."):
        await expect(page.get_by_text(words).first).to_be_visible()
    await expect(page.get_by_label("Your camera", exact=True)).to_be_visible()
    await service.show(view("waiting", organiser=None))
    await expect(page.get_by_text("The clinic will let you in.")).to_be_visible()


async def test_S10_nothing_is_offered_while_waiting_whatever_the_service_says(page: Page, service: FakeService) -> None:
    await page.add_init_script(
        """const Real = RTCPeerConnection; window.made = 0;
        window.RTCPeerConnection = class extends Real { constructor(...all) { super(...all); window.made += 1; } };"""
    )
    await wait(page, service)
    await service.say({"type": "media", "state": "ready"})
    await service.show(view("waiting", full=True))
    await expect(page.get_by_role("status").filter(has_text="full")).to_be_visible()
    assert await page.evaluate("window.made") == 0
    assert "offer" not in service.kinds()


async def test_S34_a_full_call_keeps_the_place(page: Page, service: FakeService) -> None:
    await wait(page, service)
    await service.show(view("waiting", full=True))
    await expect(
        page.get_by_role("status").get_by_text("The call is full. You keep your place.", exact=True)
    ).to_be_visible()
    await service.show(view("waiting"))
    await expect(page.get_by_text("The call is full")).to_have_count(0)


async def test_a_reload_keeps_waiting_with_its_time_and_camera(page: Page, service: FakeService) -> None:
    await wait(page, service)
    await page.reload()
    await expect(heading(page, "You are in the waiting room")).to_be_visible()
    await expect(page.get_by_text("Waiting since 14:25.")).to_be_visible()
    await expect(page.get_by_label("Your camera", exact=True)).to_be_visible()
    assert len(service.received("enter")) == 1


async def test_leaving_the_waiting_room_asks_nothing(page: Page, service: FakeService) -> None:
    await wait(page, service)
    await button(page, "Leave").click()
    await expect(heading(page, "You have left")).to_be_focused()
    await service.heard("leave")
    await page.reload()
    await expect(heading(page, "You have left")).to_be_visible()


async def test_S12_after_a_disconnection_a_reload_does_not_slip_back(page: Page, service: FakeService) -> None:
    await wait(page, service)
    service.page = view("disconnected")
    await service.over("disconnected")
    await expect(heading(page, "You were disconnected from the waiting room")).to_be_focused()
    await page.reload()
    await expect(heading(page, "You were disconnected from the waiting room")).to_be_visible()
    assert len(service.received("enter")) == 1
    await button(page, "Ask again").click()
    await expect(heading(page, "You are in the waiting room")).to_be_visible()
    assert (await service.heard("ask_again"))["devices"] == {"camera": "on", "microphone": "on"}


async def test_S11_ask_again_works_without_a_reload(page: Page, service: FakeService) -> None:
    await wait(page, service)
    service.page = view("disconnected")
    await service.over("disconnected")
    await button(page, "Ask again").click()
    await expect(heading(page, "You are in the waiting room")).to_be_visible()
    await service.heard("ask_again")


async def test_a_service_that_restarts_finds_its_waiting_page_again(page: Page, service: FakeService) -> None:
    await wait(page, service)
    await service.cut()
    await until(lambda: service.socket_count == 1, 3, what="the page is back within 3 s")
    await expect(heading(page, "You are in the waiting room")).to_be_visible()
    assert len(service.received("enter")) == 1


async def test_the_screen_stays_on_while_waiting_and_not_after(page: Page, service: FakeService) -> None:
    await page.add_init_script(
        """window.held = 0;
        const release = async () => { window.held -= 1; };
        const request = async () => { window.held += 1; return {addEventListener() {}, release}; };
        Object.defineProperty(navigator, 'wakeLock', {value: {request}});"""
    )
    await wait(page, service)
    await until(lambda: page.evaluate("window.held === 1"))
    await service.over("ended")
    await until(lambda: page.evaluate("window.held === 0"))


async def test_the_title_names_the_moment_and_nobody(page: Page, service: FakeService) -> None:
    await wait(page, service)
    assert await page.title() == "Waiting room – Video appointment"
    await service.admit()
    await expect(page).to_have_title("In the call – Video appointment")
