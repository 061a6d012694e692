"""Each process may fall at any moment, and the call gets up: nobody is lost, and nobody is let in who was not."""

import os
import shlex
import signal
from pathlib import Path

from tests.chromium import chromium
from tests.end_to_end.clinic import ECM, clinic
from tests.end_to_end.page import patient
from tests.end_to_end.terminal import terminal
from tests.end_to_end.test_call import person
from tests.end_to_end.test_organisers import token_of
from tests.until import until


async def test_service_killed_pages_and_console_resume_and_who_waited_still_waits(tmp_path: Path):
    async with clinic(tmp_path) as here, chromium() as browser:
        made = await here.appointment("Ann Lee")
        bob = await here.ask("call", "invite", made["id"], "--name", "Bob Ray", "--email", "bob@example.org")
        await here.ecm("call", "start", made["id"])
        async with patient(browser, made["join_url"]) as ann, patient(browser, bob["join_url"]) as ray:
            await ann.waits()
            await here.ecm("call", "admit", made["id"], await person(here, made["id"], "Ann Lee"))
            await ann.in_call()
            await ray.waits()
            since = next(p["waiting_since"] for p in await here.people(made["id"]) if p["name"] == "Bob Ray")
            # A console of elsewhere: that of the service's own computer might be the first to start it again.
            elsewhere = ("--service", here.url, "--token-file", await token_of(here, "Dr Roy"))
            with here.console(*elsewhere) as console:
                await console.shows("Ann Lee")
                console.keys("Enter")
                await console.shows("In call (1)", "Waiting (1)")
                await here.kill()
                await here.start()

                async def back() -> bool:
                    people = {p["name"]: p for p in await here.people(made["id"])}
                    return all(people[name]["connected"] for name in ("Ann Lee", "Bob Ray"))

                await until(back, 10, every=0.2, what="both pages are heard from again")
                people = {p["name"]: p for p in await here.people(made["id"])}
                assert (people["Ann Lee"]["state"], people["Bob Ray"]["state"]) == ("admitted", "waiting")
                assert people["Bob Ray"]["waiting_since"] == since
                await ann.in_call()
                await ray.sees("You are in the waiting room")
                await console.shows("In call (1)", "Waiting (1)")
                await here.ecm("call", "admit", made["id"], people["Bob Ray"]["id"])
                await ray.in_call()
                await ray.sees_video_of("Ann Lee")


async def test_the_console_starts_a_killed_daemon_again_by_itself(tmp_path: Path):
    async with clinic(tmp_path, start=False) as here, chromium() as browser:
        made = await here.appointment("Ann Lee")
        with here.console() as console:
            await console.shows("Ann Lee")
            async with patient(browser, made["join_url"]) as ann:
                await ann.waits()
                console.keys("Enter")
                await console.shows("Waiting (1)")
                status = await here.ask("service", "status")
                os.kill(status["pid"], signal.SIGKILL)
                await until(lambda: another_service(here, status["pid"]), 15, every=0.2, what="another service runs")
                await ann.sees("You are in the waiting room")
                await until(lambda: waits(here, made["id"]), 10, every=0.2)
                await console.shows("Waiting (1)")


async def another_service(here, pid: int) -> bool:
    return (await here.ask("service", "status"))["pid"] not in (None, pid)


async def waits(here, appointment: str) -> bool:
    people = await here.people(appointment)
    return [(p["state"], p["connected"]) for p in people] == [("waiting", True)]


async def test_bridge_killed_media_of_all_is_back_within_5_seconds(tmp_path: Path):
    async with clinic(tmp_path) as here, chromium() as browser:
        made = await here.appointment("Ann Lee")
        bob = await here.ask("call", "invite", made["id"], "--name", "Bob Ray", "--email", "bob@example.org")
        await here.ecm("call", "start", made["id"])
        async with patient(browser, made["join_url"]) as ann, patient(browser, bob["join_url"]) as ray:
            for someone, name in ((ann, "Ann Lee"), (ray, "Bob Ray")):
                await someone.waits()
                await here.ecm("call", "admit", made["id"], await person(here, made["id"], name))
                await someone.in_call()
            await ann.sees_video_of("Bob Ray")
            old = here.bridges()
            here.kill_bridge()
            await until(lambda: here.bridges() and here.bridges() != old, 5, what="a new bridge")
            await ann.sees_video_of("Bob Ray", timeout=5)
            await ray.sees_video_of("Ann Lee", timeout=5)
            assert {p["state"] for p in await here.people(made["id"])} == {"admitted"}


async def test_U1_console_killed_the_call_goes_on_and_the_next_console_shows_the_same(tmp_path: Path):
    async with clinic(tmp_path) as here, chromium() as browser:
        made = await here.appointment("Ann Lee")
        await here.ecm("call", "start", made["id"])
        async with patient(browser, made["join_url"]) as ann:
            await ann.waits()
            await here.ecm("call", "admit", made["id"], await person(here, made["id"], "Ann Lee"))
            await ann.in_call()
            with here.console() as console:
                await console.shows("Ann Lee")
                console.keys("Enter")
                await console.shows("In call (1)")
                os.kill(console.pid, signal.SIGKILL)
            await ann.in_call()
            with here.console() as console:
                await console.shows("Ann Lee")
                console.keys("Enter")
                await console.shows("In call (1)", "Ann Lee", timeout=3)


async def test_S38_a_reload_in_the_call_returns_without_a_new_admission(tmp_path: Path):
    async with clinic(tmp_path) as here, chromium() as browser:
        made = await here.appointment("Ann Lee")
        await here.ecm("call", "start", made["id"])
        async with patient(browser, made["join_url"]) as ann:
            await ann.waits()
            await here.ecm("call", "admit", made["id"], await person(here, made["id"], "Ann Lee"))
            await ann.in_call()
            await ann.page.reload()
            await ann.in_call()
            assert await here.state(made["id"], "Ann Lee") == "admitted"


async def test_S38_a_closed_page_is_reconnecting_within_10_seconds_and_past_the_grace_has_left(tmp_path: Path):
    async with clinic(tmp_path, ECM_SESSION_GRACE_SECONDS="5") as here, chromium() as browser:
        made = await here.appointment("Ann Lee")
        await here.ecm("call", "start", made["id"])
        async with patient(browser, made["join_url"]) as ann:
            await ann.waits()
            await here.ecm("call", "admit", made["id"], await person(here, made["id"], "Ann Lee"))
            await ann.in_call()
        await until(lambda: not_connected(here, made["id"]), 10, every=0.2)
        await until(lambda: left(here, made["id"]), 10, every=0.2)
        async with patient(browser, made["join_url"]) as again:
            await again.waits()
            assert await here.state(made["id"], "Ann Lee") == "waiting"


async def not_connected(here, appointment: str) -> bool:
    return not (await here.people(appointment))[0]["connected"]


async def left(here, appointment: str) -> bool:
    return (await here.people(appointment))[0]["state"] == "left"


async def test_a_console_that_is_told_to_end_gives_the_terminal_back_and_one_without_a_terminal_ends(tmp_path: Path):
    async with clinic(tmp_path) as here:
        await here.appointment("Ann Lee")
        env = {name: value for name, value in here.env.items() if name.startswith("ECM_")}
        with terminal(["bash", "--norc", "-c", f"{shlex.join(ECM)}; echo status $?; exec cat"], env) as shell:
            await shell.shows("Ann Lee")
            console = child(shell.pid)
            os.kill(console, signal.SIGTERM)
            await shell.shows("status 0")
            modes = "#{alternate_on} #{mouse_any_flag} #{cursor_flag}"
            assert shell.tmux("display-message", "-p", "-t", "main", modes).split() == ["0", "0", "1"]
        with here.console() as lost:
            await lost.shows("Ann Lee")
            console = lost.pid
        await until(lambda: not Path(f"/proc/{console}").exists(), 10, what="a closed terminal ends its console")


def child(pid: int) -> int:
    """The process that `pid` started."""
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])
