"""Pages that mean harm: whatever they send ends their own line at most; the service and everyone else go on."""

import asyncio
import contextlib
import json
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed

from ecm_tui.core.wire import WireError
from ecm_tui.service import page_messages
from tests.service.house import OFFER, PageClient, service

KINDS = ("hello", "enter", "ask_again", "leave", "devices", "offer", "candidate", "view", "unmute", "hand", "consent")
FIELDS = ("devices", "camera", "microphone", "request", "sdp", "candidate", "mid", "pictures", "pinned", "accept", "up")

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["on", "off", "p1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
messages = st.fixed_dictionaries({"type": st.sampled_from(KINDS) | st.text(max_size=8)}).flatmap(
    lambda base: st.dictionaries(st.sampled_from(FIELDS), values, max_size=4).map(lambda more: {**more, **base})
)


@given(messages)
@settings(max_examples=300)
def test_any_message_is_either_understood_or_refused_without_repeating_it(message: dict) -> None:
    try:
        page_messages.decode(message)
    except WireError as error:
        assert len(str(error)) < 300


RAW = [
    "",
    "null",
    "[]",
    "{",
    "{}",
    '{"type": null}',
    '{"type": "enter", "devices": []}',
    '{"type": "offer", "request": 1e400, "sdp": "x"}',
    '{"type": "offer", "request": 1, "sdp": "\\ud800"}',
    '{"type": "offer", "request": -1, "sdp": "x"}',
    '{"type": "candidate", "candidate": "\\udfff", "mid": "0"}',
    '{"type": "view", "pictures": 1000000}',
    '{"type": "' + "x" * 100_000 + '"}',
    "[" * 50_000,
    json.dumps({"type": "devices", "camera": "<script>", "microphone": "on"}),
    json.dumps({"type": "hello", "version": 2, "credential": "x"}),
    b"\x00\x01\x02",
    "x" * 300_000,
]


async def test_bad_messages_of_one_page_end_that_page_alone(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        bridge = await house.bridge()
        people = await house.appointment(await house.console(), "Bea")
        await people.start()
        bea = await people.in_call("Bea")
        peer = (await bridge.heard("grant"))["grant"]["peer"]
        ann = await people.in_call()
        for raw in RAW:
            with contextlib.suppress(ConnectionClosed):
                await ann.socket.send(raw)
            assert await ann.closed() in (1007, 1009, 4400), raw[:40]
            ann = await house.page(ann.credential)
            await ann.state("admitted")
        assert bea.code is None and bridge.code is None
        await bea.send(type="offer", request=1, sdp=OFFER)
        assert (await bridge.answer_offer())["peer"] == peer
        await bea.heard("answer")


async def test_before_the_hello_nothing_but_a_hello_counts(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        people = await house.appointment(await house.console())
        first = await house.raw()
        await first.send(type="enter", devices={})
        assert await first.closed() == 4400
        for credential in ("", "x", None, 5, {"a": 1}, "\ud800"):
            line = await house.raw()
            await line.send(type="hello", version=2, credential=credential)
            assert await line.closed() == 4401
        assert (await people.person())["state"] == "invited"


async def test_a_page_that_talks_without_end_is_ended(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        people = await house.appointment(await house.console(), "Bea")
        ann, bea = await people.waiting(), await people.waiting("Bea")
        with contextlib.suppress(ConnectionClosed):
            for _ in range(2000):
                await ann.send(type="view", pictures=1)
        assert await ann.closed() == 4429
        assert bea.code is None


async def test_a_page_that_reads_nothing_is_cut_and_holds_nobody_up(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        bridge = await house.bridge()
        people = await house.appointment(await house.console(), "Bea")
        await people.start()
        ann, bea = await people.in_call(), await people.in_call("Bea")
        ann.socket.transport.pause_reading()
        slots = {str(n): "x" * 50_000 for n in range(4)}
        for _ in range(60):
            await bridge.send(type="slots", peer=f"{people.ids['Ann']}-1", slots=slots)
        await bridge.send(type="sending", peer=f"{people.ids['Bea']}-1", quality="large")
        await bea.heard("sending")
        await people.stands("admitted", connected=False)
        assert (await people.person("Bea"))["connected"] is True
        ann.vanish()


async def test_many_pages_at_once_are_all_served(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        people = await house.appointment(await house.console(), *(f"Guest{n}" for n in range(19)))

        async def come(name: str) -> PageClient:
            return await people.waiting(name)

        pages = await asyncio.gather(*(come(name) for name in people.ids))
        assert len(pages) == 20
        found = await people.console.query("people", appointment=people.id)
        assert [person["state"] for person in found["people"]] == ["waiting"] * 20
