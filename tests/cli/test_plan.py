"""Editing, inviting and marking from the command line, against a real service."""

import json

import pytest

from tests.cli.conftest import Ecm
from tests.cli.test_appointment import FIELDS, made


def patient_of(ecm: Ecm, appointment: str) -> dict:
    (person,) = ecm.ask("call", "people", appointment)
    return person


def test_E3_what_is_named_is_changed_and_the_rest_stays(clinic: Ecm):
    number = made(clinic, "--patient-id", "P-7")["id"]
    changed = clinic.ask("appointment", "edit", number, "--at", "2031-07-02T00:30", "--minutes", "30")
    assert set(changed) == FIELDS
    assert (changed["at"], changed["minutes"], changed["patient"]) == ("2031-07-01T22:30:00Z", 30, "Ann Lee")
    assert patient_of(clinic, number)["deliveries"][0]["number"] == 2
    changed = clinic.ask("appointment", "edit", number, "--patient", "Anna Lee", "--mobile", "079 123 45 67")
    assert (changed["patient"], changed["patient_id"], changed["minutes"]) == ("Anna Lee", "P-7", 30)
    person = patient_of(clinic, number)
    assert (person["name"], person["email"], person["mobile"]) == ("Anna Lee", "ann@example.org", "+41791234567")
    changed = clinic.ask("appointment", "edit", number, "--patient-id", "", "--email", "", "--kind", "face-to-face")
    assert (changed["patient_id"], changed["kind"]) == ("", "face_to_face")
    assert patient_of(clinic, number)["email"] == ""
    said = clinic("appointment", "edit", number, "--minutes", "45")
    assert (said.code, said.out) == (0, "Anna Lee: 2031-07-02 00:30, 45 minutes.\n")
    assert "stays queued: no text message gateway configured" in said.err
    assert "face to face" in clinic("appointment", "show", number).out


@pytest.mark.parametrize(
    ("words", "code", "exit_code"),
    [
        ([], "wrong_usage", 2),
        (["--at", "tomorrow"], "wrong_usage", 2),
        (["--minutes", "0"], "wrong_usage", 2),
        (["--kind", "letter"], "wrong_usage", 2),
        (["--email", "nobody"], "bad_email", 3),
        (["--patient", " "], "name_required", 3),
        (["--email", ""], "contact_required", 3),
        (["--at", "1999-01-01T10:00"], "bad_time", 3),
    ],
)
def test_what_cannot_be_changed_is_said_and_nothing_is(clinic: Ecm, words: list[str], code: str, exit_code: int):
    appointment = made(clinic)
    said = clinic("appointment", "edit", appointment["id"], *words, "--json")
    assert (said.code, said.out) == (exit_code, "")
    assert json.loads(said.err)["code"] == code
    assert {name: clinic.ask("appointment", "show", appointment["id"])[name] for name in FIELDS} == appointment


def test_a_change_that_is_half_refused_says_which_half_was_made(clinic: Ecm):
    number = made(clinic)["id"]
    clinic.ask("call", "start", number)
    said = clinic("appointment", "edit", number, "--patient", "Anna", "--at", "2031-07-02T00:30")
    assert said.code == 3
    assert "The call is running." in said.err and "The patient's data was changed before that." in said.err
    assert clinic.ask("appointment", "show", number)["patient"] == "Anna"
    assert clinic("appointment", "edit", number, "--at", "2031-07-02T00:30").err.count(".") == 2
    clinic.ask("call", "end", number)


def test_E1_an_appointment_is_marked_and_corrected(clinic: Ecm):
    number = made(clinic, "--kind", "phone")["id"]
    assert clinic.ask("appointment", "mark", number, "taken")["state"] == "taken"
    said = clinic("appointment", "mark", number, "missed")
    assert said.out == "The appointment of Ann Lee is marked: Did not attend.\n"
    assert clinic.ask("appointment", "show", number)["state"] == "missed"
    clinic.ask("appointment", "cancel", number)
    assert clinic("appointment", "mark", number, "taken").code == 3
    assert clinic("appointment", "mark", number, "lost").code == 2


def test_who_was_invited_is_not_invited_again(clinic: Ecm):
    number = made(clinic)["id"]
    assert clinic("appointment", "invite", number).out == "Everybody was invited before.\n"
    assert clinic.ask("appointment", "invite", number)["state"] == "scheduled"
    assert patient_of(clinic, number)["deliveries"][0]["number"] == 1


def test_E1_a_search_finds_appointments_of_any_day_by_name_and_by_id(clinic: Ecm):
    number = made(clinic, "--at", "2033-03-03T09:00", "--patient-id", "ZX-81", patient="Zoë Quist")["id"]
    for words in ("quist zoe", "zx-81"):
        (found,) = clinic.ask("appointment", "list", "--search", words)
        assert (found["id"], set(found)) == (number, FIELDS)
    assert "2033-03-03 09:00" in clinic("appointment", "list", "--search", "quist").out
    assert clinic("appointment", "list", "--search", "nobody of this name").out.startswith("No patient's name")
    assert clinic("appointment", "list", "--search", "quist", "--date", "2033-03-03").code == 2
