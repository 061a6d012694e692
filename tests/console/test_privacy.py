"""Initials for names, so that somebody may look over a shoulder: nowhere on the screen stands a name or a contact."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ecm_tui.core import commands as c
from ecm_tui.core.log import SERVICE, Actor
from tests.console.driving import Console, console
from tests.console.fake_service import FakeClock, FakeService

SECRETS = ("Zelda", "Quark", "Mirko", "Vane", "clinic.test", "4718", "Daughter", "blood test")


@pytest.fixture
def secret(service: FakeService) -> str:
    made = service.schedule("Zelda Quark", "Mirko Vane|Daughter", patient_id="4718")
    service.other(made, c.StartCall())
    zelda = service.enter(made, "Zelda Quark")
    service.other(made, c.Admit(person_id=zelda))
    service.do(made, c.Say(text="my blood test"), Actor(role="participant", id=zelda, name="Zelda Quark"))
    service.do(made, c.SaveNote(note_id="n1", text="blood test"), service.actor)
    return made


@pytest.fixture
async def private(service: FakeService, clock: FakeClock, state: Path, secret: str) -> AsyncIterator[Console]:
    async with console(service, clock, state, size=(120, 40), private=True) as seen:
        yield seen


def told(seen: Console) -> list[str]:
    return [word for word in SECRETS if word in seen.text]


async def test_no_screen_and_no_dialog_names_anybody(private: Console, secret: str):
    seen = private
    await seen.sees("ZQ")
    assert not told(seen)
    await seen.press("enter")
    await seen.sees("names hidden")
    await seen.sees("In call (1)")
    private.service.enter(secret, "Mirko Vane")
    await seen.sees("MV wants to join")
    assert not told(seen)
    for keys in (["full_stop"], ["full_stop", "G", "enter"], ["colon", "a"], ["ctrl+p"], ["ctrl+o"], ["f10"], ["f1"]):
        await seen.press(*keys)
        await seen.holds(lambda: len(seen.app.screen_stack) >= 2)
        await seen.pilot.pause()
        assert not told(seen), keys
        await seen.press("escape")
        await seen.holds(lambda: len(seen.app.screen_stack) == 1)
    await seen.press("f4")
    await seen.sees("[CHAT]")
    assert not told(seen)
    await seen.press("f3", "f2")
    await seen.sees("In call (2)")
    assert private.service.state(secret, "Mirko Vane") == "admitted"
    assert not told(seen)


async def test_nothing_on_the_schedule_names_anybody_and_what_is_edited_keeps_its_name(private: Console, secret: str):
    seen = private
    for name in ("Zelda Quark", "Mirko Vane"):
        person = seen.service.people(secret)[name]
        note = c.NoteDelivery(person_id=person, channel="email", number=1, state="sent")
        seen.service.do(secret, note, SERVICE)
    seen.service.other(secret, c.EndCall())
    for keys, shown in (("v", "(hidden)"), ("X", "ZQ and MV are told"), ("o", "What it came to"), (".", "ZQ ·")):
        await seen.press({".": "full_stop"}.get(keys, keys))
        await seen.sees(shown)
        assert not told(seen), keys
        await seen.press("escape")
        await seen.holds(lambda: len(seen.app.screen_stack) == 1)
    await seen.press("v")
    await seen.sees("What happened")
    await seen.press("g", "e")
    await seen.sees("Edit person")
    await seen.press("tab", "tab", "tab")
    await seen.type("wife")
    await seen.press("enter")
    await seen.sees("is changed.")
    assert not told(seen)
    assert {p.name for p in seen.service.streams[secret].people.values()} == {"Zelda Quark", "Mirko Vane"}


async def test_the_same_key_hides_and_shows_and_closes_what_names_somebody(seen: Console, appointment: str):
    await seen.open("Ann Lee")
    await seen.press("full_stop")
    await seen.sees("Ann Lee · Invited")
    await seen.press("ctrl+n")
    await seen.sees("Names, contacts, chat and notes are hidden.")
    await seen.sees_no("Ann Lee")
    assert len(seen.app.screen_stack) == 1
    await seen.press("ctrl+n")
    await seen.sees("Ann Lee")
    assert seen.app.desk.session is not None
    assert seen.app.desk.session.appointment.patient == "Ann Lee"


async def test_a_form_is_kept_and_what_was_typed_in_it_masked(seen: Console, appointment: str):
    await seen.open("Ann Lee")
    await seen.press("i")
    await seen.type("Tom Quark")
    await seen.press("ctrl+n")
    await seen.sees_no("Tom Quark")
    await seen.sees("•••")
    await seen.press("ctrl+n")
    await seen.sees("Tom Quark")


async def test_what_is_typed_in_the_chat_and_in_a_note_is_masked_too_while_it_is_typed(private: Console, secret: str):
    seen = private
    await seen.press("enter")
    await seen.sees("In call (1)")
    await seen.press("f4")
    await seen.type("Zelda says")
    await seen.sees("••••• ••••")
    await seen.press("f7")
    await seen.type("blood test")
    await seen.sees("••••• ••••")
    assert not told(seen)
    await seen.press("tab", "tab")
    assert not told(seen)
    await seen.press("enter")
    await seen.pilot.pause()
    assert not told(seen)
    await seen.press("escape", "ctrl+n")
    await seen.sees("Zelda says")
    await seen.sees("blood test")


async def test_what_was_typed_on_the_command_line_is_forgotten(seen: Console, appointment: str):
    await seen.open("Ann Lee")
    await seen.press("colon")
    await seen.type("omar")
    await seen.press("enter", "ctrl+n", "colon", "up")
    assert "omar" not in seen.text


async def test_a_refusal_of_the_service_names_nobody_either(private: Console, secret: str):
    seen, service = private, private.service
    mirko = service.enter(secret, "Mirko Vane")
    await seen.press("enter")
    await seen.select("MV")
    service.hold.clear()
    await seen.press("a")
    await seen.sees("admitting…")
    service.other(secret, c.Admit(person_id=mirko))
    service.hold.set()
    await seen.sees("MV is in the call already: Dr Brown admitted them.")
    assert not told(seen)
