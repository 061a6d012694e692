"""The console at the end of a bad line: 64 kbit/s and a round trip of 200 ms."""

from __future__ import annotations

from pathlib import Path

from tests.cli.patient import state, waiting
from tests.end_to_end.clinic import ECM, clinic
from tests.end_to_end.slow_line import slow_line

BYTES_A_SECOND = 8_000


async def test_over_64_kbit_and_200_ms_someone_is_admitted_by_key_within_a_moment(tmp_path: Path):
    async with clinic(tmp_path) as here:
        made = await here.appointment("Ann Lee")
        await here.ecm("call", "start", made["id"])
        async with waiting(made["join_url"]) as page, slow_line([*ECM, "--no-mouse"], here.env) as console:
            await console.shows("Ann Lee wants to join", "F1 Help")
            start = console.carried
            await console.press("\r")
            opened = await console.shows("Waiting (1)", "[a] admit", "F8 Window")
            opening = console.carried - start
            start = console.carried
            await console.press("a")
            admitted = await console.shows("In call (1)", "mic, camera")
            await state(page, "admitted")
            admitting = console.carried - start
            print(f"open: {opening} bytes, {opened:.2f} s; admit: {admitting} bytes, {admitted:.2f} s")
            assert opening < BYTES_A_SECOND, "the session is there within a second of line"
            assert admitting < BYTES_A_SECOND / 2, "an admission within half a second of line"
