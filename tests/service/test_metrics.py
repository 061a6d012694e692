"""Numbers at an address of their own: what they count, and that they name nobody."""

import socket
from pathlib import Path

import httpx
import pytest

from ecm_tui.errors import ConfigError
from ecm_tui.settings import Serve
from tests.media.turn import free_port
from tests.service.house import service
from tests.until import until

CANARY = "Xanthippe Canarybird"


async def values(port: int) -> dict[str, float]:
    """Every sample, by name and labels."""
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"http://127.0.0.1:{port}/metrics")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/plain")
    assert "Canary" not in answer.text
    rows = (row.rpartition(" ") for row in answer.text.splitlines() if not row.startswith("#"))
    return {name: float(value) for name, _, value in rows}


async def test_calls_people_waits_and_events_are_counted_and_nobody_is_named(tmp_path: Path):
    port = free_port()
    async with service(tmp_path, serve=Serve(port=0, metrics=f"127.0.0.1:{port}")) as house:
        console = await house.console()
        visitors = await house.appointment(console, "Bob", patient={"name": CANARY, "email": "ann@home.test"})
        await visitors.start()
        await visitors.in_call("Bob")
        await visitors.waiting(CANARY)

        async def counted() -> dict[str, float]:
            found = await values(port)
            return found if found['ecm_people{state="waiting"}'] == 1 else {}

        found = await until(counted, 20)
        assert (found["ecm_calls"], found['ecm_people{state="admitted"}'], found["ecm_bridge_up"]) == (1, 1, 0)
        assert found['ecm_events_total{type="person_admitted"}'] == 1
        assert found["ecm_longest_wait_seconds"] >= 0 and found["ecm_database_bytes"] > 0
        assert found['ecm_lines{from="pages"}'] == 2 and found['ecm_lines{from="consoles"}'] == 1
        assert not [name for name in found if visitors.id in name or visitors.ids["Bob"] in name]


async def test_nothing_else_is_at_that_address_and_nothing_of_it_at_the_public_one(tmp_path: Path):
    port = free_port()
    async with service(tmp_path, serve=Serve(port=0, metrics=f"127.0.0.1:{port}")) as house:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            for path in ("/", "/api/v1/status", "/healthz", "/metrics/x"):
                assert (await client.get(path)).status_code == 404
            assert (await client.post("/metrics", content=b"x")).status_code == 405
        assert (await house.client.get("/metrics")).status_code == 404


async def test_an_address_that_is_taken_stops_the_start_in_words(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(ConfigError, match=r"serve\.metrics"):
            async with service(tmp_path, serve=Serve(port=0, metrics=taken)):
                pass


async def test_without_the_setting_there_is_no_such_address(tmp_path: Path):
    async with service(tmp_path) as house:
        assert house.service.settings.serve.metrics == ""
        assert (await house.client.get("/metrics")).status_code == 404
