"""Several organisers in one session, each at a terminal of their own (U2, E5)."""

from pathlib import Path
from typing import Any

from tests.cli.patient import state, waiting
from tests.end_to_end.clinic import Clinic, clinic
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.test_call import pressed


async def token_of(here: Clinic, name: str, role: str = "organiser") -> str:
    """A new account's token, in a file."""
    await here.ecm("organiser", "add", name, "--role", role)
    file = here.home / f"{role}.token"
    file.touch(0o600)
    file.write_text(await here.ecm("organiser", "token", name))
    return str(file)


async def acts(here: Clinic, appointment: str) -> list[dict[str, Any]]:
    """What organisers, clerks and observers did in the appointment, oldest first."""
    timeline: list[dict[str, Any]] = (await here.ask("appointment", "show", appointment))["timeline"]
    return [each for each in timeline if each["actor"]["role"] not in ("service", "participant")]


async def in_session(console: Terminal) -> None:
    """Open Ann's appointment, whose call runs, with Ann selected."""
    await console.shows("Ann Lee")
    await pressed(console, "Enter", until_shown="Waiting (1)")
    await console.shows("Waiting (1)", "Ann Lee")


async def test_U2_two_consoles_press_a_on_one_person_one_admits_and_the_other_reads_who(tmp_path: Path):
    async with clinic(tmp_path) as here:
        made = await here.appointment("Ann Lee")
        await here.ecm("call", "start", made["id"])
        roy = await token_of(here, "Nurse Roy")
        with here.console() as mine, here.console("--token-file", roy) as theirs:
            async with waiting(made["join_url"]) as page:
                for console in (mine, theirs):
                    await in_session(console)
                await mine.shows("[a] admit")
                await theirs.shows("[a] admit")
                mine.keys("a")
                theirs.keys("a")
                await state(page, "admitted")
                await mine.shows("In call (1)")
                await theirs.shows("In call (1)")
                (admitted,) = [
                    each for each in await acts(here, made["id"]) if each["event"]["type"] == "person_admitted"
                ]
                first = admitted["actor"]["name"]
                second = mine if first == "Nurse Roy" else theirs
                # Whose key came after the row had changed reads "changed: press again", and presses again.
                await pressed(second, "a", until_shown=f"Ann Lee is in the call already: {first} admitted them.")
                for console in (mine, theirs):
                    await pressed(console, "F4", until_shown=f"{first} admitted Ann Lee")
                assert [each["event"]["type"] for each in await acts(here, made["id"])].count("person_admitted") == 1


async def test_U2_an_observers_console_admits_nobody_and_shows_who_does(tmp_path: Path):
    async with clinic(tmp_path) as here:
        made = await here.appointment("Ann Lee")
        await here.ecm("call", "start", made["id"])
        sam = await token_of(here, "Sam", "observer")
        before = await acts(here, made["id"])
        async with waiting(made["join_url"]):
            with here.console("--token-file", sam) as console:
                await in_session(console)
                screen = await console.shows("observer")
                assert "[a] admit" not in screen
                console.keys("a", "A", "F2", "x", "i", "F8")
                await pressed(console, "Enter", until_shown="Details")
                assert not any(act in console.screen() for act in ("Disconnect", "Remove user", "Mute"))
                console.keys("Escape")
                assert await here.state(made["id"], "Ann Lee") == "waiting"
                assert await acts(here, made["id"]) == before
                (person,) = await here.people(made["id"])
                refused = await here.ecm("--token-file", sam, "call", "admit", made["id"], person["id"], code=3)
                assert "observer" in refused
                await here.ecm("call", "admit", made["id"], person["id"])
                await console.shows("In call (1)")


async def test_U2_a_revoked_organisers_console_is_cut_off_in_words(tmp_path: Path):
    async with clinic(tmp_path) as here:
        await here.appointment("Ann Lee")
        roy = await token_of(here, "Nurse Roy")
        with here.console("--token-file", roy) as console:
            await console.shows("Ann Lee")
            await here.ecm("organiser", "revoke", "Nurse Roy")
            await console.shows("The service does not know you")
