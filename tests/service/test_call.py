"""The main line: a link is opened, the person waits, is admitted, and the bridge hears of it."""

import asyncio
import json
from pathlib import Path

import pytest

from ecm_tui.core.commands import Mute
from ecm_tui.core.log import Actor
from tests.service.house import OFFER, Console, Message, PageClient, service
from tests.until import until


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


def views(page: PageClient) -> list[Message]:
    """All views that the page was shown."""
    return [message["view"] for message in map(json.loads, page.frames) if message["type"] == "page"]


def muted(page: PageClient) -> set[str]:
    """Who of the others is muted, as the page was told last."""
    return {person["name"] for person in views(page)[-1]["people"] if person["muted"]}


async def test_what_others_do_is_told_a_little_later_and_together_what_concerns_the_page_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with service(tmp_path) as house:
        people = await house.appointment(await house.console(), "Bea", "Cem")
        await people.start()
        ann, bea, cem = [await people.in_call(name) for name in people.links]
        await until(lambda: len(views(ann)[-1]["people"]) == 2, what="Ann sees both")
        monkeypatch.setattr("ecm_tui.service.live.CALM_SECONDS", 3600.0)
        await people.console.do(people.id, "mute", person_id=people.ids["Ann"])
        await until(lambda: views(ann)[-1]["muted"], what="Ann knows that she is muted")
        await until(lambda: muted(bea) == muted(cem) == {"Ann"}, what="the others know it")
        before = len(views(ann))
        for name in ("Bea", "Cem"):
            await people.console.do(people.id, "mute", person_id=people.ids[name])
        await until(lambda: views(bea)[-1]["muted"] and views(cem)[-1]["muted"], what="they know it of themselves")
        assert len(views(ann)) == before and muted(ann) == set()
        await people.console.do(people.id, "ask_unmute", person_id=people.ids["Ann"])
        await until(lambda: views(ann)[-1]["unmute_asked"], what="Ann is asked")
        assert len(views(ann)) == before + 1 and muted(ann) == {"Bea", "Cem"}


async def test_what_others_do_comes_by_itself_when_nothing_else_happens(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        people = await house.appointment(await house.console(), "Bea", "Cem")
        await people.start()
        ann, _, _ = [await people.in_call(name) for name in people.links]
        for name in ("Bea", "Cem"):
            await people.console.do(people.id, "mute", person_id=people.ids[name])
        await until(lambda: muted(ann) == {"Bea", "Cem"}, what="Ann knows of both")


async def test_a_page_that_cannot_be_told_of_the_others_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a fault of ours")

    async with service(tmp_path) as house:
        people = await house.appointment(await house.console(), "Bea")
        await people.start()
        ann, _ = [await people.in_call(name) for name in people.links]
        await until(lambda: views(ann)[-1]["people"], what="Ann sees Bea")
        monkeypatch.setattr("ecm_tui.service.live.Page.show_others", fail)
        await people.console.do(people.id, "mute", person_id=people.ids["Bea"])
        assert await ann.closed() == 1011


async def test_all_of_one_commit_is_one_view_of_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ecm_tui.service.live.CALM_SECONDS", 0.0)
    names = [f"Guest{number}" for number in range(12)]
    async with service(tmp_path) as house:
        people = await house.appointment(await house.console(), *names)
        await people.start()
        ann, *_ = [await people.in_call(name) for name in people.links]
        await until(lambda: len(views(ann)[-1]["people"]) == len(names), what="Ann sees all")
        before, streams = len(views(ann)), house.service.parts.streams
        actor = Actor(role="organiser", id="o-local")
        mutes = (streams.execute(people.id, Mute(person_id=people.ids[name]), actor) for name in names)
        await asyncio.gather(*mutes)
        await until(lambda: muted(ann) == set(names), what="Ann knows of all")
        assert len(views(ann)) <= before + 3
