"""Text messages over real HTTP to a gateway of the test's own."""

import asyncio
import json
import socket
from pathlib import Path
from typing import Any

import pytest

from ecm_tui.service.invitations.gateway import body
from ecm_tui.service.invitations.invitation import LaterError, NeverError
from ecm_tui.service.invitations.sms import Gateway
from ecm_tui.service.invitations.templates import Templates
from ecm_tui.settings import Sms
from tests.service.invitations.builders import invitation
from tests.service.invitations.servers import gateway


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy of this machine has no part in talking to itself."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


async def nothing() -> None:
    pass


def ours(tmp_path: Path, url: str, seconds: float = 5, **settings) -> Gateway:
    return Gateway(Sms(url=url, **settings), Templates(tmp_path), answer_seconds=seconds)


async def test_S30_a_message_that_the_gateway_took_is_sent_with_what_the_settings_say(tmp_path: Path):
    async with gateway() as there:
        settings: dict[str, Any] = {
            "authorization": "Bearer k3y",
            "body": '{"a": ["{to}"], "b": {"c": "{text}"}}',
            "success": "accepted",
        }
        await ours(tmp_path, there.url, **settings).send(invitation(name='Ann "\\ {to} Lée'), nothing)
        (asked,) = there.asked
        assert asked.line == "POST /send?key=s3cret HTTP/1.1"
        assert asked.headers["authorization"] == "Bearer k3y"
        assert asked.headers["content-type"] == "application/json"
        assert asked.headers["idempotency-key"] == "a1.p1.sms.1"
        assert asked.json["a"] == ["+41791234567"]
        assert asked.json["b"]["c"].startswith('Ann "\\ {to} Lée: video appointment')


@pytest.mark.parametrize(
    ("status", "answer", "error"),
    [
        (200, '{"state": "rejected"}', NeverError),
        (400, "", NeverError),
        (302, "", NeverError),
        (401, "", LaterError),
        (429, "", LaterError),
        (500, "", LaterError),
        (503, "", LaterError),
    ],
)
async def test_S30_what_the_gateway_says_decides_and_its_words_and_keys_are_not_repeated(
    tmp_path, status, answer, error
):
    async with gateway(status=status, body=answer + " to +41791234567") as there:
        with pytest.raises(error) as raised:
            await ours(tmp_path, there.url, success="accepted").send(invitation(), nothing)
        assert not any(word in str(raised.value) for word in ("+4179", "s3cret"))


async def test_a_gateway_that_says_nothing_breaks_off_or_is_not_there_is_for_later(tmp_path: Path):
    async with gateway(before=lambda: asyncio.Event().wait()) as there:
        with pytest.raises(LaterError, match="in time"):
            await ours(tmp_path, there.url, 0.3).send(invitation(), nothing)
    async with gateway(before=lambda: asyncio.sleep(0, True)) as there:
        with pytest.raises(LaterError, match="cannot be reached"):
            await ours(tmp_path, there.url).send(invitation(), nothing)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(LaterError, match="cannot be reached"):
            await ours(tmp_path, f"http://127.0.0.1:{free.getsockname()[1]}/").send(invitation(), nothing)


async def test_an_endless_answer_is_not_read_to_its_end(tmp_path: Path):
    async with gateway(body="accepted" + "x" * 5_000_000) as there:
        await ours(tmp_path, there.url, success="accepted").send(invitation(), nothing)


def test_a_body_is_filled_once_and_must_be_json_with_both_places():
    filled = json.loads(body('{"to": "{to}", "text": "{text}"}', "{text}", 'a"\n\u202e'))
    assert filled == {"to": "{text}", "text": 'a"\n\u202e'}
    for wrong in ('{"to": "{to}"}', "to={to}&text={text}", "{}"):
        with pytest.raises(ValueError, match=r"sms\.body"):
            body(wrong, "", "")
