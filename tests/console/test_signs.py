"""Signs and letters where the terminal does not show them all: plain ones, each as wide as what it stands for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color

from ecm_tui.console import words
from ecm_tui.console.signs import ON_LINUX, PLAIN, PlainSigns, Straight
from ecm_tui.console.terminal import Signs

TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf", "Mn", "Me", "Mc")))
"""Text without marks, which the gate bounds and which have no width of their own."""


def shown(text: str, signs: Signs = "ascii") -> str:
    return "".join(segment.text for segment in PlainSigns(signs).apply([Segment(text)], Color.parse("black")))


@given(TEXTS)
def test_in_ascii_every_text_is_ascii_and_as_wide_as_before(text: str):
    plain = shown(text)
    assert plain.isascii() and cell_len(plain) == cell_len(text)


@given(TEXTS)
def test_on_the_linux_console_every_text_is_as_wide_as_before(text: str):
    assert cell_len(shown(text, "some")) == cell_len(text)


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Zoë Müller", "Zoe Muller"),
        ("José Ibáñez", "Jose Ibanez"),
        ("田中 Aki", "???? Aki"),
        ("Пётр", "????"),
        ("Søren Łukasz", "Soren Lukasz"),
        ("ﬁ", "?"),
    ],
)
def test_names_stay_as_readable_as_ascii_allows_and_whole_on_the_linux_console(name: str, plain: str):
    assert shown(name) == plain
    assert shown(name, "some") == name


def test_every_sign_of_a_state_is_plain_and_tells_the_states_apart_as_well_as_before():
    for table in (words.PERSON, {state: sign for state, (sign, _) in words.STATUS.items()}):
        before, plain = set(table.values()), {shown(sign) for sign in table.values()}
        assert len(plain) == len(before) and all(sign in PLAIN for sign in before)


def test_the_linux_console_gets_frames_and_blocks_and_no_sign_that_its_font_lacks():
    assert shown("█▀▄│·", "some") == "█▀▄│·"
    assert shown("◐◌✓✗🔎", "some") == "~!vx??"
    assert not [sign for sign in shown("".join(PLAIN), "some") if not sign.isascii() and sign not in ON_LINUX]


def test_what_moves_the_cursor_is_left_alone():
    control = Segment("◐", None, [(1,)])  # type: ignore[list-item]  # any control will do
    assert PlainSigns("ascii").apply([control], Color.parse("black")) == [control]


@given(st.text(st.sampled_from("a ❤️︎1⃣👍🏽田́")))
def test_signs_of_disputed_width_are_drawn_plainly_and_as_wide_as_reckoned(text: str):
    (drawn,) = Straight().apply([Segment(text)], Color.parse("black"))
    assert cell_len(drawn.text) == cell_len(text)
    assert not any(each in drawn.text for each in "\ufe0e\ufe0f\u20e3\U0001f3fd")
