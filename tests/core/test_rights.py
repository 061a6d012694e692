"""One table says who may do what, and it names every command there is."""

from typing import get_args

import pytest

from ecm_tui.core import clinic
from ecm_tui.core import commands as c
from ecm_tui.core import events as e
from ecm_tui.core.log import Actor, Recorded
from ecm_tui.core.rights import MAY, may, view
from tests.core.session import LEE, TUESDAY


def test_every_command_is_open_to_somebody_and_nothing_else_is_listed():
    commands = {*get_args(c.Command), *get_args(clinic.ClinicCommand)}
    assert set().union(*MAY.values()) == commands


def test_U2_an_observer_may_do_nothing_and_is_told_so():
    refused = may(Actor(role="observer", id="o1"), c.Admit(person_id="p1"))
    assert refused is not None
    assert "observer" in refused.message
    assert not MAY["observer"]


def test_participants_and_organisers_share_no_command():
    assert not MAY["participant"] & (MAY["organiser"] | MAY["clerk"])


def test_an_observer_reads_no_contact_data_and_an_organiser_all():
    invited = e.PersonInvited(person_id="p1", name="Ann", email="ann@example.org", mobile="+44")
    record = Recorded(seq=1, at=TUESDAY, actor=LEE, event=invited)
    assert view(record, LEE) == record
    seen = view(record, Actor(role="observer", id="o1"))
    assert isinstance(seen.event, e.PersonInvited)
    assert (seen.seq, seen.event.name, seen.event.email, seen.event.mobile) == (1, "Ann", "", "")


def test_no_part_of_the_log_is_a_participants():
    record = Recorded(seq=1, at=TUESDAY, actor=LEE, event=e.CallStarted())
    with pytest.raises(KeyError):
        view(record, Actor(role="participant", id="p1"))
