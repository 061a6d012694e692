"""A still with consent, to the frame: two people with numbered cameras, asked by command, answered on their pages."""

import asyncio
import json
import os
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.end_to_end.cameras import AT_THE_CLICK, FRAMES, NUMBERS, filmed, frames_after, whose_and_which
from tests.end_to_end.clinic import ECM, Clinic, clinic
from tests.end_to_end.page import Patient, patient
from tests.end_to_end.test_call import choose, pressed, pressed_away
from tests.until import until

ANN, BOB = 10, 5
"""The numbers of their cameras."""


@dataclass
class Call:
    here: Clinic
    id: str
    ids: dict[str, str]
    ann: Patient
    bob: Patient

    async def screenshot(self, *words: str) -> tuple[int, Any]:
        """The command: its exit code and what it printed as JSON."""
        process = await asyncio.create_subprocess_exec(
            *ECM, "call", "screenshot", self.id, self.ids["Ann Lee"], *words, "--json", env=self.here.env,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await asyncio.wait_for(process.communicate(), 60)
        return process.returncode or 0, json.loads(out or err)

    def stills(self) -> list[Path]:
        return sorted((self.here.home / "data" / "stills").iterdir())


@asynccontextmanager
async def call(folder: Path) -> AsyncIterator[Call]:
    """Ann and Bob in a call, each with a camera of their own."""
    async with (
        clinic(folder / "home") as here,
        filmed(folder, ANN) as anns,
        filmed(folder, BOB) as bobs,
    ):
        made = await here.appointment("Ann Lee")
        bob = await here.ask("call", "invite", made["id"], "--name", "Bob Ray", "--email", "bob@example.org")
        await here.ecm("call", "start", made["id"])
        async with patient(anns, made["join_url"]) as ann, patient(bobs, bob["join_url"], phone=False) as ray:
            await ann.page.evaluate(AT_THE_CLICK)
            people = {"Ann Lee": ann, "Bob Ray": ray}
            ids = {each["name"]: each["id"] for each in await here.people(made["id"])}
            for name, one in people.items():
                await one.waits()
                await here.ecm("call", "admit", made["id"], ids[name])
                await one.in_call(timeout=20)
            await ann.sees_video_of("Bob Ray", timeout=40)
            await ray.sees_video_of("Ann Lee", timeout=40)
            yield Call(here, made["id"], ids, ann, ray)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def content(path: str) -> bytes:
    return Path(path).read_bytes()


async def test_S18_S20_S22_S23_the_still_is_of_that_camera_and_of_a_frame_after_allow(tmp_path: Path):
    async with call(tmp_path) as running:
        for turn in range(3):
            words = ["--out", str(tmp_path / f"copy{turn}.png")] if turn == 1 else []
            asking = asyncio.create_task(running.screenshot(*words))
            question = running.ann.page.get_by_role("dialog", name="Screenshot request")
            await question.wait_for(timeout=20_000)
            assert await running.bob.page.get_by_role("dialog").count() == 0
            assert len(running.stills()) == turn, "nothing is stored before Allow"
            await asyncio.sleep(0.8)  # the buttons take no click before half a second; and the large picture comes
            await question.get_by_role("button", name="Allow").click()
            code, said = await asking
            assert (code, said["outcome"]) == (0, "taken"), said
            assert said["confirmed_at"] <= said["captured_at"]
            shown = int(await running.ann.page.evaluate("window.shownAtAllow")) & NUMBERS
            whose, number = whose_and_which(content(said["path"]))
            assert whose == ANN
            # The frame that Ann saw when she agreed was captured before; a second is plenty for the next one.
            assert 1 <= frames_after(shown, number) <= FRAMES // 3, (shown, number)
            assert mode(Path(said["path"])) == 0o600 and os.path.isabs(said["path"])
            await running.ann.page.get_by_text("One picture from your camera was taken").wait_for(timeout=5000)
        listed = (await running.here.ask("appointment", "show", running.id))["stills"]
        assert [Path(still["path"]) for still in listed] and {still["path"] for still in listed} == {
            str(path) for path in running.stills()
        }
        assert {still["person_id"] for still in listed} == {running.ids["Ann Lee"]}


async def test_S17_S24_a_camera_that_is_off_and_a_removal_give_no_still(tmp_path: Path):
    async with call(tmp_path) as running:
        await running.ann.press("Stop camera")

        async def off() -> bool:
            return next(p["camera"] for p in await running.here.people(running.id) if p["name"] == "Ann Lee") == "off"

        await until(off, 15, every=0.2, what="the service knows that the camera is off")
        code, said = await running.screenshot()
        assert (code, said["code"]) == (3, "no_video")
        await running.ann.press("Start camera")

        async def on() -> bool:
            return not await off()

        await until(on, 15, every=0.2, what="the service knows that the camera is on")
        asking = asyncio.create_task(running.screenshot())
        question = running.ann.page.get_by_role("dialog", name="Screenshot request")
        await question.wait_for(timeout=20_000)
        await running.here.ecm("call", "remove", running.id, running.ids["Ann Lee"])
        code, said = await asking
        assert (code, said["outcome"], said["path"]) == (1, "left", None)
        await running.ann.sees("You were removed from the call")
        assert await question.count() == 0 and running.stills() == []


async def test_S21_S23_asked_from_the_console_the_picture_stands_in_the_terminal(tmp_path: Path):
    async with call(tmp_path) as running:
        with running.here.console() as console:
            await console.shows("Ann Lee")
            await pressed(console, "Enter", until_shown="In call (2)")
            await pressed(console, ".", until_shown="Take screenshot")
            await choose(console, "Take screenshot")
            await console.shows("Viewer link", timeout=30)  # there is no display here, so the live view is a link
            await pressed_away(console, "Escape", until_gone="Viewer link")
            await console.shows("The picture is taken the", "set the image")
            await pressed(console, "Enter", until_shown="screenshot asked")
            question = running.ann.page.get_by_role("dialog", name="Screenshot request")
            await question.wait_for(timeout=20_000)
            await asyncio.sleep(0.8)
            await question.get_by_role("button", name="Allow").click()
            await console.shows("Still of Ann Lee", "▀▀▀▀▀▀▀▀", "Kept with the appointment", timeout=30)
            (still,) = running.stills()
            assert whose_and_which(content(str(still)))[0] == ANN
            await pressed_away(console, "Escape", until_gone="Still of Ann Lee")
            await console.shows("The picture of Ann Lee was taken.")
