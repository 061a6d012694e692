"""The main line: a link is opened, the person waits, is admitted, and the bridge hears of it."""

import json
from pathlib import Path

from tests.service.house import OFFER, Console, service


async def test_S7_an_admitted_page_leaves_waiting_and_may_offer(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        bridge = await house.bridge()
        assert await bridge.grants() == {}
        console = await house.console()
        ann = await house.appointment(console)
        page = await ann.waiting()
        await ann.start()
        assert not any(m["type"] == "grant" for m in bridge.waiting)
        await ann.admit()
        view = await page.state("admitted", timeout=1.0)
        assert view["people"] == []
        grant = (await bridge.heard("grant"))["grant"]
        assert grant["person"] == ann.ids["Ann"] and grant["call"] == ann.id and grant["role"] == "participant"
        await page.heard("media", state="ready")
        await page.send(type="offer", request=7, sdp=OFFER)
        assert (await bridge.answer_offer())["sdp"] == OFFER
        answer = await page.heard("answer")
        assert answer == {"type": "answer", "request": 7, "sdp": "answer", "audio": ["2"], "video": ["5"]}
        await page.send(type="candidate", candidate="candidate:1 1 udp 1 127.0.0.1 9 typ host", mid="0")
        assert (await bridge.heard("candidate"))["peer"] == grant["peer"]
        await page.send(type="view", pictures=4)
        assert await bridge.heard("view") == {"type": "view", "peer": grant["peer"], "pinned": None, "pictures": 4}


async def test_S4_starting_the_call_admits_nobody(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        console: Console = await house.console()
        ann = await house.appointment(console)
        page = await ann.waiting()
        before = len(page.frames)
        await ann.start()
        assert (await ann.person())["state"] == "waiting"
        views = [json.loads(frame) for frame in page.frames[before:]]
        assert all(message["view"]["state"] == "waiting" for message in views if message["type"] == "page")


async def test_health_and_the_place_are_said(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        assert (await house.client.get("/healthz")).status_code == 200
        written = json.loads(house.service.settings.home.service_file.read_text())
        assert written["url"] == house.url and written["socket"] == house.socket
    assert not house.service.settings.home.service_file.exists()
