"""One whole call: links opened in real browsers, admitted by one key in a real terminal, seen, heard and ended."""

from pathlib import Path

from tests.chromium import chromium
from tests.end_to_end.clinic import clinic
from tests.end_to_end.page import patient
from tests.end_to_end.terminal import Terminal
from tests.until import until


async def test_S4_S5_S7_two_people_wait_each_is_admitted_by_one_key_and_they_see_and_hear_each_other(tmp_path: Path):
    async with clinic(tmp_path) as here, chromium() as browser:
        made = await here.appointment("Ann Lee")
        bob = await here.ask("call", "invite", made["id"], "--name", "Bob Ray", "--email", "bob@example.org")
        with here.console() as console:
            await console.shows("Ann Lee")
            async with patient(browser, made["join_url"]) as ann, patient(browser, bob["join_url"], phone=False) as ray:
                await ann.waits()
                await ray.waits()
                await console.shows("Ann Lee and 1 other want to join")
                console.keys("Enter")
                await console.shows("JOIN SESSION", "Waiting (2)", "[a] admit", "[x] disconnect")
                await pressed(console, "Enter", until_shown="No one is here yet")
                await console.shows("Waiting (2)", "[a] admit")
                await ann.sees("You are in the waiting room")
                before = await ray.page.locator("body").inner_text()
                await pressed(console, "a", until_shown="In call (1)")
                await ann.in_call(timeout=2)
                await console.shows("Waiting (1)")
                assert await ray.page.locator("body").inner_text() == before, "S5"
                await pressed(console, "F2", until_shown="In call (2)")
                await ray.in_call()
                await ann.sees_video_of("Bob Ray")
                await ray.sees_video_of("Ann Lee")
                await ann.hears()
                await ray.hears()


async def pressed(console: Terminal, key: str, until_shown: str) -> None:
    """Press a key until it has its effect."""
    await console.press(key, lambda screen: until_shown in screen, f"{key} shows {until_shown!r}")


async def pressed_away(console: Terminal, key: str, until_gone: str) -> None:
    """Press a key until a dialog has taken it."""
    await console.press(key, lambda screen: until_gone not in screen, f"{key} closes {until_gone!r}")


async def test_S10_nothing_of_the_session_reaches_a_waiting_page(tmp_path: Path):
    async with clinic(tmp_path) as here, chromium() as browser:
        made = await here.appointment("Ann Lee")
        bob = await here.ask("call", "invite", made["id"], "--name", "Bob Ray", "--email", "bob@example.org")
        await here.ecm("call", "start", made["id"])
        async with patient(browser, made["join_url"]) as ann, patient(browser, bob["join_url"]) as ray:
            await ann.waits()
            await here.ecm("call", "admit", made["id"], await person(here, made["id"], "Ann Lee"))
            await ann.in_call()
            await ray.waits()
            told = "\n".join(ray.frames)
            for secret in ("Ann Lee", '"people"', "candidate", "sdp", "ice-ufrag", "slots"):
                assert secret not in told, secret
            assert await ray.page.locator("video").count() <= 1, "only the own camera"


async def person(here, appointment: str, name: str) -> str:
    return next(each["id"] for each in await here.people(appointment) if each["name"] == name)


async def test_S11_S12_who_is_disconnected_reads_so_and_comes_back_only_by_asking_again(tmp_path: Path):
    async with clinic(tmp_path) as here, chromium() as browser:
        made = await here.appointment("Ann Lee")
        async with patient(browser, made["join_url"]) as ann:
            await ann.waits()
            await here.ecm("call", "disconnect", made["id"], await person(here, made["id"], "Ann Lee"))
            await ann.sees("You were disconnected from the waiting room")
            await ann.page.reload()
            await ann.sees("You were disconnected from the waiting room")
            assert await here.state(made["id"], "Ann Lee") == "disconnected"
            await ann.press("Ask again")
            await ann.sees("You are in the waiting room")
            assert await here.state(made["id"], "Ann Lee") == "waiting"


async def test_S13_S14_S15_S16_removal_by_the_menu_stops_media_and_the_link_leads_to_waiting(tmp_path: Path):
    async with clinic(tmp_path) as here, chromium() as browser:
        made = await here.appointment("Ann Lee")
        bob = await here.ask("call", "invite", made["id"], "--name", "Bob Ray", "--email", "bob@example.org")
        cem = await here.ask("call", "invite", made["id"], "--name", "Cem Oz", "--email", "cem@example.org")
        await here.ecm("call", "start", made["id"])
        links = (made["join_url"], bob["join_url"], cem["join_url"])
        async with (
            patient(browser, links[0]) as ann,
            patient(browser, links[1]) as ray,
            patient(browser, links[2]) as oz,
        ):
            for someone, name in ((ann, "Ann Lee"), (ray, "Bob Ray"), (oz, "Cem Oz")):
                await someone.waits()
                await here.ecm("call", "admit", made["id"], await person(here, made["id"], name))
                await someone.in_call()
            await ray.sees_video_of("Ann Lee")
            await ray.sees_video_of("Cem Oz")
            with here.console() as console:
                await console.shows("Ann Lee")
                console.keys("Enter")
                await console.shows("In call (3)")
                await pressed(console, ".", until_shown="Remove user")
                await console.shows("Put back in waiting room")
                await choose(console, "Remove user")
                await console.shows("leaves the call at once")
                await pressed_away(console, "Enter", until_gone="leaves the call at once")
                await ann.sees("You were removed from the call")
                await console.shows("In call (2)")
            assert await ann.page.locator("video").count() == 0
            await until(lambda: gone(ray, "Ann Lee"), 5, what="Ann's picture is gone from Bob's page")
            await ray.sees_video_of("Cem Oz")
            await ann.page.goto(links[0])
            await ann.waits()
            assert await here.state(made["id"], "Ann Lee") == "waiting"
            await here.ecm("call", "admit", made["id"], await person(here, made["id"], "Ann Lee"))
            await ann.in_call()
            await ray.sees_video_of("Ann Lee")


async def gone(page, name: str) -> bool:
    return await page.video(name).count() == 0 or not await page.video(name).is_visible()


async def choose(console: Terminal, item: str) -> None:
    """Walk down the open menu to `item` and choose it."""
    await console.press("Down", lambda screen: f"▌{item}" in screen, f"{item} is selected", each_moves=True)
    await pressed_away(console, "Enter", until_gone=f"▌{item}")


async def test_E7_leave_session_ends_it_for_everyone_and_exit_without_ending_does_not(tmp_path: Path):
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
                await pressed(console, "F10", until_shown="Exit without ending")
                await console.shows("Leave session")
                await pressed_away(console, "Enter", until_gone="Leave session")
            await ann.in_call()
            assert await here.state(made["id"], "Ann Lee") == "admitted"
            await here.ecm("call", "end", made["id"])
            await ann.sees("The call has ended")
            shown = await here.ask("appointment", "show", made["id"])
            assert shown["state"] == "taken"
