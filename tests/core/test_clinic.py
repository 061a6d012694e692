"""The clinic's own stream."""

import pytest

from ecm_tui.core.clinic import Account, AddAccount, Clinic, NoteHead, decide_clinic, evolve_clinic
from ecm_tui.core.commands import Refused
from ecm_tui.core.events import CallStarted
from ecm_tui.core.log import SERVICE, Hidden, Recorded
from tests.core.session import TUESDAY


def after(was: Clinic, command: object) -> Clinic:
    decision = decide_clinic(was, command)
    assert not isinstance(decision, Refused)
    for event in decision:
        was = evolve_clinic(was, Recorded(seq=was.seq + 1, at=TUESDAY, actor=SERVICE, event=event))
    return was


def test_an_account_is_added_once_and_never_overwritten():
    clinic = after(Clinic(), AddAccount(account_id="o1", name=" Dr Lee "))
    assert clinic.accounts == {"o1": Account(id="o1", name="Dr Lee", role="organiser")}
    assert decide_clinic(clinic, AddAccount(account_id="o1", name="Dr Lee")) == []
    refused = decide_clinic(clinic, AddAccount(account_id="o1", name="Mallory"))
    assert isinstance(refused, Refused)
    assert refused.code == "account_exists"
    nameless = decide_clinic(clinic, AddAccount(account_id="o2", name="  "))
    assert isinstance(nameless, Refused)
    assert nameless.code == "name_required"


def test_the_newest_head_of_a_stream_counts():
    clinic = after(Clinic(), NoteHead(appointment_id="a1", length=3, head="abc"))
    clinic = after(clinic, NoteHead(appointment_id="a1", length=5, head="def"))
    assert clinic.heads == {"a1": (5, "def")}
    assert decide_clinic(clinic, NoteHead(appointment_id="a1", length=5, head="def")) == []


def test_a_hidden_event_only_counts_and_a_foreign_one_is_an_error():
    assert evolve_clinic(Clinic(), Recorded(seq=1, at=TUESDAY, actor=SERVICE, event=Hidden())).seq == 1
    with pytest.raises(TypeError, match="CallStarted"):
        evolve_clinic(Clinic(), Recorded(seq=1, at=TUESDAY, actor=SERVICE, event=CallStarted()))
