"""What a terminal can show."""

import pytest

from ecm_tui.console.plain.charset import shows_all, written


@pytest.mark.parametrize(
    ("environ", "everything"),
    [
        ({"LANG": "de_CH.UTF-8"}, True),
        ({"LANG": "C.utf8"}, True),
        ({"LANG": "C"}, False),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, False),
        ({"LANG": "de_CH.UTF-8", "LC_ALL": "C"}, False),
        ({"LANG": "en_GB.ISO-8859-1"}, False),
        ({"LANG": "en_GB.ISO-8859-1", "LC_CTYPE": "en_GB.UTF-8"}, True),
        ({}, True),
    ],
)
def test_the_locale_says_what_can_be_shown(environ: dict[str, str], everything: bool):
    assert shows_all(environ) is everything


def test_names_stay_readable_in_ascii_letters():
    line = "José Müller-Łoś raised a hand… “Straße” · 日本"
    assert written(line, everything=True) == line
    assert written(line, everything=False) == 'Jose Muller-Los raised a hand... "Strasse" - ??'


def test_foreign_text_passes_the_gate():
    assert written("a\x1b]52;c;aGk=\x07b\u202ec\nd", everything=True) == "a␛]52;c;aGk=␇b\ufffdc␊d"
    assert written("a\x1b[2Jb", everything=False).isascii()
