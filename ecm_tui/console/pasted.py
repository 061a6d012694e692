"""Lines of people, as pasted from a mail or a spreadsheet: what each becomes, and what is wrong with which. Pure."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ecm_tui.console.forms import MOBILE, check_guest
from ecm_tui.core.commands import Guest
from ecm_tui.core.people import Person

MOST_LINES = 200
"""Lines read at once: as many as an appointment can know people."""

LONGEST_LINE = 1_000
"""Characters of a line that are read."""


@dataclass(frozen=True, slots=True)
class Pasted:
    """One line."""

    text: str
    """As pasted, without the spaces around it."""
    guest: Guest
    wrong: str = ""
    """Why nobody can be invited by it, a sentence; empty when somebody can."""
    notice: str = ""
    """Who has the same contact; empty when nobody has."""


def read(text: str, known: Iterable[Person]) -> list[Pasted]:
    """The lines of `text` that hold anything; `known` are the people of the appointment."""
    written = [line.strip()[:LONGEST_LINE] for line in text.splitlines() if line.strip()]
    seen: dict[str, str] = {}
    for person in known:
        for contact in _contacts(person.email, person.mobile):
            seen.setdefault(contact, person.name)
    made = []
    for number, line in enumerate(written):
        guest, wrong = _read(line)
        if number >= MOST_LINES:
            wrong = f"Only {MOST_LINES} lines are read at once."
        contacts = list(_contacts(guest.email, guest.mobile))
        same = next((seen[contact] for contact in contacts if contact in seen), "")
        made.append(Pasted(line, guest, wrong, f"same contact as {same}" if same and not wrong else ""))
        if not wrong:
            seen |= {contact: guest.name for contact in contacts if contact not in seen}
    return made


def written(guest: Guest) -> str:
    """The line that is read as this guest."""
    parts = [guest.name, guest.email, guest.mobile, guest.description]
    given = [part.strip() for part in parts if part.strip()]
    return (";" if any("," in part for part in given) else ",").join([given[0], *(f" {p}" for p in given[1:])])


def _read(line: str) -> tuple[Guest, str]:
    name, *rest = _fields(line)
    email = next((field for field in rest if "@" in field), "")
    mobile = next((field for field in rest if MOBILE.fullmatch(field)), "")
    others = [field for field in rest if field not in (email, mobile)]
    guest = Guest(name=name, email=email, mobile=mobile, description=", ".join(others))
    wrong = check_guest(guest, "Each line")
    if wrong is None:
        return guest, ""
    if name and others and not email and not mobile:
        return guest, f"“{others[0]}” is neither an email address nor a mobile number."
    return guest, wrong.sentence


def _fields(line: str) -> list[str]:
    separator = next((one for one in "\t;" if one in line), ",")
    try:
        fields = next(csv.reader([line], delimiter=separator, skipinitialspace=True), [""])
    except csv.Error:
        fields = line.split(separator)
    kept = [" ".join(field.split()) for field in fields]
    return [kept[0], *(field for field in kept[1:] if field)]


def _contacts(email: str, mobile: str) -> Iterator[str]:
    if email.strip():
        yield email.strip().casefold()
    digits = "".join(character for character in mobile if character.isdigit())
    if digits:
        yield digits.removeprefix("00")
