"""FHIR appointments, R4 and R5, alone and in bundles; a resource that is not as it should be costs no other."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecm_tui.client.imports.fhir import OVER
from ecm_tui.client.imports.line import MOST_LINES, ImportedLine
from ecm_tui.errors import NotAListError
from tests.client.imports.reading import lines, only, taken, why

HALF_PAST_TWO = datetime(2026, 11, 24, 13, 30, tzinfo=UTC)
ANN = {
    "resourceType": "Patient",
    "id": "ann",
    "identifier": [{"system": "urn:mrn", "value": "P-7"}],
    "name": [
        {"use": "maiden", "text": "Ann Old"},
        {"use": "usual", "text": "Annie"},
        {"use": "official", "family": "Lee", "given": ["Ann", None, "B."]},
    ],
    "telecom": [
        {"system": "email", "value": "old@example.org", "use": "old"},
        {"system": "phone", "value": "044 111", "use": "home"},
        {"system": "phone", "value": "079 123 45 67", "use": "mobile"},
        {"system": "email", "value": "ann@example.org"},
    ],
}
DOCTOR = {"actor": {"reference": "Practitioner/roy", "display": "Dr Roy"}, "status": "accepted"}


def appointment(**changes: Any) -> dict:
    """Ann's, booked, R4; None leaves a field out."""
    usual = {
        "resourceType": "Appointment",
        "id": "a1",
        "status": "booked",
        "start": "2026-11-24T14:30:00+01:00",
        "end": "2026-11-24T15:00:00+01:00",
        "participant": [DOCTOR, {"actor": {"reference": "Patient/ann", "display": "Ann Lee"}, "status": "accepted"}],
    }
    return {name: value for name, value in (usual | changes).items() if value is not None}


def bundle(*resources: dict, **urls: dict) -> str:
    entries = [{"resource": each} for each in resources] + [
        {"fullUrl": url, "resource": each} for url, each in urls.items()
    ]
    return json.dumps({"resourceType": "Bundle", "type": "searchset", "entry": entries})


def test_E10_an_appointment_alone_is_one():
    command = only(json.dumps(appointment()))
    assert (command.source, command.at, command.minutes) == ("fhir:a1", HALF_PAST_TWO, 30)
    assert (command.patient.name, command.patient_id) == ("Ann Lee", "")


def test_E10_the_patient_of_a_bundle_says_name_number_and_contacts():
    command = only(bundle(appointment(), ANN))
    assert (command.patient.name, command.patient_id) == ("Ann B. Lee", "P-7")
    assert (command.patient.email, command.patient.mobile) == ("ann@example.org", "079 123 45 67")


@pytest.mark.parametrize("reference", ["urn:uuid:1", "https://fhir.example.org/R4/Patient/ann", "#ann"])
def test_a_patient_is_found_by_any_reference(reference: str):
    actor = {"actor": {"reference": reference}}
    contained = (
        [{**ANN, "id": "ann"}, {"resourceType": "Location", "id": "l"}, "rubbish"] if reference[0] == "#" else None
    )
    resource = appointment(participant=[{"actor": {"reference": "#l"}}, actor], contained=contained)
    around = {} if reference[0] == "#" else {"urn:uuid:1": ANN}
    assert only(bundle(resource, **around)).patient_id == "P-7"


IDA = {
    "resourceType": "RelatedPerson",
    "id": "ida",
    "name": [{"text": "Ida Lee"}],
    "telecom": [{"system": "email", "value": "ida@example.org"}],
    "relationship": [{"coding": [{"code": "MTH", "display": "mother"}]}],
}


def test_E10_relatives_and_further_patients_who_can_be_reached_are_guests():
    others = [
        {"actor": {"reference": "https://fhir.example.org/R4/RelatedPerson/ida"}, "status": "needs-action"},
        {"actor": {"reference": "Patient/bob"}},
        {"actor": {"reference": "RelatedPerson/away"}, "status": "declined"},
        {"actor": {"reference": "RelatedPerson/unreachable"}},
        {"actor": {"reference": "RelatedPerson/nobody", "display": "Unknown"}},
        {"actor": {"reference": "Patient/ann"}},
        {"actor": {"reference": "RelatedPerson/ida"}},
    ]
    bob = {
        **ANN,
        "id": "bob",
        "identifier": [],
        "name": [{"text": "Bob"}],
        "telecom": [{"system": "sms", "value": "079"}],
    }
    roy = {**IDA, "resourceType": "Practitioner", "id": "roy"}
    resource = appointment(participant=[*appointment()["participant"], *others])
    around = [ANN, bob, IDA, roy, {**IDA, "id": "away"}, {**IDA, "id": "unreachable", "telecom": []}]
    command = only(bundle(resource, *around))
    assert (command.patient.name, command.patient_id) == ("Ann B. Lee", "P-7")
    assert [(each.name, each.description, each.email, each.mobile) for each in command.guests] == [
        ("Ida Lee", "mother", "ida@example.org", ""),
        ("Bob", "", "", "079"),
    ]


def test_a_relative_alone_is_no_patient_and_one_who_is_not_as_they_should_be_is_said():
    relative = {"actor": {"reference": "RelatedPerson/ida"}}
    assert "none of them is a patient" in why(bundle(appointment(participant=[relative]), IDA))
    resource = appointment(participant=[*appointment()["participant"], relative])
    assert "telecom: " in why(bundle(resource, ANN, {**IDA, "telecom": "none"}))


def test_R5_has_a_subject():
    command = only(json.dumps(appointment(subject={"reference": "Patient/x", "display": "Bob"}, participant=[DOCTOR])))
    assert command.patient.name == "Bob"


@pytest.mark.parametrize("actor", [{"display": "Ann Lee"}, {"type": "Patient", "display": "Ann Lee"}])
def test_a_patient_may_be_no_more_than_a_name(actor: dict):
    number = {"identifier": {"value": " 9 "}} if "type" in actor else {}
    command = only(json.dumps(appointment(participant=[DOCTOR, {"actor": {**actor, **number}}, {}])))
    assert (command.patient.name, command.patient_id) == ("Ann Lee", "9" if number else "")


def test_how_long_is_a_number_or_follows_from_the_end_or_is_usual():
    lengths = [{"minutesDuration": 20}, {}, {"end": None}]
    assert [only(json.dumps(appointment(**each))).minutes for each in lengths] == [20, 30, 15]


def test_a_time_without_offset_is_the_clinics():
    assert only(json.dumps(appointment(start="2026-11-24T14:30:00", end=None))).at == HALF_PAST_TWO


def test_without_an_id_an_identifier_finds_it_again():
    command = only(json.dumps(appointment(id=None, identifier=[{"system": "s"}, {"system": "s", "value": "v"}])))
    assert command.source == "fhir:s|v"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"id": None}, "id: it is missing"),
        ({"start": None}, "start: it is missing"),
        ({"start": "2026-11-24"}, 'start: "2026-11-24" is no date and time'),
        ({"start": "soon"}, 'start: "soon" is no date'),
        ({"start": 7}, "start: input should be a valid string"),
        ({"end": "2026-11-24T14:00:00+01:00"}, "end: it ends before it begins"),
        ({"end": "later"}, 'end: "later" is no date'),
        ({"minutesDuration": "long"}, "minutesDuration: input should be"),
        ({"participant": None}, "participant: none of them is a patient"),
        ({"participant": [DOCTOR]}, "none of them is a patient"),
        ({"participant": {"actor": 1}}, "participant: input should be"),
        (
            {"participant": [{"actor": {"reference": "Patient/x"}}]},
            "The patient's name is missing, and Patient/x is not in the list: a search brings it along with _include",
        ),
    ],
)
def test_what_cannot_be_taken_says_which_field_and_why(changes: dict, words: str):
    assert words in why(json.dumps(appointment(**changes)))


def test_a_patient_who_is_not_as_they_should_be_costs_their_own_appointments():
    bob = appointment(id="a2", participant=[{"actor": {"reference": "Patient/bob", "display": "Bob"}}])
    text = bundle(appointment(), bob, {**ANN, "telecom": "none"})
    assert taken(text) == {2: "Bob"}


@pytest.mark.parametrize("status", OVER)
def test_what_is_cancelled_over_or_not_booked_is_skipped_with_a_word(status: str):
    (line,) = lines(json.dumps(appointment(status=status)))
    assert line.skipped and line.what == OVER[status]


@pytest.mark.parametrize("status", ["booked", "arrived", "checked-in", "pending", None, "of-the-future"])
def test_every_other_status_is_taken(status: str | None):
    assert only(json.dumps(appointment(status=status))).patient.name == "Ann Lee"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "no whole JSON: .*line 1"),
        ("[" * 100_000, "nested too deeply"),
        ("{}", "neither a calendar"),
        ("[1, null, {}]", "neither a calendar"),
        ('{"resourceType": "Patient"}', "neither a calendar"),
        ('{"resourceType": "Bundle"}', "The bundle has no appointments"),
        ('{"resourceType": "Bundle", "entry": [1, {"resource": 2}]}', "The bundle has no appointments"),
        (bundle(*[{"resourceType": "Appointment"}] * (MOST_LINES + 1)), f"more than {MOST_LINES}"),
    ],
)
def test_what_holds_no_appointments_or_too_many_is_refused(text: str, words: str):
    with pytest.raises(NotAListError, match=words):
        lines(text)


def test_texts_pass_the_gate():
    actor = {"type": "Patient", "display": "Ann\ud800\x1b[2J\u202e", "identifier": {"value": "7\x07"}}
    command = only(json.dumps(appointment(id="x\ud800", participant=[{"actor": actor}])))
    assert command.patient.name == "Ann\ufffd␛[2J\ufffd"
    assert command.patient_id == "7␇"
    assert command.source.startswith("fhir:sha256:")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("2026-11-24T14:30:00Z"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["actor", "reference", "value"]), inner)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*appointment(), "contained", "identifier", "subject"]), JSON))
def test_no_resource_makes_anything_but_a_line(changes: dict):
    (line,) = lines(json.dumps({**appointment(), **changes, "resourceType": "Appointment"}))
    assert isinstance(line, ImportedLine)


def test_what_a_hapi_server_answers_to_a_search_is_read():
    """R4: absolute addresses, references with a version, an outcome among the entries, times with milliseconds."""
    base = "https://hapi.example/baseR4"
    booked = appointment(
        id="4711",
        meta={"versionId": "3", "lastUpdated": "2026-11-20T08:00:00.000+00:00", "source": "#vX"},
        text={"status": "generated", "div": "<div/>"},
        start="2026-11-24T13:30:00.000Z",
        end="2026-11-24T13:50:00.000Z",
        serviceType=[{"coding": [{"code": "124"}]}],
        participant=[
            {"type": [{"coding": [{"code": "ATND"}]}], "actor": {"reference": "Practitioner/9/_history/1"}},
            {"actor": {"reference": "Patient/17/_history/2"}, "required": "required", "status": "accepted"},
            {"actor": {"reference": "RelatedPerson/18"}, "status": "tentative"},
            {"actor": {"reference": "HealthcareService/3"}, "status": "accepted"},
        ],
    )
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "processing"}]}
    entries = [
        {"fullUrl": f"{base}/Appointment/4711", "resource": booked, "search": {"mode": "match"}},
        {"fullUrl": f"{base}/Patient/17", "resource": {**ANN, "id": "17"}, "search": {"mode": "include"}},
        {"fullUrl": f"{base}/RelatedPerson/18", "resource": {**IDA, "id": "18"}, "search": {"mode": "include"}},
        {"resource": outcome, "search": {"mode": "outcome"}},
    ]
    found = {"resourceType": "Bundle", "id": "x", "type": "searchset", "total": 1, "link": [], "entry": entries}
    command = only(json.dumps(found))
    assert (command.source, command.at, command.minutes) == ("fhir:4711", HALF_PAST_TWO, 20)
    assert (command.patient.name, command.patient_id) == ("Ann B. Lee", "P-7")
    assert ([each.name for each in command.guests], command.whole) == (["Ida Lee"], True)


def test_what_firely_and_synthetic_data_hold_is_read():
    """R5: the subject, names by urn:uuid, contained resources, lists where R4 has one; what we do not use is of any
    shape."""
    doctor = {"resourceType": "Practitioner", "name": [{"family": "Roy"}]}
    booked = appointment(
        status="pending",
        subject={"reference": "urn:uuid:1", "type": "Patient"},
        requestedPeriod=[{"start": "2026-11-24", "end": "2026-11-25"}],
        patientInstruction=[{"concept": {"text": "Be there early"}}],
        virtualService=[{"addressUrl": "https://x.example"}],
        reason=[{"concept": {"text": "Check"}}],
        start="2026-11-24T14:30:00.123456789+01:00",
        end=None,
        minutesDuration=25,
        contained=[{"resourceType": "Location", "id": "room"}],
        participant=[
            {"actor": {"reference": "urn:uuid:1"}, "required": True, "status": "needs-action"},
            {"actor": {"reference": "urn:uuid:2"}, "required": True, "status": "accepted"},
            {"actor": {"reference": "#room"}, "status": "accepted"},
            {"type": [{"text": "interpreter"}], "status": "tentative"},
        ],
    )
    command = only(bundle(booked, **{"urn:uuid:1": ANN, "urn:uuid:2": doctor}))
    assert (command.patient.name, command.minutes, command.guests) == ("Ann B. Lee", 25, ())
    assert command.whole and command.at.replace(microsecond=0) == HALF_PAST_TWO


@pytest.mark.parametrize(
    "actor", [{"reference": "RelatedPerson/away"}, {"reference": "urn:uuid:9"}, {"display": "An interpreter"}]
)
def test_E10_a_list_that_does_not_say_how_somebody_is_reached_does_not_name_everybody(actor: dict):
    resource = appointment(participant=[*appointment()["participant"], {"actor": actor, "status": "accepted"}])
    assert not only(bundle(resource, ANN)).whole
    resource["participant"][-1]["status"] = "declined"
    assert only(bundle(resource, ANN)).whole
