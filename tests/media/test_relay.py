"""Allocations at a real relay, and every way in which there is none."""

import asyncio
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from media import relay
from media.config import Turn
from media.relay import Answer, allocated
from tests.media.turn import SECRET, coturn, free_port


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with coturn(tmp_path_factory.mktemp("relay")) as running:
        yield running


async def ask(url: str, secret: str = SECRET, now: float | None = None) -> Answer:
    return await allocated(url, Turn(urls=(url,), secret=secret), time.time() if now is None else now)


@pytest.mark.parametrize("transport", ["", "?transport=udp", "?transport=tcp"])
async def test_right_credentials_give_an_address_of_the_relay(url: str, transport: str):
    assert await ask(url + transport) == Answer(url=url + transport, address="127.0.0.1")


async def test_a_wrong_secret_is_told_from_a_silent_relay(url: str):
    answer = await ask(url, "another secret")
    assert (answer.address, answer.problem) == ("", "unauthorised")
    assert answer.detail.startswith("401")


async def test_credentials_that_have_expired_give_no_relay(url: str):
    assert (await ask(url, now=1000.0)).problem == "unauthorised"


async def test_the_allocation_is_given_back(url: str):
    for _ in range(5):
        assert (await ask(url)).address


async def test_an_address_where_nobody_listens():
    assert (await ask(f"turn:127.0.0.1:{free_port()}?transport=tcp")).problem == "refused"


async def test_a_relay_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(relay, "SECONDS", 0.2)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        mute.bind(("127.0.0.1", 0))
        assert (await ask(f"turn:127.0.0.1:{mute.getsockname()[1]}")).problem == "silent"


async def test_a_name_that_nobody_knows():
    assert (await ask("turn:relay.invalid")).problem == "unknown_name"


@pytest.mark.parametrize("wrong", ["turn:[::1]:3478", "turns:relay.example?transport=udp", "turn:", "http://x"])
async def test_an_address_that_the_bridge_could_not_use_is_told(wrong: str):
    assert (await ask(wrong)).problem == "unusable"


async def test_a_certificate_that_nobody_trusts_is_told(tmp_path: Path):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    async with await asyncio.start_server(lambda reader, writer: None, "localhost", 0, ssl=context) as server:
        port = server.sockets[0].getsockname()[1]
        answer = await ask(f"turns:localhost:{port}")
    assert answer.problem == "certificate"
