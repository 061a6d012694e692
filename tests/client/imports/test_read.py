"""Which format a file has; what is none of them is refused in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecm_tui.client.imports.line import MOST_BYTES, ImportedLine
from ecm_tui.errors import NotAListError
from tests.client.imports.reading import lines

TABLE = "date,time,patient\n2026-11-24,14:30,Ann\n"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b" \r\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\x00" * 4096, "neither a calendar"),
        (b"PK\x03\x04rest of a workbook", "Save the table as CSV first"),
        (b"\x89PNG\r\n\x1a\n", "neither a calendar"),
        (b"Dear colleague,\nhere is the list.\n", "neither a calendar"),
        (b"<Bundle xmlns='http://hl7.org/fhir'/>", "neither a calendar"),
        (b"\xff\xfe\x00\xd8\x00\xd8", "damaged"),
        (b"x" * (MOST_BYTES + 1), "more than 4 MB"),
    ],
)
def test_what_is_no_list_is_refused_in_words(data: bytes, words: str):
    with pytest.raises(NotAListError, match=words) as refused:
        lines(data)
    assert refused.value.code == "not_a_list"


def test_a_format_is_known_by_its_beginning_whatever_stands_before():
    assert lines(f"\ufeff\n{TABLE}")[0].number == 3
    assert lines(b'\n {"resourceType": "Appointment"}')[0].number == 1
    assert lines(b"\r\nbegin:vcalendar\r\nBEGIN:VEVENT\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")[0].number == 1


@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: (TABLE + text).encode("utf-8", "replace")))
def test_no_bytes_make_anything_but_lines_or_a_sentence(data: bytes):
    try:
        found = lines(data)
    except NotAListError:
        return
    assert all(isinstance(line, ImportedLine) for line in found)
