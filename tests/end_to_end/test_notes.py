"""Chat and private notes from the console as people use them: real service and page, kill -9 (S40-S42, S47)."""

import os
import signal
from pathlib import Path

from playwright.async_api import expect

from tests.chromium import chromium
from tests.end_to_end.clinic import Clinic, clinic
from tests.end_to_end.page import patient
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.test_talk import in_call
from tests.until import until

CANARY = "Zebrafinch"
"""A word that stands in notes and nowhere else."""


async def in_session(console: Terminal) -> None:
    await console.shows("Ann Lee", "▌")
    console.keys("Enter")
    await console.shows("In call (1)")


async def noting(console: Terminal, text: str = "") -> None:
    console.keys("F7")
    await console.shows("only you can read this")
    console.type(text)


async def notes(here: Clinic, appointment: str) -> list[str]:
    return [note["text"] for note in (await here.ask("appointment", "show", appointment))["notes"]]


def drafts(home: Path) -> list[str]:
    return sorted(path.read_text() for path in home.glob("**/drafts/note.*.json"))


async def test_S41_S42_a_draft_outlives_console_and_service_is_saved_once_and_nothing_of_it_is_on_the_page(
    tmp_path: Path,
):
    async with clinic(tmp_path) as here, chromium() as browser:
        made = await here.appointment("Ann Lee")
        number = made["id"]
        await here.ecm("call", "start", number)
        async with patient(browser, made["join_url"], phone=False) as ann:
            await in_call(here, ann, number, "Ann Lee")
            with here.console() as console:
                await in_session(console)
                await noting(console, f"{CANARY} one")
                await until(lambda: any(CANARY in each for each in drafts(tmp_path)), 5, what="the draft is kept")
                os.kill(console.pid, signal.SIGKILL)
            assert await notes(here, number) == []
            with here.console() as console:
                await in_session(console)
                await console.shows("An unsent private note is here")
                console.keys("F4")
                await console.shows("[CHAT]", "Everyone in the call sees this")
                console.type("Good morning")
                console.keys("Enter")
                lines = ann.page.get_by_role("log", name="Chat").get_by_role("listitem")
                await expect(lines.last).to_contain_text(": Good morning")
                await noting(console)
                await console.shows(f"{CANARY} one")
                assert here.process is not None
                here.process.send_signal(signal.SIGSTOP)
                console.keys("C-s")
                await console.shows("saving…")
                await here.kill()
                await console.shows("Not saved yet")
                assert any(CANARY in each for each in drafts(tmp_path))
                await console.shows("Saved ", timeout=30)  # by the daemon that the console starts again
                console.keys("C-s")
                await console.shows("The note is empty")
            assert await notes(here, number) == [f"{CANARY} one"]
            assert drafts(tmp_path) == []
            await expect(lines).to_have_count(1)
            assert CANARY not in await ann.page.content()
            assert not any(CANARY in frame for frame in ann.frames)


async def test_S42_two_consoles_of_one_author_keep_both_versions_of_a_note(tmp_path: Path):
    async with clinic(tmp_path) as here:
        made = await here.appointment("Ann Lee")
        with here.console() as one, here.console(columns=120, rows=40) as other:
            for console, text in ((one, "first version"), (other, "second version")):
                await console.shows("Ann Lee", "▌")
                console.keys("Enter")
                await console.shows("JOIN SESSION")
                await noting(console, text)
            await until(lambda: len(drafts(tmp_path)) == 2, 5, what="both are kept")
            for console, text in ((one, "first version"), (other, "second version")):
                await console.shows(text)
                console.keys("C-s")
                await console.shows("Saved ")
        assert sorted(await notes(here, made["id"])) == ["first version", "second version"]
        assert drafts(tmp_path) == []
