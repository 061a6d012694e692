"""Two organisers act at once: one outcome, and the other is told by whom (U2)."""

from collections.abc import Callable

import pytest

from ecm_tui.core import commands as c
from ecm_tui.core.commands import Command, Refused
from ecm_tui.core.devices import Devices
from tests.core.session import LEE, ROY, Session, as_person, in_call

NAMES = {LEE.id: LEE.name, ROY.id: ROY.name}

ADMIT = c.Admit(person_id="p1")
DISCONNECT = c.Disconnect(person_id="p1")
REMOVE = c.Remove(person_id="p1")
HOLD = c.Hold(person_id="p1")
ASK = c.AskScreenshot(person_id="p1")


def waits() -> Session:
    session = Session("Bob")
    session.do(c.StartCall())
    session.enter("p1")
    return session


def filmed() -> Session:
    session = in_call("Bob")
    session.do(c.ReportDevices(devices=Devices(camera="on")), as_person("p1"))
    return session


def told(session: Session, command: Command) -> str:
    """What Roy is told, with the name that the service knows."""
    refused = session.do(command, ROY)
    assert isinstance(refused, Refused)
    return refused.told(NAMES.get(refused.by, "")).message


@pytest.mark.parametrize(
    ("made", "first", "second", "said"),
    [
        (waits, ADMIT, ADMIT, "Ann is in the call already: Dr Lee admitted them."),
        (waits, ADMIT, DISCONNECT, "Ann is in the call already: Dr Lee admitted them."),
        (waits, DISCONNECT, ADMIT, "Ann is not waiting any more: Dr Lee disconnected them."),
        (waits, DISCONNECT, DISCONNECT, "Ann is not waiting any more: Dr Lee disconnected them."),
        (waits, ADMIT, c.AdmitAll(person_ids=("p1",)), "None of them is waiting any more: Dr Lee was first."),
        (waits, c.EndCall(), ADMIT, "Ann is not waiting any more: Dr Lee ended the call."),
        (in_call, REMOVE, REMOVE, "Ann is not in the call: Dr Lee removed them."),
        (in_call, HOLD, REMOVE, "Ann is not in the call: Dr Lee put them back in the waiting room."),
        (in_call, REMOVE, HOLD, "Ann is not in the call: Dr Lee removed them."),
        (filmed, ASK, ASK, "A screenshot request to Ann is open already: Dr Lee asked."),
        (in_call, c.EndCall(), c.EndCall(), "The call is not running: Dr Lee ended it."),
    ],
)
def test_U2_who_comes_second_is_told_by_whom(made: Callable[[], Session], first: Command, second: Command, said: str):
    session = made()
    assert not isinstance(session.do(first, LEE), Refused)
    assert said in told(session, second)


def test_U2_what_people_do_themselves_is_nobody_elses():
    session = waits()
    session.do(c.Leave(), as_person("p1"))
    assert told(session, ADMIT) == "Ann is not waiting any more."
    session.enter("p1", visit="v2")
    session.do(ADMIT, LEE)
    session.do(c.Leave(), as_person("p1"))
    assert told(session, REMOVE) == "Ann is not in the call."
    session.enter("p1", visit="v3")
    assert session.person("p1").changed_by == ""
    assert told(session, REMOVE) == "Ann is not in the call."


def test_U2_of_several_firsts_none_is_named():
    session = waits()
    session.enter("p2")
    session.do(ADMIT, LEE)
    session.do(c.Admit(person_id="p2"), ROY)
    assert told(session, c.AdmitAll(person_ids=("p1", "p2", "p9"))) == "None of them is waiting any more."


def test_a_refusal_without_a_first_stays_as_it_is():
    assert Refused(code="full", message="The call is full.").told("Dr Lee").message == "The call is full."
