"""The one table of actions: nothing clashes, and whatever shows keys reads it."""

import subprocess
import sys
from pathlib import Path

import pytest

from ecm_tui.console import keys
from ecm_tui.console.app import EcmApp
from ecm_tui.console.keymap import clashes, read
from ecm_tui.console.screens.schedule import ScheduleScreen
from ecm_tui.console.screens.session import SessionScreen
from ecm_tui.console.widgets.rows import RowList
from ecm_tui.core import commands as c
from tests.console.driving import Console, console
from tests.console.fake_service import FakeClock, FakeService


def test_no_two_actions_share_a_key():
    assert clashes({}) == []


@pytest.mark.parametrize("action", keys.TABLE, ids=lambda action: action.id)
def test_every_action_exists_and_its_help_fits(action: keys.Action):
    owner = {"schedule": ScheduleScreen, "session": SessionScreen, "list": RowList, "anywhere": EcmApp}[action.place]
    name = action.run.removeprefix("app.").removeprefix("screen.").split("(")[0]
    assert callable(getattr(owner, f"action_{name}"))
    assert len(action.help) <= 58
    assert action.help.endswith(".")


def test_the_contracts_default_keys():
    shown = {action.id: (keys.shown_key(action.keys), action.letters) for action in keys.TABLE}
    assert shown["help"] == ("F1", "question_mark")
    assert shown["notice.admit"] == ("F2", "")
    assert shown["view.people"] == ("F3", "1")
    assert shown["view.chat"] == ("F4", "2")
    assert shown["go.schedule"] == ("F6", "3")
    assert (shown["own.microphone"][0], shown["own.camera"][0]) == ("F9", "F5")
    assert (shown["session.window"][0], shown["session.hang_up"][0]) == ("F8", "F10")
    assert [shown[f"people.{name}"][0] for name in ("admit", "admit_all", "disconnect")] == ["a", "A", "x"]
    assert shown["people.options"] == (".", "enter")
    assert [shown[name][0] for name in ("menu", "palette", "quit", "suspend")] == [
        "ctrl+o",
        "ctrl+p",
        "ctrl+q",
        "ctrl+z",
    ]


def test_clashes_in_a_users_keymap_are_named():
    assert clashes({"people.admit": "x"}) == ["The key x is given to both people.admit and people.disconnect."]
    assert clashes({"no.such": "z"}) == ["[keys] names no.such, which is no action. `ecm-tui keys` lists them."]


def test_the_key_table_is_made_of_the_same_actions():
    assert "| `F2` | Admit the person named in the notice, from anywhere. |" in keys.markdown()


async def test_a_key_is_remapped_by_the_actions_id(
    service: FakeService, clock: FakeClock, state: Path, appointment: str
):
    service.other(appointment, c.StartCall())
    async with console(service, clock, state, keymap={"people.admit": "z"}) as seen:
        await seen.open("Ann Lee")
        service.enter(appointment, "Ann Lee")
        await seen.select("Ann Lee")
        await seen.sees("z Admit")
        await seen.press("a")
        assert service.state(appointment, "Ann Lee") == "waiting"
        await seen.press("z")
        await seen.sees("In call (1)")


async def test_S2_help_opens_over_dialogs_and_while_typing_and_the_same_key_closes_it(seen: Console, appointment: str):
    await seen.press("i")
    await seen.sees("SEND")
    await seen.type("Ann?")
    await seen.press("f1")
    await seen.sees("Support: Help desk, 123")
    await seen.press("f1")
    await seen.sees_no("Support:")
    await seen.sees("Ann?")


async def test_S2_a_question_mark_opens_help_where_no_text_is_typed(seen: Console):
    await seen.press("question_mark")
    await seen.sees("Open the selected appointment.")


async def test_ctrl_o_offers_everything_that_can_be_done_here_and_does_it(seen: Console, appointment: str):
    await seen.open("Ann Lee")
    await seen.press("ctrl+o")
    await seen.sees("What can be done here")
    await seen.sees("Admit all")
    await seen.press("enter")
    await seen.sees("No one is here yet")


async def test_ctrl_o_works_while_typing(seen: Console, appointment: str):
    await seen.open("Ann Lee")
    await seen.press("slash")
    await seen.type("zz")
    await seen.press("ctrl+o")
    await seen.sees("What can be done here")


async def test_the_palette_finds_an_action_by_its_name(seen: Console, appointment: str):
    await seen.open("Ann Lee")
    await seen.press("ctrl+p")
    await seen.sees("Search for commands")
    await seen.type("invite")
    await seen.sees("Invite  (i)")
    await seen.press("enter", "enter")
    await seen.sees("Invite a person")


async def test_keys_in_the_footer_can_be_clicked(seen: Console, appointment: str):
    await seen.open("Ann Lee")
    await seen.click("i Invite")
    await seen.sees("Invite a person")


def test_the_console_brings_none_of_the_heavy_libraries_along():
    heavy = ("aiortc", "av", "fastapi", "sqlalchemy", "pydantic", "httpx", "websockets", "segno", "sdl2")
    script = f"import sys, ecm_tui.console.app; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


async def test_help_knows_in_which_dialog_it_was_asked_for(seen: Console, appointment: str):
    await seen.open("Ann Lee")
    await seen.press("i", "f1")
    await seen.sees("ctrl+t takes pasted lines")
    await seen.sees("from anywhere.")
    assert "Admit the selected person." not in seen.text
    await seen.press("f1", "escape", "full_stop", "question_mark")
    await seen.sees("A menu: arrows")


async def test_help_knows_that_text_is_being_typed(seen: Console, appointment: str):
    await seen.open("Ann Lee")
    await seen.press("slash", "f1")
    await seen.sees("You are in the search")
    assert "Admit the selected person." not in seen.text


async def test_help_of_an_observer_names_nothing_that_acts(service, clock, state, appointment: str):
    async with console(service, clock, state, read_only=True) as seen:
        await seen.open("Ann Lee")
        assert "read only" in seen.text
        await seen.press("f1")
        await seen.sees("Find a person")
        assert "Admit" not in seen.text


def test_every_key_of_an_action_is_named_the_users_own_included():
    assert keys.keys_of("help") == ["F1", "?"]
    assert keys.keys_of("list.down", read({"list.down": "ctrl+n", "list.down.letter": "n,."})) == [
        "ctrl+n",
        "n",
        ".",
    ]


def test_a_key_that_typing_needs_is_refused_for_what_works_while_typing():
    said = "cannot be help, which works while typing: typing needs it."
    assert clashes({"help": "h"}) == [f"The key h {said}"]
    assert clashes({"help": "f11, Esc"}) == [f"The key Esc {said}"]
    assert clashes({"help.letter": "h", "people.admit": "z"}) == []
