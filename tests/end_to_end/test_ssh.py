"""The console over a real sshd, by keys that open it and nothing else, as `ecm-tui help ssh` has it (U1, U2)."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from tests.cli.patient import Heard, state, waiting
from tests.end_to_end.clinic import Clinic, clinic
from tests.end_to_end.sshd import ONLY_THE_CONSOLE, Host, sshd
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.test_call import person, pressed
from tests.end_to_end.test_organisers import acts, token_of
from tests.until import until

AGAIN_WITHIN = 3.0
"""Seconds from a login to the same truth: one on a quiet computer. On a busy one, no more than another login takes."""


@asynccontextmanager
async def host(tmp_path: Path, *settings: str) -> AsyncIterator[tuple[Clinic, Host]]:
    """A clinic, and the sshd of its host."""
    async with clinic(tmp_path / "home") as here, sshd(tmp_path / "sshd", here, *settings) as reached:
        yield here, reached


async def opened(console: Terminal, *shown: str) -> None:
    """From the Schedule into the session of Ann Lee, which runs."""
    await console.shows("Ann Lee", timeout=20)
    console.keys("Enter")
    await console.shows(*shown)


async def test_a_key_gives_its_organiser_the_console_and_nothing_else_whatever_is_typed(tmp_path: Path):
    async with host(tmp_path) as (here, reached):
        made = await here.appointment("Ann Lee")
        await here.ecm("call", "start", made["id"])
        key = reached.key("roy", await token_of(here, "Nurse Roy"))
        other = await token_of(here, "Dr Lee", "clerk")
        async with waiting(made["join_url"]) as page:
            with reached.login(key, "ecm-tui", "--token-file", other, "organiser", "list") as console:
                await opened(console, "Waiting (1)")
                await pressed(console, "a", until_shown="In call (1)")
                await state(page, "admitted")
        assert (await acts(here, made["id"]))[-1]["actor"]["name"] == "Nurse Roy"
        for words in (
            ("id",),
            ("bash", "-i"),
            ("ecm-tui", "organiser", "list"),
            ("true;", "touch", str(tmp_path / "x")),
        ):
            assert await only_console(reached, key, *words), words
        assert not (tmp_path / "x").exists()
        assert await only_console(reached, key, options=("-o", f"SetEnv=ECM_TOKEN_FILE={other}"))
        assert await reached.ask(key, "sftp", options=("-s",)) == (2, "")
        assert await forwards(reached, key, "-W", here.url.removeprefix("http://")) == 255
        assert await forwards(reached, key, "-R", "0:127.0.0.1:1") == 255
        assert not await reaches_the_socket(reached, key, here)


async def test_with_the_viewers_port_allowed_a_key_reaches_that_port_and_nothing_else(tmp_path: Path):
    async with host(tmp_path, "AllowStreamLocalForwarding no") as (here, reached):
        port = here.url.rpartition(":")[2]
        allowed = f'{ONLY_THE_CONSOLE},port-forwarding,permitopen="127.0.0.1:{port}",permitlisten="127.0.0.1:1"'
        key = reached.key("roy", await token_of(here, "Nurse Roy"), allowed)
        asked = f"GET /healthz HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n"
        code, said = await reached.ask(key, options=("-W", f"127.0.0.1:{port}"), typed=asked)
        assert (code, said[:12]) == (0, "HTTP/1.1 200")
        assert await forwards(reached, key, "-W", f"127.0.0.1:{reached.port}") == 255
        assert await forwards(reached, key, "-R", "0:127.0.0.1:1") == 255
        assert not await reaches_the_socket(reached, key, here)


async def only_console(reached: Host, key: Path, *words: str, options: tuple[str, ...] = ()) -> bool:
    """Whether the console was started for these words and nothing else; it has no terminal here, and says so."""
    code, said = await reached.ask(key, *words, options=options)
    return code == 2 and said.startswith("The console needs a terminal") and said.count("\n") == 1


async def forwards(reached: Host, key: Path, *words: str) -> int:
    """The client's exit code where it was told to forward or fail; 255 when it was refused."""
    code, said = await reached.ask(key, options=("-o", "ExitOnForwardFailure=yes", *words))
    assert code == 0 or "forwarding failed" in said
    return code


async def reaches_the_socket(reached: Host, key: Path, here: Clinic) -> bool:
    """Whether the service answers on its own socket, where its owner needs no token, through this key."""
    mine, service = reached.directory / "mine.sock", next(here.home.rglob("*.sock"))
    mine.unlink(missing_ok=True)
    client = await asyncio.create_subprocess_exec(
        *reached.ssh(key, "-N", "-L", f"{mine}:{service}"), stderr=asyncio.subprocess.DEVNULL
    )
    try:
        await until(mine.exists, 10, what="the client listens")
        reader, writer = await asyncio.open_unix_connection(mine)
        writer.write(b"GET /healthz HTTP/1.0\r\nHost: service\r\n\r\n")
        with suppress(ConnectionError):  # how it is refused
            return bool(await asyncio.wait_for(reader.read(), 10))
        return False
    finally:
        client.kill()
        await client.wait()


async def test_U2_two_keys_are_two_organisers_at_once(tmp_path: Path):
    async with host(tmp_path) as (here, reached):
        made = await here.appointment("Ann Lee")
        bob = await here.ask("call", "invite", made["id"], "--name", "Bob Ray", "--email", "bob@example.org")
        await here.ecm("call", "start", made["id"])
        roy = reached.key("roy", await token_of(here, "Nurse Roy"))
        lee = reached.key("lee", await token_of(here, "Dr Lee", "clerk"))
        async with waiting(made["join_url"]), waiting(bob["join_url"]):
            with reached.login(roy) as first, reached.login(lee, columns=120) as second:
                await opened(first, "Waiting (2)")
                await opened(second, "Waiting (2)")
                await pressed(first, "a", until_shown="In call (1)")
                await second.shows("In call (1)", "Nurse Roy admitted")
                await pressed(second, "F2", until_shown="In call (2)")
                await pressed(first, "F4", until_shown="Dr Lee admitted")


async def test_U1_a_dropped_line_leaves_call_and_queue_and_the_next_login_shows_the_same(tmp_path: Path):
    async with host(tmp_path) as (here, reached):
        made = await here.appointment("Ann Lee")
        bob = await here.ask("call", "invite", made["id"], "--name", "Bob Ray", "--email", "bob@example.org")
        await here.ecm("call", "start", made["id"])
        key = reached.key("roy", await token_of(here, "Nurse Roy"))
        async with waiting(made["join_url"]) as ann, waiting(bob["join_url"]) as ray:
            await here.ecm("call", "admit", made["id"], await person(here, made["id"], "Ann Lee"))
            await state(ann, "admitted")
            for dropped_at in ("client", "host"):
                with reached.login(key) as console:
                    first = await scheduled(console)
                    await opened(console, "In call (1)")
                    before, done = await here.people(made["id"]), await acts(here, made["id"])
                    (running,) = here.consoles()
                    os.kill(console.pid if dropped_at == "client" else parent(running), signal.SIGKILL)
                    await until(lambda: not here.consoles(), 10, what="the console has ended with its line")
                assert await here.people(made["id"]) == before
                assert await acts(here, made["id"]) == done
                assert undisturbed(ann, "admitted") and undisturbed(ray, "waiting")
                with reached.login(key) as console:
                    again = await scheduled(console)
                    await opened(console, "In call (1)", "Waiting (1)", "Bob Ray")
                print(f"dropped at the {dropped_at}: back after {again:.2f} s, the login before took {first:.2f} s")
                assert again < max(AGAIN_WITHIN, 2 * first)


async def scheduled(console: Terminal) -> float:
    """Seconds until the Schedule shows how everybody stands."""
    started = time.perf_counter()
    await console.shows("Ann Lee", "1 waiting", "1 running", timeout=20)
    return time.perf_counter() - started


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def undisturbed(page: Heard, wanted: str) -> bool:
    """Whether this page was told nothing meanwhile but that it stays where it is."""
    told = [page.get_nowait() for _ in range(page.qsize())]
    return all("reason" not in each and each.get("view", {}).get("state", wanted) == wanted for each in told)
