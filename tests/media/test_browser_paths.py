"""A bridge in this process between real browsers, so that a test can spoil the path: pair switch, loss, slot switch."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser

from media import sockets
from media.peer import Peer
from media.sockets import Endpoint, UdpSocket, local_addresses
from tests.media.clinic import Clinic, clinic
from tests.media.pages import ARGUMENTS, Guest, browser, guest
from tests.until import until


@pytest.fixture
async def room() -> AsyncIterator[Clinic]:
    async with clinic() as running:
        yield running


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    async with browser() as running:
        yield running


async def join(room: Clinic, page: Guest, peer: str, **options: object) -> None:
    room.grant(peer)

    async def trickle(candidate: str, mid: str) -> None:
        room.send(type="candidate", peer=peer, candidate=candidate, mid=mid)

    page.candidates = trickle
    answer = await room.offer(peer, await page.offer(**{"trickle": True, **options}))
    assert answer["type"] == "answer", answer
    await page.accept(answer["sdp"])
    await until(lambda: room.said("connected", peer), timeout=15, what=f"{peer} connected")


def peer_of(room: Clinic, name: str) -> Peer:
    member = room.bridge.member(name)
    assert member is not None and member.peer is not None
    return member.peer


async def line(room: Clinic, page: Guest, peer: str, person: str, kind: str = "video") -> dict[str, Any]:
    """What arrives on the line on which `person` is shown to `peer`."""
    slots = room.said("slots", peer)["slots"]
    found = await page.inbound()
    lines = [found[mid] for mid, other in slots.items() if other == person and mid in found]
    return next((line for line in lines if line["kind"] == kind), {"frames": 0, "packets": 0, "width": 0})


async def frames_go_on(room: Clinic, page: Guest, peer: str, person: str, count: int = 10, limit: float = 20) -> None:
    before = (await line(room, page, peer, person))["frames"]

    async def more() -> bool:
        return bool((await line(room, page, peer, person))["frames"] > before + count)

    await until(more, timeout=limit, every=0.05, what=f"{person} is seen by {peer}")


def deaf(endpoint: Endpoint) -> None:
    """Cut this path: nothing comes in and nothing goes out."""
    transport: Any = endpoint.transport
    asyncio.get_running_loop().remove_reader(transport.sock.fileno())
    transport.sendto = lambda data, addr=None: None


async def test_media_follows_a_browser_that_changes_its_pair_in_the_middle_of_a_call(
    chromium: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.peer.SILENT_TIMEOUT", 60.0)  # A busy machine may need longer than a real call allows.
    address = local_addresses(None)[0]
    monkeypatch.setattr(sockets, "get_host_addresses", lambda use_ipv4, use_ipv6: [address, address])
    async with clinic() as room:
        ann, ben = await guest(chromium), await guest(chromium)
        await join(room, ann, "ann1")
        await join(room, ben, "ben1")
        await frames_go_on(room, ann, "ann1", "ben")
        leg = peer_of(room, "ann1").leg
        used = leg.endpoint
        assert used is not None and isinstance(used.transport, UdpSocket)
        deaf(used)
        await until(lambda: leg.endpoint is not used, timeout=45, what="the browser takes the other pair")
        await frames_go_on(room, ann, "ann1", "ben")
        await frames_go_on(room, ben, "ben1", "ann")
        assert not room.said("lost", "ann1")


async def test_lost_packets_are_sent_again_and_the_picture_goes_on(chromium: Browser, room: Clinic) -> None:
    ann, ben = await guest(chromium), await guest(chromium)
    await join(room, ann, "ann1")
    await join(room, ben, "ben1")
    await frames_go_on(room, ann, "ann1", "ben")
    leg = peer_of(room, "ann1").leg
    chance, usual = random.Random(7), leg.send

    def lossy(data: bytes, address: Any) -> None:
        if 192 <= data[1] <= 223 or chance.random() > 0.08:
            usual(data, address)

    monkey: Any = leg
    monkey.send = lossy
    await frames_go_on(room, ann, "ann1", "ben", count=120, limit=30)
    now = await line(room, ann, "ann1", "ben")
    reports = leg.reports
    assert now["nacks"] > 5 and reports.resent > 5
    assert now["lost"] <= max(3, now["packets"] // 100)


async def test_a_slot_that_is_given_to_another_person_shows_them_without_a_freeze(
    chromium: Browser, room: Clinic
) -> None:
    ann, ben, cas = await guest(chromium), await guest(chromium), await guest(chromium)
    await join(room, ann, "ann1", pictures=1)
    await join(room, ben, "ben1", pictures=1, devices=False)
    await join(room, cas, "cas1", pictures=1, devices=False)
    for number in range(6):
        person = ("ben", "cas")[number % 2]
        room.send(type="view", peer="ann1", pinned=person, pictures=1)
        await frames_go_on(room, ann, "ann1", person, count=12)
    now = await line(room, ann, "ann1", "cas")
    # A busy machine may be late; with numbers that jump, every second switch freezes for seconds.
    assert now["freezes"] <= 2 and now["lost"] == 0


async def test_a_browser_that_may_use_loopback_is_served_on_a_lone_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "get_host_addresses", lambda use_ipv4, use_ipv6: [])
    monkeypatch.setattr("tests.media.pages.ARGUMENTS", [*ARGUMENTS, "--allow-loopback-in-peer-connection"])
    async with clinic() as room, browser() as chromium:
        ann, ben = await guest(chromium), await guest(chromium)
        await join(room, ann, "ann1")
        await join(room, ben, "ben1")
        await frames_go_on(room, ann, "ann1", "ben")
        endpoint = peer_of(room, "ann1").leg.endpoint
        assert endpoint is not None and endpoint.local_candidate.host == "127.0.0.1"
