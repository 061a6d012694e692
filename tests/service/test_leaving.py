"""Removing, putting back, leaving, ending: what stops, for whom, and how fast."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ecm_tui.core.appointment import Appointment
from ecm_tui.core.page import Scene
from ecm_tui.service.page import Page
from ecm_tui.service.store import Credential
from tests.service.house import OFFER, service
from tests.until import until


async def test_S14_removal_is_at_the_bridge_at_once_and_the_credential_is_dead_within_250_ms(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        bridge = await house.bridge()
        people = await house.appointment(await house.console(), "Bea")
        await people.start()
        ann, bea = await people.in_call(), await people.in_call("Bea")
        untouched = len(bea.frames)
        loop = asyncio.get_running_loop()
        await people.console.do(people.id, "remove", person_id=people.ids["Ann"])
        acknowledged = loop.time()
        assert await bridge.revoked() == f"{people.ids['Ann']}-1"
        assert (await ann.heard("over"))["reason"] == "removed"
        assert await ann.closed() == 1000
        again = await house.page(ann.credential)
        assert await again.closed() == 4401
        assert loop.time() - acknowledged < 0.25
        await until(lambda: any('"type":"page"' in frame for frame in bea.frames[untouched:]))
        told = [json.loads(frame) for frame in bea.frames[untouched:]]
        assert [m["view"]["people"] for m in told if m["type"] == "page"] == [[]], "S16: the others see the person go"
        assert not any(m["type"] in ("media", "over") for m in told), "S16: nobody else's media is touched"


async def test_S14_who_is_removed_while_away_is_told_so_on_coming_back(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        people = await house.appointment(await house.console())
        await people.start()
        page = await people.in_call()
        await page.close()
        await people.console.do(people.id, "remove", person_id=people.ids["Ann"])
        again = await house.page(page.credential)
        assert (await again.heard("over"))["reason"] == "removed"
        assert await again.closed() == 4401


async def test_S15_after_a_removal_the_same_link_leads_to_waiting_and_admit_works_again(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        bridge = await house.bridge()
        people = await house.appointment(await house.console())
        await people.start()
        page = await people.in_call()
        first = (await bridge.heard("grant"))["grant"]["peer"]
        await people.console.do(people.id, "remove", person_id=people.ids["Ann"])
        await page.closed()
        again = await people.waiting()
        assert (await people.person())["state"] == "waiting"
        assert not any(m["type"] == "grant" for m in bridge.waiting), "never straight back in"
        await people.admit()
        await again.state("admitted")
        assert (await bridge.heard("grant"))["grant"]["peer"] != first


async def test_S16a_put_back_takes_media_and_keeps_the_line(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        bridge = await house.bridge()
        people = await house.appointment(await house.console(), "Bea")
        await people.start()
        page = await people.in_call()
        await people.in_call("Bea")
        await page.send(type="offer", request=1, sdp=OFFER)
        offer = await bridge.heard("offer")
        await people.console.do(people.id, "hold", person_id=people.ids["Ann"])
        await bridge.revoked()
        view = await page.state("waiting")
        assert "people" not in view
        held = len(page.frames)
        answer = {"request": offer["request"], "peer": offer["peer"], "sdp": "late", "audio": [], "video": []}
        await bridge.send(type="answer", **answer)
        await bridge.send(type="slots", peer=offer["peer"], slots={"2": people.ids["Bea"]})
        await bridge.send(type="speaking", call=people.id, people=[people.ids["Bea"]])
        await people.console.do(people.id, "mute", person_id=people.ids["Bea"])
        await people.admit()
        await page.state("admitted")
        kinds = [json.loads(frame)["type"] for frame in page.frames[held:]]
        assert kinds[: kinds.index("page")] in ([], ["beat"]), "nothing came while put back"


async def test_E7_ending_the_call_ends_every_page_in_words(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        bridge = await house.bridge()
        people = await house.appointment(await house.console(), "Bea")
        await people.start()
        ann, bea = await people.in_call(), await people.waiting("Bea")
        await people.console.do(people.id, "end_call")
        assert (await ann.heard("over"))["reason"] == "ended"
        assert (await bea.heard("over"))["reason"] == "ended"
        await bridge.revoked()
        row = await people.console.query("appointment", appointment=people.id)
        assert row["state"] == "taken"


async def test_a_cancelled_appointment_shuts_pages_that_only_arrive(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        people = await house.appointment(await house.console(), "Bea")
        page = await house.open(people.links["Ann"])
        await page.state("arriving")
        await people.console.do(people.id, "cancel")
        assert (await page.heard("over"))["reason"] == "link_not_valid"
        assert (await house.trade(people.links["Bea"])).status_code == 404


async def test_a_replaced_link_shuts_the_old_ones_page_and_credential(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        people = await house.appointment(await house.console())
        page = await house.open(people.links["Ann"])
        await page.state("arriving")
        await people.console.do(people.id, "replace_link", person_id=people.ids["Ann"])
        assert (await page.heard("over"))["reason"] == "link_not_valid"
        assert (await house.trade(people.links["Ann"])).status_code == 404
        fresh = (await people.console.query("link", appointment=people.id, person=people.ids["Ann"]))["join_url"]
        assert fresh != people.links["Ann"]

        async def dead() -> bool:
            return await (await house.page(page.credential)).closed() == 4401

        assert await until(dead)
        await (await house.open(fresh)).state("arriving")


async def test_a_credential_of_a_replaced_link_opens_nothing_while_the_person_is_away(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        people = await house.appointment(await house.console())
        leaked = (await house.trade(people.links["Ann"])).json()["credential"]
        ann = await people.waiting()
        await people.console.do(people.id, "replace_link", person_id=people.ids["Ann"])
        ann.vanish()
        await people.stands("waiting", connected=False)
        assert await (await house.page(leaked)).closed() == 4401
        again = await house.page(ann.credential)
        await again.state("waiting")


async def test_a_credential_that_was_on_its_way_when_the_link_was_replaced_opens_nothing(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        people = await house.appointment(await house.console())
        await people.console.do(people.id, "replace_link", person_id=people.ids["Ann"])
        late = Credential(
            visit="late",
            kind="participant",
            appointment=people.id,
            holder=people.ids["Ann"],
            created=datetime.now(UTC),
            link=1,
        )
        await house.service.parts.streams.store.add_credential("a secret", late)
        assert await (await house.page("a secret")).closed() == 4401


async def test_cancelling_says_so_to_who_waits_and_revoking_their_link_ends_their_wait(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        people = await house.appointment(await house.console(), "Bea")
        ann, bea = await people.waiting(), await people.waiting("Bea")
        await people.console.do(people.id, "replace_link", person_id=people.ids["Ann"], revoke=True)
        assert (await ann.heard("over"))["reason"] == "disconnected"
        assert await (await house.page(ann.credential)).closed() == 4401, "asking again needs a link that opens"
        await people.console.do(people.id, "cancel")
        assert (await bea.heard("over"))["reason"] == "cancelled"


async def test_leaving_ends_the_credential(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        people = await house.appointment(await house.console())
        page = await people.waiting()
        await page.send(type="leave")
        assert (await page.heard("over"))["reason"] == "left"
        assert await (await house.page(page.credential)).closed() == 4401
        assert (await people.person())["state"] == "left"


async def test_E6_unmute_is_a_request_that_the_person_answers(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        bridge = await house.bridge()
        people = await house.appointment(await house.console())
        await people.start()
        page = await people.in_call()
        await people.console.do(people.id, "mute", person_id=people.ids["Ann"])
        await bridge.heard("grant")
        assert (await bridge.heard("grant"))["grant"]["muted"] is True
        await people.console.do(people.id, "ask_unmute", person_id=people.ids["Ann"])
        await until(lambda: '"unmute_asked":true' in page.frames[-1])
        await page.send(type="unmute", accept=True)
        assert (await bridge.heard("grant"))["grant"]["muted"] is False


async def test_one_pages_fault_keeps_nothing_from_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with service(tmp_path) as house:
        people = await house.appointment(await house.console(), "Bea")
        ann, bea = await people.waiting(), await people.waiting("Bea")
        real = Page.show

        def show(page: Page, appointment: Appointment, scene: Scene | None = None) -> None:
            if page.visitor.holder == people.ids["Ann"]:
                raise RuntimeError("a fault of ours")
            real(page, appointment, scene)

        monkeypatch.setattr(Page, "show", show)
        await people.console.do(people.id, "disconnect", person_id=people.ids["Bea"])
        assert (await bea.heard("over"))["reason"] == "disconnected"
        assert await ann.closed() == 1011
