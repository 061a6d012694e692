"""Tokens: which ones open, that no other does, and that a revoked one is over at once (U2)."""

import asyncio
import sqlite3
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect, unix_connect
from websockets.exceptions import InvalidStatus

from ecm_tui.core.wire import VERSION
from tests.service.house import Console, House, service
from tests.service.test_organisers import with_token
from tests.until import until


async def issued(console: Console, account: str) -> str:
    """A new token for the account."""
    return str((await console.do("clinic", "issue_token", account_id=account))["result"]["token"])


async def added(console: Console, name: str = "Dr Lee", role: str = "organiser") -> str:
    """A new account's id."""
    account = f"o-{name.split()[-1].lower()}"
    await console.do("clinic", "add_account", account_id=account, name=name, role=role)
    return account


async def status_of(house: House, token: str) -> int:
    """The status with which the network's side answers this token."""
    header = {"Authorization": f"Bearer {token}"}
    return (await house.client.get("/api/v1/status", headers=header)).status_code


async def refused_with(house: House, token: str) -> int:
    """The status with which the organisers' socket turns this token away."""
    with pytest.raises(InvalidStatus) as refused:
        await with_token(house, token)
    return refused.value.response.status_code


async def test_a_token_has_256_bits_and_is_kept_as_its_hash_only(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        console = await house.console()
        token = await issued(console, await added(console))
        assert len(token) == 43
        assert await status_of(house, token) == 200
        await console.send(type="subscribe", stream="clinic", after=0)
        await console.heard("live")
        assert sum(token in frame for frame in console.frames) == 1, "shown once"
        path = house.service.settings.home.database
    with sqlite3.connect(path) as database:
        whole = "\n".join(database.iterdump())
    assert "token_issued" in whole
    assert token not in whole


async def test_wrong_truncated_and_decorated_tokens_open_nothing(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        console = await house.console()
        token = await issued(console, await added(console))
        other = "A" if token[0] != "A" else "B"
        for wrong in (token[:-1], other + token[1:], token + "x", token.swapcase(), "x" * 5000, "'; drop table", "%"):
            assert await status_of(house, wrong) == 401
        for wrong in (token[:-1], other + token[1:]):
            assert await refused_with(house, wrong) == 403
        basic = {"Authorization": f"Basic {token}"}
        assert (await house.client.get("/api/v1/status", headers=basic)).status_code == 401
        people = await house.appointment(console)
        link = people.links["Ann"].rpartition("/")[2]
        page = await house.open(people.links["Ann"])
        assert await status_of(house, link) == 401, "a join link is no token"
        assert await status_of(house, page.credential) == 401, "a page's credential is no token"
        assert (await house.trade(f"/join/{token}")).status_code == 404, "a token is no link"


async def test_a_token_in_the_address_is_not_accepted(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        console = await house.console()
        token = await issued(console, await added(console))
        for query in (f"token={token}", f"access_token={token}", f"Authorization=Bearer%20{token}"):
            assert (await house.client.get(f"/api/v1/status?{query}")).status_code == 401
            live = house.url.replace("http", "ws", 1) + f"/api/v1/live?{query}"
            with pytest.raises(InvalidStatus) as refused:
                await connect(live, compression=None, proxy=None)
            assert refused.value.response.status_code == 403


async def test_who_guesses_tokens_gets_429_and_holds_up_nobody_with_a_right_one(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        console = await house.console()
        token = await issued(console, await added(console))
        guesses = [f"{n:02}".ljust(43, "x") for n in range(30)]
        statuses = await asyncio.gather(*(status_of(house, guess) for guess in guesses))
        assert sorted(statuses) == [401] * 20 + [429] * 10
        header = {"Authorization": f"Bearer {guesses[0]}"}
        answer = await house.client.get("/api/v1/status", headers=header)
        assert answer.json()["code"] == "too_many_tries" and answer.headers["retry-after"] == "60"
        assert await refused_with(house, guesses[0]) == 429
        assert await status_of(house, token) == 200
        people = await house.appointment(console)
        assert (await house.trade(people.links["Ann"])).status_code == 200, "links have a count of their own"


async def test_a_revoked_token_is_cut_off_at_once_and_the_others_are_not(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        console = await house.console()
        people = await house.appointment(console)
        account = await added(console)
        first, second = await issued(console, account), await issued(console, account)
        roy = await with_token(house, await issued(console, await added(console, "Nurse Roy")))
        lee, also_lee = await with_token(house, first), await with_token(house, second)
        for line in (lee, also_lee, roy):
            assert (await line.heard("welcome"))["account"]["role"] == "organiser"
        await lee.send(type="subscribe", stream=people.id, after=0)
        await lee.heard("live")
        done = await console.do("clinic", "revoke_tokens", account_id=account)
        assert done["result"] == {"account_id": account, "revoked": 2}
        for line in (lee, also_lee):
            assert "revoked" in (await line.heard("refused"))["message"]
            assert await line.closed() == 4401
        await people.start()
        assert not any("call_started" in frame for frame in lee.frames)
        assert await status_of(house, first) == 401 and await refused_with(house, second) == 403
        await roy.do(people.id, "invite", guest={"name": "Bea", "email": "bea@home.test"})
        again = await with_token(house, await issued(console, account))
        assert (await again.heard("welcome"))["account"] == {"id": account, "name": "Dr Lee", "role": "organiser"}


async def test_a_command_on_its_way_while_its_token_is_revoked_does_nothing(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        console = await house.console()
        people = await house.appointment(console)
        account = await added(console)
        lee = await with_token(house, await issued(console, account))
        await lee.heard("welcome")
        number = len((await console.query("appointment", appointment=people.id))["timeline"])
        organisers = house.service.parts.organisers
        login = next(one for one in organisers._lines.values() if one.account == account)
        local = next(one for one in organisers._lines.values() if one.account != account)
        revoke = organisers.execute(local, "clinic", {"type": "revoke_tokens", "account_id": account}, "r1")
        start = organisers.execute(login, people.id, {"type": "start_call"}, "s1")
        outcomes = await asyncio.gather(revoke, start, return_exceptions=True)
        assert getattr(outcomes[1], "code", "") == "not_allowed"
        assert len((await console.query("appointment", appointment=people.id))["timeline"]) == number


async def test_the_windows_of_an_account_close_with_its_last_token(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        bridge = await house.bridge()
        console = await house.console()
        people = await house.appointment(console)
        await people.start()
        account = await added(console)
        lee = await with_token(house, await issued(console, account))
        window = await house.open((await lee.query("window_link", appointment=people.id))["url"])
        await window.state("admitted")
        mine = await house.open((await console.query("window_link", appointment=people.id))["url"])
        await mine.state("admitted")
        unused = (await lee.query("window_link", appointment=people.id))["url"]
        await bridge.heard("grant")
        await console.do("clinic", "revoke_tokens", account_id=account)
        assert (await window.heard("over"))["reason"] == "link_not_valid"
        await bridge.revoked()
        assert (await house.trade(unused)).status_code == 404
        assert await (await house.page(window.credential)).closed() == 4401
        assert (await mine.socket.ping()) is not None and mine.code is None


async def test_a_repeat_of_a_lost_answer_makes_no_second_token_and_shows_none(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        console = await house.console()
        account = await added(console)
        message = {"stream": "clinic", "command": {"type": "issue_token", "account_id": account}}
        await console.send(type="command", id="same", **message)
        first = await console.answer("same")
        await console.send(type="command", id="same", **message)
        again = await console.answer("same")
        assert set(first["result"]) - set(again["result"]) == {"token"}
        assert first["result"]["token_id"] == again["result"]["token_id"]
        (listed,) = [one for one in (await console.query("accounts"))["accounts"] if one["id"] == account]
        assert listed == {"id": account, "name": "Dr Lee", "role": "organiser", "tokens": 1}


@pytest.mark.parametrize("role", ["clerk", "observer"])
async def test_U2_only_an_organiser_makes_accounts_and_tokens(tmp_path: Path, role: str) -> None:
    async with service(tmp_path) as house:
        console = await house.console()
        kim = await with_token(house, await issued(console, await added(console, "Kim", role)))
        await kim.heard("welcome")
        for kind, fields in (
            ("add_account", {"account_id": "o-evil", "name": "Mallory"}),
            ("issue_token", {"account_id": "o-local"}),
            ("issue_token", {"account_id": "o-kim"}),
            ("revoke_tokens", {"account_id": "o-local"}),
        ):
            assert (await kim.command("clinic", kind, **fields))["code"] == "not_allowed"
        assert (await kim.query("accounts"))["code"] == "not_allowed"
        assert (await console.command("clinic", "issue_token", account_id="o-none"))["code"] == "no_such_account"
        assert len((await console.query("accounts"))["accounts"]) == 2


async def test_on_the_unix_socket_a_token_acts_for_its_owner_and_a_wrong_one_for_nobody(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        console = await house.console()
        people = await house.appointment(console)
        token = await issued(console, await added(console, "Sam", "observer"))

        async def come(header: str) -> Console:
            extra = {"Authorization": header}
            line = Console(
                await unix_connect(house.socket, "ws://service/api/v1/live", additional_headers=extra, compression=None)
            )
            await line.send(type="hello", version=VERSION)
            return await house._keep(line)  # type: ignore[no-any-return]

        sam = await come(f"Bearer {token}")
        assert (await sam.heard("welcome"))["account"]["name"] == "Sam"
        assert (await sam.command(people.id, "start_call"))["code"] == "not_allowed"
        for wrong in (f"Bearer {token[:-1]}", "Bearer", f"Basic {token}", ""):
            with pytest.raises(InvalidStatus):
                await come(wrong)
        await console.do("clinic", "revoke_tokens", account_id="o-sam")
        assert await sam.closed() == 4401
        transport = httpx.AsyncHTTPTransport(uds=house.socket)
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            header = {"Authorization": f"Bearer {token}"}
            assert (await client.get("/api/v1/status", headers=header)).status_code == 401


async def test_tokens_outlive_a_restart_and_revoked_ones_stay_dead(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        console = await house.console()
        good = await issued(console, await added(console))
        dead = await issued(console, await added(console, "Nurse Roy"))
        await console.do("clinic", "revoke_tokens", account_id="o-roy")
    async with service(tmp_path) as house:
        assert [await status_of(house, token) for token in (good, dead)] == [200, 401]


async def test_a_line_that_was_welcomed_to_a_revoked_account_is_told_so(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        console = await house.console()
        token = await issued(console, await added(console))
        address = house.url.replace("http", "ws", 1) + "/api/v1/live"
        header = {"Authorization": f"Bearer {token}"}
        late = Console(await connect(address, additional_headers=header, compression=None, proxy=None))
        await console.do("clinic", "revoke_tokens", account_id="o-lee")
        await late.send(type="hello", version=VERSION)
        assert await late.closed() == 4401
        await late.close()
        await until(lambda: house.service.parts.organisers.open == 1, what="only the local console is left")
