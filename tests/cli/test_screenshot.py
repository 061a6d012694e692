"""A still by command: every outcome but a picture, whose way is tested with real cameras."""

import asyncio
import base64
import json
import os
import signal
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest

from ecm_tui.cli import screenshot
from ecm_tui.cli.output import new_file
from ecm_tui.client import Address
from ecm_tui.client.stills import Outcome, save
from ecm_tui.errors import EcmError, UsageError
from tests.cli.conftest import Ecm, Said
from tests.cli.patient import Heard, asked, state, waiting
from tests.cli.test_appointment import made
from tests.cli.test_call import ECM, ask
from tests.until import until


@dataclass
class Call:
    clinic: Ecm
    number: str
    person: str
    page: Heard

    async def screenshot(self, *words: str, interrupted: bool = False) -> Said:
        """The command in a process of its own; `interrupted` once the page shows the request."""
        process = await asyncio.create_subprocess_exec(
            *ECM, "call", "screenshot", self.number, self.person, *words, stdout=PIPE, stderr=PIPE, env=dict(os.environ)
        )
        if interrupted:
            await asked(self.page)
            process.send_signal(signal.SIGINT)
        out, err = await asyncio.wait_for(process.communicate(), 40)
        return Said(process.returncode or 0, out.decode(), err.decode())


@asynccontextmanager
async def in_call(clinic: Ecm) -> AsyncIterator[Call]:
    appointment = await asyncio.to_thread(made, clinic)
    number = appointment["id"]

    async def up() -> bool:
        return (await ask(clinic, "status"))["bridge"] == "up"

    await until(up, 30, every=0.2, what="the bridge is up")
    await ask(clinic, "call", "start", number)
    async with waiting(appointment["join_url"]) as page:
        (person,) = await ask(clinic, "call", "people", number)
        await ask(clinic, "call", "admit", number, person["id"])
        await state(page, "admitted")
        yield Call(clinic, number, person["id"], page)


async def test_S24_each_outcome_without_a_picture_ends_with_1_and_says_so(clinic: Ecm):
    async with in_call(clinic) as call:
        saying = asyncio.create_task(call.screenshot("--json"))
        await call.page.send(type="consent", consent=await asked(call.page), allow=False)
        said = await saying
        nothing = {"path": None, "confirmed_at": None, "captured_at": None}
        assert (said.code, json.loads(said.out)) == (1, {"outcome": "declined", **nothing})

        saying = asyncio.create_task(call.screenshot())
        await call.page.send(type="consent", consent=await asked(call.page), allow=True)
        said = await saying
        assert (
            said.code == 1 and said.out == "No picture of Ann Lee was taken: the connection of the camera was lost.\n"
        )

        saying = asyncio.create_task(call.screenshot("--json"))
        await asked(call.page)
        await ask(clinic, "call", "remove", call.number, call.person)
        said = await saying
        assert (said.code, json.loads(said.out)["outcome"]) == (1, "left")


async def test_S17_S25_a_request_that_is_refused_ends_with_3_and_its_code(clinic: Ecm):
    async with in_call(clinic) as call:
        saying = asyncio.create_task(call.screenshot())
        consent = await asked(call.page)
        second = await call.screenshot("--json")
        assert (second.code, second.out, json.loads(second.err)["code"]) == (3, "", "request_open")
        await call.page.send(type="consent", consent=consent, allow=False)
        assert "Ann Lee declined" in (await saying).out
        await call.page.send(type="devices", camera="off", microphone="on")

        async def off() -> bool:
            return (await ask(clinic, "call", "people", call.number))[0]["camera"] == "off"

        await until(off, what="the camera is off")
        refused = await call.screenshot("--json")
        assert (refused.code, json.loads(refused.err)["code"]) == (3, "no_video")
        nobody = await asyncio.to_thread(clinic, "call", "screenshot", call.number, "p-nobody", "--json")
        assert (nobody.code, json.loads(nobody.err)["code"]) == (3, "no_such_person")


async def test_S24_ctrl_c_takes_the_request_back(clinic: Ecm):
    async with in_call(clinic) as call:
        said = await call.screenshot("--json", interrupted=True)
        assert (said.code, said.err, json.loads(said.out)["outcome"]) == (1, "", "cancelled")


def test_a_file_that_exists_or_cannot_be_written_is_refused_before_anybody_is_asked(ecm: Ecm, tmp_path: Path):
    (tmp_path / "there.png").write_bytes(b"mine")
    (tmp_path / "link.png").symlink_to(tmp_path / "nowhere")
    for name in ("there.png", "link.png", "no/such/directory.png"):
        said = ecm("call", "screenshot", "a1", "p1", "--out", str(tmp_path / name), "--json")
        assert (said.code, json.loads(said.err)["code"]) == (2, "wrong_usage")
    assert (tmp_path / "there.png").read_bytes() == b"mine"


class FakeLine:
    """A line to a service on another computer that has one still."""

    def __init__(self, png: bytes) -> None:
        self.png = png
        self.address = Address(url="https://call.clinic.example")

    async def query(self, what: str, **asked: Any) -> dict[str, Any]:
        assert what == "still"
        piece = self.png[asked["offset"] : asked["offset"] + 1000]
        return {"size": len(self.png), "png": base64.b64encode(piece).decode()}


async def test_a_picture_of_another_computer_is_fetched_and_private_here(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("ECM_HOME", str(tmp_path / "home"))
    line: Any = FakeLine(os.urandom(4500))
    for copy in (tmp_path / "copy.png", None):
        path = await screenshot._file(line, "a1", "s1", copy)
        assert _content(path) == line.png and _mode(path) == 0o600 and path.is_absolute()
    with pytest.raises(EcmError, match="was taken and is kept"):
        await screenshot._file(line, "a1", "s1", tmp_path / "copy.png")


def _content(path: Path) -> bytes:
    return path.read_bytes()


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_copy_is_never_written_over_or_through_anything(tmp_path: Path):
    path = tmp_path / "new.png"
    save(path, b"picture")
    for there in (path, tmp_path / "link.png"):
        if there != path:
            there.symlink_to(tmp_path / "elsewhere")
        with pytest.raises(OSError):
            save(there, b"other")
    assert path.read_bytes() == b"picture" and not (tmp_path / "elsewhere").exists()


def test_every_outcome_has_its_sentence():
    assert set(screenshot.SAID) == {"taken", "declined", "timeout", "left", "cancelled", "failed"}
    assert screenshot._as_json(Outcome(outcome="failed", why="so"), None)["why"] == "so"
    with pytest.raises(UsageError):
        new_file("/")
