"""The organiser's window in a browser: follows the console, pins, changes its layout, and says what is the matter."""

import pytest
from playwright.async_api import Page, expect

from tests.chromium import chromium, desktop_context, watch
from tests.service.web.fake_service import FakeService, person, window
from tests.service.web.moments import button, heading
from tests.service.web.page_bridge import PageBridge
from tests.until import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

ANN = person("p1", "Ann Lee")
BEN = person("p2", "Ben Okafor")


async def look(page: Page, service: FakeService) -> None:
    service.page = window(people=[ANN, BEN])
    await page.goto(f"{service.url}/view/good-token")
    await expect(page.get_by_role("region", name="Call")).to_be_visible()


async def test_E6_the_window_shows_people_with_names_and_mute_state(
    page: Page, service: FakeService, bridge: PageBridge
) -> None:
    service.page = window(people=[ANN, BEN | {"muted": True}])
    await page.goto(f"{service.url}/view/good-token")
    assert page.url == f"{service.url}/view"
    await until(lambda: service.slots["video"], what="the bridge answered")
    first, second = service.slots["video"][:2]
    await service.say({"type": "slots", "slots": {first: "p1", second: "p2"}})
    await expect(page.get_by_label("Video of Ann Lee")).to_be_visible()
    await expect(page.get_by_role("figure").filter(has_text="Ben Okafor")).to_contain_text("muted")
    ann = page.get_by_label("Video of Ann Lee")
    await until(lambda: ann.evaluate("video => video.currentTime > 0 && video.videoWidth > 0"), 10)


async def test_E6_a_click_pins_and_unpins(page: Page, service: FakeService) -> None:
    await look(page, service)
    await button(page, "Pin Ben Okafor").click()
    assert (await until_looks(service))["pinned"] == "p2"
    await expect(page.get_by_role("figure").first).to_be_visible()
    await button(page, "Unpin Ben Okafor").click()
    assert (await until_looks(service))["pinned"] is None


async def until_looks(service: FakeService) -> dict[str, object]:
    """The newest `view` of the page; those from before are taken away first by the caller's next act."""

    def newest() -> dict[str, object] | None:
        messages = service.received("view")
        return messages[-1] if len(messages) > 1 else None

    message = await until(newest, what="the page says what it looks at")
    assert message is not None
    for old in service.received("view")[1:]:
        service.sent.remove(old)
    return message


async def test_E6_keys_pin_and_change_the_layout(page: Page, service: FakeService) -> None:
    await look(page, service)
    await page.keyboard.press("2")
    assert (await until_looks(service))["pinned"] == "p2"
    await page.keyboard.press("0")
    assert (await until_looks(service))["pinned"] is None
    await page.keyboard.press("l")
    await expect(button(page, "Show tiles")).to_be_visible()


async def test_the_consoles_pin_and_layout_are_followed(page: Page, service: FakeService) -> None:
    await look(page, service)
    await service.show(window(people=[ANN, BEN], pinned="p2", layout="speaker"))
    await expect(button(page, "Unpin Ben Okafor")).to_be_visible()
    await expect(button(page, "Show tiles")).to_be_visible()


async def test_E6_own_microphone_and_camera_follow_the_console(page: Page, service: FakeService) -> None:
    await look(page, service)
    await expect(page.get_by_text("Microphone on")).to_be_visible()
    await expect(page.get_by_label("Your camera", exact=True)).to_be_visible()

    def told(camera: str, microphone: str) -> bool:
        last = service.received("devices")
        return bool(last) and (last[-1]["camera"], last[-1]["microphone"]) == (camera, microphone)

    await until(lambda: told("on", "on"))
    await service.show(window(people=[ANN, BEN], devices={"microphone": False, "camera": False}))
    await expect(page.get_by_text("Microphone off")).to_be_visible()
    await expect(page.get_by_text("Camera off")).to_be_visible()
    await until(lambda: told("off", "off"))
    await service.show(window(people=[ANN, BEN], devices={"microphone": True, "camera": False}))
    await until(lambda: told("off", "on"))


async def test_a_browser_that_refuses_devices_still_shows_the_call(service: FakeService) -> None:
    async with chromium(permission="denied") as browser, desktop_context(browser) as context:
        page = await context.new_page()
        faults = watch(page)
        await look(page, service)
        await expect(page.get_by_text("Camera blocked by the browser")).to_be_visible()
        await expect(button(page, "Allow camera and microphone")).to_be_visible()
        await service.heard("offer")
        assert faults == []


async def test_sound_that_the_browser_holds_back_is_one_button(service: FakeService) -> None:
    held = "--autoplay-policy=document-user-activation-required"
    async with chromium(fake_devices=False, args=[held]) as browser, desktop_context(browser) as context:
        service.bridge = await PageBridge.open(context)
        page = await context.new_page()
        # Playwright's own questions count as a touch of the page: nothing is asked before the browser has refused.
        await page.add_init_script(
            """const play = HTMLMediaElement.prototype.play;
            HTMLMediaElement.prototype.play = function () {
              const playing = play.call(this);
              playing.catch(error => console.log(error.name));
              return playing;
            };"""
        )
        service.page = window(people=[ANN])
        async with page.expect_console_message(lambda message: message.text == "NotAllowedError"):
            await page.goto(f"{service.url}/view/good-token")
        await button(page, "Tap to hear").click()
        await expect(button(page, "Tap to hear")).to_be_hidden()
        playing = "Array.from(document.querySelectorAll('audio')).every(player => !player.paused)"
        await until(lambda: page.evaluate(playing), what="all sounds play")


async def test_before_and_after_the_call_it_says_so(page: Page, service: FakeService) -> None:
    service.page = window("waiting")
    await page.goto(f"{service.url}/view/good-token")
    await expect(heading(page, "The call has not started")).to_be_visible()
    await service.admit()
    await expect(page.get_by_role("region", name="Call")).to_be_visible()
    await expect(page.get_by_label("Your camera", exact=True)).to_be_visible()
    await service.show(window("ended"))
    await expect(heading(page, "The call has ended")).to_be_visible()
    await expect(page.locator("video")).to_have_count(0)


async def test_nobody_in_the_call_is_said(page: Page, service: FakeService) -> None:
    service.page = window(people=[])
    await page.goto(f"{service.url}/view/good-token")
    await expect(page.get_by_text("No one is here yet").first).to_be_visible()


async def test_a_used_link_says_how_to_get_a_new_one(page: Page, service: FakeService) -> None:
    await page.goto(f"{service.url}/view/used")
    await expect(heading(page, "This link is not valid")).to_be_visible()
    await expect(page.get_by_text("Ask the console for a new one")).to_be_visible()


async def test_a_reload_keeps_the_window(page: Page, service: FakeService) -> None:
    await look(page, service)
    await page.reload()
    await expect(page.get_by_role("region", name="Call")).to_be_visible()
