"""The Schedule at a terminal, with the real service: days, admission from the board, what is kept after the call."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.cli.patient import state, waiting
from tests.end_to_end.clinic import clinic
from tests.end_to_end.test_call import pressed


async def test_E1_E5_from_the_board_people_are_admitted_and_far_days_are_shown(tmp_path: Path):
    async with clinic(tmp_path) as here:
        one, two = [await here.appointment(name) for name in ("Ann Lee", "Carla Diaz")]
        far = (datetime.now(UTC) + timedelta(days=500)).replace(microsecond=0)
        await here.ecm(
            "appointment", "add", "--patient", "Fred Far", "--email", "f@example.org", "--at", far.isoformat()
        )
        for each in (one, two):
            await here.ecm("call", "start", each["id"])
        async with waiting(one["join_url"]) as ann, waiting(two["join_url"]) as carla:
            with here.console() as console:
                screen = await console.shows("Now (2)", "[a] admit", "▌")
                assert screen.index("Ann Lee  ") < screen.index("Carla Diaz"), "the longest wait is in front"
                await pressed(console, "a", until_shown="Ann Lee is in the call.")
                await state(ann, "admitted")
                assert await here.state(two["id"], "Carla Diaz") == "waiting"
                await pressed(console, "]", until_shown="Tomorrow, ")
                assert "Carla Diaz" in console.screen(), "who waits is seen on every day"
                await pressed(console, "d", until_shown="Go to day")
                console.type(f"{far:%d.%m.%Y}")
                await pressed(console, "Enter", until_shown="Scheduled       Fred")
                await console.press("g", lambda screen: selected(screen, "Carla Diaz"), "g selects the top")
                await pressed(console, "a", until_shown="Carla Diaz is in the call.")
                await state(carla, "admitted")
                await pressed(console, "/", until_shown="Search patient or ID")
                console.type("fred")
                await console.shows("1 found for fred")
                await pressed(console, "Escape", until_shown=f"[ {far:%A}")


def selected(screen: str, name: str) -> bool:
    return any(line.startswith("▌") and name in line for line in screen.splitlines())


async def test_S43_a_note_is_read_from_the_schedule_after_the_call_and_a_restart_of_everything(tmp_path: Path):
    async with clinic(tmp_path) as here:
        made = await here.appointment("Ann Lee")
        await here.ecm("call", "start", made["id"])
        await here.ecm("call", "note", made["id"], "S: headache for three weeks\nP: call again on 3 December")
        await here.ecm("call", "end", made["id"])
        await here.kill()
        here.kill_bridge()
        await here.start()
        with here.console() as console:
            await console.shows("✗ Did not attend", "▌")
            await pressed(console, "v", until_shown="Private notes (1)")
            await console.shows("S: headache for three weeks", "started the call")
            console.keys("g", "j")
            await pressed(console, "Enter", until_shown="P: call again on 3 December")
