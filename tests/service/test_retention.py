"""Retention in a real service: what is due goes from database, disk and search, and the audit still verifies (U4)."""

import asyncio
import hashlib
import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from ecm_tui.core.log import ERASED
from ecm_tui.service.album import Album
from ecm_tui.service.files import Files
from ecm_tui.service.serve import Options
from ecm_tui.settings import Retention as Kept
from tests.service.house import Console, House, Visitors, service
from tests.service.test_stills import Call
from tests.until import until

CANARY = "Xanthippe Canarybird"
WORDS = (b"Canarybird", b"xanthippe@", b"CANARYCHAT", b"CANARYNOTE", b"CANARYNAME", b"CANARYBYTES", b"CANARY-ID")
LONG = timedelta(days=40)


@dataclass
class Clock:
    """Real time, and what a test adds to it."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


def options(clock: Clock) -> Options:
    return Options(clock=clock, bridge_command=None)


async def everything(house: House) -> Visitors:
    """An ended call with all that people can leave behind."""
    console, bridge = await house.console(), await house.bridge()
    await bridge.grants()
    patient = {"name": CANARY, "email": "xanthippe@canary.test", "description": "the Canarybird"}
    visitors = await house.appointment(console, "Bob", patient=patient, patient_id="CANARY-ID")
    visitors.ids["Ann"] = visitors.ids[CANARY]
    await visitors.start()
    ann, bob = await visitors.in_call(CANARY), await visitors.in_call("Bob")
    call = Call(house, console, visitors, bridge, ann, bob)
    await console.do(visitors.id, "say", text="CANARYCHAT")
    await console.do(visitors.id, "save_note", note_id="n1", text="CANARYNOTE")
    consent = await call.ask()
    await call.answer(consent)
    await call.taken(consent)
    await call.ended(consent)
    await shared(house, visitors.id, "CANARYNAME.txt", b"CANARYBYTES")
    await console.do(visitors.id, "end_call")
    return visitors


async def shared(house: House, appointment: str, name: str, content: bytes) -> None:
    """A file, sent as an organiser's program sends it."""
    async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=house.socket), base_url="http://s") as client:
        at = f"/api/v1/appointments/{appointment}/files"
        offered = await client.post(at, json={"name": name, "size": len(content)})
        assert offered.status_code == 201, offered.text
        sent = await client.put(f"{at}/{offered.json()['file']['id']}", content=content)
        assert sent.json()["file"]["sha256"] == hashlib.sha256(content).hexdigest()


def left(home: Path) -> set[tuple[str, bytes]]:
    """Every canary that still stands in a file of this home."""
    files = [path for path in home.rglob("*") if path.is_file()]
    return {(path.name, word) for path in files for word in WORDS if word in path.read_bytes()}


def made(home: Path) -> dict[str, set[str]]:
    return {name: {path.name for path in (home / "d" / name).iterdir()} for name in ("stills", "files")}


async def found(console: Console, words: str) -> list[Any]:
    answer = await console.query("appointments", search=words)
    return list(answer["appointments"])


async def test_U4_what_is_due_is_gone_from_database_disk_and_search_and_the_audit_verifies(tmp_path: Path):
    clock = Clock()
    async with service(tmp_path, options(clock), retention=Kept(days=30)) as house:
        visitors = await everything(house)
        console = visitors.console
        other = await house.appointment(
            console, patient={"name": "Bo Later", "email": "bo@home.test"}, at=(clock() + LONG).isoformat()
        )
        await house.service.retention.round()
        assert {word for _, word in left(tmp_path)} == {*WORDS}, "it is not due yet"
        assert await found(console, "canarybird")
        clock.ahead = LONG
        await house.service.retention.round()
        shown = await console.query("appointment", appointment=visitors.id)
        assert (shown["patient"], shown["patient_id"], shown["erased"]) == (ERASED, ERASED, True)
        assert (shown["stills"], shown["state"]) == ([], "taken")
        assert {person["name"] for person in shown["people"]} == {ERASED}
        assert not any(person["join_url"] for person in shown["people"])
        assert shown["timeline"][-1]["event"] == {"type": "content_erased"}
        assert "anary" not in str(shown)
        for words in ("canarybird", "canary-id", "erased"):
            assert await found(console, words) == []
        assert (await console.query("verify"))["ok"]
        assert await found(console, "later")
        assert (await console.query("appointment", appointment=other.id))["patient"] == "Bo Later"
        assert made(tmp_path) == {"stills": set(), "files": set()}
        assert left(tmp_path) == set(), "in the journal neither"
    assert left(tmp_path) == set()
    async with service(tmp_path, options(clock), retention=Kept(days=30)) as house:
        console = await house.console()
        assert (await console.query("verify"))["ok"]
        shown = await console.query("appointment", appointment=visitors.id)
        assert shown["patient"] == ERASED and shown["people"][0]["state"] == "left"


async def test_answers_that_quote_a_name_lose_it_with_the_rest_and_a_repeat_still_doubles_nothing(tmp_path: Path):
    clock = Clock()
    async with service(tmp_path, options(clock), retention=Kept(days=30)) as house:
        console = await house.console()
        at = datetime.now(UTC).isoformat()
        both = {
            "patient": {"name": CANARY, "email": "xanthippe@canary.test"},
            "guests": [{"name": "Canarybird Junior", "email": "xanthippe@canary.test"}],
        }
        schedule = {"type": "schedule", "at": at, **both}
        take = {"type": "import", "source": "csv:1", "at": at, **both}
        sent = [("k1", "", schedule), ("k2", "", take), ("k3", "", {**take, "minutes": 30})]
        first = {number: await repeated(console, number, *command) for number, *command in sent}
        assert "Canarybird Junior" in first["k1"]["result"]["notice"]
        await console.do(first["k2"]["result"]["appointment_id"], "send_invites")
        sent.append(("k4", "", {**take, "minutes": 45}))
        first["k4"] = await repeated(console, *sent[-1])
        assert first["k4"]["result"]["told"] == [CANARY, "Canarybird Junior"]
        kept = [(await repeated(console, *each))["result"] for each in sent]
        assert kept == [first[number]["result"] for number, *_ in sent]
        clock.ahead = LONG
        await house.service.retention.round()
        assert left(tmp_path) == set()
        for number, *command in sent:
            again = await repeated(console, number, *command)
            assert again["result"]["appointment_id"] == first[number]["result"]["appointment_id"]
            assert "anary" not in str(again)
        assert (await console.query("verify"))["ok"]


async def repeated(console: Console, number: str, stream: str, command: dict[str, Any]) -> Any:
    """The answer to a command whose id may have come before."""
    await console.send(type="command", id=number, stream=stream, command=command)
    return await console.answer(number)


async def test_an_erased_appointment_can_be_neither_started_nor_entered_nor_invited_to(tmp_path: Path):
    clock = Clock()
    async with service(tmp_path, options(clock), retention=Kept(days=30)) as house:
        visitors = await everything(house)
        clock.ahead = LONG
        await house.service.retention.round()
        guest = {"name": "Eve", "email": "eve@home.test"}
        for kind, fields in (("start_call", {}), ("invite", {"guest": guest}), ("edit_appointment", {"minutes": 5})):
            answer = await visitors.console.command(visitors.id, kind, **fields)
            assert (answer["type"], answer["code"]) == ("refused", "erased")
        assert (await house.trade(visitors.links[CANARY])).status_code != 200
        invitation = await visitors.console.query("invitation", appointment=visitors.id)
        assert invitation["type"] == "refused" and "erased" in invitation["message"]


async def test_a_running_call_and_somebody_who_waits_are_left_alone(tmp_path: Path):
    clock = Clock()
    async with service(tmp_path, options(clock), retention=Kept(days=1)) as house:
        console = await house.console()
        running, waited = await house.appointment(console), await house.appointment(console)
        await running.start()
        await running.in_call()
        await waited.waiting()
        clock.ahead = LONG
        await house.service.retention.round()
        for visitors in (running, waited):
            assert (await console.query("appointment", appointment=visitors.id))["patient"] == "Ann"


async def test_without_the_setting_nothing_is_ever_erased(tmp_path: Path):
    clock = Clock(timedelta(days=100 * 365))
    async with service(tmp_path, options(clock)) as house:
        console = await house.console()
        visitors = await house.appointment(console)
        await house.service.retention.round()
        assert (await console.query("appointment", appointment=visitors.id))["patient"] == "Ann"


async def test_it_happens_by_itself_at_the_start_and_again_and_again(tmp_path: Path):
    clock = Clock()
    async with service(tmp_path, options(clock), retention=Kept(days=30)) as house:
        console = await house.console()
        visitors = await house.appointment(console)
    clock.ahead = LONG
    async with service(tmp_path, options(clock), retention=Kept(days=30)) as house:
        console = await house.console()

        async def erased() -> bool:
            return bool((await console.query("appointment", appointment=visitors.id))["erased"])

        await until(erased, 15)
        later = await house.appointment(console)
        retention = house.service.retention
        retention._every = 0.05
        async with retention.running():
            clock.ahead = 2 * LONG
            await until(lambda: _erased(console, later.id), 15)


async def _erased(console: Console, appointment: str) -> bool:
    return bool((await console.query("appointment", appointment=appointment))["erased"])


@pytest.mark.parametrize("broken", ["stills", "files"])
async def test_what_the_disk_does_not_let_go_is_finished_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str, caplog: pytest.LogCaptureFixture
):
    clock = Clock()
    async with service(tmp_path, options(clock), retention=Kept(days=30)) as house:
        await everything(house)
        clock.ahead = LONG
        with monkeypatch.context() as patch:
            if broken == "stills":
                patch.setattr(Album, "drop", lambda *_: None)
            else:
                patch.setattr(Files, "drop", _refuses)
            await house.service.retention.round()
        assert made(tmp_path)[broken] and "were not erased" in caplog.text
    async with service(tmp_path, options(clock), retention=Kept(days=30)) as house:
        await until(lambda: made(tmp_path) == {"stills": set(), "files": set()}, 15)
        assert left(tmp_path) == set()
        await until(lambda: _none_under_way(house), 15)


def _refuses(*_: object) -> None:
    raise PermissionError(1, "Operation not permitted")


async def _none_under_way(house: House) -> bool:
    return await house.service.parts.streams.store.erasures() == []


async def test_a_crash_between_the_log_and_the_disk_leaves_nothing_behind(tmp_path: Path):
    """The home as a kill leaves it: the event is in the database, stills and files are not touched yet."""
    clock = Clock()
    crashed = tmp_path / "crashed"
    async with service(tmp_path / "h", options(clock), retention=Kept(days=30)) as house:
        await everything(house)
        clock.ahead = LONG
        clear = house.service.retention._clear

        async def killed(appointment_id: str) -> None:
            await asyncio.to_thread(shutil.copytree, tmp_path / "h" / "d", crashed / "d")
            await clear(appointment_id)

        house.service.retention._clear = killed  # type: ignore[method-assign]
        await house.service.retention.round()
    assert made(crashed)["stills"] and made(crashed)["files"]
    async with service(crashed, options(clock), retention=Kept(days=30)) as house:
        await until(lambda: made(crashed) == {"stills": set(), "files": set()}, 15)
        await until(lambda: _none_under_way(house), 15)
        assert (await (await house.console()).query("verify"))["ok"]
    assert left(crashed) == set()


async def test_one_appointment_that_cannot_be_read_does_not_keep_the_others(tmp_path: Path, caplog):
    clock = Clock()
    async with service(tmp_path, options(clock), retention=Kept(days=30)) as house:
        console = await house.console()
        bad, good = await house.appointment(console), await house.appointment(console)
    with closing(sqlite3.connect(tmp_path / "d" / "clinic.sqlite")) as database:
        database.execute("UPDATE entries SET data = 'no JSON' WHERE stream = ? AND seq = 1", [bad.id])
        database.commit()
    clock.ahead = LONG
    async with service(tmp_path, options(clock), retention=Kept(days=30)) as house:
        console = await house.console()
        await until(lambda: _erased(console, good.id), 15)
        assert f"{bad.id} was not erased" in caplog.text


async def test_copies_from_before_an_update_are_kept_no_longer_than_the_rest(tmp_path: Path):
    async with service(tmp_path, retention=Kept(days=30)) as house:
        old, new = (tmp_path / "d" / f"clinic.sqlite.000{number}.backup" for number in (1, 2))
        for path in (old, new):
            path.write_bytes(b"x")
        month_ago = (datetime.now(UTC) - LONG).timestamp()
        os.utime(old, (month_ago, month_ago))
        await house.service.retention.round()
        assert (old.exists(), new.exists()) == (False, True)


async def test_a_database_from_before_retention_learns_it(tmp_path: Path):
    clock = Clock()
    async with service(tmp_path, options(clock)) as house:
        console = await house.console()
        visitors = await house.appointment(console)
    with closing(sqlite3.connect(tmp_path / "d" / "clinic.sqlite")) as database:
        database.executescript(
            "DROP INDEX summaries_kept; ALTER TABLE summaries DROP COLUMN erased; DROP TABLE erasures;"
            "UPDATE alembic_version SET version_num = '0002'"
        )
    clock.ahead = LONG
    async with service(tmp_path, options(clock), retention=Kept(days=30)) as house:
        console = await house.console()
        await until(lambda: _erased(console, visitors.id), 15)
