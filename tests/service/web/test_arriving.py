"""Arriving: the link, the device check in every state of the devices, and browsers that cannot."""

import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.chromium import chromium, phone_context, watch
from tests.service.web.fake_service import FakeService, view
from tests.service.web.moments import arrive, button, heading, wait
from tests.until import until

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_names_of_the_contract_are_there(page: Page, service: FakeService) -> None:
    await arrive(page, service)
    await expect(heading(page, "Riverside Clinic")).to_be_visible()
    await expect(page.get_by_role("group", name="Check your camera and microphone", exact=True)).to_be_visible()
    await expect(button(page, "Enter waiting room")).to_be_enabled()
    await expect(button(page, "Continue without camera")).to_be_enabled()
    await expect(page.get_by_text("14:30")).to_be_visible()


async def test_the_token_leaves_the_address_at_once_and_opening_enters_nothing(
    page: Page, service: FakeService
) -> None:
    await arrive(page, service)
    assert page.url == f"{service.url}/join"
    assert "good" not in await page.title()
    assert await page.evaluate("performance.getEntriesByType('navigation').length") == 1
    assert "enter" not in service.kinds()
    kept = await page.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie])")
    assert "good-token" not in kept


async def test_the_camera_is_explained_before_it_is_asked_for(page: Page, service: FakeService) -> None:
    await page.add_init_script(
        """const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        window.asked = [];
        navigator.mediaDevices.getUserMedia = (what) => {
          window.asked.push(document.body.textContent);
          return ask(what);
        };
        navigator.permissions.query = async () => ({state: 'prompt'});"""
    )
    await arrive(page, service)
    await expect(page.get_by_text("Your browser will ask")).to_be_visible()
    assert await page.evaluate("window.asked.length") == 0
    await button(page, "Turn on camera and microphone").click()
    await expect(page.get_by_label("Your camera", exact=True)).to_be_visible()
    assert "Nobody sees or hears you" in await page.evaluate("window.asked[0]")
    await expect(page.get_by_text("It works. Only you see this picture now.")).to_be_visible()


async def test_E8_camera_microphone_and_connection_are_said_in_words(page: Page, service: FakeService) -> None:
    await arrive(page, service)
    await expect(page.get_by_role("listitem").filter(has_text="Connection")).to_contain_text("Good.")
    await expect(page.get_by_text("It works. Say a few words")).to_be_visible()
    meter = page.get_by_label("Loudness of your microphone")
    await until(lambda: meter.evaluate("meter => meter.value > 0.05"), what="the beeps move the bar")


async def test_a_service_that_takes_nobody_is_said_in_words(page: Page, service: FakeService) -> None:
    service.ready = False
    await arrive(page, service)
    await expect(page.get_by_role("listitem").filter(has_text="Connection")).to_contain_text("cannot be reached")


async def test_continue_without_camera_enters_with_the_microphone_only(page: Page, service: FakeService) -> None:
    await arrive(page, service)
    await button(page, "Continue without camera").click()
    await expect(heading(page, "You are in the waiting room")).to_be_visible()
    assert (await service.heard("enter"))["devices"] == {"camera": "off", "microphone": "on"}
    await expect(page.get_by_label("Your camera", exact=True)).to_be_hidden()


async def test_a_denied_camera_is_explained_and_one_can_continue(service: FakeService) -> None:
    async with chromium(permission="denied") as browser, phone_context(browser) as context:
        page = await context.new_page()
        faults = watch(page)
        await arrive(page, service)
        await button(page, "Enter waiting room").click()
        await expect(page.get_by_text("Your browser does not let this page use it").first).to_be_visible()
        await expect(page.get_by_text("You can still enter")).to_be_visible()
        await expect(button(page, "Continue without camera")).to_be_focused()
        await button(page, "Continue without camera").click()
        await expect(heading(page, "You are in the waiting room")).to_be_visible()
        assert (await service.heard("enter"))["devices"] == {"camera": "denied", "microphone": "denied"}
        await service.admit()
        await button(page, "Start camera").click()
        await expect(page.get_by_role("figure")).to_be_visible()
        await service.heard("offer")
        assert faults == []


async def test_a_computer_without_camera_and_microphone_can_join(service: FakeService) -> None:
    async with chromium(fake_devices=False) as browser, phone_context(browser) as context:
        page = await context.new_page()
        faults = watch(page)
        await arrive(page, service)
        await expect(page.get_by_text("None was found").first).to_be_visible()
        await button(page, "Enter waiting room").click()
        await expect(heading(page, "You are in the waiting room")).to_be_visible()
        assert (await service.heard("enter"))["devices"] == {"camera": "none", "microphone": "none"}
        await service.admit()
        await service.heard("offer")
        assert faults == []


async def test_without_https_there_are_no_devices_and_the_page_says_why(page: Page, service: FakeService) -> None:
    await page.add_init_script("Object.defineProperty(Navigator.prototype, 'mediaDevices', {get: () => undefined})")
    await arrive(page, service)
    await expect(page.get_by_text("secure address (https)").first).to_be_visible()
    await expect(button(page, "Turn on camera and microphone")).to_be_hidden()
    await button(page, "Enter waiting room").click()
    await expect(heading(page, "You are in the waiting room")).to_be_visible()
    assert (await service.heard("enter"))["devices"] == {"camera": "none", "microphone": "none"}


async def test_continuing_without_camera_holds_against_a_camera_that_comes_late(
    page: Page, service: FakeService
) -> None:
    await page.add_init_script(
        """const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = async (what) => {
          await new Promise(done => setTimeout(done, 800));
          return ask(what);
        };"""
    )
    await arrive(page, service)
    await button(page, "Continue without camera").click()
    await expect(heading(page, "You are in the waiting room")).to_be_visible()
    assert (await service.heard("enter"))["devices"] == {"camera": "off", "microphone": "on"}
    await expect(page.get_by_label("Your camera", exact=True)).to_be_hidden()


async def test_an_old_browser_reads_what_to_do(page: Page, service: FakeService) -> None:
    await page.add_init_script("delete window.RTCPeerConnection")
    await page.goto(f"{service.url}/join/good-token")
    await expect(heading(page, "Your browser cannot make video calls")).to_be_visible()
    assert service.sent == []


@pytest.mark.parametrize("document", ["join", "view"])
async def test_a_browser_that_cannot_read_the_modules_reads_what_to_do(
    phone: BrowserContext, service: FakeService, document: str
) -> None:
    page = await phone.new_page()
    await page.route("**/web/session.js", lambda route: route.fulfill(content_type="text/javascript", body="a ?? ;"))
    await page.goto(f"{service.url}/{document}/good-token")
    await expect(heading(page, "Your browser cannot make video calls")).to_be_visible()
    assert service.sent == []


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (404, "This link is not valid"),
        (409, "This link is open in another window"),
        (429, "Too many tries"),
        (426, "This page is out of date"),
    ],
)
async def test_a_link_that_is_refused_says_why(page: Page, service: FakeService, status: int, words: str) -> None:
    service.open_status = status
    await page.goto(f"{service.url}/join/good-token")
    await expect(heading(page, words)).to_be_visible()
    await expect(page.get_by_role("button", name="Enter waiting room")).to_have_count(0)
    if status in (409, 429):
        await page.reload()
        await expect(heading(page, words)).to_be_visible()


async def test_another_window_can_be_tried_again(page: Page, service: FakeService) -> None:
    service.open_status = 409
    await page.goto(f"{service.url}/join/good-token")
    await expect(heading(page, "This link is open in another window")).to_be_visible()
    service.open_status = 200
    await button(page, "Try again").click()
    await expect(button(page, "Enter waiting room")).to_be_visible()


async def test_while_another_window_may_be_closing_the_clinic_is_not_said_to_be_out_of_reach(
    page: Page, service: FakeService
) -> None:
    await page.add_init_script(
        """new MutationObserver(() => {
          if (document.body && document.body.innerText.includes('cannot be reached')) window.saidUnreachable = true;
        }).observe(document, {subtree: true, childList: true, characterData: true});"""
    )
    service.open_status = 409
    await page.goto(f"{service.url}/join/good-token")
    await expect(heading(page, "This link is open in another window")).to_be_visible()
    assert await page.evaluate("window.saidUnreachable") is None


async def test_no_link_at_all_is_not_valid(page: Page, service: FakeService) -> None:
    await page.goto(f"{service.url}/join")
    await expect(heading(page, "This link is not valid")).to_be_visible()


async def test_a_service_that_fails_at_first_is_tried_again(page: Page, service: FakeService) -> None:
    service.open_status = 503
    await page.goto(f"{service.url}/join/good-token")
    await expect(page.get_by_role("status").filter(has_text="cannot be reached")).to_be_visible()
    service.open_status = 200
    await expect(button(page, "Enter waiting room")).to_be_visible()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (4401, "This link is not valid"),
        (4409, "This link is open in another window"),
        (4426, "This page is out of date"),
    ],
)
async def test_a_hello_that_is_refused_says_why(page: Page, service: FakeService, code: int, words: str) -> None:
    service.hello_close = code
    await page.goto(f"{service.url}/join/good-token")
    await expect(heading(page, words)).to_be_visible()


async def test_a_reload_before_the_link_was_traded_loses_nothing(page: Page, service: FakeService) -> None:
    await page.route("**/api/v1/open", lambda route: route.abort())
    await page.goto(f"{service.url}/join/good-token")
    await expect(page).to_have_url(f"{service.url}/join")
    await page.unroute("**/api/v1/open")
    await page.reload()
    await expect(page.get_by_role("button", name="Enter waiting room")).to_be_visible()
    assert await page.evaluate("Object.keys(sessionStorage).filter((key) => key.endsWith('token'))") == []


async def test_a_reload_while_arriving_stays_there(page: Page, service: FakeService) -> None:
    await arrive(page, service)
    await page.reload()
    await expect(button(page, "Enter waiting room")).to_be_visible()


async def test_E7_who_was_away_too_long_can_wait_again(page: Page, service: FakeService) -> None:
    await wait(page, service)
    await service.show(view("left"))
    await expect(heading(page, "You were away for a while")).to_be_focused()
    await button(page, "Enter waiting room").click()
    await expect(heading(page, "You are in the waiting room")).to_be_visible()


async def test_entering_survives_a_line_that_breaks_at_that_moment(page: Page, service: FakeService) -> None:
    await arrive(page, service)
    service.hello_close = 1013
    await service.cut()
    await button(page, "Enter waiting room").click()
    service.hello_close = None
    await expect(heading(page, "You are in the waiting room")).to_be_visible()
