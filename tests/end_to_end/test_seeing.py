"""The organiser sees and is seen: in a window of its own, or in a browser where there is no display."""

from pathlib import Path

from tests.chromium import chromium
from tests.end_to_end.clinic import Clinic, clinic
from tests.end_to_end.page import Patient, patient
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.test_call import person, pressed
from tests.media.window.grab import grab, x_display
from tests.until import until


async def admitted(here: Clinic, made: dict, someone: Patient, name: str) -> None:
    await someone.waits()
    await here.ecm("call", "admit", made["id"], await person(here, made["id"], name))
    await someone.in_call()


async def opened(console: Terminal) -> None:
    """From the console's first screen into the running session: a second Enter there would open a menu."""
    await console.shows("Ann Lee")
    console.keys("Enter")
    await console.shows("In call (1)")


def link_on(screen: str) -> str:
    """The viewer link of the dialog."""
    return next(word for line in screen.splitlines() for word in line.split() if word.startswith("http"))


async def test_U3_without_a_display_a_one_use_link_shows_the_call_in_a_browser_both_ways(tmp_path: Path):
    async with clinic(tmp_path) as here, chromium() as browser:
        made = await here.appointment("Ann Lee")
        await here.ecm("call", "start", made["id"])
        async with patient(browser, made["join_url"]) as ann:
            await admitted(here, made, ann, "Ann Lee")
            with here.console() as console:
                await opened(console)
                await pressed(console, "F8", until_shown="Viewer link")
                screen = await console.shows("There is no display here", "works on this computer")
                link = link_on(screen)
                async with patient(browser, link, phone=False) as organiser:
                    await organiser.sees_video_of("Ann Lee")
                    await organiser.hears()
                    name = (await here.ask("appointment", "show", made["id"]))["timeline"][0]["actor"]["name"]
                    await ann.sees_video_of(name)
                    await ann.hears()
                async with patient(browser, link, phone=False) as stranger:
                    await stranger.sees("This link is not valid")


async def test_F8_opens_the_window_where_there_is_a_display_and_it_shows_the_patient(tmp_path: Path):
    async with chromium() as browser:
        with x_display() as display:
            async with clinic(tmp_path, DISPLAY=display) as here:
                made = await here.appointment("Ann Lee")
                await here.ecm("call", "start", made["id"])
                async with patient(browser, made["join_url"]) as ann:
                    await admitted(here, made, ann, "Ann Lee")
                    with here.console() as console:
                        await opened(console)
                        console.keys("F8")
                        await until(lambda: greens(display) > 0.1, 30, every=0.5, what="the window shows Ann's camera")
                        await console.shows("In call (1)")


def greens(display: str) -> float:
    """The share of the display in the green of Chromium's fake camera."""
    pixels = grab(display).to_ndarray(format="rgb24").astype(int)
    green = (pixels[..., 1] > 90) & (pixels[..., 0] < 60) & (pixels[..., 2] < 60)
    return float(green.mean())
