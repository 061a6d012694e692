"""The line that is being typed: what keys do to it, and that the screen shows it on one row without any sequence."""

from unicodedata import combining, normalize

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from ecm_tui.console.plain.editor import LONGEST_LINE, Editor
from ecm_tui.console.plain.keystrokes import LONGEST_SEQUENCE, Decoder, Key


def keys(*chunks: bytes) -> list[Key]:
    decoder = Decoder()
    return [key for chunk in chunks for key in decoder.feed(chunk)]


def typed(data: bytes, editor: Editor | None = None) -> Editor:
    editor = editor or Editor()
    for key in keys(data):
        editor.press(key)
    return editor


@pytest.mark.parametrize(
    ("data", "line", "at"),
    [
        (b"admit 1", "admit 1", 7),
        (b"admit 1\x7f\x082", "admit2", 6),
        (b"mit\x01ad", "admit", 2),
        (b"admit\x1b[D\x1b[D\x1b[3~", "admt", 3),
        (b"\x1b[Dabc\x1bOD\x1bODx", "axbc", 2),
        (b"one two  \x17", "one ", 4),
        (b"one two\x1b[H\x0b", "", 0),
        (b"one two\x15", "", 0),
        (b"a\x1b[Cb\x1b[F\x05c", "abc", 3),
        ("Zoë\x7f".encode(), "Zo", 2),
        (b"a\x1b[1;5Db\x00\x1fc", "bca", 2),
    ],
)
def test_the_keys_of_a_line(data: bytes, line: str, at: int):
    editor = typed(data)
    assert (editor.text, editor.at) == (line, at)


def test_what_terminals_answer_by_themselves_is_no_key():
    assert keys(b"\x1b[12;40R", b"\x1b]11;rgb:0000/0000/0000\x1b\\", b"\x1bP>|xterm(370)\x1b\\", b"\x1b[?62;4c") == []
    assert keys(b"a", b"\x1b", b"[", b"A") == [Key("text", "a"), Key("up")]
    assert keys(b"\x1b", b"x") == [Key("text", "x")]
    assert keys(b"\x1b]52;c;" + b"x" * LONGEST_SEQUENCE, b"y")[-1].text.endswith("y")


def test_letters_arrive_in_pieces():
    assert keys("é".encode()[:1], "é".encode()[1:]) == [Key("text", "é")]


def test_a_paste_enters_nothing():
    assert keys(b"\x1b[200~y\r\nremove 1\x03\x1b[A\r\x1b[201~") == [Key("text", "y remove 1 ")]
    assert [key.name for key in keys(b"y\r\nn\n")] == ["text", "enter", "text", "enter"]


def test_what_has_no_place_on_a_screen_is_not_typed():
    editor = Editor()
    editor.press(Key("text", "a\u202eb\x9bc\u200bd"))
    assert editor.text == "abcd"
    editor.press(Key("text", "x" * 2 * LONGEST_LINE))
    assert len(editor.text) == LONGEST_LINE


def test_what_was_typed_before_comes_back_and_what_is_no_command_does_not():
    editor = Editor()
    for line, keep in (("people", True), ("people", True), ("Tom Lee", False), ("status", True)):
        editor.press(Key("text", line))
        assert editor.take(keep) == line
    editor.press(Key("text", "ad"))
    seen = []
    for name in ("up", "up", "up", "down", "down", "down"):
        editor.press(Key(name))
        seen.append(editor.text)
    assert seen == ["status", "people", "people", "status", "ad", "ad"]


def test_tab_completes_as_far_as_it_is_sure():
    editor = Editor(lambda text: [name for name in ("remove ", "replace ", "resend ") if name.startswith(text)])
    for text, so in (("r", "re"), ("m", "remove "), ("zz", "remove zz")):
        editor.press(Key("text", text))
        editor.press(Key("complete"))
        assert editor.text == so


PARTS = st.sampled_from(
    ["a", "word ", "é", "日本", "e\u0301", "\x7f", "\x01", "\x05", "\x02", "\x06", "\x17", "\x15", "\x0b", "x" * 30]
)


def bare(text: str) -> str:
    """Without the marks on letters, which the emulator of the test does not put on wide ones."""
    return "".join(character for character in normalize("NFD", text) if not combining(character)).rstrip()


@given(parts=st.lists(PARTS, max_size=40), columns=st.integers(14, 40))
@settings(deadline=None, max_examples=200)
def test_the_screen_shows_the_line_and_the_cursor_on_one_row(parts: list[str], columns: int):
    screen = pyte.Screen(columns, 3)
    stream = pyte.Stream(screen)
    editor, prompt = Editor(), "> "
    stream.feed(prompt)
    for part in parts:
        for key in keys(part.encode()):
            editor.press(key)
        written = editor.repaint(columns - 1 - len(prompt))
        assert not any(character < " " and character != "\b" for character in written)
        stream.feed(written)
        row = bare(screen.display[0].rstrip())
        assert screen.cursor.y == 0
        assert row == bare((prompt + "".join(editor._drawn)).rstrip())
        assert cell_len(prompt + "".join(editor._drawn)) < columns
        if cell_len(editor.text) < columns - 1 - len(prompt):
            assert row == bare((prompt + editor.text).rstrip())
            assert screen.cursor.x == len(prompt) + cell_len(editor.text[: editor.at])


def test_a_letter_at_the_end_costs_a_letter():
    editor = Editor()
    for letter in "admit 1":
        editor.press(Key("text", letter))
        assert editor.repaint(70) == letter
    editor.press(Key("backspace"))
    assert editor.repaint(70) == "\b \b"
