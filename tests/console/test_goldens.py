"""How the screens look, as text. `python -m tests.console.test_goldens` writes the goldens anew."""

import asyncio
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest

from ecm_tui.core import commands as c
from ecm_tui.core.log import Actor
from tests.console.driving import Console, console
from tests.console.fake_service import TUESDAY, FakeClock, FakeService

GOLDENS = Path(__file__).parent / "goldens"

SMALL, WIDE = (80, 24), (120, 40)

PICTURES = {
    "schedule-80x24": (SMALL, "schedule"),
    "before-80x24": (SMALL, "before"),
    "session-80x24": (SMALL, "session"),
    "chat-80x24": (SMALL, "chat"),
    "appointment-form-80x24": (SMALL, "form"),
    "session-120x40": (WIDE, "session"),
}


def clinic(clock: FakeClock) -> FakeService:
    """A morning in a clinic."""
    service = FakeService(clock=clock)
    first = service.schedule("Maria Keller", at=TUESDAY - timedelta(hours=1), patient_id="4705")
    service.other(first, c.StartCall())
    service.other(first, c.Admit(person_id=service.enter(first, "Maria Keller")))
    service.other(first, c.EndCall())
    missed = service.schedule("Jonas Weber", at=TUESDAY - timedelta(minutes=30), patient_id="4711")
    service.other(missed, c.StartCall())
    service.other(missed, c.EndCall())
    service.schedule(
        "Ann Lee", "Bea Moreno|Daughter", "Dr Chen|Cardiology", "Omar Haddad|Interpreter", patient_id="4718"
    )
    service.schedule("Sofia Lindqvist", at=TUESDAY + timedelta(minutes=30), patient_id="4720")
    service.schedule("Peter Ott", at=TUESDAY + timedelta(minutes=45), kind="phone")
    service.enter(list(service.streams)[2], "Ann Lee")
    return service


async def arranged(seen: Console, moment: str) -> str:
    """The screen at this moment."""
    await seen.settle()
    if moment == "form":
        await seen.press("i")
        await seen.sees("SEND")
    if moment in ("before", "session", "chat"):
        await seen.open("Ann Lee")
    if moment in ("session", "chat"):
        await seen.join()
        stream = list(seen.service.streams)[2]
        seen.clock.pass_(180)
        for name in ("Bea Moreno", "Omar Haddad"):
            seen.service.enter(stream, name)
        seen.service.other(stream, c.Admit(person_id=seen.service.people(stream)["Bea Moreno"]))
        await seen.select("Ann Lee")
        if moment == "chat":
            talk(seen.service, stream)
            await seen.press("f4")
    await seen.settle()
    seen.app.paint()
    await seen.pilot.pause()
    return seen.text + "\n"


def talk(service: FakeService, stream: str) -> None:
    """Bea, a colleague and Dr Grey himself have written."""
    bea = Actor(role="participant", id=service.people(stream)["Bea Moreno"], name="Bea Moreno")
    brown = Actor(role="organiser", id="o2", name="Dr Brown")
    said = {
        "Good morning. My mother waits in the next room, with the letter of the hospital.": bea,
        "Thank you. I let her in as soon as Dr Chen is here.": service.actor,
        "He is on his way.": brown,
    }
    for text, by in said.items():
        service.do(stream, c.Say(text=text), by)
    service.do(stream, c.ShareFile(file_id="f1", name="letter.pdf", size=183_000, sha256="0" * 64), bea)


async def picture(name: str, state: Path) -> str:
    size, moment = PICTURES[name]
    clock = FakeClock()
    async with console(clinic(clock), clock, state, size=size) as seen:
        return await arranged(seen, moment)


@pytest.mark.parametrize("name", PICTURES)
async def test_L2_the_screen_looks_as_it_should(name: str, state: Path):
    assert await picture(name, state) == (GOLDENS / f"{name}.txt").read_text()


def write_anew() -> None:
    """Draw every golden."""
    GOLDENS.mkdir(exist_ok=True)
    for name in PICTURES:
        state = Path(tempfile.mkdtemp())
        (state / "introduced").touch()
        (GOLDENS / f"{name}.txt").write_text(asyncio.run(picture(name, state)))


if __name__ == "__main__":
    write_anew()
