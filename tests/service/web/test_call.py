"""In the call: pictures and sound both ways, names that follow people, switches, and every way out."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.service.web.fake_service import ORGANISER, FakeService, person, view
from tests.service.web.moments import button, heading, join, wait
from tests.service.web.page_bridge import PageBridge
from tests.until import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

BEN = person("p2", "Ben Okafor")
CHI = person("p3", "Chi Ndu")


async def connected(page: Page, service: FakeService, bridge: PageBridge, **more: object) -> None:
    await join(page, service, **more)
    await until(lambda: service.slots["video"], what="the bridge answered")


async def put(service: FakeService, *people: str | None) -> None:
    """People onto the picture slots, in order."""
    await service.say({"type": "slots", "slots": dict(zip(service.slots["video"], people, strict=False))})


async def playing(page: Page, label: str) -> bool:
    video = page.get_by_label(label, exact=True)
    return bool(await video.evaluate("video => video.videoWidth > 0 && video.currentTime > 0"))


async def colour(page: Page, label: str) -> str:
    """Which of the bridge's pictures is shown: "red" or "blue"."""
    script = """video => { const c = document.createElement('canvas'); c.width = c.height = 8;
      const g = c.getContext('2d'); g.drawImage(video, 0, 0, 8, 8); const [r, , b] = g.getImageData(4, 2, 1, 1).data;
      return r > b ? 'red' : 'blue' }"""
    return str(await page.get_by_label(label, exact=True).evaluate(script))


async def test_S7_admission_replaces_the_waiting_view_within_a_second(page: Page, service: FakeService) -> None:
    await wait(page, service)
    await service.admit()
    await expect(page.get_by_role("region", name="Call")).to_be_visible(timeout=1000)
    await expect(heading(page, "You are in the waiting room")).to_have_count(0)


async def test_S7_pictures_flow_both_ways(page: Page, service: FakeService, bridge: PageBridge) -> None:
    await connected(page, service, bridge)
    await put(service, "o1")
    await until(lambda: playing(page, "Video of Dr Maria Osei"), 10)

    async def arrives(kind: str) -> bool:
        return (await bridge.inbound(kind)).get("bytesReceived", 0) > 2000

    await until(lambda: arrives("video"), 10, what="the own picture reaches the bridge")
    await until(lambda: arrives("audio"), 10, what="the own sound reaches the bridge")


async def test_the_offer_is_own_sound_own_picture_three_sounds_and_four_pictures(
    page: Page, service: FakeService
) -> None:
    await join(page, service)
    offer = await service.heard("offer")
    sections = [part.splitlines() for part in offer["sdp"].split("\r\nm=")[1:]]
    kinds = [lines[0].split()[0] for lines in sections]
    ways = [next(line for line in lines if line in ("a=sendonly", "a=recvonly")) for lines in sections]
    assert kinds == ["audio", "video", "audio", "audio", "audio", "video", "video", "video", "video"]
    assert ways == ["a=sendonly"] * 2 + ["a=recvonly"] * 7
    assert "H264" not in offer["sdp"]
    assert "a=end-of-candidates" not in offer["sdp"]
    assert (await service.heard("candidate"))["mid"] is not None


async def test_names_follow_the_people_when_two_slots_switch(
    page: Page, service: FakeService, bridge: PageBridge
) -> None:
    await connected(page, service, bridge, people=[ORGANISER, BEN])
    await put(service, "o1", "p2")
    await until(lambda: playing(page, "Video of Dr Maria Osei"), 10)
    await until(lambda: playing(page, "Video of Ben Okafor"), 10)
    assert await colour(page, "Video of Dr Maria Osei") == "red"
    await put(service, "p2", "o1")
    await until(lambda: colour_is(page, "Video of Ben Okafor", "red"), 5)
    assert await colour(page, "Video of Dr Maria Osei") == "blue"


async def colour_is(page: Page, label: str, wanted: str) -> bool:
    return await page.get_by_label(label, exact=True).count() == 1 and await colour(page, label) == wanted


async def test_a_slot_without_a_person_is_hidden(page: Page, service: FakeService, bridge: PageBridge) -> None:
    await connected(page, service, bridge, people=[ORGANISER, BEN])
    await put(service, "o1", "p2")
    await expect(page.get_by_label("Video of Ben Okafor")).to_be_visible()
    await put(service, "o1", None)
    await expect(page.get_by_label("Video of Ben Okafor")).to_have_count(0)
    await expect(page.locator("video.picture:visible")).to_have_count(1)
    await expect(page.get_by_text("Ben Okafor")).to_be_visible()


async def test_someone_without_a_camera_is_a_named_tile(page: Page, service: FakeService) -> None:
    await join(page, service, people=[ORGANISER | {"camera": False}, BEN | {"camera": False, "muted": True}])
    tile = page.get_by_role("figure").filter(has_text="Ben Okafor")
    await expect(tile).to_be_visible()
    await expect(tile).to_contain_text("no camera")
    await expect(tile).to_contain_text("muted")
    await expect(page.get_by_label("Video of Ben Okafor")).to_have_count(0)


async def test_who_speaks_is_marked_in_words_too(page: Page, service: FakeService) -> None:
    await join(page, service)
    await service.say({"type": "speaking", "people": ["o1"]})
    await expect(page.get_by_role("figure")).to_contain_text("speaking")


async def test_more_people_than_tiles_are_counted(page: Page, service: FakeService) -> None:
    crowd = [person(f"p{number}", f"Person {number}") for number in range(2, 12)]
    await join(page, service, people=[ORGANISER, *crowd])
    await expect(page.get_by_role("figure")).to_have_count(4)
    await expect(page.get_by_text("and 7 others")).to_be_visible()


async def test_E8_microphone_and_camera_are_switched_and_told(page: Page, service: FakeService) -> None:
    await join(page, service)
    await expect(page.get_by_label("Your camera", exact=True)).to_be_visible()
    await button(page, "Mute microphone").click()
    assert await service.heard("devices") == {"type": "devices", "camera": "on", "microphone": "off"}
    await button(page, "Unmute microphone").click()
    assert (await service.heard("devices"))["microphone"] == "on"
    await button(page, "Stop camera").click()
    assert (await service.heard("devices"))["camera"] == "off"
    await expect(page.get_by_label("Your camera", exact=True)).to_be_hidden()
    await button(page, "Start camera").click()
    assert (await service.heard("devices"))["camera"] == "on"
    await expect(page.get_by_label("Your camera", exact=True)).to_be_visible()


async def test_a_camera_started_late_is_sent_without_a_new_offer(
    page: Page, service: FakeService, bridge: PageBridge
) -> None:
    await connected(page, service, bridge)
    await button(page, "Stop camera").click()
    await button(page, "Start camera").click()

    async def more() -> bool:
        return (await bridge.inbound("video")).get("framesDecoded", 0) > 5

    await until(more, 10, what="the restarted camera's picture reaches the bridge")
    assert len(service.received("offer")) == 1


async def encoding(page: Page) -> dict[str, Any]:
    """The parameters of the page's own picture, noted whenever they are set."""
    found: dict[str, Any] = await page.evaluate("window.lastParameters || {}")
    return found


async def test_asked_sending_quality_changes_the_encoder(page: Page, service: FakeService, bridge: PageBridge) -> None:
    await page.add_init_script(
        """const set = RTCRtpSender.prototype.setParameters;
        RTCRtpSender.prototype.setParameters = function (p) {
          window.lastParameters = {...p.encodings[0], preference: p.degradationPreference};
          return set.call(this, p);
        };"""
    )
    await connected(page, service, bridge)

    async def width(low: int, high: int) -> bool:
        return low <= (await bridge.inbound("video")).get("frameWidth", 0) <= high

    await service.say({"type": "sending", "quality": "large"})
    await until(lambda: width(1000, 1280), 15, what="the large picture arrives")
    large = await encoding(page)
    assert large["active"] and large["maxBitrate"] == 1_500_000 and large["preference"] == "maintain-resolution"
    await service.say({"type": "sending", "quality": "small"})
    await until(lambda: width(1, 330), 15, what="the small picture arrives")
    assert (await encoding(page))["maxBitrate"] == 150_000
    await service.say({"type": "sending", "quality": "off"})

    async def off() -> bool:
        return (await encoding(page)).get("active") is False

    await until(off)


async def test_a_bridge_that_comes_back_gets_a_new_connection(
    page: Page, service: FakeService, bridge: PageBridge
) -> None:
    await connected(page, service, bridge)
    await put(service, "o1")
    await until(lambda: playing(page, "Video of Dr Maria Osei"), 10)
    await bridge.drop()
    await service.say({"type": "media", "state": "lost"})
    await expect(page.get_by_role("status").filter(has_text="are being restored")).to_be_visible()
    await service.say({"type": "media", "state": "ready"})
    await until(lambda: len(service.received("offer")) == 2, what="a new offer")
    await expect(page.get_by_text("are being restored")).to_have_count(0)
    await put(service, "o1")
    await until(lambda: playing(page, "Video of Dr Maria Osei"), 10)


async def test_a_service_that_comes_back_to_the_same_bridge_leaves_the_connection_alone(
    page: Page, service: FakeService, bridge: PageBridge
) -> None:
    await connected(page, service, bridge)
    await service.say({"type": "media", "state": "ready", "bridge": "b1"})
    await until(lambda: len(service.received("offer")) == 2, what="an offer to a bridge not known before")
    await put(service, "o1")
    await until(lambda: playing(page, "Video of Dr Maria Osei"), 10)
    await service.say({"type": "media", "state": "lost"})
    await expect(page.get_by_role("status").filter(has_text="are being restored")).to_be_visible()
    await service.say({"type": "media", "state": "ready", "bridge": "b1"})
    await expect(page.get_by_text("are being restored")).to_have_count(0)
    assert await playing(page, "Video of Dr Maria Osei")
    assert len(service.received("offer")) == 2
    await service.say({"type": "media", "state": "ready", "bridge": "b2"})
    await until(lambda: len(service.received("offer")) == 3, what="an offer to another bridge")


async def test_a_path_that_dies_without_a_word_gets_a_new_offer(
    page: Page, service: FakeService, bridge: PageBridge
) -> None:
    await connected(page, service, bridge)
    await put(service, "o1")
    await until(lambda: playing(page, "Video of Dr Maria Osei"), 10)
    await bridge.drop()
    await until(lambda: len(service.received("offer")) == 2, 25, what="a new offer")
    await expect(page.get_by_text("are being restored")).to_have_count(0)


async def test_a_refused_offer_is_made_again(page: Page, service: FakeService) -> None:
    await join(page, service)
    first = await service.heard("offer")
    await service.say({"type": "refused", "request": first["request"], "code": "no_network", "message": "No."})
    second = await service.heard("offer")
    assert second["request"] > first["request"]


async def test_an_answer_that_is_nonsense_leads_to_a_new_offer(page: Page, service: FakeService) -> None:
    await join(page, service)
    first = await service.heard("offer")
    await service.say({"type": "answer", "request": first["request"], "sdp": "nonsense", "audio": 7, "video": None})
    await service.heard("offer")


async def test_leaving_asks_once(page: Page, service: FakeService) -> None:
    await join(page, service)
    await button(page, "Leave").click()
    question = page.get_by_role("dialog", name="Leave the call?")
    await expect(question).to_be_visible()
    await question.get_by_role("button", name="Stay in the call").click()
    await expect(question).to_have_count(0)
    assert service.received("leave") == []
    await button(page, "Leave").click()
    await question.get_by_role("button", name="Yes, leave the call").click()
    await expect(heading(page, "You have left")).to_be_visible()
    await service.heard("leave")


async def test_E6_a_hand_goes_up_and_down_by_one_button(page: Page, service: FakeService) -> None:
    await join(page, service)
    await button(page, "Raise hand").click()
    assert await service.heard("hand") == {"type": "hand", "up": True}
    await service.show(view("admitted", hand=True))
    await button(page, "Lower hand").click()
    await until(lambda: service.received("hand")[-1] == {"type": "hand", "up": False})


async def test_U6_the_page_tells_how_the_call_looks_from_it_and_only_in_the_call(
    page: Page, service: FakeService
) -> None:
    await wait(page, service)
    assert service.received("health") == []
    await service.admit()
    assert await service.heard("health") == {"type": "health", "hidden": False, "freezes": 0}


async def test_E6_an_unmute_request_is_answered_and_a_held_enter_answers_nothing(
    page: Page, service: FakeService
) -> None:
    await join(page, service)
    await button(page, "Mute microphone").focus()
    await service.show(view("admitted", muted=True, unmute_asked=True))
    question = page.get_by_role("dialog", name="Unmute request")
    await expect(question).to_be_visible()
    for _ in range(20):
        await page.keyboard.down("Enter")
    await page.keyboard.up("Enter")
    await expect(question).to_be_visible()
    assert service.received("unmute") == []
    await question.get_by_role("button", name="Unmute", exact=True).click()
    assert await service.heard("unmute") == {"type": "unmute", "accept": True}
    await service.show(view("admitted"))
    await expect(button(page, "Mute microphone")).to_be_visible()


async def test_E6_an_unmute_request_can_be_declined_and_is_taken_back(page: Page, service: FakeService) -> None:
    await join(page, service, muted=True, unmute_asked=True)
    question = page.get_by_role("dialog", name="Unmute request")
    await expect(question).to_be_visible()
    await service.show(view("admitted", muted=True))
    await expect(question).to_have_count(0)
    await service.show(view("admitted", muted=True, unmute_asked=True))
    await expect(question).to_be_visible()
    await expect(question.get_by_role("button", name="Stay muted")).to_be_enabled()
    await page.keyboard.press("Escape")
    assert await service.heard("unmute") == {"type": "unmute", "accept": False}


async def test_E6_who_is_muted_by_the_clinic_reads_so(page: Page, service: FakeService, bridge: PageBridge) -> None:
    await connected(page, service, bridge, muted=True)
    await button(page, "Unmute microphone").click()
    await expect(page.get_by_role("status").filter(has_text="has muted you")).to_be_visible()


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("removed", "You were removed from the call"),
        ("ended", "The call has ended"),
        ("cancelled", "The appointment was cancelled"),
        ("elsewhere", "This link is open in another window"),
    ],
)
async def test_S14_every_ending_says_what_happened_and_stops_the_camera(
    page: Page, service: FakeService, reason: str, words: str
) -> None:
    await join(page, service)
    await service.over(reason)
    await expect(heading(page, words)).to_be_focused()
    await expect(page.get_by_role("region", name="Call")).to_have_count(0)
    await expect(page.locator("video")).to_have_count(0)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("removed", "You were removed from the call"),
        ("ended", "The call has ended"),
    ],
)
async def test_S15_a_reload_still_shows_the_ending_and_the_link_starts_again(
    page: Page, service: FakeService, reason: str, words: str
) -> None:
    await join(page, service)
    await service.over(reason)
    await expect(heading(page, words)).to_be_visible()
    await page.reload()
    await expect(heading(page, words)).to_be_visible()
    assert service.socket_count == 0
    service.page = view(reason)
    await page.goto(f"{service.url}/join/good-token")
    await button(page, "Enter waiting room").click()
    await expect(heading(page, "You are in the waiting room")).to_be_visible()


async def test_a_reload_in_the_call_comes_back_with_the_same_devices(
    page: Page, service: FakeService, bridge: PageBridge
) -> None:
    await connected(page, service, bridge)
    await button(page, "Mute microphone").click()
    await service.heard("devices")
    await page.reload()
    await expect(page.get_by_role("region", name="Call")).to_be_visible()
    await expect(button(page, "Unmute microphone")).to_be_visible()
    await expect(page.get_by_label("Your camera", exact=True)).to_be_visible()
    await until(lambda: len(service.received("offer")) == 2, what="a new offer after the reload")


async def test_a_lost_line_is_said_calmly_and_comes_back(page: Page, service: FakeService) -> None:
    await join(page, service)
    service.hello_close = 1013
    await service.cut()
    await expect(page.get_by_role("status").filter(has_text="You keep your place")).to_be_visible()
    await expect(page.get_by_role("region", name="Call")).to_be_visible()
    service.hello_close = None
    await expect(page.get_by_role("status").filter(has_text="You keep your place")).to_have_count(0)
    await until(lambda: service.socket_count == 1, what="the page is back")
