"""Files that were shared in a call, and which may be. Pure: names and sizes only, never a byte of what is inside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ecm_tui.core.context import Rules
from ecm_tui.core.events import Scan
from ecm_tui.core.log import Actor
from ecm_tui.core.refused import Refused
from ecm_tui.core.text import clean_file_name

PROGRAMS = frozenset(
    "apk app appimage bat bin cmd com cpl deb desktop dll dmg elf exe hta inf iso jar js jse lnk mjs msi msix msp pif "
    "pkg ps1 py reg rpm run scr sh sys url vb vbe vbs wsf wsh".split()
)
"""Endings by which a computer may run a file when somebody opens it."""

BEGINNINGS = (
    b"MZ",
    b"\x7fELF",
    b"#!",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
)
"""First bytes of programs for Windows, Linux and macOS, and of scripts, whatever their name says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedFile:
    """One file; its bytes are kept apart under its id."""

    id: str
    name: str
    """Cleaned by `text.clean_file_name`."""
    size: int
    """Bytes."""
    sha256: str
    """Hexadecimal; equal at both ends."""
    scan: Scan
    by: Actor
    at: datetime


def may_share(shared: Sequence[SharedFile], by: Actor, name: str, size: int, rules: Rules) -> Refused | None:
    """Why one more file of that name and size (bytes) cannot be shared in this session; None when it can."""
    shown = clean_file_name(name)
    if size <= 0:
        return Refused(code="empty_file", message=f"{shown} is empty: there is nothing to send.")
    if size > rules.file_bytes:
        message = f"{shown} has {in_words(size)}; a file may have at most {in_words(rules.file_bytes)}."
        return Refused(code="file_too_big", message=message)
    own = rules.person_bytes - sum(file.size for file in shared if file.by.id == by.id)
    if by.role == "participant" and size > own:
        message = (
            f"{shown} has {in_words(size)}, and {in_words(max(own, 0))} are left for your files in this appointment."
        )
        return Refused(code="quota", message=message)
    left = rules.session_bytes - sum(file.size for file in shared)
    if size > left:
        message = f"{shown} has {in_words(size)}, and {in_words(max(left, 0))} are left for files of this appointment."
        return Refused(code="quota", message=message)
    ending = shown.rpartition(".")[2].casefold() if "." in shown else ""
    if ending in PROGRAMS and not rules.programs:
        return refused_program(shown)
    return None


def refused_program(name: str) -> Refused:
    """Programs are not passed on unless the clinic wants them."""
    message = f"{clean_file_name(name)} is a program. Programs are not passed on; send a document or a picture."
    return Refused(code="program", message=message)


def is_program(beginning: bytes) -> bool:
    """Whether a file that begins with these bytes is a program: a hint, never proof that another is none."""
    return beginning.startswith(BEGINNINGS)


_UNITS = (("kB", 10**3), ("MB", 10**6), ("GB", 10**9))


def in_words(size: int) -> str:
    """A number of bytes for people, as in `12 kB` or `3.4 MB`; 1 kB is 1,000 bytes."""
    if size < 1_000:
        return "1 byte" if size == 1 else f"{size} bytes"
    unit, each = next(((unit, each) for unit, each in _UNITS if size < 999.5 * each), _UNITS[-1])
    value = size / each
    return f"{value:.1f} {unit}" if value < 9.95 else f"{value:,.0f} {unit}"
