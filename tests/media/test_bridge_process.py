"""The real bridge process between real browsers, with a fake service at its socket."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.media.pages import Guest, browser, guest
from tests.media.service import ROOT, Service, grant
from tests.until import until


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    async with Service(tmp_path) as running:
        await running.bridge()
        yield running


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    async with browser() as running:
        yield running


async def join(service: Service, page: Guest, peer: str, **options: object) -> dict[str, list[str]]:
    """Grant, offer, answer, connect; the page's receive lines by kind."""
    await service.send(type="grant", grant=grant(peer))

    async def trickle(candidate: str, mid: str) -> None:
        await service.send(type="candidate", peer=peer, candidate=candidate, mid=mid)

    page.candidates = trickle
    answer = await service.offer(peer, await page.offer(**options))
    assert answer["type"] == "answer", answer
    await page.accept(answer["sdp"])
    await until(lambda: service.said("connected", peer), timeout=15, what=f"{peer} connected")
    return {"audio": answer["audio"], "video": answer["video"]}


async def sees(page: Guest, service: Service, peer: str, person: str) -> None:
    """Wait until `person` is shown to `peer`: a picture with a width, whose frames go on, and sound that arrives."""
    slots = await until(
        lambda: person in service.slots(peer) and service.said("slots", peer)["slots"], what=f"{person} on a slot"
    )
    mids = [mid for mid, other in slots.items() if other == person]

    async def flows() -> bool:
        found = await page.inbound()
        lines = [found[mid] for mid in mids if mid in found]
        pictures = [line for line in lines if line["kind"] == "video"]
        sounds = [line for line in lines if line["kind"] == "audio"]
        return any(line["frames"] > 5 and line["width"] > 0 for line in pictures) and any(
            line["bytes"] > 1000 for line in sounds
        )

    await until(flows, timeout=20, every=0.1, what=f"{peer} sees and hears {person}")
    now = await page.inbound()
    video = next(mid for mid in mids if now[mid]["kind"] == "video")
    assert await page.width(video) > 0
    before = now[video]["frames"]

    async def advances() -> bool:
        return (await page.inbound())[video]["frames"] > before + 5

    await until(advances, timeout=10, every=0.1, what="frames go on")


async def still(page: Guest) -> bool:
    """Nothing arrives and nothing is sent any more, over a quarter of a second."""
    first = {mid: line["packets"] for mid, line in (await page.inbound()).items()}
    await asyncio.sleep(0.25)
    return {mid: line["packets"] for mid, line in (await page.inbound()).items()} == first


async def test_S7_two_pages_see_and_hear_each_other(service: Service, chromium: Browser) -> None:
    one, two = await guest(chromium), await guest(chromium)
    lines = await join(service, one, "ann1", trickle=True)
    assert len(lines["audio"]) == 3 and len(lines["video"]) == 4
    await join(service, two, "ben1", trickle=True)
    await sees(one, service, "ann1", "ben")
    await sees(two, service, "ben1", "ann")


async def test_three_pages_see_and_hear_each_other_whatever_they_trickle_and_prefer(
    service: Service, chromium: Browser
) -> None:
    ann, ben, cas = await guest(chromium), await guest(chromium), await guest(chromium)
    await join(service, ann, "ann1", trickle=True, codec="video/H264")
    await join(service, ben, "ben1", complete=True)
    # Neither candidates nor permission for devices: only the page's own checks tell where it is.
    await join(service, cas, "cas1", devices=False)
    await sees(ann, service, "ann1", "ben")
    await sees(ann, service, "ann1", "cas")
    await sees(ben, service, "ben1", "cas")
    await sees(cas, service, "cas1", "ann")
    assert all(line["width"] == 0 or line["frames"] for line in (await cas.inbound()).values())


async def test_an_offer_of_h264_only_is_refused_in_words(service: Service, chromium: Browser) -> None:
    page = await guest(chromium)
    await service.send(type="grant", grant=grant("ann1"))
    refused = await service.offer("ann1", await page.offer(codec="video/H264", only=True))
    assert (refused["type"], refused["code"]) == ("refused", "no_codec")
    assert "VP8" in refused["message"]


async def test_a_page_without_devices_sees_and_hears(service: Service, chromium: Browser) -> None:
    ann, viewer = await guest(chromium), await guest(chromium)
    await join(service, ann, "ann1", trickle=True)
    lines = await join(service, viewer, "org1", trickle=True, send=False)
    assert len(lines["audio"]) == 3 and len(lines["video"]) == 4
    await sees(viewer, service, "org1", "ann")
    assert service.slots("ann1") == []


async def test_nobody_sends_a_picture_that_nobody_watches(service: Service, chromium: Browser) -> None:
    ann, ben = await guest(chromium), await guest(chromium)
    await join(service, ann, "ann1", trickle=True)
    await until(lambda: service.said("sending", "ann1"))
    assert service.said("sending", "ann1")["quality"] == "off"
    await ann.quality("off")
    await join(service, ben, "ben1", trickle=True)
    await until(lambda: service.said("sending", "ann1")["quality"] == "large")
    assert (await ann.outbound())["video"]["frames"] <= 60
    await ann.quality("large")
    await sees(ben, service, "ben1", "ann")
    await service.send(type="view", peer="ben1", pinned=None, pictures=0)
    await until(lambda: service.said("sending", "ann1")["quality"] == "off")
    await ann.quality("off")

    async def pauses() -> bool:
        before = (await ann.outbound())["video"]["packets"]
        await asyncio.sleep(0.3)
        return (await ann.outbound())["video"]["packets"] == before

    await until(pauses, timeout=5, what="no picture is sent")


async def test_S14_a_revoke_stops_sound_and_picture_both_ways_within_250_ms(
    service: Service, chromium: Browser
) -> None:
    ann, ben, cas = await guest(chromium), await guest(chromium), await guest(chromium)
    for page, peer in ((ann, "ann1"), (ben, "ben1"), (cas, "cas1")):
        await join(service, page, peer, trickle=True)
    await sees(ann, service, "ann1", "ben")
    await sees(ben, service, "ben1", "cas")
    await sees(cas, service, "cas1", "ann")
    shown = service.said("slots", "ann1")["slots"]
    of_cas = [mid for mid, person in shown.items() if person == "cas"]
    of_ben = [mid for mid, person in shown.items() if person == "ben"]
    await service.send(type="revoke", peer="cas1")
    await until(lambda: service.said("revoked", "cas1"), timeout=1)
    await asyncio.sleep(0.25)
    before = await ann.inbound()
    assert await still(cas)
    assert "cas" not in service.slots("ann1") + service.slots("ben1")

    async def goes_on() -> bool:
        now = await ann.inbound()
        return all(now[mid]["packets"] > before[mid]["packets"] + 5 for mid in of_ben)

    await until(goes_on, timeout=5, every=0.05, what="ben is still seen and heard")
    now = await ann.inbound()
    assert all(now[mid]["packets"] == before[mid]["packets"] for mid in of_cas)


async def test_U1_a_service_that_comes_back_adopts_the_bridge_and_drops_who_has_no_grant(
    service: Service, chromium: Browser
) -> None:
    ann, ben, cas = await guest(chromium), await guest(chromium), await guest(chromium)
    for page, peer in ((ann, "ann1"), (ben, "ben1"), (cas, "cas1")):
        await join(service, page, peer, trickle=True)
    await sees(ann, service, "ann1", "ben")
    await sees(ann, service, "ann1", "cas")
    await service.stop()
    await sees(ben, service, "ben1", "ann")
    service.heard.clear()
    service.grants = [grant("ann1"), grant("ben1")]
    await service.start()
    await until(lambda: service.slots("ann1") == ["ben", "ben"], what="the slots are told again")
    await sees(ann, service, "ann1", "ben")
    await until(lambda: still(cas), timeout=5)


async def test_the_process_ends_when_told_to_and_names_what_is_wrong_with_its_configuration(service: Service) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "media", cwd=ROOT, stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    _, words = await process.communicate(b'{"version": 99}\n')
    assert process.returncode == 2 and b"version" in words


async def test_the_process_ends_when_the_service_refuses_it(tmp_path: Path) -> None:
    async with Service(tmp_path) as service:
        service.close_first = 4409
        process = await service.launch()
        async with asyncio.timeout(15):
            assert await process.wait() == 3
