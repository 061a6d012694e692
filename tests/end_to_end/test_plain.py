"""The line mode with a real service and a real patient: typed commands do what keys do."""

import asyncio
from pathlib import Path

from tests.chromium import chromium
from tests.end_to_end.clinic import ECM, clinic
from tests.end_to_end.page import patient
from tests.until import until


async def test_S4_S7_S14_a_patient_is_admitted_and_removed_by_typed_commands(tmp_path: Path):
    async with clinic(tmp_path) as here, chromium() as browser:
        made = await here.appointment("Ann Lee")
        with here.console("--plain") as console:
            await console.shows("1. ", "Ann Lee", "\n>")
            console.type("open 1")
            console.keys("Enter")
            await console.shows("Session of Ann Lee.", "Type start.")
            console.type("start")
            console.keys("Enter")
            await console.shows("You started the call.")
            console.type("peo")
            async with patient(browser, made["join_url"]) as ann:
                await ann.waits()
                await console.shows("* Ann Lee wants to join. Type: admit next\n> peo")
                console.type("ple")
                console.keys("Enter")
                await console.shows("1. Ann Lee, Patient, waiting")
                assert await here.state(made["id"], "Ann Lee") == "waiting", "S4"
                console.type("admit next")
                console.keys("Enter")
                await console.shows("You admitted Ann Lee.")
                await ann.in_call(timeout=2)
                console.type("remove ann")
                console.keys("Enter")
                await console.shows("Remove user? Ann Lee leaves the call at once", "y or n:")
                await until(lambda: _answered(console), 10, every=0.5, what="the answer counts")
                await ann.sees("You were removed from the call")
            console.type("quit")
            console.keys("Enter")
            await console.shows("Nobody is in the call. Type exit")
            console.keys("Enter")


def _answered(console) -> bool:
    """Answer once the question stands for long enough."""
    if "You removed Ann Lee" in console.screen():
        return True
    console.type("y")
    console.keys("Enter")
    return False


async def test_U5_a_script_pipes_commands_to_the_real_service(tmp_path: Path):
    async with clinic(tmp_path, LC_ALL="C", TERM="dumb") as here:
        made = await here.appointment("José Müller")
        process = await asyncio.create_subprocess_exec(
            *ECM, "--plain", env=here.env, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        script = b"open jose\nstart\nsay Good morning\nadmit next\nhang up\nleave\nfoo\n"
        out, _ = await asyncio.wait_for(process.communicate(script), 30)
        assert process.returncode == 0
        assert out.decode("ascii").splitlines()[:1] == ["Riverside Clinic. Type help for all commands."]
        assert [line.partition(".")[0] for line in out.decode("ascii").splitlines()[1:]] == [
            "Session of Jose Muller",
            "You started the call",
            "Sent to everyone in the call",
            "Nobody wants to join",
            "Nobody is in the call",
            "The call has ended",
            'There is no command "foo"',
        ]
        assert (await here.ask("appointment", "show", made["id"]))["state"] != "running"


async def test_a_script_that_finds_no_service_ends_with_4_and_a_sentence(tmp_path: Path):
    async with clinic(tmp_path, start=False) as here:
        words = ["--service", "https://127.0.0.1:9", "--plain"]
        process = await asyncio.create_subprocess_exec(
            *ECM, *words, env=here.env, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=-1
        )
        out, err = await asyncio.wait_for(process.communicate(), 60)
        assert (process.returncode, out) == (4, b"")
        assert b"does not answer" in err
