"""The request for a still on a page: what it says, that only its buttons answer, what it tells afterwards."""

from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.service.web.fake_service import FakeService, view
from tests.service.web.moments import button, join

pytestmark = pytest.mark.asyncio(loop_scope="module")

ASKED = {"consent": "c1", "by": "Dr Maria Osei"}


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Screenshot request")


async def asked(page: Page, service: FakeService, **request: str) -> Locator:
    """A page in the call that is asked for a still."""
    await join(page, service)
    await button(page, "Mute microphone").focus()
    await service.show(view("admitted", screenshot={**ASKED, **request}))
    await expect(dialog(page)).to_be_visible()
    return dialog(page)


async def armed(question: Locator) -> None:
    await expect(question.get_by_role("button", name="Allow")).to_be_enabled()


async def over(service: FakeService, outcome: str, consent: str = "c1") -> None:
    await service.show(view("admitted", screenshot=None, screenshot_over={"consent": consent, "outcome": outcome}))


async def test_S18_the_page_says_who_asks_and_what_is_captured_and_both_answers_weigh_the_same(
    page: Page, service: FakeService
) -> None:
    question = await asked(page, service)
    text = await question.inner_text()
    assert "Dr Maria Osei asks" in text and "one still picture from your camera" in text and "nobody else" in text
    await expect(question.get_by_role("heading", name="Screenshot request")).to_be_focused()
    await armed(question)
    boxes: list[Any] = [await question.get_by_role("button", name=name).bounding_box() for name in ("Allow", "Decline")]
    assert (boxes[0]["width"], boxes[0]["height"]) == (boxes[1]["width"], boxes[1]["height"])
    assert boxes[0]["height"] >= 44
    looks = "b => { const s = getComputedStyle(b); return [s.color, s.backgroundColor, s.borderColor, s.fontWeight] }"
    seen = [await question.get_by_role("button", name=name).evaluate(looks) for name in ("Allow", "Decline")]
    assert seen[0] == seen[1]


async def test_S18_a_held_or_stray_enter_and_escape_confirm_nothing(page: Page, service: FakeService) -> None:
    question = await asked(page, service)
    for key in ("Enter", "Space", "Escape"):
        for _ in range(10):
            await page.keyboard.down(key)
        await page.keyboard.up(key)
    await armed(question)
    for key in ("Enter", "Space", "Escape", "Escape"):
        await page.keyboard.press(key)
    await question.get_by_role("button", name="Allow").focus()
    await page.keyboard.press("Escape")
    await expect(question).to_be_visible()
    assert service.received("consent") == []
    await expect(question.get_by_role("button", name="Allow")).to_be_enabled()


async def test_S18_in_the_first_half_second_nothing_answers(page: Page, service: FakeService) -> None:
    question = await asked(page, service)
    pressed = await question.evaluate("d => [...d.querySelectorAll('button')].map(b => (b.click(), b.disabled))")
    assert pressed == [True, True] and service.received("consent") == []


@pytest.mark.parametrize(("name", "allow"), [("Allow", True), ("Decline", False)])
async def test_S18_a_button_answers_once_and_for_this_request(
    page: Page, service: FakeService, name: str, allow: bool
) -> None:
    question = await asked(page, service)
    await armed(question)
    await question.get_by_role("button", name=name).evaluate("b => { b.click(); b.click(); }")
    assert await service.heard("consent") == {"type": "consent", "consent": "c1", "allow": allow}
    await expect(question).to_have_count(0)
    await expect(button(page, "Mute microphone")).to_be_focused()
    await service.show(view("admitted", screenshot=ASKED))
    await expect(question).to_have_count(0)
    assert service.received("consent") == []


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ("taken", "One picture from your camera was taken"),
        ("declined", "You declined. No picture was taken."),
        ("timeout", "has expired. No picture was taken."),
        ("cancelled", "has taken its request back. No picture was taken."),
        ("failed", "That did not work. No picture was taken."),
    ],
)
async def test_S24_the_page_says_what_became_of_it(page: Page, service: FakeService, outcome: str, said: str) -> None:
    question = await asked(page, service)
    if outcome in ("taken", "failed", "declined"):
        await armed(question)
        await question.get_by_role("button", name="Decline" if outcome == "declined" else "Allow").click()
        await service.heard("consent")
    await over(service, outcome)
    await expect(question).to_have_count(0)
    await expect(page.get_by_role("status").filter(has_text=said)).to_be_visible()


async def test_what_became_of_somebody_elses_or_an_earlier_request_is_not_told(
    page: Page, service: FakeService
) -> None:
    await join(page, service)
    await over(service, "taken", consent="c0")
    await service.show(view("admitted", screenshot="nonsense", screenshot_over=[1]))
    await expect(page.get_by_text("picture was taken")).to_have_count(0)
    await expect(dialog(page)).to_have_count(0)


async def test_a_second_request_is_a_question_of_its_own(page: Page, service: FakeService) -> None:
    question = await asked(page, service)
    await armed(question)
    await question.get_by_role("button", name="Decline").click()
    await service.heard("consent")
    await over(service, "declined")
    await service.show(view("admitted", screenshot={"consent": "c2", "by": ""}))
    await expect(question).to_contain_text("The clinic asks")
    await armed(question)
    await question.get_by_role("button", name="Allow").click()
    assert await service.heard("consent") == {"type": "consent", "consent": "c2", "allow": True}


async def test_S24_removal_takes_the_question_away(page: Page, service: FakeService) -> None:
    question = await asked(page, service)
    await service.say({"type": "over", "reason": "removed"})
    await expect(page.get_by_role("heading", name="You were removed from the call")).to_be_visible()
    await expect(question).to_have_count(0)


async def test_a_name_that_is_markup_stays_text(page: Page, service: FakeService) -> None:
    question = await asked(page, service, by="<img src=x onerror=alert(1)>")
    await expect(question).to_contain_text("<img src=x")
    assert await question.locator("img").count() == 0
