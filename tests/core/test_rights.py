"""One table says who may do what, and it names every command there is."""

from dataclasses import replace
from typing import get_args

import pytest

from ecm_tui.core import clinic
from ecm_tui.core import commands as c
from ecm_tui.core import events as e
from ecm_tui.core.log import SERVICE, Actor, Hidden, Recorded
from ecm_tui.core.rights import MAY, may, view, view_summary
from ecm_tui.core.schedule import summary
from tests.core.session import LEE, TUESDAY, in_call


def test_every_command_is_open_to_somebody_and_nothing_else_is_listed():
    commands = {*get_args(c.Command), *get_args(clinic.ClinicCommand)}
    assert set().union(*MAY.values()) == commands


def test_U2_an_observer_may_do_nothing_and_is_told_so():
    refused = may(Actor(role="observer", id="o1"), c.Admit(person_id="p1"))
    assert refused is not None
    assert "observer" in refused.message
    assert not MAY["observer"]


def test_participants_and_organisers_share_the_chat_and_no_other_command():
    assert MAY["participant"] & (MAY["organiser"] | MAY["clerk"]) == {c.Say, c.ShareFile}


def test_U2_notes_and_pictures_are_no_clerks():
    assert not MAY["clerk"] & {c.SaveNote, c.AskScreenshot, c.SetSwitches, c.OpenWindow}


@pytest.mark.parametrize(
    "viewer",
    [
        Actor(role="organiser", id="o-roy"),
        Actor(role="clerk", id=LEE.id),
        Actor(role="observer", id=LEE.id),
        Actor(role="service", id=LEE.id),
    ],
)
def test_S41_a_note_is_its_authors_and_to_others_a_number_without_a_name(viewer: Actor):
    record = Recorded(seq=7, at=TUESDAY, actor=LEE, event=e.NoteSaved(note_id="n1", text="canary"))
    assert view(record, LEE) == record
    seen = view(record, viewer)
    assert seen == Recorded(seq=7, at=TUESDAY, actor=SERVICE, event=Hidden())


def test_an_observers_row_of_the_schedule_has_no_patient_id():
    row = summary(in_call("Bob").appointment)
    row = replace(row, patient_id="P-1")
    assert view_summary(row, "observer").patient_id == ""
    assert view_summary(row, "clerk") == row


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
