"""A morning in a clinic, and every screen and dialog of the console as somebody comes to it by keys.

`tests/console/test_goldens.py` keeps each as text, `python -m tests.console.pictures` draws the README's.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from unittest import mock

from ecm_tui.core import commands as c
from ecm_tui.core.log import Actor
from tests.console.driving import Console, console
from tests.console.fake_service import TUESDAY, FakeClock, FakeService

Scene = Callable[[Console], Awaitable[None]]

DARK = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "SSH_CONNECTION": "192.0.2.7 50000 192.0.2.1 22"}
"""A terminal over SSH: no window can open, nothing is copied unseen."""


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
    service.enter(running(service), "Ann Lee")
    return service


def running(service: FakeService) -> str:
    """The appointment of Ann Lee."""
    return list(service.streams)[2]


def talk(service: FakeService) -> None:
    """Bea, a colleague and Dr Grey himself have written."""
    stream = running(service)
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


async def at_the_door(seen: Console) -> None:
    """Before the call is started."""
    await seen.open("Ann Lee")


async def in_call(seen: Console) -> None:
    """Bea is in the call, Ann and Omar wait; Ann is selected."""
    await seen.open("Ann Lee")
    await seen.join()
    service, stream = seen.service, running(seen.service)
    seen.clock.pass_(180)
    for name in ("Bea Moreno", "Omar Haddad"):
        service.enter(stream, name)
    service.other(stream, c.Admit(person_id=service.people(stream)["Bea Moreno"]))
    await seen.select("Ann Lee")


async def chat(seen: Console) -> None:
    await in_call(seen)
    talk(seen.service)
    await seen.press("f4")


async def people_and_talk(seen: Console) -> None:
    await in_call(seen)
    talk(seen.service)


async def note(seen: Console) -> None:
    await in_call(seen)
    await seen.press("f7")
    await seen.sees("Private note")
    await seen.type("Pain since Monday, worse at night.")


def keys(before: Scene | None, *pressed: str, sees: str) -> Scene:
    """The scene to which these keys lead from another."""

    async def scene(seen: Console) -> None:
        if before:
            await before(seen)
        await seen.press(*pressed)
        await seen.sees(sees)

    return scene


def of_bea(*pressed: str, sees: str) -> Scene:
    """What keys do with Bea, who is in the call."""

    async def bea(seen: Console) -> None:
        await in_call(seen)
        await seen.select("Bea Moreno")

    return keys(bea, *pressed, sees=sees)


async def nothing(seen: Console) -> None:
    """The console as it starts."""


SCENES: dict[str, Scene] = {
    "schedule": nothing,
    "schedule-menu": keys(None, "full_stop", sees="Options"),
    "schedule-search": keys(None, "slash", *"lind", sees="1 found for"),
    "schedule-day": keys(None, "d", sees="Go to day"),
    "schedule-details": keys(None, "v", sees="What happened"),
    "schedule-outcome": keys(None, "k", "o", sees="Taken"),
    "schedule-cancel": keys(None, "j", "j", "j", "X", sees="Keep it"),
    "schedule-help": keys(None, "f1", sees="Help"),
    "appointment-form": keys(None, "i", sees="SEND"),
    "appointment-edit": keys(None, "j", "e", sees="Edit appointment"),
    "import": keys(None, "I", sees="Import appointments"),
    "before": at_the_door,
    "session": in_call,
    "session-menu": keys(in_call, "ctrl+o", sees="Admit"),
    "session-palette": keys(in_call, "ctrl+p", sees="Admit"),
    "session-command": keys(in_call, "colon", sees="an action"),
    "session-search": keys(in_call, "slash", *"om", sees="Omar"),
    "session-help": keys(in_call, "f1", sees="Help"),
    "waiting-menu": keys(in_call, "full_stop", sees="Admit"),
    "admit-all": keys(in_call, "A", sees="Admit all"),
    "person-menu": of_bea("full_stop", sees="Remove"),
    "person-link": of_bea("y", sees="/join/"),
    "person-live": of_bea("p", sees="live"),
    "invite": keys(in_call, "i", sees="Invite a person"),
    "invite-several": keys(in_call, "i", "ctrl+t", sees="contact"),
    "window": keys(in_call, "f8", sees="works once"),
    "hang-up": keys(in_call, "f10", sees="Leave session"),
    "lock": keys(in_call, "f12", sees="Locked"),
    "initials": keys(in_call, "ctrl+n", sees="AL"),
    "chat": chat,
    "talk": people_and_talk,
    "chat-menu": keys(chat, "escape", "full_stop", sees="Copy text"),
    "attach": keys(chat, "escape", "f", sees="Enter chooses"),
    "note": note,
    "note-template": keys(note, "ctrl+r", sees="SOAP"),
    "note-leave": keys(note, "f10", "enter", sees="Unsent note"),
}
"""By name."""


@asynccontextmanager
async def shown(name: str, size: tuple[int, int], state: Path) -> AsyncIterator[Console]:
    """The console in this scene, with everything painted; `state` is a folder of its own."""
    (state / "introduced").touch()
    (state / "home" / "Letters").mkdir(parents=True)
    (state / "home" / "referral.pdf").touch()
    clock = FakeClock()
    async with console(clinic(clock), clock, state, size=size, environ=DARK) as seen:
        with mock.patch.dict(os.environ, HOME=str(state / "home")):
            await SCENES[name](seen)
        await seen.resize(*size)
        yield seen
