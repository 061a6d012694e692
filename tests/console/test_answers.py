"""Strings of a terminal are no keys, in whatever pieces they come; what is typed around them is."""

import pytest

from ecm_tui.console.answers import PATIENCE, Answers

COLOUR = "\x1b]11;rgb:aaaa/1e1e/xxxx\x07"


@pytest.mark.parametrize(
    ("came", "kept"),
    [
        ("j", "j"),
        ("\x1b", "\x1b"),
        ("\x1b[A\x1bOPa", "\x1b[A\x1bOPa"),
        (COLOUR, ""),
        (f"j{COLOUR}k", "jk"),
        ("\x1bP>|a terminal(1)\x1b\\k", "k"),
        ("\x1b_Gi=1;OK\x1b\\\x1b^x\x1b\\\x1bXx\x1b\\", ""),
        ("\x1b]0;a\x1b[A", "\x1b[A"),
        ("\x1b]0;a\x18b", "b"),
        ("\x1b[200~a\x1b]52;c;YQ==\x1b[201~", "\x1b[200~a\x1b[201~"),
        ("\x1b]a\x1b]b\x07c", "c"),
    ],
)
def test_strings_are_taken_out_and_nothing_else(came: str, kept: str):
    assert Answers().without(came, 0) == kept


@pytest.mark.parametrize("at", range(2, len(COLOUR)))
def test_a_string_may_come_in_pieces(at: int):
    answers = Answers()
    assert answers.without("j" + COLOUR[:at], 0) + answers.without(COLOUR[at:] + "k", 0.2) == "jk"


def test_a_string_that_never_ends_swallows_a_second_and_no_more():
    answers = Answers()
    assert answers.without("\x1b]11;", 0) == ""
    assert answers.without("aaa", PATIENCE / 2) == ""
    assert answers.without("a", PATIENCE + 0.1) == "a"
    assert answers.without("\x1b]\x1b", 5) == ""
    assert answers.without("\\j", 5.1) == "j"
