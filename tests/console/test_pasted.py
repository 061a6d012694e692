"""What pasted lines become, and what is wrong with which."""

import pytest

from ecm_tui.console.pasted import MOST_LINES, read, written
from ecm_tui.core.commands import Guest
from ecm_tui.core.people import Person
from tests.console.hostile import HOSTILE

ANN = Person(id="p1", name="Ann Lee", email="ann@clinic.test", mobile="+41791234567")


@pytest.mark.parametrize(
    ("line", "guest"),
    [
        ("Bea, bea@x.test, Daughter", Guest(name="Bea", email="bea@x.test", description="Daughter")),
        ("Bea; 079 000 00 00; Aunt, mine", Guest(name="Bea", mobile="079 000 00 00", description="Aunt, mine")),
        ("Bea\tbea@x.test", Guest(name="Bea", email="bea@x.test")),
        (
            "Bea, bea@x.test, +41790000000, Aunt",
            Guest(name="Bea", email="bea@x.test", mobile="+41790000000", description="Aunt"),
        ),
        ('"Moreno, Bea",bea@x.test', Guest(name="Moreno, Bea", email="bea@x.test")),
        ("  Bea   Moreno ,bea@x.test,,", Guest(name="Bea Moreno", email="bea@x.test")),
    ],
)
def test_a_line_is_read_as_a_person(line: str, guest: Guest):
    (made,) = read(line, [])
    assert (made.guest, made.wrong, made.notice) == (guest, "", "")
    assert read(written(guest), [])[0].guest == guest


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        (", bea@x.test", "Each line needs a name."),
        ("Bea", "Each line needs an email address or a mobile number."),
        ("Bea, Daughter", "“Daughter” is neither an email address nor a mobile number."),
        ("Bea, bea@", "The email address is not complete: it needs an @ between two parts."),
    ],
)
def test_a_line_that_invites_nobody_says_why(line: str, wrong: str):
    assert read(line, [])[0].wrong == wrong


def test_empty_lines_are_none_and_the_same_contact_twice_is_noticed():
    lines = read("\n Bea, ANN@clinic.test\r\n\n  Cem, 0041 79 123 45 67\nDot, dot@x.test\nEva, dot@x.test", [ANN])
    ann, dot = "same contact as Ann Lee", "same contact as Dot"
    assert [line.notice for line in lines] == [ann, ann, "", dot]
    assert not any(line.wrong for line in lines)


def test_more_lines_than_an_appointment_knows_people_are_refused():
    lines = read("\n".join(f"P{n}, p{n}@x.test" for n in range(MOST_LINES + 1)), [])
    assert [bool(line.wrong) for line in lines] == [False] * MOST_LINES + [True]


@pytest.mark.parametrize("name", [*HOSTILE, '"', "\x00", ",,,", ";", "\t"])
def test_hostile_lines_are_read_without_harm(name: str):
    for line in read(f"{name}, a@b.test\n{name}\n'{name}", [ANN]):
        assert line.wrong or line.guest.email
