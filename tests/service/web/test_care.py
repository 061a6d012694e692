"""For everybody: by keyboard alone, on a small phone, with large text, in the dark, with hostile names, axe silent."""

import json
import re
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.async_api import Browser, Page, expect

from tests.chromium import DESKTOP, PHONE, desktop_context, phone_context, watch
from tests.service.web.fake_service import ORGANISER, POLICY, FakeService, person, said, view, window
from tests.service.web.moments import arrive, button, heading, join, show_chat

pytestmark = pytest.mark.asyncio(loop_scope="module")

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()

HOSTILE = '<img src=x onerror="window.broken=1"><script>window.broken=1</script>‮evil⁦ \u009b31m'


async def axe(page: Page) -> list[str]:
    """What axe-core finds, one line a rule; animations are at rest, so that colours are final."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE + "\n;0")
    found: dict[str, Any] = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [f"{rule['id']}: {[node['html'][:160] for node in rule['nodes']]}" for rule in found["violations"]]


async def audit(page: Page) -> list[str]:
    """axe, sideways scrolling, and targets below 44 px."""
    faults = await axe(page)
    over = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if over > 0:
        faults.append(f"scrolls sideways by {over} px")
    small = """Array.from(document.querySelectorAll('button, select, summary, a')).filter(e => e.checkVisibility())
      .map(e => [e.textContent, e.getBoundingClientRect()]).filter(([, r]) => r.width < 44 || r.height < 44)
      .map(([t, r]) => `${t}: ${r.width}x${r.height}`)"""
    return faults + [f"small target {target}" for target in await page.evaluate(small)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["phone", "desktop"])
async def test_L1_every_moment_is_clean_for_axe_and_fits(
    browser: Browser, service: FakeService, scheme: str, size: str
) -> None:
    make = phone_context if size == "phone" else desktop_context
    async with make(browser, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce") as context:
        page = await context.new_page()
        found = {}
        await arrive(page, service)
        await expect(page.get_by_label("Your camera", exact=True)).to_be_visible()
        found["arriving"] = await audit(page)
        await page.get_by_text("Help").click()
        found["help"] = await audit(page)
        await button(page, "Enter waiting room").click()
        await expect(heading(page, "You are in the waiting room")).to_be_visible()
        await service.show(view("waiting", full=True))
        await expect(page.get_by_text("The call is full")).to_be_visible()
        found["waiting"] = await audit(page)
        await service.admit(people=[ORGANISER, person("p2", "Ben Okafor", camera=False, muted=True)])
        await expect(page.get_by_role("region", name="Call")).to_be_visible()
        found["call"] = await audit(page)
        await service.chat(said(1, "Hello"), said(2, "https://example.org/x", organiser=True), said(3, file="scan.pdf"))
        await show_chat(page)
        await expect(page.get_by_role("link", name="scan.pdf")).to_be_visible()
        found["chat"] = await audit(page)
        await service.show(view("admitted", silenced=True))
        await expect(page.get_by_role("textbox", name="Message")).to_be_disabled()
        found["silenced"] = await audit(page)
        await service.show(view("admitted", muted=True, unmute_asked=True))
        await expect(button(page, "Stay muted")).to_be_enabled()
        found["asked"] = await audit(page)
        await service.over("ended")
        await expect(heading(page, "The call has ended")).to_be_visible()
        found["over"] = await audit(page)
        assert {moment: faults for moment, faults in found.items() if faults} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_viewer_page_is_clean_for_axe(browser: Browser, service: FakeService, scheme: str) -> None:
    async with desktop_context(browser, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce") as context:
        page = await context.new_page()
        service.page = window(people=[person("p1", "Ann Lee"), person("p2", "Ben Okafor", muted=True)])
        await page.goto(f"{service.url}/view/good-token")
        await expect(page.get_by_role("region", name="Call")).to_be_visible()
        assert await audit(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_L1_any_clinic_colour_stays_legible(browser: Browser, service: FakeService, scheme: str) -> None:
    async with phone_context(browser, color_scheme=scheme, bypass_csp=True) as context:
        page = await context.new_page()
        await arrive(page, service)
        for colour in ("#ffffff", "#000000", "#ffdd00", "#7f7f7f", "#d0021b"):
            await service.show(view(clinic={"name": "Riverside Clinic", "support": "", "colour": colour}))
            red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
            main = button(page, "Enter waiting room")
            await expect(main).to_have_css("background-color", f"rgb({red}, {green}, {blue})")
            assert await axe(page) == []


async def test_a_colour_that_is_none_is_not_used(page: Page, service: FakeService) -> None:
    await arrive(page, service)
    for number, colour in enumerate(["red", "#12345", "#0b6b74;}", "url(x)", None, 7]):
        await service.show(view(clinic={"name": f"Clinic {number}", "support": "", "colour": colour}))
        await expect(heading(page, f"Clinic {number}")).to_be_visible()
        assert await page.evaluate("document.documentElement.style.length") == 0


async def test_the_whole_way_by_keyboard_alone(page: Page, service: FakeService) -> None:
    async def press(name: str, key: str = "Enter") -> None:
        """Tab to a button as a person does, and press it."""
        for _ in range(25):
            await page.keyboard.press("Tab")
            label = "e => e.getAttribute('aria-label') || e.textContent"
            if await page.evaluate(f"({label})(document.activeElement)") == name:
                await page.keyboard.press(key)
                return
        raise AssertionError(f"{name} is not reached by Tab")

    await arrive(page, service)
    await press("Enter waiting room")
    await expect(heading(page, "You are in the waiting room")).to_be_focused()
    await service.admit()
    await expect(page.get_by_role("heading", name="You are in the call")).to_be_focused()
    await press("Mute microphone", "Space")
    await expect(button(page, "Unmute microphone")).to_be_focused()
    await press("Stop camera")
    await expect(button(page, "Start camera")).to_be_focused()
    await press("Leave")
    question = page.get_by_role("dialog", name="Leave the call?")
    await expect(question.get_by_role("button", name="Stay in the call")).to_be_enabled()
    await page.keyboard.press("Escape")
    await expect(button(page, "Leave")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(question.get_by_role("button", name="Stay in the call")).to_be_enabled()
    await press("Yes, leave the call")
    await expect(heading(page, "You have left")).to_be_focused()


async def test_hostile_names_are_inert_everywhere(page: Page, service: FakeService) -> None:
    clinic = {"name": HOSTILE, "support": f"javascript:alert(1) {HOSTILE}", "colour": "#0b6b74"}
    me = {"id": "p1", "name": HOSTILE}
    service.page = view(clinic=clinic, me=me, organiser=HOSTILE)
    await arrive(page, service)
    assert await page.locator("img, a, script:not([src])").count() == 0
    await button(page, "Enter waiting room").click()
    await expect(heading(page, "You are in the waiting room")).to_be_visible()
    await service.show(view("waiting", clinic=clinic, me=me, organiser=HOSTILE))
    await expect(page.get_by_text("You will be let in by <img")).to_be_visible()
    long = person("p3", "W" * 5000)
    await service.show(view("admitted", clinic=clinic, me=me, people=[person("p2", HOSTILE, camera=False), long]))
    await expect(page.get_by_role("figure").filter(has_text="<script>")).to_be_visible()
    assert await page.locator("bdi").count() >= 2
    over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert await page.evaluate(over) <= 0
    assert await page.locator("img, script:not([src])").count() == 0
    assert await page.evaluate("window.broken") is None
    assert "<img" not in await page.title()


MALFORMED = [
    "",
    "nonsense",
    "null",
    "[]",
    "7",
    '{"type": null}',
    '{"type": "page"}',
    '{"type": "page", "view": null}',
    '{"type": "page", "view": {"state": "elsewhere"}}',
    '{"type": "page", "view": {"state": "admitted", "people": {"id": 1}, "me": 3, "clinic": [], "appointment": "x"}}',
    '{"type": "page", "view": {"state": "admitted", "people": [null, 7, {"id": {}}, {"name": "no id"}]}}',
    '{"type": "slots"}',
    '{"type": "slots", "slots": [1, 2]}',
    '{"type": "slots", "slots": {"5": {"a": 1}, "6": 7, "__proto__": "p2"}}',
    '{"type": "speaking", "people": "all"}',
    '{"type": "sending", "quality": "huge"}',
    '{"type": "answer"}',
    '{"type": "answer", "request": "1", "sdp": {}}',
    '{"type": "media"}',
    '{"type": "refused", "message": {"a": 1}}',
    '{"type": "toString"}',
    '{"type": "never heard of"}',
    '{"type": "beat"}',
]


async def test_malformed_messages_break_nothing(page: Page, service: FakeService) -> None:
    await arrive(page, service)
    for message in MALFORMED:
        if "admitted" not in message:
            await service.say(message)
    await button(page, "Enter waiting room").click()
    await expect(heading(page, "You are in the waiting room")).to_be_visible()
    await service.admit()
    for message in MALFORMED:
        await service.say(message)
    await service.show(view("admitted", people=[ORGANISER, person("p2", "Ben Okafor")]))
    await expect(page.get_by_text("Ben Okafor")).to_be_visible()
    await expect(button(page, "Mute microphone")).to_be_visible()
    await service.over("no such reason")
    await expect(heading(page, "You have left")).to_be_visible()


async def test_large_text_stays_usable(browser: Browser, service: FakeService) -> None:
    async with phone_context(browser) as context:
        page = await context.new_page()
        faults = watch(page)
        await page.add_init_script(
            "addEventListener('DOMContentLoaded', () => { document.documentElement.style.fontSize = '200%'; })"
        )
        await join(page, service)
        over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert await page.evaluate(over) <= 0
        for name in ("Mute microphone", "Stop camera", "Leave"):
            await expect(button(page, name)).to_be_in_viewport(ratio=0.9)
        assert faults == []


@pytest.mark.parametrize(("width", "height"), [(320, 568), (360, 740), (740, 360), (1280, 800)])
async def test_E8_the_controls_are_always_in_sight(page: Page, service: FakeService, width: int, height: int) -> None:
    await page.set_viewport_size({"width": width, "height": height})
    await join(page, service)
    for name in ("Mute microphone", "Stop camera", "Leave"):
        await expect(button(page, name)).to_be_in_viewport(ratio=1)
    await expect(page.get_by_label("Your camera", exact=True)).to_be_in_viewport(ratio=1)
    picture = await page.get_by_role("figure").bounding_box()
    own = await page.get_by_label("Your camera", exact=True).bounding_box()
    assert picture is not None and own is not None
    assert picture["y"] + picture["height"] <= own["y"] or picture["x"] + picture["width"] <= own["x"]


async def test_S50_the_help_shows_the_support_contact(page: Page, service: FakeService) -> None:
    await join(page, service)
    await page.get_by_text("Help").click()
    await expect(page.get_by_role("link", name="+44 20 7946 0000")).to_have_attribute("href", "tel:+442079460000")


async def test_a_picture_appears_under_the_strict_policy(page: Page, service: FakeService) -> None:
    response = await page.goto(f"{service.url}/join/good-token")
    assert response is not None
    assert response.headers["content-security-policy"] == POLICY
    await button(page, "Enter waiting room").click()
    await expect(page.get_by_label("Your camera", exact=True)).to_be_visible()


async def test_tiles_fill_the_area_without_touching_each_other(page: Page, service: FakeService) -> None:
    await arrive(page, service)
    plans = await page.evaluate(
        """async (sizes) => { const { tiles, speaker } = await import('/web/layout.js');
        return sizes.flatMap(([w, h]) => [1, 2, 3, 4, 5, 7, 9].flatMap(n =>
          [['tiles', w, h, n, tiles(n, w, h)], ['speaker', w, h, n, speaker(n, w, h)]])) }""",
        [[PHONE["width"], 560], [DESKTOP["width"], 600], [740, 200]],
    )
    for name, width, height, count, rectangles in plans:
        place = json.dumps([name, width, height, count])
        assert len(rectangles) == count, place
        for at, one in enumerate(rectangles):
            assert one["width"] > 10 and one["height"] > 10, place
            assert -0.5 <= one["x"] and one["x"] + one["width"] <= width + 0.5, place
            assert -0.5 <= one["y"] and one["y"] + one["height"] <= height + 0.5, place
            for other in rectangles[at + 1 :]:
                apart_x = one["x"] + one["width"] <= other["x"] + 0.5 or other["x"] + other["width"] <= one["x"] + 0.5
                apart_y = one["y"] + one["height"] <= other["y"] + 0.5 or other["y"] + other["height"] <= one["y"] + 0.5
                assert apart_x or apart_y, place


async def test_a_picture_is_cut_only_a_little(page: Page, service: FakeService) -> None:
    await arrive(page, service)
    answers = await page.evaluate(
        """async () => { const { fit } = await import('/web/layout.js');
        const wide = {width: 1280, height: 720}, tall = {width: 720, height: 1280}, none = {width: 0, height: 0};
        return [fit({width: 340, height: 560}, wide), fit({width: 340, height: 560}, tall),
                fit({width: 600, height: 400}, wide), fit({width: 600, height: 400}, none)] }"""
    )
    assert answers == ["contain", "cover", "cover", "cover"]


async def test_times_are_the_clinics(page: Page, service: FakeService) -> None:
    clinic = {"at": "2026-11-23T14:30:00Z", "minutes": 15, "timezone": "Australia/Sydney"}
    service.page = view(appointment=clinic)
    await arrive(page, service)
    await expect(page.get_by_text(re.compile(r"Tuesday.*24 November at 01:30 \((AEDT|GMT\+11)\)"))).to_be_visible()
