"""Which fields people wrote, and that none of them slips past the gate."""

from ecm_tui.core import commands as c
from ecm_tui.core import events as e
from ecm_tui.core.foreign import foreign_fields, gated


def test_the_marked_fields_of_a_class_are_found():
    assert set(foreign_fields(e.PersonInvited)) == {"name", "description", "email", "mobile"}
    assert foreign_fields(e.PersonInvited)["name"].limit == 80
    assert foreign_fields(e.CallStarted) == {}


def test_texts_are_cleaned_at_any_depth_and_clean_values_stay_the_same_object():
    dirty = c.Guest(name="A\x07nn", email="a@b.org")
    command = c.Schedule(at=None, patient=dirty, guests=(dirty,))
    clean = gated(command)
    assert "\x07" not in clean.patient.name + clean.guests[0].name
    assert gated(clean) == clean
    assert gated(c.Admit(person_id="p1")) == c.Admit(person_id="p1")


def test_a_text_that_may_be_missing_passes_the_gate_when_it_is_there():
    assert gated(c.EditAppointment(patient_id="7\x1b[31m")).patient_id == "7␛[31m"
    assert gated(c.EditAppointment()).patient_id is None
