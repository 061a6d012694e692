"""Whoever meets a wrong link, a missing camera or a clinic that cannot start reads it in words, and loses nothing."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import resource
import socket
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.chromium import chromium, phone_context
from tests.end_to_end.clinic import ECM, Clinic, clinic
from tests.end_to_end.page import Patient, patient
from tests.end_to_end.terminal import Terminal, terminal
from tests.end_to_end.test_call import person
from tests.until import until

HOSTILE_SDP = """(() => {
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (text) {
    const message = JSON.parse(text);
    if (message.type === 'offer') message.sdp = 'v=0\\r\\nm=video 99999 x\\r\\na=' + 'x'.repeat(20000) + '\\u0000';
    return send.call(this, JSON.stringify(message));
  };
})()"""
"""Every offer of this page is nonsense by the time it reaches the service."""


@contextlib.asynccontextmanager
async def page_with(browser: Browser, script: str, link: str) -> AsyncIterator[Patient]:
    """A participant's page whose browser runs `script` before anything of ours."""
    async with phone_context(browser) as context:
        await context.add_init_script(script)
        someone = Patient(await context.new_page())
        await someone.page.goto(link)
        yield someone


async def admitted(here: Clinic, appointment: str, name: str, someone: Patient) -> None:
    await someone.sees("You are in the waiting room")
    await here.ecm("call", "admit", appointment, await person(here, appointment, name))
    await someone.in_call()


async def test_wrong_expired_and_revoked_links_all_read_the_same(tmp_path: Path):
    async with clinic(tmp_path) as here, chromium() as browser:
        long_ago = (datetime.now(UTC) - timedelta(days=30)).strftime("%Y-%m-%dT%H:%MZ")
        words = ("--patient", "Old Entry", "--email", "old@example.org", "--at", long_ago)
        expired = (await here.ask("appointment", "add", *words))["join_url"]
        made = await here.appointment("Ann Lee")
        await here.ecm("call", "revoke", made["id"], await person(here, made["id"], "Ann Lee"))
        told = []
        for link in (f"{here.url}/join/{'A' * 27}", expired, made["join_url"]):
            async with patient(browser, link) as someone:
                await someone.sees("This link is not valid")
                told.append(await someone.page.locator("body").inner_text())
                assert await someone.page.get_by_role("button", name="Enter waiting room").count() == 0
        assert len(set(told)) == 1 and "Riverside" not in told[0]
        assert await here.state(made["id"], "Ann Lee") == "invited"


async def test_a_second_window_on_one_link_says_so_and_the_first_keeps_its_place(tmp_path: Path):
    async with clinic(tmp_path) as here, chromium() as browser:
        made = await here.appointment("Ann Lee")
        async with patient(browser, made["join_url"]) as first:
            await first.waits()
            since = (await here.people(made["id"]))[0]["waiting_since"]
            async with patient(browser, made["join_url"], phone=False) as second:
                await second.sees("This link is open in another window")
                await first.sees("You are in the waiting room")
                people = await here.people(made["id"])
                assert [(p["state"], p["waiting_since"]) for p in people] == [("waiting", since)]
                await first.press("Leave")
                await first.sees("You have left")
                await second.press("Try again")
                await second.waits()


@pytest.mark.parametrize(
    ("devices", "permission", "said", "told"),
    [
        (True, "denied", "Your browser does not let this page use it", "denied"),
        (False, "granted", "None was found", "none"),
    ],
)
async def test_a_denied_or_missing_camera_is_said_on_page_and_console_and_one_comes_in_without(
    tmp_path: Path, devices: bool, permission: str, said: str, told: str
):
    async with clinic(tmp_path) as here, chromium(fake_devices=devices, permission=permission) as browser:
        made = await here.appointment("Ann Lee")
        await here.ecm("call", "start", made["id"])
        async with patient(browser, made["join_url"]) as ann:
            if told == "denied":  # the browser is asked when the person goes on
                await ann.press("Enter waiting room")
            await ann.page.get_by_text(said).first.wait_for()
            await ann.press("Continue without camera")
            await admitted(here, made["id"], "Ann Lee", ann)
            (entry,) = await here.people(made["id"])
            assert (entry["camera"], entry["microphone"]) == (told, told)
            with here.console() as console:
                await console.shows("Ann Lee")
                console.keys("Enter")
                await console.shows("In call (1)", {"denied": "mic, camera denied", "none": "no mic, no camera"}[told])


@pytest.mark.parametrize("script", ["delete window.RTCPeerConnection", "delete window.HTMLDialogElement"])
async def test_an_old_browser_reads_what_to_do_and_enters_nothing(tmp_path: Path, script: str):
    async with clinic(tmp_path) as here, chromium() as browser:
        made = await here.appointment("Ann Lee")
        async with page_with(browser, script, made["join_url"]) as ann:
            await ann.sees("Your browser cannot make video calls")
            await ann.page.get_by_text("current Firefox, Chrome, Edge or Safari").wait_for()
        assert await here.state(made["id"], "Ann Lee") == "invited"
        async with patient(browser, made["join_url"]) as better:
            await better.waits()


async def test_a_hostile_offer_is_its_senders_trouble_alone_and_said_on_that_page(tmp_path: Path):
    async with clinic(tmp_path) as here, chromium() as browser:
        made = await here.appointment("Ann Lee")
        words = ("--name", "Eve Moss", "--email", "eve@example.org")
        eve_link = (await here.ask("call", "invite", made["id"], *words))["join_url"]
        words = ("--name", "Bob Ray", "--email", "bob@example.org")
        bob_link = (await here.ask("call", "invite", made["id"], *words))["join_url"]
        await here.ecm("call", "start", made["id"])
        async with (
            patient(browser, made["join_url"]) as ann,
            patient(browser, bob_link) as bob,
            page_with(browser, HOSTILE_SDP, eve_link) as eve,
        ):
            for someone, name in ((ann, "Ann Lee"), (bob, "Bob Ray"), (eve, "Eve Moss")):
                await someone.press("Enter waiting room")
                await admitted(here, made["id"], name, someone)
            bridge = here.bridges()
            await eve.page.get_by_text("Picture and sound").first.wait_for()
            await ann.sees_video_of("Bob Ray")
            await bob.sees_video_of("Ann Lee")
            assert here.bridges() == bridge
            assert {p["state"] for p in await here.people(made["id"])} == {"admitted"}


async def serve_fails(here: Clinic, *words: str) -> str:
    """`ecm-tui serve` that cannot start: exit code 1, nothing on standard output; gives its sentence."""
    return await here.ecm("serve", *(words or ("--port", "0")), code=1)


async def test_a_database_from_a_newer_version_is_said_in_full_and_left_as_it_is(tmp_path: Path):
    async with clinic(tmp_path) as here:
        await here.appointment("Ann Lee")
        await here.stop()
        database = tmp_path / "data" / "clinic.sqlite"
        with contextlib.closing(sqlite3.connect(database)) as open_database, open_database:
            open_database.execute("UPDATE alembic_version SET version_num = '9999'")
        before = database.read_bytes()
        said = await serve_fails(here)
        assert "written by a newer version of ecm-tui" in said and "Update ecm-tui" in said
        with here.console() as console:
            await console.shows("written by a newer version", "into another ECM_HOME.", timeout=20)
            console.keys("C-q")
            await until(lambda: not console.alive, 10, what="the console is left by its key")
        assert database.read_bytes() == before


async def test_a_port_in_use_is_named_with_what_to_do(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        async with clinic(tmp_path, start=False) as here:
            said = await serve_fails(here, "--port", port)
            assert f"Port {port} on 127.0.0.1 is taken" in said and "--port 0" in said


async def test_a_locked_database_is_said_and_works_when_it_is_free_again(tmp_path: Path):
    async with clinic(tmp_path) as here:
        made = await here.appointment("Ann Lee")
        await here.stop()
        database = tmp_path / "data" / "clinic.sqlite"
        with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            assert "is in use by another program" in await serve_fails(here)
        await here.start()
        assert (await here.ask("appointment", "show", made["id"]))["patient"] == "Ann Lee"


@contextlib.contextmanager
def read_only(home: Path) -> Iterator[list[str]]:
    """Nothing below `home` can be written. Gives what a command begins with for root to be bound by that, too."""
    places = [home, *(path for path in home.rglob("*") if not path.is_symlink())]
    modes = {path: path.stat().st_mode for path in places}
    for path, mode in modes.items():
        path.chmod(mode & ~0o222)
    try:
        yield ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    finally:
        for path, mode in modes.items():
            path.chmod(mode)


async def test_a_read_only_directory_is_said_by_service_command_and_console_and_loses_nothing(tmp_path: Path):
    async with clinic(tmp_path / "home") as here:
        made = await here.appointment("Ann Lee")
        await here.stop()
        with read_only(tmp_path / "home") as bound:
            for words in (("serve", "--port", "0"), ("appointment", "list")):
                command = [*bound, *ECM, *words]
                done = await asyncio.to_thread(subprocess.run, command, env=here.env, capture_output=True, text=True)
                assert (done.returncode, done.stdout) == (1, "")
                assert "Permission denied" in done.stderr or "cannot be written" in done.stderr
                assert str(tmp_path) in done.stderr and "has a fault" not in done.stderr
            env = {name: value for name, value in here.env.items() if name.startswith("ECM_")}
            with terminal([*bound, *ECM], env) as console:
                await console.shows("cannot be", timeout=20)
        await here.start()
        assert (await here.ask("appointment", "show", made["id"]))["patient"] == "Ann Lee"


async def test_a_full_disk_acknowledges_nothing_reads_on_and_recovers_without_a_restart(tmp_path: Path):
    async with clinic(tmp_path) as here:
        made = await here.appointment("Ann Lee")
        with disk_full(here):
            words = ("--patient", "Bob Ray", "--email", "bob@example.org")
            said = await here.ecm("appointment", "add", *words, code=1)
            assert "cannot be written" in said and "full" in said
            assert [each["patient"] for each in await here.ask("appointment", "list")] == ["Ann Lee"]
            with here.console() as console:
                await console.shows("Ann Lee")
                console.keys("Enter")
                await console.shows("JOIN SESSION")
                console.keys("Enter")
                await until(lambda: says(console, "cannot be written", "works again without a restart."), 10)
        await here.ecm("call", "start", made["id"])
        await here.appointment("Bob Ray")
        assert len(await here.ask("appointment", "list")) == 2


def says(console: Terminal, *sentences: str) -> bool:
    """Whether these stand on the screen, wherever their lines break: that depends on how long a folder's name is."""
    words = " ".join(re.findall(r"[\w.]+", console.screen()))
    return all(sentence in words for sentence in sentences)


@contextlib.contextmanager
def disk_full(here: Clinic) -> Iterator[None]:
    """No file of the running service grows any more, which it meets as a full disk."""

    assert here.process is not None
    before = resource.prlimit(here.process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.prlimit(here.process.pid, resource.RLIMIT_FSIZE, before)
