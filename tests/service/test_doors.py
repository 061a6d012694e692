"""Links: which open, and that the others all look the same."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ecm_tui.service.serve import Options
from tests.service.house import service


async def test_wrong_revoked_and_expired_links_look_the_same(tmp_path: Path) -> None:
    later = timedelta()
    options = Options(bridge_command=None, clock=lambda: datetime.now(UTC) + later)
    async with service(tmp_path, options) as house:
        people = await house.appointment(await house.console(), "Bea")
        await people.console.do(people.id, "replace_link", person_id=people.ids["Bea"], revoke=True)
        unknown = await house.trade("/join/" + "x" * 27)
        revoked = await house.trade(people.links["Bea"])
        later = timedelta(days=3)
        expired = await house.trade(people.links["Ann"])
        assert {answer.status_code for answer in (unknown, revoked, expired)} == {404}
        assert unknown.json() == {"code": "link_not_valid", "message": "This link is not valid."}
        assert unknown.content == revoked.content == expired.content
        refused = await people.console.query("link", appointment=people.id, person=people.ids["Bea"])
        assert refused["code"] == "link_not_valid"


async def test_a_second_window_on_one_link_is_told_so(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        people = await house.appointment(await house.console())
        early = await house.open(people.links["Ann"])
        await early.state("arriving")
        first = await people.waiting()
        second = await house.trade(people.links["Ann"])
        assert second.status_code == 409 and second.json()["code"] == "open_elsewhere"
        await early.send(type="enter", devices={})
        assert (await early.heard("over"))["reason"] == "elsewhere"
        assert await (await house.page(early.credential)).closed() == 4409
        await people.stands("waiting", connected=True)
        # A page that does not speak for the person cannot act for them either.
        for message in ("leave", "unmute", "devices"):
            await first.send(type="devices", camera="off", microphone="off") if message == "devices" else None
        assert (await people.person())["state"] == "waiting"


async def test_an_arriving_window_cannot_act_for_the_one_who_is_in(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        people = await house.appointment(await house.console())
        await people.start()
        early = await house.open(people.links["Ann"])
        await early.state("arriving")
        await people.in_call()
        await early.send(type="devices", camera="denied", microphone="denied")
        await early.send(type="offer", request=1, sdp="x")
        assert (await early.heard("refused"))["code"] == "no_grant"
        await early.send(type="leave")
        assert (await early.heard("over"))["reason"] == "left"
        person = await people.person()
        assert person["state"] == "admitted" and person["camera"] == "on"


async def test_a_copied_tab_takes_over_and_the_first_is_told(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        people = await house.appointment(await house.console())
        first = await people.waiting()
        second = await house.page(first.credential)
        await second.state("waiting")
        assert (await first.heard("over"))["reason"] == "elsewhere"
        await first.closed()
        await people.stands("waiting", connected=True)


async def test_another_page_of_the_link_takes_a_lost_place_in_the_waiting_room_only(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        bridge = await house.bridge()
        people = await house.appointment(await house.console())
        await people.start()
        page = await people.in_call()
        page.vanish()
        await people.stands("admitted", connected=False)
        await people.waiting()
        await bridge.revoked()
        assert (await people.person())["state"] == "waiting"
        late = await house.page(page.credential)
        assert await late.closed() == 4409


async def test_after_twenty_wrong_links_a_minute_even_a_right_one_waits(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        people = await house.appointment(await house.console())
        guesses = await asyncio.gather(*(house.trade(f"/join/{'y' * 26}{n:02}") for n in range(30)))
        statuses = [answer.status_code for answer in guesses]
        assert statuses.count(404) == 20 and statuses.count(429) == 10
        answer = await house.trade(people.links["Ann"])
        assert answer.status_code == 429 and answer.json()["code"] == "too_many_tries"
        assert answer.headers["retry-after"] == "60"


async def test_fifty_joiners_from_one_network_are_no_guessers(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        names = [f"Guest{n}" for n in range(49)]
        people = await house.appointment(await house.console(), *names)
        answers = await asyncio.gather(*(house.trade(link) for link in people.links.values()))
        assert [answer.status_code for answer in answers] == [200] * 50


async def test_an_old_page_is_told_to_reload(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        page = await house.raw()
        await page.send(type="hello", version=0, credential="x")
        assert (await page.heard("refused"))["code"] == "wrong_version"
        assert await page.closed() == 4426
