"""Private notes reach their author and nobody else: not a frame, a file, a log or an answer of anyone else (S41)."""

import json
import logging
import os
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

from ecm_tui.core.notes import LONGEST_NOTE
from ecm_tui.core.wire import MOST_BYTES, VERSION
from ecm_tui.service import belongings
from tests.service.house import Console, House, service

CANARY = "canary-7f3a"


async def colleague(house: House, console: Console, name: str, role: str) -> tuple[Console, httpx.AsyncClient]:
    """The console and the REST side of another account."""
    account = name.lower()
    await console.do("clinic", "add_account", account_id=account, name=name, role=role)
    token = (await console.do("clinic", "issue_token", account_id=account))["result"]["token"]
    head = {"Authorization": f"Bearer {token}"}
    address = house.url.replace("http", "ws", 1) + "/api/v1/live"
    line = Console(await connect(address, additional_headers=head, compression=None, proxy=None))
    await line.send(type="hello", version=VERSION)
    await line.heard("welcome")
    await house._keep(line)
    rest = httpx.AsyncClient(base_url=house.url, headers=head, trust_env=False)
    house._stack.push_async_callback(rest.aclose)
    return line, rest


async def everything(line: Console, stream: str) -> None:
    """All that a console can ask and follow."""
    await line.send(type="subscribe", stream=stream, after=0)
    await line.send(type="subscribe", stream="schedule")
    await line.send(type="subscribe", stream="clinic", after=0)
    for what in ("appointment", "people", "appointments", "status", "verify", "invitation", "accounts"):
        await line.query(what, appointment=stream, search="canary" if what == "appointments" else "")


async def test_S41_a_note_is_read_by_its_author_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    async with service(tmp_path) as house:
        console = await house.console()
        people = await house.appointment(console, "Ben")
        await people.start()
        ann, ben = await people.in_call("Ann"), await people.waiting("Ben")
        others = [
            await colleague(house, console, name, role)
            for name, role in (("Olga", "organiser"), ("Carl", "clerk"), ("Vera", "observer"))
        ]
        bridge = await house.bridge()
        for line, _ in others:
            await line.send(type="subscribe", stream=people.id, after=0)
        done = await console.do(people.id, "save_note", note_id="n1", text=f"S: {CANARY}")
        assert (await console.do(people.id, "save_note", note_id="n1", text=f"S: {CANARY}"))["seq"] == done["seq"]
        own = await console.query("appointment", appointment=people.id)
        assert [note["text"] for note in own["notes"]] == [f"S: {CANARY}"]
        answers: list[str] = []
        for line, rest in others:
            await everything(line, people.id)
            asked = await line.query("appointment", appointment=people.id)
            assert asked["notes"] == []
            taken = await line.command(people.id, "save_note", note_id="n1", text="mine")
            assert taken["type"] == "refused" and taken["code"] in ("note_exists", "not_allowed")
            for path in ("", "/people", "/events"):
                answers.append((await rest.get(f"/api/v1/appointments/{people.id}{path}")).text)
            answers.append((await rest.get("/api/v1/appointments", params={"search": "canary"})).text)
        events = [json.loads(frame) for frame in others[0][0].frames if frame.startswith('{"type":"event"')]
        hidden = [event for event in events if event.get("hidden")]
        assert hidden and all(record["actor"]["id"] == "service" for record in hidden)
        frames = [frame for line in (ann, ben, bridge, *(line for line, _ in others)) for frame in line.frames]
        assert CANARY not in "".join(frames) and CANARY not in "".join(answers)
        assert (await house.client.get("/openapi.json")).text.count(CANARY) == 0
    home = house.service.settings.home
    files = [Path(folder, name) for folder, _, names in os.walk(tmp_path) for name in names]
    told = [path for path in files if CANARY.encode() in path.read_bytes()]
    assert all(path.name.startswith(home.database.name) for path in told), told
    said = capfd.readouterr()
    assert CANARY not in caplog.text + said.out + said.err
    async with service(tmp_path) as house:
        kept = await (await house.console()).query("appointment", appointment=people.id)
        assert [note["id"] for note in kept["notes"]] == ["n1"], "S43: read later, after a restart"


async def test_notes_and_files_longer_than_a_message_come_in_parts(tmp_path: Path) -> None:
    async with service(tmp_path) as house:
        console = await house.console()
        people = await house.appointment(console)
        for number in range(9):
            await console.do(people.id, "save_note", note_id=f"n{number}", text=f"{number} " + "é" * (LONGEST_NOTE - 9))
        await people.start()
        found: dict[str, list[Any]] = {"notes": [], "files": [], "timeline": []}
        after, parts = 0, 0
        while True:
            answer = await console.query("appointment", appointment=people.id, after=after)
            parts += 1
            assert len(json.dumps(answer, ensure_ascii=False).encode()) <= MOST_BYTES
            for name, items in found.items():
                items += answer.get(name, [])
            if "more" not in answer:
                break
            after = answer["more"]["after"]
            assert parts < 50, "asking on comes to an end"
        assert [note["id"] for note in found["notes"]] == [f"n{number}" for number in range(9)]
        assert parts > 5 and found["timeline"][-1]["event"]["type"] == "call_started"
        assert [one["seq"] for one in found["timeline"]] == list(range(1, len(found["timeline"]) + 1))


def test_every_place_in_an_answers_lists_has_a_number_of_its_own() -> None:
    for name in belongings.ORDER:
        for given in (0, 1, 20_000):
            assert belongings.place(belongings.number(name, given)) == (name, given)
    assert belongings.place(7) == ("timeline", 7) and belongings.place(0) == ("notes", 0)
    assert belongings.place(2**53 - 1)[0] == "timeline"
    assert belongings.following("notes", {"notes": [1], "files": []}) == "timeline"
    assert belongings.following("notes", {"notes": [1], "files": [1]}) == "files"
