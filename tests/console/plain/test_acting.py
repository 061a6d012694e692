"""Typed commands do what keys do: the same acts, questions and refusals."""

from dataclasses import replace

import pytest

from ecm_tui.console import keys
from ecm_tui.console.plain import verbs
from ecm_tui.console.plain.interpreter import RUNS
from ecm_tui.console.plain.replies import Act, Leave, Link, Open, Quit, Stills, Window
from ecm_tui.console.plain.verbs import TABLE, completions
from ecm_tui.core import commands as c
from ecm_tui.core.rights import MAY
from tests.console.fake_service import FakeService
from tests.console.plain.talking import Talking


@pytest.fixture
def talking(service: FakeService, appointment: str) -> Talking:
    """Ann Lee is in the call, Bea Moreno and Omar Haddad wait."""
    service.other(appointment, c.StartCall())
    for name in ("Ann Lee", "Bea Moreno", "Omar Haddad"):
        service.enter(appointment, name)
    service.other(appointment, c.Admit(person_id=service.people(appointment)["Ann Lee"]))
    made = Talking(service)
    made.open(appointment)
    made.lines("people")
    return made


@pytest.fixture
def ann(service: FakeService, talking: Talking, appointment: str) -> str:
    return service.people(appointment)["Ann Lee"]


@pytest.mark.parametrize("verb", TABLE, ids=lambda verb: verb.name)
def test_every_command_does_something_and_is_explained(talking: Talking, verb: verbs.Verb):
    reply = talking.hear(f"{verb.name} 3" if "N" in verb.takes.split() else verb.name)
    assert reply.lines or reply.wants or reply.then
    assert not any("There is no command" in line for line in reply.lines)
    assert verb.help.endswith(".")
    assert verb.name in RUNS or "N" in verb.takes.split()


def test_U5_every_action_of_the_drawn_console_is_a_command_or_named_with_its_reason():
    done = [action for verb in TABLE for action in verb.does]
    assert sorted([*done, *verbs.NOT_HERE]) == sorted(keys.BY_ID)
    assert all(verbs.NOT_HERE.values())


def test_the_items_of_the_options_menu_are_commands(talking: Talking, ann: str, appointment: str):
    assert talking.commands("mute ann") == [c.Mute(person_id=ann)]
    assert talking.commands("hold ann") == [c.Hold(person_id=ann)]
    assert talking.commands("pin ann") == [c.ChooseView(pinned=ann)]
    assert talking.commands("disconnect bea") == [
        c.Disconnect(person_id=talking.service.people(appointment)["Bea Moreno"])
    ]
    assert talking.commands("unpin") == [c.ChooseView(pinned="")]
    talking.service.other(appointment, c.Mute(person_id=ann))
    assert talking.commands("unmute ann") == [c.AskUnmute(person_id=ann)]
    assert talking.commands("silence ann") == [c.Silence(person_id=ann)]
    talking.service.other(appointment, c.Silence(person_id=ann))
    assert talking.commands("unsilence ann") == [c.Silence(person_id=ann, on=False)]
    assert talking.wants("link ann") == (Link(appointment=appointment, person=ann, name="Ann Lee"),)


def test_S9_S13_what_cannot_be_done_with_someone_is_refused_with_what_can(talking: Talking):
    assert talking.lines("disconnect ann") == (
        "Ann Lee is not in the state for this: in call. Possible now: mute, pin, screenshot, hold, remove, "
        "silence, link, details.",
    )
    assert "waiting. Possible now: admit, disconnect" in talking.lines("remove bea")[0]


def test_S13_removing_asks_and_only_a_yes_removes(talking: Talking, ann: str):
    assert talking.hear("remove ann").wants == ()
    assert talking.interpreter.prompt == "y or n: "
    assert talking.lines("perhaps")[0].endswith("Type y or n.")
    assert talking.lines("n") == ("Nothing was done.",)
    talking.hear("remove ann")
    assert talking.commands("y") == [c.Remove(person_id=ann)]
    assert talking.interpreter.prompt == "> "
    talking.hear("remove ann")
    assert talking.lines("") == ("Nothing was done.",)


def test_a_yes_is_not_taken_for_somebody_who_changed_after_the_question(talking: Talking, ann: str, appointment: str):
    talking.hear("remove ann")
    talking.service.other(appointment, c.Hold(person_id=ann))
    reply = talking.hear("y")
    assert reply.wants == ()
    assert reply.lines[0] == "Nothing was done: Ann Lee changed meanwhile."


def test_S18_S21_a_screenshot_is_asked_for_after_a_question_and_opens_the_window(
    talking: Talking, ann: str, appointment: str
):
    reply = talking.hear("screenshot ann")
    assert reply.wants == (Window(appointment),)
    assert "The picture is taken the moment they agree" in reply.lines[0]
    assert talking.commands("yes") == [c.AskScreenshot(person_id=ann)]
    talking.hear("screenshot ann")
    talking.do("y")
    assert talking.commands("cancel ann") == [c.CancelScreenshot(person_id=ann)]
    assert "Possible now" in talking.lines("stills ann")[0]


def test_links_are_made_anew_and_taken_back_after_a_question(talking: Talking, ann: str):
    bea = talking.service.people(talking.desk.session.id)["Bea Moreno"]  # type: ignore[union-attr]
    talking.hear("replace bea")
    assert talking.commands("y") == [c.ReplaceLink(person_id=bea, revoke=False)]
    talking.hear("revoke bea")
    assert talking.commands("y") == [c.ReplaceLink(person_id=bea, revoke=True)]


def test_S16a_admit_all_names_who_goes_in_and_asks_once(talking: Talking, appointment: str):
    people = talking.service.people(appointment)
    assert talking.lines("admit all")[0].startswith("Admit Bea Moreno and Omar Haddad? ")
    assert talking.commands("y") == [c.AdmitAll(person_ids=(people["Bea Moreno"], people["Omar Haddad"]))]
    talking.service.leave(appointment, "Bea Moreno")
    talking.service.leave(appointment, "Omar Haddad")
    assert talking.lines("admit all") == ("Nobody is waiting.",)


def test_S33_admit_next_means_whom_the_printed_notice_named(talking: Talking, appointment: str):
    bea = talking.service.people(appointment)["Bea Moreno"]
    assert talking.news.lines() == [] and talking.commands("admit next") == [c.Admit(person_id=bea)]
    talking.service.leave(appointment, "Bea Moreno")
    reply = talking.hear("admit next")
    assert reply.wants == ()
    assert reply.lines == (
        "Nothing was done: who wants to join has changed.",
        "Omar Haddad wants to join. Type: admit next",
    )
    talking.service.leave(appointment, "Omar Haddad")
    assert talking.lines("admit next") == ("Nobody wants to join.",)


def test_S4_who_waits_for_a_call_that_has_not_started_is_opened_and_not_admitted(
    service: FakeService, appointment: str
):
    service.enter(appointment, "Ann Lee")
    talking = Talking(service)
    assert talking.news.lines() == ["* Ann Lee wants to join. Type: open next, then start"]
    assert talking.lines("admit next")[0].startswith("Ann Lee waits for a call that has not started.")
    assert talking.wants("open next") == (Open(appointment),)
    talking.open(appointment)
    assert talking.lines("admit ann") == ("The call has not started. JOIN SESSION starts it.",)
    assert talking.commands("join") == talking.commands("start") == [c.StartCall()]


def test_E7_leaving_a_running_call_asks_which_way(talking: Talking, appointment: str):
    assert talking.lines("hang up")[0].startswith("1 person is in the call. Type exit:")
    assert talking.interpreter.prompt == "exit, leave, stay: "
    assert talking.lines("stay") == ("You stay.",)
    talking.hear("hangup")
    assert talking.lines("what")[0].startswith("1 person")
    assert talking.wants("exit") == (Leave(end=False),)
    talking.hear("Hang  Up")
    assert talking.wants("leave") == (Leave(end=True),)
    talking.hear("quit")
    assert talking.wants("leave") == (Quit(end=True),)
    talking.hear("quit")
    assert talking.lines(".") == ("Nothing was done.",)
    talking.service.other(appointment, c.EndCall())
    assert talking.wants("quit") == (Quit(end=False),)
    assert talking.wants("hang up") == (Leave(end=False),)


def test_own_switches_and_the_view(talking: Talking, appointment: str):
    assert talking.commands("microphone") == [c.SetSwitches(microphone=False)]
    assert talking.commands("camera") == [c.SetSwitches(camera=False)]
    assert talking.commands("layout") == [c.ChooseView(layout="speaker")]
    assert talking.wants("window") == (Window(appointment),)


def test_without_a_session_the_next_step_is_said(service: FakeService, appointment: str):
    talking = Talking(service)
    for line in ("people", "say x", "note", "notes", "chat", "start", "hang up", "invite", "admit all", "mute 1"):
        assert talking.lines(line) == ("No session is open. Type schedule, then open and a number of it.",), line
    assert talking.wants("quit") == (Quit(),)


def test_U2_who_only_looks_is_told_so_by_every_acting_command(talking: Talking):
    acting = ["admit next", "admit all", "mute ann", "remove ann", "start", "invite", "new", "say x", "note", "unpin"]
    acting += ["microphone", "camera", "layout", "window", "screenshot ann", "link ann", "revoke bea", "admit bea"]
    talking.desk.account = ("o3", "Sam", "observer")
    for line in acting:
        assert talking.lines(line) == ("You are here as an observer: you can look, not act.",), line
    talking.desk.account, talking.desk.read_only = ("o1", "Dr Grey", "organiser"), True
    for line in acting:
        assert talking.lines(line) == ("This console was opened to look only (--read-only).",), line
    assert talking.wants("hang up") == (Leave(end=False),)
    assert talking.lines("details ann")[0] == "Name: Ann Lee"
    assert c.Say not in MAY["observer"]


def test_U2_a_clerk_is_told_which_role_may_not(talking: Talking):
    talking.desk.account = ("o4", "Kim", "clerk")
    assert talking.lines("window") == ("The role clerk may not do this.",)
    assert talking.lines("note") == ("The role clerk may not do this.",)
    assert len(talking.commands("admit bea")) == 1


def test_stills_are_looked_up(talking: Talking, ann: str, appointment: str):
    session = talking.desk.session
    assert session is not None
    still = type("Still", (), {"person_id": ann})()
    talking.desk.session = replace(session, appointment=replace(session.appointment, stills=(still,)))
    assert talking.wants("stills ann") == (Stills(ann),)


def test_the_link_of_an_appointment_is_said_by_its_number(talking: Talking, appointment: str):
    talking.lines("schedule")
    assert talking.wants("link 1") == (Link(appointment=appointment, name="Ann Lee"),)


def test_commands_complete_and_what_there_is_not_is_said(talking: Talking):
    assert completions("adm") == ["admit "]
    assert completions("") == []
    assert "hang up " in completions("ha")
    assert talking.lines("admitt 1") == (
        "There is no command “admitt”. Did you mean admit? Type help for all of them.",
    )
    assert talking.lines("   ") == ()
    assert talking.lines("help") == tuple(line for verb in TABLE for line in verbs.help_lines(verb.name))
    assert talking.lines("help join") == ("start: Start the call. It admits nobody.",)
    assert talking.lines("help xyzzy") == ("There is no command “xyzzy”. Type help for all of them.",)


def test_giving_up_ends_what_was_asked_and_nothing_else(talking: Talking):
    talking.hear("remove ann")
    assert talking.interpreter.give_up().lines == ("Nothing was done.",)
    assert talking.interpreter.give_up().lines == ()
    assert isinstance(talking.wants("mute ann")[0], Act)


def test_initials_are_read_for_names_until_names_are_wanted_again(talking: Talking, appointment: str):
    assert talking.lines("names") == ("Names, contacts, chat and notes are hidden.",)
    assert talking.lines("people")[1] == "1. BM, waiting <1 min"
    assert talking.lines("details 1")[0] == "Name: BM"
    assert not any("@" in line for line in talking.lines("details 1"))
    bea = talking.service.people(appointment)["Bea Moreno"]
    assert talking.commands("admit 1") == [c.Admit(person_id=bea)]
    assert talking.lines("names") == ("Names are shown again.",)
    assert talking.lines("people")[1].startswith("1. Bea Moreno")
