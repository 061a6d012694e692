"""Strings of a terminal are no keys, in whatever pieces they come; what is typed around them is."""

import pytest

from ecm_tui.console.answers import CUT, PATIENCE, Answers

KEYS = ("\x1b[A", "\x1bOP", "\x1b[200~", "\x1b[201~", "\x1b[<0;1;1M")


def answers() -> Answers:
    return Answers(KEYS.__contains__)


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
        ("\x1b[200~a\x1b]52;c\x1b[5xA\x1b[201~j", "\x1b[200~a\u241b]52;c\u241b[5xA\x1b[201~j"),
        ("\x1b[5xj\x1b[?62;4ck\x1bOxl", "jkl"),
        ("\x1b[[Aj\x1b[M !!k\x1b[<0;1;1M", "\x1b[[Aj\x1b[M !!k\x1b[<0;1;1M"),
        ("\x1b]a\x1b]b\x07c", "c"),
    ],
)
def test_strings_are_taken_out_and_nothing_else(came: str, kept: str):
    assert answers().without(came, 0) == kept


@pytest.mark.parametrize("at", range(2, len(COLOUR)))
def test_a_string_may_come_in_pieces(at: int):
    made = answers()
    assert made.without("j" + COLOUR[:at], 0) + made.without(COLOUR[at:] + "k", 0.2) == "jk"


def test_a_string_that_never_ends_swallows_a_second_and_no_more():
    made = answers()
    assert made.without("\x1b]11;", 0) == ""
    assert made.without("aaa", PATIENCE / 2) == ""
    assert made.without("a", PATIENCE + 0.1) == "a"
    assert made.without("\x1b]\x1b", 5) == ""
    assert made.without("\\j", 5.1) == "j"


@pytest.mark.parametrize("at", range(2, 30))
def test_a_paste_may_come_in_pieces_and_no_escape_in_it_is_one(at: int):
    whole = "j\x1b[200~a\x1b[5xA\r\x1b[201~k\x1b[5xl"
    made = answers()
    kept = made.without(whole[:at], 0) + made.without(whole[at:], CUT / 2)
    assert kept.replace("k\x1bl", "kl") == "j\x1b[200~a\u241b[5xA\r\x1b[201~kl"  # where it was cut, Esc was a key
