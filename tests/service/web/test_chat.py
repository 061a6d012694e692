"""The chat on the page: lines as text, the own message kept until it is there, files, links on request, a calm fold."""

import pytest
from playwright.async_api import BrowserContext, FilePayload, Locator, Page, Route, expect

from tests.service.web.fake_service import FakeService, said, view
from tests.service.web.moments import button, join, show_chat
from tests.until import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOSTILE = '<img src=x onerror="window.broken=1">\u202eevil'


def lines(page: Page) -> Locator:
    return page.get_by_role("log", name="Chat").get_by_role("listitem")


def field(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Message")


async def test_S47_lines_stand_in_their_order_with_who_wrote_them(page: Page, service: FakeService) -> None:
    await join(page, service)
    await service.chat(said(1, "Hello"), said(2, "Good morning", who="Ann Lee"))
    await service.say({"type": "line", "line": said(3, "two\nlines", who="Dr Maria Osei", organiser=True)})
    await service.say({"type": "line", "line": said(3, "the same again")})
    await show_chat(page)
    await expect(lines(page)).to_have_text(["Ben Okafor: Hello", "Ann Lee: Good morning", "Dr Maria Osei: two\nlines"])
    await expect(page.get_by_text("Everyone in the call sees this.")).to_be_visible()


async def test_a_message_goes_out_with_an_id_and_again_with_the_same_after_a_lost_line(
    page: Page, service: FakeService
) -> None:
    await join(page, service)
    await service.chat()
    await show_chat(page)
    await field(page).fill("  Can you hear me?  ")
    await button(page, "Send").click()
    first = await service.heard("say")
    assert first["text"] == "Can you hear me?"
    await expect(page.get_by_text("sending …")).to_be_visible()
    await expect(field(page)).to_have_value("")
    await field(page).fill("half a thought")
    await service.cut()
    await until(lambda: len(service.received("hello")) == 2 and service.socket_count == 1, 10)
    await service.chat()
    assert await service.heard("say") == first
    await service.say({"type": "line", "line": said(1, first["text"], who="Ann Lee")})
    await service.say({"type": "said", "id": first["id"]})
    await expect(page.get_by_text("sending …")).to_have_count(0)
    await expect(lines(page)).to_have_text(["Ann Lee: Can you hear me?"])
    await expect(field(page)).to_have_value("half a thought")
    await page.reload()
    await show_chat(page)
    await expect(field(page)).to_have_value("half a thought")


async def kept(page: Page) -> str:
    """All that this tab remembers."""
    return str(await page.evaluate("JSON.stringify(sessionStorage)"))


async def test_messages_on_their_way_outlive_a_reload_and_go_out_again_as_themselves(
    page: Page, service: FakeService
) -> None:
    await join(page, service)
    await service.chat()
    await show_chat(page)
    for text in ("one canary", "two\nlines <b>"):
        await field(page).fill(text)
        await button(page, "Send").click()
    first, second = [await service.heard("say") for _ in range(2)]
    await field(page).fill("half a thought")
    await page.reload()
    await show_chat(page)
    unsent = page.get_by_role("list", name="Not sent yet").get_by_role("listitem")
    await expect(unsent).to_have_text(["one canary sending …", "two\nlines <b> sending …"])
    await expect(field(page)).to_have_value("half a thought")
    assert service.received("say") == [], "not before the service has shown what it has"
    await service.chat(said(1, "one canary", who="Ann Lee"))
    assert [await service.heard("say") for _ in range(2)] == [first, second]
    for each in (first, second):
        await service.say({"type": "said", "id": each["id"]})
    await expect(unsent).to_have_count(0)
    await field(page).fill("")
    assert "canary" not in await kept(page) and "half" not in await kept(page)
    await page.reload()
    await service.chat()
    await show_chat(page)
    await expect(page.get_by_text("sending …")).to_have_count(0)
    assert service.received("say") == []


@pytest.mark.parametrize("end", ["waiting", "removed", "ended"])
async def test_messages_on_their_way_are_forgotten_with_the_call_also_where_it_ended_meanwhile(
    page: Page, service: FakeService, end: str
) -> None:
    await join(page, service)
    await service.chat()
    await show_chat(page)
    await field(page).fill("canary")
    await button(page, "Send").click()
    await service.heard("say")
    assert "canary" in await kept(page)
    service.page = view(end)
    await page.reload()
    await expect(page.get_by_role("region", name="Call")).to_be_hidden()
    await until(lambda: _forgotten(page), 5)


async def _forgotten(page: Page) -> bool:
    return "canary" not in await kept(page)


async def test_words_of_one_person_are_not_sent_for_another_whose_link_is_opened_in_the_same_tab(
    page: Page, service: FakeService
) -> None:
    await join(page, service)
    await service.chat()
    await show_chat(page)
    await field(page).fill("canary")
    await button(page, "Send").click()
    await service.heard("say")
    await field(page).fill("canary too")
    await page.evaluate("sessionStorage.setItem('ecm.join.writer', 'p-another')")
    await page.reload()
    await service.chat()
    await show_chat(page)
    await expect(field(page)).to_have_value("")
    assert service.received("say") == [] and "canary" not in await kept(page)


async def test_enter_sends_and_shift_enter_begins_a_line(desktop: BrowserContext, service: FakeService) -> None:
    page = await desktop.new_page()
    await join(page, service)
    await service.chat()
    await field(page).press_sequentially("one")
    await field(page).press("Shift+Enter")
    await field(page).press_sequentially("two")
    await field(page).press("Enter")
    assert (await service.heard("say"))["text"] == "one\ntwo"
    await field(page).press("Enter")
    assert service.received("say") == []


async def test_L1_many_files_that_are_refused_take_no_room_from_the_chat_on_a_phone(
    page: Page, service: FakeService
) -> None:
    async def refuse(route: Route) -> None:
        why = {"code": "file_too_large", "message": f"{route.request.post_data_json['name']} is larger than 50 MB."}
        await route.fulfill(status=413, json=why)

    await join(page, service)
    await service.chat(said(1, "Hello"))
    await page.set_viewport_size({"width": 360, "height": 740})
    await show_chat(page)
    await page.route("**/api/v1/session/files", refuse)
    names = [f"Letter of the hospital {number}.pdf" for number in range(1, 9)]
    chosen = [FilePayload(name=name, mimeType="application/pdf", buffer=b"x") for name in names]
    await page.locator("input[type=file]").set_input_files(chosen)
    told = page.locator(".attaching .message")
    await expect(told).to_have_text("\n".join(f"{name} is larger than 50 MB." for name in reversed(names)))
    for part in (lines(page).first, field(page), button(page, "Send")):
        await expect(part).to_be_in_viewport(ratio=1)
    await told.focus()
    await page.keyboard.press("End")
    await until(lambda: told.evaluate("each => each.scrollTop > 0"))


async def test_a_refusal_gives_the_words_back_and_says_why(page: Page, service: FakeService) -> None:
    await join(page, service)
    await service.chat()
    await show_chat(page)
    await field(page).fill("x" * 5000)
    await button(page, "Send").click()
    sent = await service.heard("say")
    why = "A message has at most 4,000 characters, and this has 5,000. Nothing was sent."
    await service.say({"type": "refused", "id": sent["id"], "code": "text_too_long", "message": why})
    await expect(page.get_by_text(why)).to_be_visible()
    await expect(field(page)).to_have_value("x" * 5000)
    await field(page).fill("short")
    await button(page, "Send").click()
    fast = await service.heard("say")
    await service.say({"type": "refused", "id": fast["id"], "code": "too_fast", "message": "Wait."})
    await expect(page.get_by_text("is sent in a moment")).to_be_visible()
    assert await service.heard("say") == fast


async def test_who_is_silenced_reads_on_and_is_told_why(page: Page, service: FakeService) -> None:
    await join(page, service)
    await service.chat()
    await show_chat(page)
    await service.show(view("admitted", silenced=True))
    await expect(field(page)).to_be_disabled()
    await expect(button(page, "Send")).to_be_disabled()
    await expect(page.get_by_role("status").filter(has_text="has closed the chat for you")).to_be_visible()
    await service.say({"type": "line", "line": said(1, "Still here")})
    await expect(lines(page)).to_have_text(["Ben Okafor: Still here"])
    await service.show(view("admitted", silenced=False))
    await expect(field(page)).to_be_enabled()


async def test_a_folded_chat_counts_what_is_new_and_the_title_says_so(page: Page, service: FakeService) -> None:
    await join(page, service)
    await service.chat(said(1, "old"))
    await expect(field(page)).to_be_hidden()
    for number in (2, 3):
        await service.say({"type": "line", "line": said(number, "new")})
    await expect(button(page, "Show chat, 2 new")).to_be_visible()
    await expect(page).to_have_title("(2) In the call – Video appointment")
    await show_chat(page)
    await expect(page).to_have_title("In the call – Video appointment")
    picture = await page.get_by_role("figure").first.bounding_box()
    assert picture and picture["height"] > 100, "the person stays in sight"
    await page.locator(".shut").click()
    await expect(button(page, "Show chat")).to_be_visible()


async def test_reading_older_lines_stays_put_while_new_ones_come(page: Page, service: FakeService) -> None:
    await join(page, service)
    await service.chat(*(said(number, f"line {number}\n\n") for number in range(41, 81)), earlier=True)
    await show_chat(page)
    await expect(page.get_by_text("line 80")).to_be_in_viewport()
    scroller = page.locator(".scroller")
    await scroller.evaluate("e => { e.scrollTop = 0 }")
    await button(page, "Earlier messages").click()
    assert await service.heard("earlier") == {"type": "earlier", "before": 41}
    await expect(page.get_by_text("line 41", exact=False).first).to_be_in_viewport()
    older = [said(number, f"line {number}\n\n") for number in range(1, 41)]
    await service.say({"type": "earlier", "lines": older, "earlier": False})
    await expect(lines(page)).to_have_count(80)
    await expect(page.get_by_text("line 41", exact=False).first).to_be_in_viewport()
    await expect(button(page, "Earlier messages")).to_be_hidden()
    before = await scroller.evaluate("e => e.scrollTop")
    await service.say({"type": "line", "line": said(81, "news")})
    await expect(button(page, "1 new message")).to_be_visible()
    assert await scroller.evaluate("e => e.scrollTop") == before
    await button(page, "1 new message").click()
    await expect(page.get_by_text("news")).to_be_in_viewport()
    await expect(button(page, "1 new message")).to_be_hidden()


async def test_a_long_chat_forgets_its_oldest_lines_and_asks_for_just_those_again(
    page: Page, service: FakeService
) -> None:
    await join(page, service)
    await service.chat(*(said(number, f"line {number}") for number in range(11, 1001)), earlier=True)
    await show_chat(page)
    await service.say({"type": "earlier", "lines": [said(number, "old") for number in range(1, 11)], "earlier": False})
    await expect(lines(page)).to_have_count(1000)
    await page.locator(".scroller").evaluate("e => { e.scrollTop = e.scrollHeight }")
    for number in range(1001, 1006):
        await service.say({"type": "line", "line": said(number, "news")})
    await expect(lines(page).last).to_have_text("Ben Okafor: news")
    await expect(lines(page)).to_have_count(1000)
    await button(page, "Earlier messages").click()
    assert await service.heard("earlier") == {"type": "earlier", "before": 6}


async def test_addresses_stay_text_and_open_only_on_request_at_their_true_host(
    page: Page, service: FakeService
) -> None:
    await join(page, service)
    text = "See https://bank.example@evil.example/x, javascript:alert(1) and http://exämple.org."
    await service.chat(said(1, text), said(2, HOSTILE))
    await show_chat(page)
    await expect(lines(page).first).to_contain_text(text)
    links = lines(page).get_by_role("link")
    await expect(links).to_have_text(["Open link (evil.example)", "Open link (xn--exmple-cua.org)"])
    for link in await links.all():
        assert await link.get_attribute("rel") == "noopener noreferrer"
        assert await link.get_attribute("target") == "_blank"
    assert await page.locator(".chat img").count() == 0 and await page.evaluate("window.broken") is None


async def test_S46_a_file_is_a_link_with_its_name(page: Page, service: FakeService) -> None:
    await join(page, service)
    await service.chat(said(1, file="Röntgen 1.png"))
    await show_chat(page)
    link = page.get_by_role("link", name="Röntgen 1.png", exact=True)
    assert await link.get_attribute("href") == "/files/v1/f1/R%C3%B6ntgen%201.png"
    assert await link.get_attribute("download") == "Röntgen 1.png"
    await expect(lines(page)).to_have_text(["Ben Okafor: Röntgen 1.png"])


async def test_nothing_of_the_chat_stays_in_the_page_when_the_call_is_over(page: Page, service: FakeService) -> None:
    await join(page, service)
    await service.chat(said(1, "canary"))
    await show_chat(page)
    await field(page).fill("draft")
    await service.show(view("waiting"))
    await expect(page.get_by_role("heading", name="You are in the waiting room")).to_be_visible()
    assert "canary" not in await page.content()
    await service.admit()
    await service.chat()
    await show_chat(page)
    await expect(lines(page)).to_have_count(0)


async def test_messages_of_the_chat_that_are_none_break_nothing(page: Page, service: FakeService) -> None:
    await join(page, service)
    await show_chat(page)
    for message in (
        {"type": "chat"},
        {"type": "chat", "lines": {"a": 1}, "earlier": "yes", "files": 7},
        {"type": "chat", "lines": [None, 7, {"number": "1"}, {"number": -1}]},
        {"type": "line"},
        {"type": "line", "line": {"number": 1, "by": 3, "text": {}, "file": "x", "at": "never"}},
        {"type": "earlier", "lines": "all"},
        {"type": "said"},
        {"type": "refused", "id": {}},
    ):
        await service.say(message)
    await service.say({"type": "line", "line": said(2, "fine")})
    await expect(lines(page).last).to_have_text("Ben Okafor: fine")
