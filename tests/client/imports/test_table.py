"""Tables: the heading says what is what, and a line that cannot be read stops no other."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecm_tui.client.imports.line import MOST_LINES, ImportedLine
from ecm_tui.errors import NotAListError
from tests.client.imports.reading import lines, only, taken, why

HALF_PAST_TWO = datetime(2026, 11, 24, 13, 30, tzinfo=UTC)


def row(**cells: str) -> str:
    """A table of one row; underscores in names stand for blanks."""
    cells = {"date": "2026-11-24", "time": "14:30", "patient": "Ann Lee"} | cells
    return ",".join(name.replace("_", " ") for name in cells) + "\n" + ",".join(cells.values()) + "\n"


def test_E10_a_row_is_an_appointment_with_all_that_its_columns_say():
    command = only(
        "Date,TIME,Patient,ID,E-Mail,Mobile,Kind,Minutes\n"
        "2026-11-24,14:30,Ann Lee,P-7,ann@example.org,'079 123 45 67,phone,20\n"
    )
    assert (command.at, command.minutes, command.kind, command.patient_id) == (HALF_PAST_TWO, 20, "phone", "P-7")
    assert (command.patient.name, command.patient.email) == ("Ann Lee", "ann@example.org")
    assert command.patient.mobile == "079 123 45 67", "without the apostrophe that keeps a number's zero"


def test_E10_columns_of_guests_name_further_people():
    command = only(
        "date,time,patient,Guest,guest_email,Guest Role,guest 2 name,guest-2 phone,Guest email 3,guest 3,"
        "guest 10,guest x\n"
        "2026-11-24,14:30,Ann Lee,Ida Lee,ida@example.org,mother,Cem,'079 123 45 67,,Di,Eve,Fay\n"
    )
    assert command.patient.name == "Ann Lee"
    assert [(each.name, each.email, each.mobile, each.description) for each in command.guests] == [
        ("Ida Lee", "ida@example.org", "", "mother"),
        ("Cem", "", "079 123 45 67", ""),
        ("Di", "", "", ""),
    ]
    assert only(row(guest="")).guests == ()
    assert why(row(guest_2_email="ida@example.org")) == "guest 2: the name is missing."


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "windows-1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_it_is_read_whatever_parts_its_cells_and_whatever_its_encoding(delimiter: str, encoding: str, end: str):
    text = end.join(["date,time,patient", "2026-11-24,14:30,Zoë Müller", ""]).replace(",", delimiter)
    command = only(text.encode(encoding))
    assert (command.patient.name, command.at) == ("Zoë Müller", HALF_PAST_TWO)


@pytest.mark.parametrize(
    ("date", "time"),
    [("24.11.2026", "14.30"), ("24/11/2026", "2:30 pm"), ("11/24/2026", "02:30 P.M."), ("20261124", "14:30:00")],
)
def test_dates_and_times_are_read_as_people_write_them(date: str, time: str):
    assert only(row(date=date, time=time)).at == HALF_PAST_TWO


@pytest.mark.parametrize(
    ("start", "at"),
    [
        ("2026-11-24T14:30", HALF_PAST_TWO),
        ("2026-11-24 14:30", HALF_PAST_TWO),
        ("2026-11-24T13:30:00Z", HALF_PAST_TWO),
        ("24.11.2026 14:30", HALF_PAST_TWO),
    ],
)
def test_a_start_may_stand_in_one_cell(start: str, at: datetime):
    assert only(f"Start;Name\n{start};Ann\n").at == at


def test_a_date_with_slashes_is_read_as_another_of_the_file_must_be():
    heading = "date,time,patient\n"
    assert "write 2026-03-04 or 2026-04-03" in why(heading + "3/4/2026,9:00,Ann\n").replace("Write", "write")
    assert only(row(date="4/4/2026")).at.month == 4
    (day, _), (month, _), (both, _, _) = (
        lines(heading + text)
        for text in (
            "3/4/2026,9:00,Ann\n13/4/2026,9:00,Bob\n",
            "3/4/2026,9:00,Ann\n4/13/2026,9:00,Bob\n",
            "3/4/2026,9:00,Ann\n4/13/2026,9:00,Bob\n13/4/2026,9:00,Cem\n",
        )
    )
    assert (day.what.at.month, month.what.at.month) == (4, 3)
    assert "in two ways" in both.what


@pytest.mark.parametrize(
    ("cells", "minutes"),
    [({}, 15), ({"end": "15:00"}, 30), ({"duration": "20 min"}, 20), ({"end": "2026-11-24T15:15"}, 45)],
)
def test_how_long_is_a_number_or_follows_from_the_end(cells: dict, minutes: int):
    assert only(row(**cells)).minutes == minutes


@pytest.mark.parametrize("kind", ["", "Video", "Face-to-face", "in person", "PHONE"])
def test_how_one_meets_goes_by_its_usual_names(kind: str):
    assert only(row(kind=kind)).kind == {"": "video", "Video": "video", "PHONE": "phone"}.get(kind, "face_to_face")


def test_a_name_in_two_parts_is_one():
    assert only("date,time,First name,Surname\n2026-11-24,14:30,Ann,Lee\n").patient.name == "Ann Lee"


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"date": ""}, "date: missing"),
        ({"time": ""}, "time: missing"),
        ({"date": "", "time": ""}, "date and time: missing"),
        ({"patient": " "}, "The patient's name is missing"),
        ({"date": "tomorrow"}, 'date: "tomorrow" is no date. Write it as 2026-11-24.'),
        ({"date": "31.11.2026"}, "is no date"),
        ({"date": "31/11/2026"}, "is no date"),
        ({"date": "13/13/2026"}, "is no date"),
        ({"time": "25:00"}, 'time: "25:00" is no time. Write it as 14:30.'),
        ({"time": "13:00 pm"}, "is no time"),
        ({"time": "noon"}, "is no time"),
        ({"date": "2026-03-29", "time": "02:30"}, "time: there is no 02:30 on 2026-03-29"),
        ({"date": "0001-01-01", "time": "00:00"}, "out of every calendar"),
        ({"minutes": "long"}, 'minutes: "long" is no number'),
        ({"end": "14:00"}, "end: it ends before it begins"),
        ({"kind": "letter"}, 'kind: "letter" is none of video, phone and face to face'),
        ({"start": "2026-11-24"}, 'start: "2026-11-24" is no date and time'),
    ],
)
def test_what_cannot_be_taken_says_which_column_and_why(cells: dict, words: str):
    assert words in why(row(**cells))


def test_a_line_that_cannot_be_read_stops_no_other():
    text = (
        "date,time,patient\n"
        '2026-11-24,9:00,"Ann\n'
        "2026-11-24,9:15,Bob\n"
        "2026-11-24\n"
        "\n"
        f"2026-11-24,9:30,{'x' * 200_000}\n"
        '2026-11-24,9:45,"Cem" Öz\n'
        ",,\n"
        "2026-11-24,10:00,Di,much,more,than,the heading\n"
    )
    found = {line.number: line.what for line in lines(text)}
    assert list(found) == [2, 3, 4, 6, 7, 9]
    assert taken(text) == {3: "Bob", 9: "Di"}
    assert "cannot be read" in found[2] and "cannot be read" in found[6] and "cannot be read" in found[7]
    assert found[4] == "time: missing."


def test_a_cell_may_hold_line_breaks_and_numbers_go_by_the_files_lines():
    text = 'date,time,patient,notes\n2026-11-24,9:00,Ann,"two\nlines"\n2026-11-24,9:15,Bob,\n'
    assert taken(text) == {2: "Ann", 4: "Bob"}
    assert taken("\n\nsep=;\ndate;time;patient\n2026-11-24;9:00;Ann\n") == {5: "Ann"}


@pytest.mark.parametrize(
    "cell", ['=HYPERLINK("http://x";"y")', "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", "{{7*7}}", "[/]"]
)
def test_what_a_spreadsheet_would_compute_is_text(cell: str):
    assert only(f"date\ttime\tpatient\n2026-11-24\t14:30\t{cell}\n").patient.name == cell


def test_hostile_cells_pass_the_gate_and_nul_is_seen():
    command = only(row(patient="Ann\x00\x1b]52;c;eA==\x07\u202e", id="\x1b[2J"))
    assert command.patient.name == "Ann␀␛]52;c;eA==␇\ufffd"
    assert command.patient_id == "␛[2J"


def test_a_row_has_its_key_or_says_whose_day_it_is():
    heading = "date,time,patient,id,key\n"

    def days(*rows: str) -> list[tuple[str, str]]:
        return [(line.day, line.what.source[:6]) for line in lines(heading + "\n".join(rows))]

    assert days(
        "2026-11-24,9:00,Ann,7A,", "2026-11-24,11:00,Anna,7a,", "2026-11-25,9:00,Bob,,", "2026-11-24,9:00,C,,k1"
    ) == [
        ("2026-11-24/7a", "csv:20"),
        ("2026-11-24/7a", "csv:20"),
        ("2026-11-25/bob", "csv:20"),
        ("", "csv:k1"),
    ]


def test_E10_a_table_with_columns_for_guests_names_all_of_them():
    assert only("date,time,patient,guest\n2026-11-24,9:00,Ann,\n").whole
    assert not only("date,time,patient\n2026-11-24,9:00,Ann\n").whole


def test_E10_a_row_that_stands_there_twice_is_one_appointment_and_namesakes_at_one_time_are_two():
    heading = "date,time,patient,id,email\n"
    twice = lines(heading + "2026-11-24,9:00,Ann,7,\n2026-11-24,9:00,Ann,7,ann@example.org\n")
    assert twice[1].what == "It is the same appointment as number 2, which is taken."
    namesakes = heading + "2026-11-24,9:00,Ann Lee,,a@example.org\n2026-11-24,9:00,Ann Lee,,b@example.org\n"
    assert taken(namesakes) == {2: "Ann Lee", 3: "Ann Lee"}


def test_E10_two_appointments_of_a_day_keep_their_times_when_the_table_is_sorted_another_way():
    heading, morning, afternoon = "date,time,patient\n", "2026-11-24,9:00,Ann\n", "2026-11-24,14:00,Ann\n"

    def times(table: str) -> dict[str, datetime]:
        return {line.what.source: line.what.at for line in lines(heading + table)}

    assert times(afternoon + morning) == times(morning + afternoon)


def test_an_id_beside_a_patients_is_the_appointments_own():
    command = only("id,date,time,patient,patient_id\n77,2026-11-24,14:30,Ann,P-7\n")
    assert (command.source, command.patient_id) == ("csv:77", "P-7")


def test_two_columns_of_one_kind_are_one_of_which_the_first_filled_counts():
    text = "date,time,patient,mobile,phone\n2026-11-24,14:30,Ann,,044\n2026-11-24,15:30,Bob,079,044\n"
    assert [line.what.patient.mobile for line in lines(text)] == ["044", "079"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("date,time\n2026-11-24,14:30\n", "names no column for: patient"),
        ("patient,email\nAnn,ann@example.org\n", "names no column for: date and time"),
        ("2026-11-24,14:30,Ann\n", "neither a calendar"),
        ("date,time,patient\n\n", "no appointments below it"),
        ("date,time,patient\n" + "2026-11-24,14:30,Ann\n" * (MOST_LINES + 1), f"more than {MOST_LINES}"),
    ],
)
def test_a_table_that_names_too_little_or_holds_too_much_is_refused(text: str, words: str):
    with pytest.raises(NotAListError, match=words):
        lines(text)


CELLS = st.text(st.sampled_from('",;\t|\n\r ab19:./-\x00=+@é'), max_size=30)


@given(st.lists(CELLS, max_size=8), st.sampled_from(["date,time,patient", "start;name", "date\ttime\tpatient\tkind"]))
def test_no_table_makes_anything_but_lines_or_a_sentence(rows: list[str], heading: str):
    try:
        found = lines("\n".join([heading, *rows]))
    except NotAListError as error:
        assert error.message.endswith(".")
        return
    assert all(isinstance(line, ImportedLine) for line in found)
    numbers = [line.number for line in found]
    assert numbers == sorted(set(numbers))
