"""Appointments from the command line, against a real service."""

import json

import pytest

from tests.cli.conftest import Ecm

HOSTILE = "Ann\x1b]52;c;aGk=\x07\u202e[/]"
FIELDS = {"id", "state", "patient", "patient_id", "at", "minutes", "kind", "join_url"}


def made(ecm: Ecm, *more: str, patient: str = "Ann Lee") -> dict:
    return ecm.ask("appointment", "add", "--patient", patient, "--email", "ann@example.org", *more)


def test_an_appointment_is_made_listed_shown_and_cancelled(clinic: Ecm):
    appointment = made(clinic, "--patient-id", "P-7")
    assert set(appointment) == FIELDS
    assert (appointment["state"], appointment["patient"], appointment["patient_id"]) == ("scheduled", "Ann Lee", "P-7")
    assert appointment["minutes"] == 15
    assert appointment["at"].endswith("Z")
    assert "/join/" in appointment["join_url"]
    listed = {row["id"]: row for row in clinic.ask("appointment", "list")}
    assert listed[appointment["id"]] == appointment
    shown = clinic.ask("appointment", "show", appointment["id"])
    assert {name: shown[name] for name in FIELDS} == appointment
    assert [person["name"] for person in shown["people"]] == ["Ann Lee"]
    assert (shown["notes"], shown["files"], shown["stills"]) == ([], [], [])
    assert shown["timeline"]
    cancelled = clinic.ask("appointment", "cancel", appointment["id"])
    assert (cancelled["state"], cancelled["join_url"]) == ("cancelled", None)


def test_adding_prints_id_and_link_and_says_where_the_link_works(clinic: Ecm):
    said = clinic("appointment", "add", "--patient", "Bob", "--mobile", "079 123 45 67")
    number, link = said.out.split()
    assert said.code == 0
    assert clinic.ask("appointment", "show", number)["join_url"] == link
    assert "works on this computer only" in said.err


def test_with_json_standard_output_is_one_value_and_the_warning_goes_elsewhere(clinic: Ecm):
    said = clinic("appointment", "add", "--patient", "Bob", "--email", "b@example.org", "--json")
    assert set(json.loads(said.out)) == FIELDS
    assert "works on this computer only" in said.err


def test_a_time_without_offset_is_the_clinics_and_a_list_is_of_the_clinics_day(clinic: Ecm):
    appointment = made(clinic, "--at", "2031-07-02T00:30", "--minutes", "30")
    assert (appointment["at"], appointment["minutes"]) == ("2031-07-01T22:30:00Z", 30)
    assert appointment["id"] in [row["id"] for row in clinic.ask("appointment", "list", "--date", "2031-07-02")]
    assert clinic.ask("appointment", "list", "--date", "2031-07-01") == []
    assert "2031-07-02 00:30" in clinic("appointment", "list", "--date", "2031-07-02").out


def test_an_empty_day_says_what_can_be_done(clinic: Ecm):
    said = clinic("appointment", "list", "--date", "2030-01-01")
    assert (said.code, said.err) == (0, "")
    assert "ecm-tui appointment add --help" in said.out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--patient", "Ann", "--email", "not an address"], "bad_email"),
        (["--patient", "  ", "--email", "a@example.org"], "name_required"),
        (["--patient", "half \udc80", "--email", "a@example.org"], "bad_message"),
    ],
)
def test_what_a_rule_refuses_ends_with_3_and_its_code(clinic: Ecm, words: list[str], code: str):
    said = clinic("appointment", "add", *words, "--json")
    assert (said.code, said.out) == (3, "")
    assert json.loads(said.err)["code"] == code


def test_an_id_that_does_not_exist_is_refused_everywhere(clinic: Ecm):
    for words in (
        ["appointment", "show", "nope"],
        ["appointment", "cancel", "nope"],
        ["appointment", "cancel", "no such\x1b"],
        ["call", "people", "nope"],
        ["call", "start", "nope"],
        ["events", "nope"],
        ["events", "nope", "--follow"],
    ):
        said = clinic(*words)
        assert (said.code, said.out) == (3, ""), words
        assert "\x1b" not in said.err


def test_hostile_names_are_printed_as_what_they_are_and_move_nothing(clinic: Ecm):
    appointment = made(clinic, patient=HOSTILE)
    for words in (["appointment", "show"], ["call", "people"], ["events"]):
        said = clinic(*words, appointment["id"])
        assert not {"\x1b", "\x07", "\u202e"} & set(said.out + said.err)
        assert "52;c;aGk=" in said.out
    assert not {"\x1b", "\x07", "\u202e"} & set(clinic("appointment", "list").out)
    assert appointment["patient"] == "Ann␛]52;c;aGk=␇\ufffd[/]"
