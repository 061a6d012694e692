"""Private notes: filed once, kept whole, and their author's alone."""

from dataclasses import replace

from ecm_tui.core import commands as c
from ecm_tui.core import events as e
from ecm_tui.core import notes
from tests.core.session import LEE, ROY, Session, in_call


def test_S42_a_note_is_filed_with_its_author_and_time():
    session = Session()
    session.do(c.SaveNote(note_id="n1", text=" S: sore throat\nP: rest "))
    [note] = session.appointment.notes
    assert (note.id, note.author, note.at, note.text) == ("n1", LEE.id, session.now, "S: sore throat\nP: rest")


def test_S42_the_same_note_again_changes_nothing_and_another_under_its_id_is_refused():
    session = Session()
    session.do(c.SaveNote(note_id="n1", text="x"))
    assert session.do(c.SaveNote(note_id="n1", text="x")) == []
    assert session.code(c.SaveNote(note_id="n1", text="y")) == "note_exists"
    assert session.code(c.SaveNote(note_id="n1", text="x"), ROY) == "note_exists"
    assert [note.text for note in session.appointment.notes] == ["x"]


def test_a_note_is_taken_before_in_and_after_a_call():
    session = Session()
    assert session.code(c.SaveNote(note_id="n1", text="before")) == ""
    session = in_call()
    assert session.code(c.SaveNote(note_id="n1", text="in")) == ""
    session.do(c.EndCall())
    assert session.code(c.SaveNote(note_id="n2", text="after")) == ""


def test_an_empty_or_endless_note_is_refused_and_never_cut():
    session = Session()
    assert session.code(c.SaveNote(note_id="n1", text=" \n")) == "empty_text"
    assert session.code(c.SaveNote(note_id="n1", text="x" * (notes.LONGEST_NOTE + 1))) == "text_too_long"
    assert session.code(c.SaveNote(note_id="n1", text="x" * notes.LONGEST_NOTE)) == ""


def test_an_appointment_keeps_a_bounded_number_of_notes():
    session = Session()
    session.do(c.SaveNote(note_id="n1", text="x"))
    session.appointment = replace(session.appointment, notes=session.appointment.notes * notes.MOST_NOTES)
    assert session.code(c.SaveNote(note_id="n2", text="y")) == "too_many_notes"


def test_S41_a_notes_text_is_not_in_the_repr_of_anything_that_could_be_logged():
    session = Session()
    session.do(c.SaveNote(note_id="n1", text="canary"))
    said = repr(session.appointment) + repr(session.log) + repr(c.SaveNote(note_id="n1", text="canary"))
    assert "canary" not in said + repr(e.NoteSaved(note_id="n1", text="canary"))
