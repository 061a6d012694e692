"""Rows keep their order whatever happens around them."""

from ecm_tui.core import commands as c
from ecm_tui.core.people import in_call, invited, listed, others, waiting
from tests.core.session import Session


def test_S36_everyone_is_listed_once_waiting_first_then_in_call_invited_others():
    session = Session("Bob", "Cem", "Dan", "Eve")
    session.do(c.StartCall())
    for person_id in ("p3", "p2", "p4"):
        session.enter(person_id)
    session.do(c.Admit(person_id="p2"))
    session.do(c.Disconnect(person_id="p4"))
    people = session.appointment.people.values()
    assert [p.name for p in listed(people)] == ["Cem", "Bob", "Ann", "Eve", "Dan"]
    assert [len(group(people)) for group in (waiting, in_call, invited, others)] == [1, 1, 2, 1]
    assert [p.word for p in listed(people)] == ["Waiting", "In call", "Invited", "Invited", "Disconnected"]
