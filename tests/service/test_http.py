"""Over HTTP: pages, headers, other pages' requests, and REST."""

from pathlib import Path

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from tests.service.house import service


async def test_the_same_document_for_every_token_with_a_strict_policy(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        people = await house.appointment(await house.console())
        good = await house.client.get(people.links["Ann"])
        bad = await house.client.get("/join/nothing")
        assert good.status_code == bad.status_code == 200 and good.content == bad.content
        policy = good.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy
        assert good.headers["referrer-policy"] == "no-referrer"
        assert good.headers["cache-control"] == "no-store"
        assert good.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in good.headers and "server" not in good.headers
        assert (await people.person())["state"] == "invited", "opening makes no entry"


async def test_modules_are_served_and_wrong_methods_answered_as_such(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        module = await house.client.get("/web/join.js")
        assert module.status_code == 200 and "javascript" in module.headers["content-type"]
        assert module.headers["cache-control"] == "no-cache"
        assert (await house.client.get("/web/../page.py")).status_code == 404
        assert (await house.client.get("/web/%2e%2e/app.py")).status_code == 404
        assert (await house.client.get("/nothing")).json()["code"] == "not_found"
        wrong = await house.client.get("/api/v1/open")
        assert wrong.status_code == 405 and wrong.json()["code"] == "wrong_method"


async def test_other_peoples_pages_may_not_speak_to_us(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        for origin in ("http://evil.example", "null", house.url.replace("http", "https")):
            with pytest.raises(InvalidStatus) as refused:
                await house.raw(origin)
            assert refused.value.response.status_code == 403
            answer = await house.client.post("/api/v1/open", json={}, headers={"Origin": origin})
            assert answer.status_code == 403 and answer.json()["code"] == "wrong_origin"
        own = house.url.replace("127.0.0.1", "localhost")
        assert (await house.client.post("/api/v1/open", json={}, headers={"Origin": own})).status_code == 400


async def test_malformed_requests_are_refused_in_words(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        for body in (b"{", b"[]", b'{"token": 1, "version": 1}', b'{"token": "x"}', b"\xff"):
            headers = {"Content-Type": "application/json"}
            answer = await house.client.post("/api/v1/open", content=body, headers=headers)
            assert answer.status_code == 400 and answer.json()["code"] == "bad_message"
        long = await house.client.post("/api/v1/open", content=b" " * 300_000)
        assert long.status_code == 413 and long.json()["code"] == "too_long"
        old = await house.client.post("/api/v1/open", json={"token": "x", "version": 0})
        assert old.status_code == 426


async def test_an_address_with_nothing_at_it_says_what_to_open(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        for address in ("/", "/nonsense", "/api/v1/nonsense", "/web/nonsense.js"):
            answer = await house.client.get(address)
            assert answer.status_code == 404 and answer.json()["code"] == "not_found"
            assert answer.json()["message"].startswith("There is nothing at this address. ")


async def test_U5_rest_does_what_the_socket_does(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        console = await house.console()
        people = await house.appointment(console)
        token = (await console.do("clinic", "issue_token", account_id="o-local"))["result"]["token"]
        head = {"Authorization": f"Bearer {token}"}
        path = f"/api/v1/appointments/{people.id}"
        shown = await house.client.get(path, headers=head)
        assert shown.json()["patient"] == "Ann" and shown.json()["id"] == people.id
        start = {"command": {"type": "start_call"}}
        done = await house.client.post(f"{path}/commands", json=start, headers={**head, "Idempotency-Key": "k1"})
        assert done.status_code == 200
        admit = {"command": {"type": "admit", "person_id": people.ids["Ann"]}}
        refused = await house.client.post(f"{path}/commands", json=admit, headers=head)
        assert refused.status_code == 409 and refused.json()["code"] == "not_waiting"
        events = (await house.client.get(f"{path}/events?after=1", headers=head)).json()["events"]
        assert events[0]["seq"] == 2 and events[-1]["event"]["type"] == "call_started"
        assert (await house.client.get("/api/v1/appointments/a0", headers=head)).status_code == 404
        document = (await house.client.get("/openapi.json")).json()
        assert "/api/v1/appointments/{appointment}/commands" in document["paths"]
        assert "400" in document["paths"]["/api/v1/open"]["post"]["responses"]


async def test_the_unix_socket_needs_no_token_and_no_header_makes_the_network_local(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        transport = httpx.AsyncHTTPTransport(uds=house.socket)
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            assert (await client.get("/api/v1/status")).json()["waiting"] == 0
            assert (await client.get("/api/v1/status", headers={"Authorization": "Bearer x"})).status_code == 401
            assert (await client.post("/api/v1/open", json={}, headers={"Origin": house.url})).status_code == 403
        lies = {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1", "Host": "service"}
        assert (await house.client.get("/api/v1/status", headers=lies)).status_code == 401
