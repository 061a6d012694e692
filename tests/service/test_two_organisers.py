"""Two organisers in one session: one outcome, each act signed, and whoever is second is told by whom (U2)."""

import asyncio
from pathlib import Path

import pytest

from ecm_tui.service.serve import Options
from tests.service.house import Console, House, Message, service
from tests.service.test_organisers import with_token
from tests.service.test_tokens import added, issued


async def organiser(house: House, name: str, role: str = "organiser") -> Console:
    """A console of somebody else, over the network."""
    local = await house.console()
    line = await with_token(house, await issued(local, await added(local, name, role)))
    await line.heard("welcome")
    return line


def one_of_two(answers: list[Message]) -> tuple[Message, Message]:
    """What was done and what was refused."""
    (done,) = [answer for answer in answers if answer["type"] == "done"]
    (refused,) = [answer for answer in answers if answer["type"] == "refused"]
    return done, refused


@pytest.mark.parametrize(
    ("kind", "code", "said"),
    [
        ("admit", "already_admitted", "Ann is in the call already: {} admitted them."),
        ("disconnect", "not_waiting", "Ann is not waiting any more: {} disconnected them."),
    ],
)
async def test_U2_of_two_at_once_one_is_first_and_the_other_told_by_whom(
    tmp_path: Path, kind: str, code: str, said: str
) -> None:
    async with service(tmp_path) as house:
        lee, roy = await organiser(house, "Dr Lee"), await organiser(house, "Nurse Roy")
        people = await house.appointment(lee)
        await people.start()
        await people.waiting()
        both = await asyncio.gather(*(one.command(people.id, kind, person_id=people.ids["Ann"]) for one in (lee, roy)))
        _, refused = one_of_two(both)
        first = "Dr Lee" if both[0]["type"] == "done" else "Nurse Roy"
        assert (refused["code"], refused["message"]) == (code, said.format(first))
        timeline = (await lee.query("appointment", appointment=people.id))["timeline"]
        acts = [each for each in timeline if each["event"]["type"] in ("person_admitted", "person_disconnected")]
        assert [act["actor"]["name"] for act in acts] == [first]


async def test_U2_one_account_at_two_consoles_reads_you(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        here, there = await house.console(), await house.console()
        people = await house.appointment(here)
        await people.start()
        await people.waiting()
        await here.do(people.id, "admit", person_id=people.ids["Ann"])
        refused = await there.command(people.id, "admit", person_id=people.ids["Ann"])
        assert refused["message"] == "Ann is in the call already: you admitted them."


async def test_U2_admit_all_twice_lets_each_in_once(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        lee, roy = await organiser(house, "Dr Lee"), await organiser(house, "Nurse Roy")
        people = await house.appointment(lee, "Bea", "Cem")
        await people.start()
        for name in ("Ann", "Bea", "Cem"):
            await people.waiting(name)
        everyone = list(people.ids.values())
        both = await asyncio.gather(*(one.command(people.id, "admit_all", person_ids=everyone) for one in (lee, roy)))
        _, refused = one_of_two(both)
        first = "Dr Lee" if both[0]["type"] == "done" else "Nurse Roy"
        assert refused["message"] == f"None of them is waiting any more: {first} was first."
        timeline = (await lee.query("appointment", appointment=people.id))["timeline"]
        assert sum(each["event"]["type"] == "person_admitted" for each in timeline) == 3


async def test_U2_a_refusal_reads_the_same_when_it_is_asked_again_and_after_a_restart(tmp_path: Path) -> None:
    async with service(tmp_path, Options(bridge_command=None, grace=60)) as house:
        lee, roy = await organiser(house, "Dr Lee"), await organiser(house, "Nurse Roy")
        people = await house.appointment(lee)
        await people.start()
        await people.in_call()
        message = {"stream": people.id, "command": {"type": "admit", "person_id": people.ids["Ann"]}}
        await roy.send(type="command", id="r1", **message)
        first = await roy.answer("r1")
        await roy.send(type="command", id="r1", **message)
        assert await roy.answer("r1") == first
        appointment, ann = people.id, people.ids["Ann"]
    async with service(tmp_path, Options(bridge_command=None, grace=60)) as house:
        refused = await (await house.console()).command(appointment, "admit", person_id=ann)
        assert refused["message"] == "Ann is in the call already: Dr Lee admitted them."


ACTS = ("start_call", "end_call", "admit", "disconnect", "remove", "hold", "mute", "ask_screenshot", "invite", "cancel")


async def test_U2_an_observer_is_refused_every_act_and_hears_who_does_what(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        lee, sam = await organiser(house, "Dr Lee"), await organiser(house, "Sam", "observer")
        people = await house.appointment(lee)
        await sam.send(type="subscribe", stream=people.id, after=0)
        for kind in ACTS:
            fields = {"person_id": people.ids["Ann"]} if kind in ACTS[2:8] else {}
            fields = {"guest": {"name": "Eve", "email": "eve@home.test"}} if kind == "invite" else fields
            refused = await sam.command(people.id, kind, **fields)
            assert (refused["code"], "observer" in refused["message"]) == ("not_allowed", True), kind
        await people.start()
        started = await sam.heard("event")
        while started["event"]["type"] != "call_started":
            started = await sam.heard("event")
        assert started["actor"] == {"role": "organiser", "id": "o-lee", "name": "Dr Lee"}


async def test_U2_a_clerk_runs_the_waiting_room_without_picture_sound_or_stills(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        kim = await organiser(house, "Kim", "clerk")
        people = await house.appointment(kim)
        await people.start()
        await people.in_call()
        for kind, fields in (
            ("ask_screenshot", {"person_id": people.ids["Ann"]}),
            ("set_switches", {"camera": True}),
            ("choose_view", {"layout": "speaker"}),
        ):
            assert (await kim.command(people.id, kind, **fields))["code"] == "not_allowed", kind
        await kim.do(people.id, "remove", person_id=people.ids["Ann"])
        timeline = (await kim.query("appointment", appointment=people.id))["timeline"]
        assert timeline[-1]["actor"] == {"role": "clerk", "id": "o-kim", "name": "Kim"}
