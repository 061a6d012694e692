"""Small live pictures for an organiser without a display (U3): who may look, for how long, and that nothing remains."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ecm_tui.core.appointment import Appointment
from ecm_tui.core.people import Person
from ecm_tui.errors import RefusedError
from ecm_tui.service.glances import LONGEST, Glances
from ecm_tui.service.grants import peer_of
from tests.service.house import FakeBridge, House, Visitors, service
from tests.service.test_organisers import account
from tests.until import until

JPEG = "anBlZw=="

ANN = Person(id="p1", name="Ann", state="admitted", admission=1)


async def looked_at(people: Visitors, bridge: FakeBridge, jpeg: str = JPEG, after: int = 0) -> dict[str, Any]:
    """Ask for Ann's picture; the bridge gives one when it is told to look."""
    question = asyncio.create_task(people.console.query("glance", appointment=people.id, person=people.ids["Ann"]))
    peer = (await bridge.heard("glance_open"))["peer"]
    await bridge.send(type="glance", peer=peer, width=320, height=180, jpeg=jpeg)
    return await question


def files_with(home: Path, text: str) -> list[Path]:
    return [path for path in home.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


async def in_call(house: House) -> tuple[FakeBridge, Visitors]:
    bridge = await house.bridge()
    people = await house.appointment(await house.console())
    await people.start()
    await people.in_call()
    return bridge, people


async def test_U3_an_organiser_gets_the_picture_and_nobody_else_and_nothing_is_stored(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        bridge, people = await in_call(house)
        other = await house.console()
        await other.send(type="subscribe", stream=people.id, after=0)
        before = await people.console.query("appointment", appointment=people.id)
        answer = await looked_at(people, bridge)
        assert (answer["jpeg"], answer["width"], answer["height"]) == (JPEG, 320, 180)
        assert await people.console.query("appointment", appointment=people.id) | {"id": 0} == before | {"id": 0}
        assert not await asyncio.to_thread(files_with, tmp_path, JPEG)
        assert not any(JPEG in frame for frame in other.frames)
        assert await people.console.query("glance", appointment=people.id, person=people.ids["Ann"], over=True)
        await bridge.heard("glance_close")


async def test_only_organisers_look_and_only_at_who_is_in_the_call_with_a_camera_on(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        bridge = await house.bridge()
        people = await house.appointment(await house.console(), "Bob")
        ann = {"appointment": people.id, "person": people.ids["Ann"]}
        assert (await people.console.query("glance", **ann))["code"] == "not_admitted"
        await people.start()
        await people.waiting()
        assert (await people.console.query("glance", **ann))["code"] == "not_admitted"
        await people.admit()
        for role in ("clerk", "observer"):
            line = await account(house, role.title(), role)
            assert (await line.query("glance", **ann))["code"] == "not_allowed"
        unknown = await people.console.query("glance", appointment=people.id, person="nobody")
        assert unknown["code"] == "no_such_person"
        bob = await people.waiting("Bob", camera="off")
        await people.admit("Bob")
        await bob.state("admitted")
        dark = await people.console.query("glance", appointment=people.id, person=people.ids["Bob"])
        assert dark["code"] == "no_video"
        assert not [message for message in bridge.waiting if message["type"] == "glance_open"]


async def test_without_a_bridge_it_is_said(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        people = await house.appointment(await house.console())
        await people.start()
        await people.in_call()
        refused = await people.console.query("glance", appointment=people.id, person=people.ids["Ann"])
        assert refused["code"] == "no_bridge"


class Wire:
    """A bridge that remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.granted = True
        self.camera = True
        self.up = asyncio.Event()
        self.up.set()

    def tell(self, message: dict[str, str]) -> bool:
        self.told.append((message["type"], message["peer"]))
        return True

    def grant(self, peer: str) -> object | None:
        return type("Grant", (), {"peer": peer, "camera": self.camera})() if self.granted else None


def picture(glances: Glances, wire: Wire, **more: Any) -> None:
    glances.from_bridge(wire.grant(peer_of(ANN)), {"type": "glance", "width": 2, "height": 1, "jpeg": JPEG, **more})  # type: ignore[arg-type]


async def test_the_next_picture_is_waited_for_and_has_a_larger_number() -> None:
    wire = Wire()
    glances = Glances(wire)  # type: ignore[arg-type]  # the two methods that it uses
    first = asyncio.create_task(glances.picture("o1", ANN, 0))
    await asyncio.sleep(0)
    picture(glances, wire)
    number = (await first)["number"]
    assert (await glances.picture("o2", ANN, 0))["number"] == number
    second = asyncio.create_task(glances.picture("o1", ANN, number))
    await asyncio.sleep(0)
    assert not second.done()
    picture(glances, wire)
    assert (await second)["number"] > number and wire.told == [("glance_open", "p1-1")]


async def test_the_decoder_is_closed_when_the_last_who_looked_looks_away_or_asks_no_more() -> None:
    wire = Wire()
    glances = Glances(wire, lease=0.1, patience=0.01)  # type: ignore[arg-type]
    for account_id in ("o1", "o2"):
        with pytest.raises(RefusedError, match="has come yet"):
            await glances.picture(account_id, ANN, 0)
    glances.look_away("o1", ANN)
    assert wire.told == [("glance_open", "p1-1")]
    glances.look_away("o2", ANN)
    assert wire.told[1:] == [("glance_close", "p1-1")]
    with pytest.raises(RefusedError):
        await glances.picture("o1", ANN, 0)
    await until(lambda: wire.told[-1] == ("glance_close", "p1-1"), what="nobody looks any more")
    glances.look_away("o1", ANN)
    assert len(wire.told) == 4


async def test_a_console_that_is_gone_or_looks_away_while_it_waits_leaves_no_decoder_behind() -> None:
    for away in ("gone", "over"):
        wire = Wire()
        glances = Glances(wire)  # type: ignore[arg-type]
        asked = asyncio.create_task(glances.picture("o1", ANN, 0))
        await asyncio.sleep(0)
        if away == "gone":
            asked.cancel()
        else:
            glances.look_away("o1", ANN)
            picture(glances, wire)
        await asyncio.wait([asked])
        assert wire.told == [("glance_open", "p1-1"), ("glance_close", "p1-1")]


async def test_who_looks_away_takes_no_picture_from_another_console_that_waits() -> None:
    wire = Wire()
    glances = Glances(wire)  # type: ignore[arg-type]
    waits = asyncio.create_task(glances.picture("o1", ANN, 0))
    await asyncio.sleep(0)
    glances.look_away("o1", ANN)
    picture(glances, wire)
    assert (await waits)["jpeg"] == JPEG


async def test_a_picture_that_nothing_has_followed_for_long_is_shown_to_nobody_as_a_live_one() -> None:
    wire = Wire()
    glances = Glances(wire, patience=0.01)  # type: ignore[arg-type]
    first = asyncio.create_task(glances.picture("o1", ANN, 0))
    await asyncio.sleep(0)
    picture(glances, wire)
    number = (await first)["number"]
    with pytest.raises(RefusedError, match="has come yet"):
        await glances.picture("o1", ANN, number)
    with pytest.raises(RefusedError, match="has come yet"):
        await glances.picture("o2", ANN, 0)


async def test_S14_a_removal_and_a_camera_that_is_switched_off_end_it_at_once(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        bridge, people = await in_call(house)
        ann = {"appointment": people.id, "person": people.ids["Ann"]}
        number = (await looked_at(people, bridge))["number"]
        await people.console.send(type="query", what="glance", id="waits", **ann, after=number)
        await people.console.do(people.id, "remove", person_id=people.ids["Ann"])
        async with asyncio.timeout(2):  # well before the question's own patience ends
            assert (await people.console.answer("waits"))["code"] == "not_admitted"
        await bridge.heard("glance_close")
    wire = Wire()
    glances = Glances(wire)  # type: ignore[arg-type]
    asked = asyncio.create_task(glances.picture("o1", ANN, 0))
    await asyncio.sleep(0)
    wire.camera = False
    glances.changed(Appointment(id="a1"), Appointment(id="a1"), ())
    with pytest.raises(RefusedError, match="camera of Ann is off"):
        await asked
    assert wire.told[-1] == ("glance_close", "p1-1")


async def test_S14_a_picture_of_someone_who_was_removed_meanwhile_is_not_given() -> None:
    wire = Wire()
    glances = Glances(wire)  # type: ignore[arg-type]
    asked = asyncio.create_task(glances.picture("o1", ANN, 0))
    await asyncio.sleep(0)
    picture(glances, wire)
    wire.granted = False
    with pytest.raises(RefusedError, match="not in the call any more"):
        await asked


async def test_why_there_is_none_is_said_and_the_next_question_tries_again() -> None:
    wire = Wire()
    glances = Glances(wire)  # type: ignore[arg-type]
    for message, why in (({"why": "too large"}, "too large"), ({"jpeg": "x" * (LONGEST + 1)}, "cannot be shown")):
        asked = asyncio.create_task(glances.picture("o1", ANN, 0))
        await asyncio.sleep(0)
        picture(glances, wire, **{"jpeg": None, **message})
        with pytest.raises(RefusedError, match=why):
            await asked
    assert [each for each, _ in wire.told] == ["glance_open", "glance_close"] * 2


async def test_a_bridge_that_goes_is_said_at_once_and_the_next_one_is_told_when_somebody_asks_again() -> None:
    wire = Wire()
    glances = Glances(wire)  # type: ignore[arg-type]
    asked = asyncio.create_task(glances.picture("o1", ANN, 0))
    await asyncio.sleep(0)
    wire.up.clear()
    glances.bridge_down()
    with pytest.raises(RefusedError, match="being restored"):
        await asked
    wire.up.set()
    glances.bridge_up()
    asked = asyncio.create_task(glances.picture("o1", ANN, 0))
    await asyncio.sleep(0)
    picture(glances, wire)
    assert (await asked)["jpeg"] == JPEG and wire.told[-1] == ("glance_open", "p1-1")
