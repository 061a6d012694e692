"""Folding what happened."""

import pytest

from ecm_tui.core.appointment import Appointment, evolve, fold
from ecm_tui.core.clinic import HeadNoted
from ecm_tui.core.log import SERVICE, Hidden, Recorded
from tests.core.session import TUESDAY, in_call


def test_a_hidden_event_changes_nothing_but_the_number():
    session = in_call()
    hidden = Recorded(seq=99, at=TUESDAY, actor=SERVICE, event=Hidden())
    after = evolve(session.appointment, hidden)
    assert after.seq == 99
    assert after.people == session.appointment.people


def test_an_event_of_the_clinics_stream_is_an_error():
    note = Recorded(seq=1, at=TUESDAY, actor=SERVICE, event=HeadNoted(appointment_id="a1", length=1, head="x"))
    with pytest.raises(TypeError, match="HeadNoted"):
        evolve(Appointment(id="a1"), note)


def test_a_log_folds_to_the_same_appointment_every_time():
    session = in_call("Bob", "Cem")
    assert fold("a1", session.log) == session.appointment
    assert not Appointment(id="a1").exists
    assert session.appointment.exists
