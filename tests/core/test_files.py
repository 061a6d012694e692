"""Which files may be shared, told by name and size before a byte is sent."""

import pytest

from ecm_tui.core import files
from ecm_tui.core.context import Rules
from ecm_tui.core.log import SERVICE
from tests.core.session import TUESDAY

RULES = Rules(file_bytes=1_000, session_bytes=1_500)


def shared(size: int) -> files.SharedFile:
    return files.SharedFile(id="f1", name="a", size=size, sha256="", scan="none", by=SERVICE, at=TUESDAY)


def code(name: str, size: int, *before: int, rules: Rules = RULES) -> str:
    refused = files.may_share([shared(each) for each in before], name, size, rules)
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


def test_a_clinic_that_wants_programs_gets_them():
    assert code("tool.exe", 10, rules=Rules(programs=True)) == ""


def test_a_refusal_names_the_cleaned_file_and_the_limit():
    refused = files.may_share([], "a\x1b]0;x\x07/b.pdf", 2_000, RULES)
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
