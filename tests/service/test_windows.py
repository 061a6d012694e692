"""The organiser's windows: a link used once, a part in the call, and a reload that keeps it."""

import json
from pathlib import Path

from ecm_tui.service.serve import Options
from tests.service.house import OFFER, House, PageClient, Visitors, service
from tests.until import until


async def window(house: House, people: Visitors) -> PageClient:
    link = (await people.console.query("window_link", appointment=people.id))["url"]
    assert link.startswith(f"{house.url}/view/")
    return await house.open(link)


async def test_U3_a_window_is_a_peer_with_the_role_of_an_organiser(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        bridge = await house.bridge()
        people = await house.appointment(await house.console())
        await people.start()
        page = await window(house, people)
        view = await page.state("admitted")
        assert view["role"] == "viewer" and view["devices"] == {"microphone": True, "camera": True}
        grant = (await bridge.heard("grant"))["grant"]
        assert grant["role"] == "organiser" and grant["person"] == "o-local"
        await page.heard("media", state="ready")
        await page.send(type="offer", request=1, sdp=OFFER)
        await bridge.answer_offer()
        await page.heard("answer", request=1)
        await page.send(type="devices", camera="on", microphone="denied")
        changed = await bridge.heard("grant")
        assert changed["grant"]["camera"] is True and changed["grant"]["microphone"] is False
        await people.console.do(people.id, "set_switches", camera=False)
        assert (await bridge.heard("grant"))["grant"]["camera"] is False
        await until(lambda: '"camera":false' in page.frames[-1])
        ann = await people.in_call()
        shown = json.loads([frame for frame in ann.frames if '"admitted"' in frame][-1])["view"]["people"]
        assert [one["organiser"] for one in shown] == [True]
        await page.send(type="view", pictures=4, pinned=people.ids["Ann"])
        assert (await bridge.heard("view"))["pinned"] == people.ids["Ann"]
        await page.send(type="view", pictures=4, pinned="nobody")
        assert (await bridge.heard("view"))["pinned"] is None
        await people.console.do(people.id, "choose_view", pinned=people.ids["Ann"])
        assert (await bridge.heard("view"))["pinned"] == people.ids["Ann"]


async def test_a_viewer_link_opens_once(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        people = await house.appointment(await house.console())
        link = (await people.console.query("window_link", appointment=people.id))["url"]
        assert (await house.trade(link)).status_code == 200
        again = await house.trade(link)
        assert again.status_code == 404 and again.json()["code"] == "link_not_valid"


async def test_a_window_opened_early_joins_when_the_call_starts_and_is_over_when_it_ends(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        bridge = await house.bridge()
        people = await house.appointment(await house.console())
        page = await window(house, people)
        await page.state("waiting")
        assert not any(m["type"] == "grant" for m in bridge.waiting)
        await people.start()
        await page.state("admitted")
        await page.heard("media", state="ready")
        await people.console.do(people.id, "end_call")
        assert (await page.heard("over"))["reason"] == "ended"
        await bridge.revoked()


async def test_a_reload_keeps_the_window_and_a_closed_one_is_gone_after_a_while(tmp_path: Path) -> None:
    async with service(tmp_path, Options(bridge_command=None, window_grace=0.5)) as house:
        bridge = await house.bridge()
        people = await house.appointment(await house.console())
        await people.start()
        page = await window(house, people)
        await page.heard("media", state="ready")
        page.vanish()
        again = await house.page(page.credential)
        await again.heard("media", state="ready")
        assert not any(m["type"] == "revoke" for m in bridge.waiting)
        again.vanish()
        peer = (await bridge.heard("grant"))["grant"]["peer"]
        assert await bridge.revoked() == peer


async def test_only_the_newest_window_says_what_the_organiser_does(tmp_path: Path) -> None:
    async with service(tmp_path, Options(bridge_command=None, window_grace=0.1)) as house:
        bridge = await house.bridge()
        people = await house.appointment(await house.console())
        await people.start()
        first, second = await window(house, people), await window(house, people)
        await first.heard("media")
        await second.heard("media")
        await second.send(type="devices", camera="on", microphone="on")
        await until(lambda: any(m["type"] == "grant" and m["grant"]["camera"] for m in bridge.waiting))
        await first.send(type="devices", camera="denied", microphone="none")
        second.vanish()
        await bridge.revoked()
        await until(lambda: [m for m in bridge.waiting if m["type"] == "grant"][-1]["grant"]["camera"] is False)


async def test_a_console_cannot_open_a_window_that_nobody_sees(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        people = await house.appointment(await house.console())
        await people.start()
        assert (await people.console.command(people.id, "open_window", visit="w1"))["code"] == "not_allowed"
