"""The bridge's socket to the service: hello, adoption, loss, refusal. The service is a fake at the other end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from media import signalling
from media.bridge import Bridge
from media.config import Config
from media.signalling import MAX_OUTBOX, Outbox, Refused, Signalling
from tests.media.clinic import Clinic, Patient, sending
from tests.media.service import TOKEN, Service, grant
from tests.until import until


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    async with Service(tmp_path) as running:
        running.other_process = False
        yield running


class Running:
    """A bridge of this process, connected to the fake service."""

    def __init__(self, service: Service) -> None:
        self.config = Config(socket=str(service.socket), token=TOKEN)
        self.signalling = Signalling(self.config)

    async def __aenter__(self) -> Running:
        self.bridge = Bridge(self.config, self.signalling.outbox.put)
        await self.bridge.__aenter__()
        self.task = asyncio.create_task(self.signalling.run(self.bridge))
        return self

    async def __aexit__(self, *_error: object) -> None:
        self.task.cancel()
        await asyncio.wait([self.task])
        await self.bridge.close()

    def clinic(self, service: Service) -> Clinic:
        """The same bridge for light peers, with what the service heard."""
        found = Clinic()
        found.bridge, found.heard = self.bridge, service.heard
        return found


async def test_the_bridge_says_hello_takes_grants_and_answers(service: Service):
    service.grants = [grant("ann1")]
    async with Running(service) as running:
        await until(lambda: running.bridge.member("ann1"))
        refused = await service.offer("ann1", "nothing")
        assert refused["code"] == "bad_offer"
        await service.send(type="revoke", peer="ann1")
        await until(lambda: service.said("revoked", "ann1"))
        assert running.bridge.member("ann1") is None


async def test_nonsense_of_the_service_is_passed_over(service: Service):
    async with Running(service) as running:
        await until(lambda: service.hellos)
        assert service.connection is not None
        for text in ("", "{", "[]", "7", '{"type": "grant", "grant": 7}', json.dumps({"type": "revoke", "peer": "/"})):
            await service.connection.send(text)
        await service.send(type="grant", grant=grant("ann1"))
        await until(lambda: running.bridge.member("ann1"))


async def test_U1_media_runs_on_without_a_service_and_the_one_that_comes_back_adopts_and_drops(service: Service):
    async with Running(service) as running:
        await until(lambda: service.hellos)
        room = running.clinic(service)
        async with Patient(room, "ann1") as ann, Patient(room, "ben1") as ben, Patient(room, "cas1") as cas:
            async with sending(ann, ben, cas):
                await until(lambda: ann.got(b"ben1") > 3 and ann.got(b"cas1") > 3)
                await service.stop()
                before = ann.got(b"ben1"), ann.got(b"cas1")
                await until(lambda: ann.got(b"ben1") > before[0] + 10 and ann.got(b"cas1") > before[1] + 10)
                service.heard.clear()
                service.grants = [grant("ann1"), grant("ben1")]
                await service.start()
                await until(lambda: service.hellos == 2)
                await until(lambda: service.slots("ann1") == ["ben", "ben"])
                assert service.said("connected", "ben1") and not service.said("connected", "cas1")
                assert service.said("sending", "ben1")["quality"] == "large"
                await until(lambda: cas.dtls.state == "closed")
                seen = ann.got(b"ben1")
                await until(lambda: ann.got(b"ben1") > seen + 5)


async def test_without_a_service_for_too_long_the_bridge_ends(service: Service, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(signalling, "PATIENCE", 0.5)
    async with Running(service) as running:
        await until(lambda: service.hellos)
        await service.stop()
        await until(lambda: running.task.done(), timeout=5)
        assert running.task.exception() is None


@pytest.mark.parametrize(("code", "word"), [(4409, "another bridge"), (4401, "token"), (4426, "version")])
async def test_a_refusal_is_final_and_says_why(service: Service, code: int, word: str):
    service.close_first = code
    async with Running(service) as running:
        await until(lambda: running.task.done())
        with pytest.raises(Refused, match=word):
            running.task.result()


async def test_a_refusal_in_words_is_final_too(service: Service):
    async with Running(service) as running:
        await until(lambda: service.hellos)
        await service.send(type="refused", code="wrong_version", message="Update the bridge.")
        await until(lambda: running.task.done())
        with pytest.raises(Refused, match="Update the bridge"):
            running.task.result()


async def test_messages_for_a_service_that_takes_none_are_not_kept_without_end():
    outbox = Outbox()
    outbox.put({"type": "before"})
    outbox.start()
    for number in range(MAX_OUTBOX * 2):
        outbox.put({"type": "stats", "number": number})
    assert outbox.full and len(outbox._waiting) == MAX_OUTBOX + 1
    outbox.start()
    assert not outbox.full and not outbox._waiting
