"""The real bridge process between real browsers, with a fake service at its socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.media.pages import Guest, browser, guest
from tests.media.service import Service, grant
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


async def test_S7_two_pages_see_and_hear_each_other(service: Service, chromium: Browser) -> None:
    one, two = await guest(chromium), await guest(chromium)
    lines = await join(service, one, "ann1", trickle=True)
    assert len(lines["audio"]) == 3 and len(lines["video"]) == 4
    await join(service, two, "ben1", trickle=True)
    await sees(one, service, "ann1", "ben")
    await sees(two, service, "ben1", "ann")
