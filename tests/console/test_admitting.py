"""Letting people in and seeing them out, by keys and by mouse (S3-S16a)."""

from ecm_tui.core import commands as c
from tests.console.driving import Console


async def test_from_the_schedule_to_an_admitted_patient_by_four_keys(seen: Console, appointment: str):
    seen.service.enter(appointment, "Ann Lee")
    await seen.open("Ann Lee")
    assert "JOIN SESSION" in seen.text
    await seen.join()
    assert seen.service.state(appointment, "Ann Lee") == "waiting"
    await seen.select("Ann Lee")
    await seen.press("a")
    await seen.sees("In call (1)")
    assert seen.service.state(appointment, "Ann Lee") == "admitted"
    await seen.sees_no("No one is here yet")


async def test_S6_click_on_admit_admits(seen: Console, appointment: str):
    seen.service.other(appointment, c.StartCall())
    await seen.open("Ann Lee")
    seen.service.enter(appointment, "Bea Moreno")
    await seen.sees("Waiting (1)")
    await seen.click("[a] admit")
    await seen.sees("In call (1)")
    assert seen.service.state(appointment, "Bea Moreno") == "admitted"
