"""The gate for foreign text: what comes out can be shown anywhere, whatever went in."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecm_tui.core.text import (
    BIDI_CONTROLS,
    FILE_NAME_BYTES,
    JOINERS,
    MARKS_PER_BASE,
    NAME_LIMIT,
    clean,
    clean_file_name,
    clean_name,
    clipboard_safe,
    confusable,
    initials,
    is_forbidden,
    look_alikes,
    matches,
    osc_safe,
    search_key,
)

HOSTILE = (
    "".join(map(chr, range(0xA1)))
    + "".join(BIDI_CONTROLS)
    + "\u00ad\u034f\u115f\u1160\u17b4\u180b\u180e\u200b\u200c\u200d\u2028\u2029\u2060\u2064\u2065\u3164\ufeff\uffa0"
    + "\ufe00\ufe0e\ufe0f\ufff9\ufffb\ufffe\uffff\ud800\udfff\ue000\U000e0001\U000e0041\U000e007f\U000e0100\U000e01ef"
    + "\u0301\u0308\u0327\u20dd\u20e3\u05b4\u093c\u094d\u09cd\u0e34\u09be\u09c7\u3099"
    + "aZ1#*\u00e9\u1100\u1161\u11a8\u0915\u09b0\u06cc\u0627\u845b\U00020000\u2764\u203c\u00a9\U0001f468\u3000"
)
hostile_text = st.text(st.one_of(st.sampled_from(HOSTILE), st.characters()), max_size=60)


def test_no_hostile_character_survives_wherever_it_stands():
    for code in [*range(0x20), *range(0x7F, 0xA0), *map(ord, BIDI_CONTROLS), 0x200B, 0xFEFF, 0xD800, 0xE0041, 0x2028]:
        character = chr(code)
        shown = clean(f"Ann{character}Lee")
        assert character not in shown, f"U+{code:04X} came through"
        assert len(shown) >= len("Ann Lee"), f"U+{code:04X} vanished without a sign"


def test_control_characters_become_their_pictures():
    assert clean("a\x1b]52;c;Zm9v\x07b") == "a␛]52;c;Zm9v␇b"
    assert clean("\x00\x7f") == "␀␡"
    assert clean("\x9b31m") == "\ufffd31m"


def test_markup_is_left_alone_because_it_is_only_text():
    assert clean("Ann [/] [@click=app.quit]") == "Ann [/] [@click=app.quit]"


def test_line_ends_stay_only_where_lines_are_wanted():
    assert clean("one\r\ntwo\rthree\n\tfour\u2028five", multiline=True) == "one\ntwo\nthree\n    four\u2424five"
    assert clean("one\r\ntwo\tthree\u2029") == "one␍␊two three\u2424"
    assert clean("plain\nlines", multiline=True) == "plain\nlines"


def test_every_kind_of_space_becomes_a_plain_one():
    assert clean("Ann\u00a0Lee\u3000Ray\u2009x") == "Ann Lee Ray x"


@pytest.mark.parametrize(
    "name",
    [
        "José",
        "Ελένη",
        "Наталья",
        "محمد",
        "می‌خواهم",
        "क्‍ष",
        "র‍্য",
        "葛\U000e0100城",
        "김민수",
        "שָׁלוֹם",
        "Nguyễn",
        "☎️",
        "1️⃣",
        "‼️",
    ],
)
def test_names_of_real_people_come_through_unchanged(name: str):
    assert clean(name) == unicodedata.normalize("NFC", name)


def test_text_is_composed_so_that_equal_names_are_equal():
    assert clean("Jose\u0301") == "José"


def test_joiners_that_only_hide_become_visible():
    assert clean("An\u200dn") == "An\ufffdn"
    assert clean("\u200cم") == "\ufffdم"
    assert clean("م\u200c") == "م\ufffd"
    assert clean("م\u200c\u200cم") == "م\ufffd\ufffdم"
    assert clean("م\u200c\u3164") == "م\ufffd\ufffd"
    assert clean("م\u200c\ufe0f") == "م\ufffd\ufffd"


def test_stray_variation_selectors_become_visible():
    assert clean("A\ufe0f\U000e0101") == "A\ufffd\ufffd"
    assert clean("\ufe0f") == "\ufffd"
    assert clean("☎\ufe0f\ufe0f") == "☎\ufe0f\ufffd"
    assert clean("☎\ufe01") == "☎\ufffd"
    assert clean("\x1b\ufe0f") == "␛\ufffd"
    assert clean("1\ufe0f2") == "1\ufffd2"


def test_marks_are_bounded_and_never_land_on_what_stands_before():
    assert clean("a" + "\u0316" * 50 + "b") == "a" + "\u0316" * MARKS_PER_BASE + "\ufffdb"
    assert clean("\u0316a") == "◌\u0316a"
    assert clean("a\n\u0316", multiline=True) == "a\n◌\u0316"


def test_a_joiner_after_too_many_marks_does_not_open_room_for_more():
    crowd = "\u0915" + "\u0316" * (MARKS_PER_BASE + 2) + "\u200d\u0316"
    assert clean(crowd) == "\u0915" + "\u0316" * MARKS_PER_BASE + "\ufffd\ufffd\u0316"
    full = "\u0915" + "\u0316" * MARKS_PER_BASE + "\u200d\u0316"
    assert clean(full) == "\u0915" + "\u0316" * MARKS_PER_BASE + "\ufffd\u0316"


def test_a_cut_text_says_so_and_ends_in_no_half_sequence():
    assert clean("abcdef", 4) == "abc…"
    assert clean("abcd", 4) == "abcd"
    assert clean("abc", 1) == "…"
    assert clean("abc", 0) == ""
    assert clean("مم\u200cمم", 4) == "مم…"
    assert clean("x☎\ufe0fyz", 4) == "x☎…"


def test_a_hostile_megabyte_is_cut_before_it_is_read():
    assert clean("a" + "\u0316" * 1_000_000, 10) == "a" + "\u0316" * MARKS_PER_BASE + "\ufffd…"


@given(hostile_text, st.integers(0, 40), st.booleans())
def test_what_comes_out_is_short_composed_and_the_same_when_cleaned_again(text: str, limit: int, multiline: bool):
    shown = clean(text, limit, multiline)
    assert len(shown) <= limit
    assert clean(shown, limit, multiline) == shown
    assert unicodedata.is_normalized("NFC", shown)
    assert shown.encode().decode() == shown
    assert not [character for character in shown if is_forbidden(character)]
    assert multiline or "\n" not in shown


@given(hostile_text)
def test_nothing_vanishes_without_a_sign(text: str):
    composed = unicodedata.normalize("NFC", text)
    bases = [character for character in composed if unicodedata.category(character)[0] != "M"]
    assert len(clean(text)) >= len(bases)


@given(hostile_text)
def test_joiners_and_marks_stand_only_where_a_letter_carries_them(text: str):
    run = 0
    before = ""
    for character in clean(text):
        run = run + 1 if unicodedata.category(character) in ("Mn", "Mc", "Me") else 0
        assert run <= MARKS_PER_BASE + 1, "more marks than a letter and its selector can carry"
        if character in JOINERS:
            assert unicodedata.category(before)[0] in "LM"
        before = character
    assert before not in JOINERS


@given(hostile_text)
def test_names_fit_one_line_or_are_refused_in_words(text: str):
    try:
        name = clean_name(text)
    except ValueError as error:
        assert str(error).endswith(".")
        return
    assert 0 < len(name) <= NAME_LIMIT
    assert name == clean_name(name) == clean(name) == " ".join(name.split())


@pytest.mark.parametrize("blank", ["", "   ", "\t\n", "\u200b", "\u3164\u3164", "\u2800", "…", "\u0301"])
def test_a_name_with_nothing_to_read_is_refused(blank: str):
    with pytest.raises(ValueError, match="at least one letter or digit"):
        clean_name(blank)


def test_a_name_loses_outer_and_double_spaces():
    assert clean_name("  Ann \t Lee\n") == "Ann Lee␊"
    assert clean_name("  Ann \t Lee ") == "Ann Lee"


@pytest.mark.parametrize(
    ("given_name", "stored"),
    [
        ("letter.pdf", "letter.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ann\\scan 1.png", "scan 1.png"),
        ("folder/", "folder"),
        (".bashrc", "bashrc"),
        ("...", "file"),
        ("", "file"),
        ("___", "file"),
        ("con.txt", "_con.txt"),
        ("COM1", "_COM1"),
        ("LPT¹.doc", "_LPT¹.doc"),
        ("-rf.txt", "_-rf.txt"),
        ("~root", "_~root"),
        ("what?.txt ", "what_.txt"),
        ("invoice\u202egpj.exe", "invoice_gpj.exe"),
        ("a\x1b[2Jb.txt", "a_[2Jb.txt"),
        ("ends with dot.", "ends with dot"),
        ("a\u2044b.txt", "a_b.txt"),
    ],
)
def test_file_names_become_plain_names_of_files(given_name: str, stored: str):
    assert clean_file_name(given_name) == stored


def test_long_file_names_are_cut_in_bytes_and_keep_their_extension():
    cut = clean_file_name("ü" * 300 + ".jpeg")
    assert cut.endswith("ü.jpeg") and len(cut.encode()) <= FILE_NAME_BYTES
    assert clean_file_name("x" * 300) == "x" * FILE_NAME_BYTES


@given(hostile_text)
def test_cleaned_file_names_need_no_second_cleaning(text: str):
    name = clean_file_name(text)
    assert clean_file_name(name) == name
    assert 0 < len(name.encode()) <= FILE_NAME_BYTES
    assert not set(name) & set('/\\<>:"|?*\ufffd') and name[0] not in ".-~ " and name[-1] not in ". "


def test_S37_search_ignores_case_accents_and_the_order_of_words():
    assert matches("lee ann", "Ann Lee", "daughter")
    assert matches("JOSE", "José Müller")
    assert matches("strasse", "Straße 5")
    assert matches("lodz soren", "Søren Łódź")
    assert matches("daughter ann", "Ann Lee", "daughter")
    assert matches("  ", "Ann")
    assert not matches("ann bob", "Ann Lee")


def test_S37_a_word_is_found_in_one_field_and_not_across_two():
    assert not matches("leeda", "Ann Lee", "daughter")


@given(hostile_text)
def test_S37_everything_is_found_by_its_own_text(text: str):
    assert matches(text, text)
    assert search_key(search_key(text)) == search_key(text)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Ann Lee", "Аnn Lее"),
        ("Paul", "ΡAUL"),
        ("Robert", "R0bert"),
        ("Ian", "lan"),
        ("Bill", "8i11"),
        ("Marnie", "Mamie"),
        ("Will", "Vvill"),
        ("Ann Lee", "ann-lee"),
        ("José", "Jose"),
        ("Ann", "Ａｎｎ"),
        ("Ann Lee", "Ann\u200b Lee"),
        ("Ёва", "Eвa"),
        ("Ann", "Ann"),
    ],
)
def test_names_that_look_alike_are_noticed(first: str, second: str):
    assert confusable(first, second) and confusable(second, first)


@pytest.mark.parametrize(
    ("first", "second"), [("Ann Lee", "Ann Lea"), ("Tom", "Tim"), ("李", "王"), ("…", "!?"), ("", "")]
)
def test_different_names_are_not_confused(first: str, second: str):
    assert not confusable(first, second)


def test_initials_are_one_or_two_capitals():
    assert initials("ann lee") == "AL"
    assert initials("Ann Mary (mum) Lee") == "AL"
    assert initials("ßandra") == "S"
    assert initials("李") == "李"
    assert initials("– …") == "?"
    assert initials("") == "?"


def test_titles_and_notifications_get_one_line_without_separators():
    assert osc_safe("4;1;50\x07\nAnn") == "4,1,50␇␊Ann"
    assert len(osc_safe("x" * 999)) == 200


def test_the_clipboard_keeps_lines_and_no_controls():
    assert clipboard_safe("a\nb\x1b[201~;c") == "a\nb␛[201~;c"


def test_look_alikes_are_found_among_many_names():
    names = {"p1": "Ann Lee", "p2": "Bea Moreno", "p3": "Аnn Lee", "p4": "ANN  LEE", "p5": "…", "p6": "–"}
    assert look_alikes(names) == {"p1": ("p3", "p4"), "p3": ("p1", "p4"), "p4": ("p1", "p3")}
    assert all(confusable(names[one], names[other]) for one, others in look_alikes(names).items() for other in others)
