"""Lines for people: aligned by cells, and nothing in them moves a cursor."""

import pytest

from ecm_tui.cli.output import moment, print_line, print_rows
from ecm_tui.cli.times import ZoneInfo


def test_columns_are_aligned_by_terminal_cells(capsys: pytest.CaptureFixture[str]):
    print_rows([["東京", "a"], ["Ann", "b"], ["e\u0301 x", "c"], ["", ""]])
    assert capsys.readouterr().out == "東京  a\nAnn   b\né x   c\n\n"


def test_controls_in_names_become_pictures(capsys: pytest.CaptureFixture[str]):
    print_rows([["Ann\x1b]52;c;aGk=\x07", "\u202eeeL"]])
    print_line("one\ntwo\x9b31m")
    out = capsys.readouterr().out
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(out)
    assert out.count("\n") == 2


def test_times_are_shown_in_the_clinics_zone():
    assert moment("2026-11-24T13:30:00Z", ZoneInfo("Europe/Zurich")) == "2026-11-24 14:30"
    assert moment(None, ZoneInfo("UTC")) == ""
