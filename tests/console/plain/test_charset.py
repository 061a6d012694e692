"""What a terminal can show."""

from ecm_tui.console.plain.charset import written


def test_names_stay_readable_in_ascii_letters():
    line = "José Müller-Łoś raised a hand… “Straße” · 日本"
    assert written(line, everything=True) == line
    assert written(line, everything=False) == 'Jose Muller-Los raised a hand... "Strasse" - ??'


def test_foreign_text_passes_the_gate():
    assert written("a\x1b]52;c;aGk=\x07b\u202ec\nd", everything=True) == "a␛]52;c;aGk=␇b\ufffdc␊d"
    assert written("a\x1b[2Jb", everything=False).isascii()
