"""The commands that act, each on exactly the person whose number was printed. Pure: they only say what is wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ecm_tui.console import words
from ecm_tui.console.allowed import allowed
from ecm_tui.console.cells import plain, short
from ecm_tui.console.deeds import Deed, deed
from ecm_tui.console.model import Notice, Session
from ecm_tui.console.options import offered
from ecm_tui.console.plain.asking import Choice, YesNo
from ecm_tui.console.plain.lists import NAME
from ecm_tui.console.plain.numbers import person_row
from ecm_tui.console.plain.replies import Act, Leave, Link, Open, Quit, Reply, Stills, Window, said
from ecm_tui.console.plain.talk import NO_SESSION, Talk
from ecm_tui.core import commands as c
from ecm_tui.core.people import Person, waiting

ITEMS: Mapping[str, str] = {"cancel": "cancel_screenshot"}
"""Commands whose item of the options menu is called otherwise."""


def person_act(talk: Talk, verb: str, typed: str) -> Reply:
    """An item of somebody's options menu."""
    person = talk.person(typed)
    if isinstance(person, Reply):
        return person
    wanted = ITEMS.get(verb, verb)
    items = offered(open_one(talk), person, talk.desk)
    item = next((item for item in items if item.id == wanted), None)
    if item is None:
        return said(_not_offered(talk, wanted, person, [item.id for item in items]))
    if item.why_not:
        return said(item.why_not)
    match wanted:
        case "link":
            return Reply(wants=(Link(appointment=open_one(talk).id, person=person.id, name=short(person.name, 30)),))
        case "stills":
            return Reply(wants=(Stills(person.id),))
        case "screenshot":
            return _ask_still(talk, person)
        case "cancel_screenshot":
            return act(talk, c.CancelScreenshot(person_id=person.id))
        case _:
            return _carry_out(talk, person, deed(wanted, person))


def open_one(talk: Talk) -> Session:
    session = talk.session
    assert session is not None, "whoever asks has found a person of it"
    return session


def act(talk: Talk, command: c.Command, answer: str = "") -> Reply:
    return Reply(wants=(Act(stream=open_one(talk).id, command=command, said=answer),))


def _not_offered(talk: Talk, wanted: str, person: Person, able: list[str]) -> str:
    if not allowed(wanted, talk.desk.role):
        return words.only_look(talk.desk)
    verbs = [next((verb for verb, item in ITEMS.items() if item == one), one) for one in able]
    word = person.word.lower()
    return f"{plain(person.name, NAME)} is not in the state for this: {word}. Possible now: {', '.join(verbs)}."


def _carry_out(talk: Talk, person: Person, wanted: Deed) -> Reply:
    reply = act(talk, wanted.command, wanted.said)
    if not wanted.question:
        return reply
    question = f"{wanted.title}? {wanted.question.replace('$name', wanted.name)}"
    return Reply((question,), then=YesNo(question, lambda: _if_unchanged(talk, person, reply)))


def _if_unchanged(talk: Talk, person: Person, reply: Reply) -> Reply:
    """The reply to a yes, unless it was said about somebody who is not as they were when it was asked."""
    session = talk.session
    now = session.appointment.people.get(person.id) if session else None
    if now is None:
        return said(NO_SESSION)
    return reply if person_row(now) == person_row(person) else talk.changed(now)


def _ask_still(talk: Talk, person: Person) -> Reply:
    """The live view opens first: the picture is taken without any further word (S21)."""
    question = words.ASK_STILL.replace("$name", short(person.name, 30))
    reply = act(talk, c.AskScreenshot(person_id=person.id))
    window = (Window(open_one(talk).id),) if allowed("window", talk.desk.role) else ()
    return Reply((question,), wants=window, then=YesNo(question, lambda: _if_unchanged(talk, person, reply)))


# Admitting -----------------------------------------------------------------------------------------------------------


def admit(talk: Talk, typed: str) -> Reply:
    """Someone, whom the notice named, or everyone."""
    match typed.lower():
        case "next":
            return _admit_next(talk)
        case "all":
            return _admit_all(talk)
        case _:
            return person_act(talk, "admit", typed)


def _admit_next(talk: Talk) -> Reply:
    notice, meant = talk.desk.notice(), talk.noticed
    if not allowed("admit", talk.desk.role):
        return said(words.only_look(talk.desk))
    if notice is None:
        return said("Nobody wants to join.")
    if meant is None or meant.key != notice.key:
        talk.noticed = notice
        return said("Nothing was done: who wants to join has changed.", notice_line(talk, notice))
    if not notice.running:
        return said(f"{short(notice.name)} waits for a call that has not started. Type open next, then start.")
    name = short(notice.name, 30)
    command = c.Admit(person_id=notice.person)
    return Reply(wants=(Act(stream=notice.appointment, command=command, said=f"You admitted {name}."),))


def notice_line(talk: Talk, notice: Notice) -> str:
    """`Ann Lee wants to join. Type: admit next`."""
    sentence = words.notice(notice)
    if not allowed("admit", talk.desk.role):
        return f"{sentence}."
    return f"{sentence}. Type: {'admit next' if notice.running else 'open next, then start'}"


def _admit_all(talk: Talk) -> Reply:
    session = talk.session
    if session is None:
        return said(NO_SESSION)
    if not allowed("admit_all", talk.desk.role):
        return said(words.only_look(talk.desk))
    able = [p for p in waiting(session.appointment.people.values()) if p.connected]
    if not able:
        return said("Nobody is waiting.")
    named = words.named([p.name for p in able])
    going = min(len(able), talk.desk.clinic.places - session.appointment.admitted)
    if going <= 0:
        return said(words.going_in(going, len(able)))
    question = f"Admit {named}? {words.going_in(going, len(able))}"
    command = c.AdmitAll(person_ids=tuple(p.id for p in able))
    return Reply((question,), then=YesNo(question, lambda: act(talk, command)))


# The call ------------------------------------------------------------------------------------------------------------


def start(talk: Talk, typed: str) -> Reply:
    """Start the call; nobody is admitted by it."""
    return in_session(talk, "join", lambda: act(talk, c.StartCall()))


def in_session(talk: Talk, act: str, reply: Callable[[], Reply]) -> Reply:
    if talk.session is None:
        return said(NO_SESSION)
    return reply() if allowed(act, talk.desk.role) else said(words.only_look(talk.desk))


def unpin(talk: Talk, typed: str) -> Reply:
    """Nobody is pinned any more."""
    return in_session(talk, "unpin", lambda: act(talk, c.ChooseView(pinned=""), "Nobody is pinned any more."))


def microphone(talk: Talk, typed: str) -> Reply:
    """The own microphone."""
    on = not talk.desk.me.microphone
    answer = f"Your microphone is {'on' if on else 'off'}."
    return in_session(talk, "microphone", lambda: act(talk, c.SetSwitches(microphone=on), answer))


def camera(talk: Talk, typed: str) -> Reply:
    """The own camera."""
    on = not talk.desk.me.camera
    answer = f"Your camera is {'on' if on else 'off'}."
    return in_session(talk, "camera", lambda: act(talk, c.SetSwitches(camera=on), answer))


def layout(talk: Talk, typed: str) -> Reply:
    """Tiles, or whoever speaks."""
    speaker = talk.desk.me.layout == "tiles"
    command = c.ChooseView(layout="speaker" if speaker else "tiles")
    return in_session(talk, "layout", lambda: act(talk, command, words.layout(speaker)))


def window(talk: Talk, typed: str) -> Reply:
    """The video window."""
    return in_session(talk, "window", lambda: Reply(wants=(Window(open_one(talk).id),)))


def hang_up(talk: Talk, typed: str) -> Reply:
    """Leave the session (E7)."""
    if talk.session is None:
        return said(NO_SESSION)
    return _leaving(talk, Reply(wants=(Leave(False),)), Reply(wants=(Leave(True),)))


def leave_console(talk: Talk, typed: str) -> Reply:
    """Leave everything; while a call is open it asks what becomes of it."""
    return _leaving(talk, Reply(wants=(Quit(False),)), Reply(wants=(Quit(True),)))


def _leaving(talk: Talk, exit_only: Reply, end: Reply) -> Reply:
    session = talk.session
    if session is None or not session.appointment.running or not allowed("end", talk.desk.role):
        return exit_only
    stays = words.staying(session.appointment.admitted)
    question = f"{stays} Type exit: they stay and you can come back; leave: it ends for everyone; or stay."
    answers = {"exit": lambda: exit_only, "leave": lambda: end, "stay": lambda: said("You stay.")}
    return Reply((question,), then=Choice(question, answers))


def open_session(talk: Talk, typed: str) -> Reply:
    """Open an appointment, or that of the notice."""
    if typed.lower() == "next":
        notice = talk.desk.notice()
        return Reply(wants=(Open(notice.appointment),)) if notice else said("Nobody wants to join.")
    row = talk.appointment(typed)
    return row if isinstance(row, Reply) else Reply(wants=(Open(row.id),))


def link(talk: Talk, typed: str) -> Reply:
    """The join link of a person or an appointment, by the number that was printed."""
    row = talk.numbers[int(typed[:6])] if typed.isdecimal() else None
    if row is None or row.kind == "person":
        return person_act(talk, "link", typed)
    found = talk.appointment(typed)
    if isinstance(found, Reply):
        return found
    if not allowed("link", talk.desk.role):
        return said(words.only_look(talk.desk))
    return Reply(wants=(Link(appointment=found.id, name=short(found.patient, 30)),))
