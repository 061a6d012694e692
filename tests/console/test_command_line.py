"""The `:` line and the palette: actions, acts on people, people and appointments by name; ids decide, never a guess."""

import pytest

from ecm_tui.console import keys
from ecm_tui.console.finding import Found, found, meant
from ecm_tui.console.keymap import read
from ecm_tui.console.model import Desk
from ecm_tui.core import commands as c
from ecm_tui.core.log import Actor
from ecm_tui.core.schedule import summary
from tests.console.driving import Console, console, lines_of
from tests.console.fake_service import FakeService
from tests.console.hostile import HOSTILE
from tests.console.test_details import desk_of
from tests.console.test_foreign import FORBIDDEN


def looked_up(query: str, desk: Desk) -> list[Found]:
    return found(query, keys.of_place("session", "anywhere"), desk, {})


def test_actions_are_found_by_id_and_by_label(service: FakeService, appointment: str):
    desk = desk_of(service, appointment)
    assert looked_up("people.admit", desk)[0].id == "people.admit"
    assert looked_up("hang", desk)[0].id == "session.hang_up"
    assert [one.kind for one in looked_up("", desk)] == ["action"] * len(looked_up("", desk))
    assert meant("adm", looked_up("adm", desk)) == "3 match. Tab chooses one of them."
    assert meant("admit", looked_up("admit", desk)).id == "people.admit"  # type: ignore[union-attr]  # called so
    assert meant("layout", looked_up("layout", desk)).id == "session.layout"  # type: ignore[union-attr]  # one is found


def test_an_act_with_a_name_carries_the_persons_id(service: FakeService, appointment: str):
    service.other(appointment, c.StartCall())
    bea = service.enter(appointment, "Bea Moreno")
    desk = desk_of(service, appointment)
    one = meant("admit moreno", looked_up("admit moreno", desk))
    assert isinstance(one, Found) and (one.kind, one.act, one.id) == ("act", "admit", bea)
    assert not [one for one in looked_up("remove bea", desk) if one.kind == "act"]


def test_two_people_who_are_called_alike_are_never_guessed(service: FakeService):
    appointment = service.schedule("Ann Lee", "Ann Lee", "Anna Berg")
    service.other(appointment, c.StartCall())
    for person in list(service.streams[appointment].people.values()):
        service.do(appointment, c.Enter(visit=person.id), service_actor(person.id))
    desk = desk_of(service, appointment)
    assert meant("admit ann", looked_up("admit ann", desk)) == "3 match. Tab chooses one of them."
    assert meant("admit ann lee", looked_up("admit ann lee", desk)) == "2 match. Tab chooses one of them."
    one = meant("admit anna", looked_up("admit anna", desk))
    assert isinstance(one, Found) and service.streams[appointment].people[one.id].name == "Anna Berg"


def service_actor(person: str) -> Actor:
    return Actor(role="participant", id=person, name="x")


def test_an_observer_finds_people_and_no_acts(service: FakeService, appointment: str):
    service.enter(appointment, "Bea Moreno")
    desk = desk_of(service, appointment)
    desk.account = ("o3", "Looker", "observer")
    assert {one.act for one in looked_up("details bea", desk) if one.kind == "act"} == {"details"}
    assert not [one for one in looked_up("disconnect bea", desk) if one.kind == "act"]


async def test_a_person_is_admitted_by_the_command_line(seen: Console, appointment: str):
    seen.service.other(appointment, c.StartCall())
    seen.service.enter(appointment, "Bea Moreno")
    await seen.open("Ann Lee")
    await seen.press("colon")
    await seen.sees("an action, what to do with whom")
    await seen.type("adm bea")
    await seen.sees("Admit: Bea Moreno")
    await seen.press("enter")
    await seen.holds(lambda: seen.service.state(appointment, "Bea Moreno") == "admitted")


async def test_tab_completes_arrows_bring_back_what_was_typed_and_esc_closes(seen: Console, appointment: str):
    await seen.open("Ann Lee")
    await seen.press("colon")
    await seen.type("lay")
    await seen.sees("session.layout")
    await seen.press("tab")
    await seen.sees(":session.layout")
    await seen.press("enter")
    await seen.sees("shows whoever speaks")
    await seen.press("colon")
    await seen.sees("an action, what to do")
    await seen.press("up")
    await seen.sees(":session.layout")
    await seen.press("down")
    await seen.sees_no(":session.layout")
    await seen.type("zzz")
    await seen.press("enter")
    await seen.sees("Nothing is called “zzz”.")
    await seen.press("escape")
    await seen.holds(lambda: len(seen.app.screen_stack) == 1)


async def test_an_appointment_is_opened_from_the_schedule_and_a_person_selected(seen: Console, appointment: str):
    await seen.press("colon")
    await seen.type("4718")
    await seen.sees("Open Ann Lee")
    await seen.press("enter")
    await seen.sees("In call (")
    await seen.press("f3", "colon")
    await seen.type("omar")
    await seen.sees("Select Omar Haddad")
    await seen.press("enter")
    await seen.holds(lambda: seen.app.room.people.drawn_id == seen.service.people(appointment)["Omar Haddad"])


async def test_the_palette_finds_people_and_appointments(seen: Console, appointment: str):
    await seen.press("ctrl+p")
    await seen.sees("Search for commands")
    await seen.type("ann lee")
    await seen.sees("Open Ann Lee")
    await seen.press("enter", "enter")
    await seen.sees("In call (")


@pytest.mark.parametrize("opener", ["colon", "ctrl+p"])
async def test_hostile_names_are_inert_on_the_command_line_and_in_the_palette(service, clock, state, opener: str):
    appointment = service.schedule(HOSTILE[0], *HOSTILE[1:], patient_id=HOSTILE[2])
    async with console(service, clock, state, size=(120, 40)) as seen:
        await seen.open(HOSTILE[0])
        await seen.press("f3", opener)
        await seen.holds(lambda: len(seen.app.screen_stack) == 2)
        for query, sees in (("ann", "Ann [/]"), ("app", "[@click=app.quit]join[/]"), ("evil", "Cem"), ("long", "Dot")):
            await seen.type(query)
            await seen.sees(sees)
            if opener == "colon":
                await seen.press("tab")
            for line in lines_of(seen.app.screen):
                assert not FORBIDDEN.search(line), ascii(line)
            await seen.press("ctrl+u")
        assert seen.service.streams[appointment].people


async def test_clashes_of_the_users_keys_are_told_at_the_start(service, clock, state, appointment: str):
    keymap = {"people.admit": "x", "no.such": "z"}
    async with console(service, clock, state, keymap=keymap) as seen:
        await seen.sees("[keys] names no.such, which is no action.")
        await seen.sees("more: see `ecm-tui keys`.")


async def test_keys_are_written_as_people_write_them_and_stand_on_the_row(service, clock, state, appointment: str):
    service.other(appointment, c.StartCall())
    keymap = {"people.admit": ";", "people.disconnect": "Ctrl+D", "help": "F12"}
    assert read(keymap) == {"people.admit": "semicolon", "people.disconnect": "ctrl+d", "help": "f12"}
    async with console(service, clock, state, keymap=keymap) as seen:
        await seen.open("Ann Lee")
        service.enter(appointment, "Ann Lee")
        await seen.select("Ann Lee")
        await seen.sees("F12 Help")
        assert "[admit]  [disconnect]" in seen.row("Ann Lee")
        await seen.press("semicolon")
        await seen.sees("In call (1)")


def test_an_act_on_an_appointment_carries_its_id_and_is_found_by_its_own_name_only(service: FakeService):
    desk = Desk()
    for name in ("Ann Lee", "Ann Berg"):
        desk.hear_summary(summary(service.streams[service.schedule(name)]))
    one = meant("edit lee", looked_up("edit lee", desk))
    assert isinstance(one, Found) and (one.kind, one.act, one.label) == ("booking", "edit", "Edit: Ann Lee")
    assert meant("cancel ann", looked_up("cancel ann", desk)) == "2 match. Tab chooses one of them."
    assert not [one for one in looked_up("mark ann", desk) if one.kind == "booking"]
    desk.account = ("o3", "Looker", "observer")
    assert {one.act for one in looked_up("e ann", desk) + looked_up("d ann", desk) if one.kind == "booking"} == {
        "details"
    }


async def test_the_command_line_acts_on_an_appointment_from_the_session_too(seen: Console, appointment: str):
    await seen.open("Ann Lee")
    await seen.press("colon")
    await seen.type("cancel ann")
    await seen.press("enter")
    await seen.sees("Cancel appointment")
    await seen.sees("No invitation has gone")
    await seen.press("enter")
    await seen.holds(lambda: seen.service.streams[appointment].cancelled)
