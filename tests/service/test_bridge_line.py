"""The media bridge's line: what it is told, what it may say, and what pages hear when it goes."""

import asyncio
from pathlib import Path

from websockets.exceptions import InvalidStatus

from ecm_tui.service.serve import Options
from tests.service.house import OFFER, House, service
from tests.until import until


async def test_pages_hear_that_media_is_lost_and_then_ready_again(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        bridge = await house.bridge()
        people = await house.appointment(await house.console(), "Bea")
        await people.start()
        ann, bea = await people.in_call(), await people.waiting("Bea")
        first = await ann.heard("media", state="ready")
        waiting = len([f for f in bea.frames if "beat" not in f])
        await ann.send(type="view", pictures=4)
        await bridge.heard("view")
        await ann.send(type="offer", request=1, sdp=OFFER)
        await bridge.heard("offer")
        bridge.vanish()
        assert (await ann.heard("refused", request=1))["code"] == "no_bridge"
        await ann.heard("media", state="lost")
        await ann.send(type="offer", request=2, sdp=OFFER)
        assert (await ann.heard("refused", request=2))["code"] == "no_bridge"
        again = await house.bridge()
        assert list(await again.grants()) == [f"{people.ids['Ann']}-1"]
        assert (await again.heard("view"))["pictures"] == 4, "the new bridge is told what each page looks at"
        ready = await ann.heard("media", state="ready")
        assert ready["bridge"] != first["bridge"], "a page can tell a new bridge from its own"
        assert len([f for f in bea.frames if "beat" not in f]) == waiting, "who waits hears nothing of it"


async def test_a_page_that_comes_back_hears_again_what_the_bridge_said_last(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        bridge = await house.bridge()
        people = await house.appointment(await house.console())
        await people.start()
        page = await people.in_call()
        peer = f"{people.ids['Ann']}-1"
        await bridge.send(type="slots", peer=peer, slots={"5": "o1"})
        await bridge.send(type="sending", peer=peer, quality="large")
        await page.heard("sending", quality="large")
        await page.close()
        again = await house.page(page.credential)
        assert (await again.heard("media", state="ready"))["bridge"]
        assert (await again.heard("slots"))["slots"] == {"5": "o1"}
        assert (await again.heard("sending"))["quality"] == "large"
        await bridge.send(type="lost", peer=peer, reason="its path died")
        await again.heard("media", state="lost")
        assert "bridge" not in await again.heard("media", state="ready"), "it offers in any case"


async def test_U6_how_the_call_looks_from_a_page_is_a_passing_fact_and_only_from_the_call(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        console = await house.console()
        people = await house.appointment(console, "Bea")
        await people.start()
        page, waiting = await people.in_call(), await people.waiting("Bea")
        await console.send(type="subscribe", stream=people.id, after=0)
        await console.heard("live")
        await waiting.send(type="health", hidden=True, freezes=9)
        await page.send(type="health", hidden=True, freezes=2)
        fact = await console.heard("fact", kind="page")
        assert (fact["person"], fact["hidden"], fact["freezes"]) == (people.ids["Ann"], True, 2)


async def test_a_second_bridge_is_refused_and_a_wrong_token_comes_nowhere(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        first = await house.bridge()
        await first.grants()
        second = await house.bridge()
        assert await second.closed() == 4409
        assert await refused(house, "wrong")
        assert first.code is None


async def refused(house: House, token: str) -> bool:
    try:
        await house.bridge(token)
    except InvalidStatus as error:
        return error.response.status_code == 403
    return False


async def test_a_bridge_of_another_version_is_told_so(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        bridge = await house.bridge()
        await bridge.grants()
        await bridge.close()

        async def other() -> int:
            header = {"Authorization": f"Bearer {house.service.parts.supervisor.token}"}
            from websockets.asyncio.client import unix_connect

            from tests.service.house import FakeBridge

            line = FakeBridge(await unix_connect(house.socket, "ws://service/bridge", additional_headers=header))
            await line.hello(version=99)
            assert "Update" in (await line.heard("refused"))["message"]
            return await line.closed()

        assert await other() == 4426


async def test_a_bridge_that_does_not_confirm_a_revocation_is_cut(tmp_path: Path) -> None:
    async with service(tmp_path, Options(bridge_command=None, revoked_seconds=0.2)) as house:
        bridge = await house.bridge()
        people = await house.appointment(await house.console())
        await people.start()
        await people.in_call()
        await people.console.do(people.id, "remove", person_id=people.ids["Ann"])
        await bridge.heard("revoke")
        assert await bridge.closed() is not None
        again = await house.bridge()
        assert await again.grants() == {}


async def test_what_the_bridge_measures_is_a_fact_for_organisers_and_in_no_log(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        bridge = await house.bridge()
        console = await house.console()
        people = await house.appointment(console)
        await people.start()
        page = await people.in_call()
        peer = (await bridge.heard("grant"))["grant"]["peer"]
        await console.send(type="subscribe", stream=people.id, after=0)
        live = await console.heard("live")
        figures = {"rtt_ms": 40, "loss_in": 0.0, "loss_out": 0.1, "kbps_in": 900, "kbps_out": 100, "weak": "upload"}
        await bridge.send(type="connected", peer=peer, path="relay")
        await bridge.send(type="stats", peer=peer, **figures)
        await bridge.send(type="speaking", call=people.id, people=[people.ids["Ann"], "stranger"])
        await bridge.send(type="sending", peer=peer, quality="small")
        media = await console.heard("fact", kind="media")
        assert media["person"] == people.ids["Ann"] and media["path"] == "relay"
        assert (await console.heard("fact", kind="quality")).items() >= figures.items()
        assert (await console.heard("fact", kind="speaking"))["people"] == [people.ids["Ann"]]
        assert (await page.heard("speaking"))["people"] == [people.ids["Ann"]]
        assert (await page.heard("sending"))["quality"] == "small"
        await bridge.send(type="lost", peer=peer, reason="ice")
        await page.heard("media", state="lost")
        await page.heard("media", state="ready")
        found = await console.query("appointment", appointment=people.id)
        assert len(found["timeline"]) == live["seq"]


async def test_what_is_said_of_a_peer_without_a_grant_reaches_nobody(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        bridge = await house.bridge()
        people = await house.appointment(await house.console())
        await people.start()
        page = await people.in_call()
        await page.heard("media")
        for kind in ("slots", "sending", "lost", "stats", "connected", "answer", "revoked", "refused", "unheard-of"):
            await bridge.send(type=kind, peer="p0-1", request="x", slots={"1": "p0"})
        await bridge.send(type="speaking", call="a0", people=["p0"])
        await bridge.send(type="sending", peer=f"{people.ids['Ann']}-1", quality="off")
        await page.heard("sending")
        assert [m["type"] for m in page.waiting if m["type"] not in ("page", "chat")] == []


async def test_an_offer_without_an_answer_is_refused_in_time(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        house.service.parts.bridge._answer_seconds = 0.1
        bridge = await house.bridge()
        people = await house.appointment(await house.console())
        await people.start()
        page = await people.in_call()
        await page.send(type="offer", request=3, sdp=OFFER)
        await bridge.heard("offer")
        assert (await page.heard("refused", request=3))["code"] == "no_answer"


async def test_S14_the_revocation_is_sent_before_the_command_is_answered(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        bridge = await house.bridge()
        people = await house.appointment(await house.console())
        await people.start()
        await people.in_call()
        sent: list[str] = []
        line = house.service.parts.bridge._line
        assert line is not None
        send = line.send

        def noting(message) -> None:
            sent.append(message["type"])
            send(message)

        line.send = noting  # type: ignore[method-assign]
        remove = asyncio.create_task(people.console.do(people.id, "remove", person_id=people.ids["Ann"]))
        await until(lambda: "revoke" in sent or remove.done())
        assert sent == ["revoke"]
        await remove
        await bridge.revoked()


async def test_S14_a_removal_while_the_line_is_down_ends_the_bridge_itself(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        ended: list[str] = []
        house.service.parts.bridge.broken = lambda: ended.append("ended")
        people = await house.appointment(await house.console(), "Bea")
        await people.start()
        await people.in_call()
        await people.console.do(people.id, "hold", person_id=people.ids["Ann"])
        assert ended == [], "no bridge has had anybody's media yet"
        bridge = await house.bridge()
        await bridge.grants()
        await people.in_call("Bea")
        bridge.vanish()
        await until(lambda: house.service.parts.bridge.down.is_set())
        await people.console.do(people.id, "remove", person_id=people.ids["Bea"])
        assert ended == ["ended"]


async def test_S14_a_line_that_breaks_before_a_removal_is_confirmed_ends_the_bridge_itself(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        ended: list[str] = []
        house.service.parts.bridge.broken = lambda: ended.append("ended")
        bridge = await house.bridge()
        people = await house.appointment(await house.console())
        await people.start()
        await people.in_call()
        await people.console.do(people.id, "remove", person_id=people.ids["Ann"])
        await bridge.heard("revoke")
        bridge.vanish()
        await until(lambda: house.service.parts.bridge.down.is_set())
        assert ended == ["ended"]
