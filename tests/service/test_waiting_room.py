"""The waiting room: what a waiting person gets, and what they do not."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ecm_tui.service import page_requests
from tests.service.house import OFFER, service
from tests.until import until

WAITING_FIELDS = {"role", "state", "clinic", "appointment", "organiser", "me", "since", "full"}


async def test_S10_nothing_of_the_session_reaches_a_waiting_page(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        bridge = await house.bridge()
        console = await house.console()
        people = await house.appointment(console, "Bea", "Cem")
        await people.start()
        bea = await people.in_call("Bea")
        ann = await people.waiting()
        cem = await people.waiting("Cem")
        await bea.heard("media", state="ready")
        await bea.send(type="offer", request=1, sdp=OFFER)
        offer = await bridge.answer_offer()
        await bridge.send(type="slots", peer=offer["peer"], slots={"5": people.ids["Bea"]})
        await bridge.send(type="speaking", call=people.id, people=[people.ids["Bea"]])
        await bea.heard("speaking")
        # What a waiting page may try: it is told only that it is not in the call.
        await ann.send(type="offer", request=1, sdp=OFFER)
        assert (await ann.heard("refused"))["code"] == "no_grant"
        await ann.send(type="candidate", candidate="x", mid="0")
        await ann.send(type="view", pictures=9, pinned=people.ids["Bea"])
        await ann.send(type="unmute", accept=True)
        await ann.send(type="devices", camera="off", microphone="on")
        await console.do(people.id, "mute", person_id=people.ids["Bea"])
        await console.do(people.id, "remove", person_id=people.ids["Bea"])
        await bea.heard("over", reason="removed")
        await console.do(people.id, "disconnect", person_id=people.ids["Cem"])
        await cem.heard("over", reason="disconnected")
        await until(lambda: people.person("Ann"))
        for frame in ann.frames:
            for foreign in ("Bea", "Cem", people.ids["Bea"], people.ids["Cem"], people.id, "candidate", "sdp"):
                assert foreign not in frame
        views = [m["view"] for m in map(json.loads, ann.frames) if m["type"] == "page"]
        waiting = [set(view) for view in views if view["state"] == "waiting"]
        assert waiting and all(fields == WAITING_FIELDS for fields in waiting)
        kinds = {json.loads(frame)["type"] for frame in ann.frames}
        assert kinds <= {"page", "refused", "beat"}
        assert {m["peer"] for m in bridge.waiting if "peer" in m} <= {offer["peer"]}


async def test_S5_admitting_one_leaves_the_other_waiting_and_unchanged(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        people = await house.appointment(await house.console(), "Bea")
        await people.start()
        ann, bea = await people.waiting(), await people.waiting("Bea")
        before = list(bea.frames)
        await people.admit()
        await ann.state("admitted")
        assert (await people.person("Bea"))["state"] == "waiting"
        assert [frame for frame in bea.frames if "beat" not in frame] == before


async def test_S8_S11_S12_a_disconnected_person_reads_so_and_may_ask_again(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        people = await house.appointment(await house.console())
        page = await people.waiting()
        await people.console.do(people.id, "disconnect", person_id=people.ids["Ann"])
        assert (await page.heard("over"))["reason"] == "disconnected"
        assert await page.closed() == 1000
        again = await house.page(page.credential)
        assert (await again.state("disconnected"))["me"]["name"] == "Ann"
        assert (await people.person())["state"] == "disconnected", "a reload does not slip back into the queue"
        await again.send(type="enter", devices={})
        assert (await again.heard("refused"))["code"] == "must_ask_again"
        await again.send(type="ask_again", devices={})
        await again.state("waiting")
        entered = [m for m in await timeline(people) if m["type"] == "person_entered"]
        assert [(one["entry"], one["again"]) for one in entered] == [(1, False), (2, True)]


async def test_S12_the_link_opened_afresh_says_the_same_after_a_disconnect(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        people = await house.appointment(await house.console())
        page = await people.waiting()
        await people.console.do(people.id, "disconnect", person_id=people.ids["Ann"])
        await page.closed()
        answer = await house.trade(people.links["Ann"])
        assert answer.json()["view"]["state"] == "disconnected"


async def test_S9_an_admitted_person_cannot_be_disconnected(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        people = await house.appointment(await house.console())
        await people.start()
        await people.in_call()
        refused = await people.console.command(people.id, "disconnect", person_id=people.ids["Ann"])
        assert refused["code"] == "already_admitted" and "Remove user" in refused["message"]


async def test_S31_opening_a_link_makes_no_entry_and_carries_the_invited_name(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        people = await house.appointment(await house.console(), "Bea")
        page = await house.open(people.links["Bea"])
        view = await page.state("arriving")
        assert view["me"] == {"id": people.ids["Bea"], "name": "Bea"}
        assert (await people.person("Bea"))["state"] == "invited"
        await page.send(type="enter", devices={})
        await people.stands("waiting", "Bea", connected=True)


async def test_S34_the_51st_keeps_waiting_and_reads_that_the_call_is_full(tmp_path: Path) -> None:
    from ecm_tui.settings import Session

    async with service(tmp_path, session=Session(places=1)) as house:
        people = await house.appointment(await house.console(), "Bea")
        await people.start()
        ann = await people.in_call()
        bea = await people.waiting("Bea")
        refused = await people.console.command(people.id, "admit", person_id=people.ids["Bea"])
        assert refused["code"] == "full"
        assert json.loads([f for f in bea.frames if "page" in f][-1])["view"]["full"] is True
        await ann.send(type="leave")
        assert (await ann.heard("over"))["reason"] == "left"
        view = await until(lambda: [m["view"] for m in bea.waiting if m["type"] == "page"] or None)
        assert view is not None and view[-1]["full"] is False
        await people.admit("Bea")


async def test_a_reload_keeps_the_place_and_the_time(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        people = await house.appointment(await house.console())
        page = await house.open(people.links["Ann"])
        await page.state("arriving")
        await page.send(type="enter", devices={})
        since = (await page.state("waiting"))["since"]
        page.vanish()
        await people.stands("waiting", connected=False)
        again = await house.page(page.credential)
        assert (await again.state("waiting"))["since"] == since
        await people.stands("waiting", connected=True)


async def timeline(people) -> list[dict]:
    found = await people.console.query("appointment", appointment=people.id)
    return [record["event"] for record in found["timeline"]]


async def test_a_page_that_toggles_and_toggles_is_written_down_once_in_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_requests, "CALM_SECONDS", 0.3)
    async with service(tmp_path) as house:
        people = await house.appointment(await house.console())
        page = await people.waiting()
        for camera in ["off", "on"] * 10 + ["off", "denied"]:
            await page.send(type="devices", camera=camera, microphone="on")
        await people.stands("waiting", camera="denied")
        reports = [m for m in await timeline(people) if m["type"] == "devices_reported"]
        assert [each["devices"]["camera"] for each in reports] == ["off", "denied"]


async def test_a_waiting_page_sees_the_new_time_of_its_appointment_and_its_own_new_name(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        console = await house.console()
        people = await house.appointment(console)
        ann = await people.waiting()
        later = (datetime.now(UTC) + timedelta(hours=2)).replace(microsecond=0)
        await console.do(people.id, "edit_appointment", at=later.isoformat(), minutes=45)
        view = await ann.state("waiting")
        assert (datetime.fromisoformat(view["appointment"]["at"]), view["appointment"]["minutes"]) == (later, 45)
        guest = {"name": "Ann Lee", "email": "ann@home.test"}
        await console.do(people.id, "edit_person", person_id=people.ids["Ann"], guest=guest)
        assert (await ann.state("waiting"))["me"]["name"] == "Ann Lee"
