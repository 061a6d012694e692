"""Which files may be shared, told by name and size before a byte is sent."""

import pytest

from ecm_tui.core import files
from ecm_tui.core.context import Rules
from ecm_tui.core.log import SERVICE, Actor
from tests.core.session import TUESDAY

RULES = Rules(file_bytes=1_000, session_bytes=1_500, person_bytes=1_200)
ANN, BEA = Actor(role="participant", id="p1"), Actor(role="participant", id="p2")
LEE = Actor(role="organiser", id="o1")


def shared(size: int, by: Actor = SERVICE) -> files.SharedFile:
    return files.SharedFile(id="f1", name="a", size=size, sha256="", scan="none", by=by, at=TUESDAY)


def code(name: str, size: int, *before: int, rules: Rules = RULES) -> str:
    refused = files.may_share([shared(each) for each in before], LEE, name, size, rules)
    return refused.code if refused else ""


@pytest.mark.parametrize(
    ("name", "size", "before", "expected"),
    [
        ("plan.pdf", 1_000, (), ""),
        ("plan.pdf", 0, (), "empty_file"),
        ("plan.pdf", -1, (), "empty_file"),
        ("plan.pdf", 1_001, (), "file_too_big"),
        ("plan.pdf", 600, (1_000,), "quota"),
        ("plan.pdf", 500, (1_000,), ""),
        ("plan.pdf", 1, (1_000, 1_000), "quota"),
        ("virus.EXE", 10, (), "program"),
        ("photo.jpg.Lnk", 10, (), "program"),
        ("README", 10, (), ""),
        ("exe", 10, (), ""),
    ],
)
def test_a_file_is_taken_or_refused_by_what_is_known_of_it(name: str, size: int, before: tuple, expected: str):
    assert code(name, size, *before) == expected


def test_a_participant_has_a_part_of_the_room_and_leaves_the_rest_to_the_others():
    before = [shared(1_000, ANN)]
    refused = files.may_share(before, ANN, "plan.pdf", 201, RULES)
    assert refused and refused.code == "quota"
    assert refused.message == "plan.pdf has 201 bytes, and 200 bytes are left for your files in this appointment."
    assert files.may_share(before, ANN, "plan.pdf", 200, RULES) is None
    assert files.may_share(before, BEA, "plan.pdf", 500, RULES) is None
    assert files.may_share([shared(1_000, LEE)], LEE, "plan.pdf", 500, RULES) is None, "an organiser has all of it"


def test_a_clinic_that_wants_programs_gets_them():
    assert code("tool.exe", 10, rules=Rules(programs=True)) == ""


def test_a_refusal_names_the_cleaned_file_and_the_limit():
    refused = files.may_share([], LEE, "a\x1b]0;x\x07/b.pdf", 2_000, RULES)
    assert refused is not None
    assert "\x1b" not in refused.message
    assert "2.0 kB" in refused.message
    assert "1.0 kB" in refused.message


@pytest.mark.parametrize("beginning", [b"MZ\x90", b"\x7fELF\x02", b"#!/bin/sh", b"\xcf\xfa\xed\xfe"])
def test_a_program_is_known_by_its_first_bytes(beginning: bytes):
    assert files.is_program(beginning)
    assert not files.is_program(b"%PDF-1.7" + beginning)


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1_000, "1.0 kB"),
        (9_949, "9.9 kB"),
        (9_950, "10 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (64 * 1024 * 1024, "67 MB"),
        (1_000_000_000, "1.0 GB"),
        (10**13, "10,000 GB"),
    ],
)
def test_sizes_are_said_for_people(size: int, said: str):
    assert files.in_words(size) == said
