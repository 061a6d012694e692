"""What is worth a second look when somebody was invited: the same contact twice in one appointment. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ecm_tui.core.people import Person


def same_contact(people: Iterable[Person], invited: Collection[str]) -> str:
    """A sentence or more when someone of `invited` (ids) shares an address or number with anyone else of `people`.

    Empty when nobody does. The invitation stands all the same: families share telephones.
    """
    seen: list[Person] = []
    notes = []
    for person in people:
        for other in seen:
            what = _shared(person, other) if person.id in invited or other.id in invited else ""
            if what:
                notes.append(f"{other.name} and {person.name} have the same {what}: each gets a link of their own.")
                break
        seen.append(person)
    return " ".join(notes)


def _shared(one: Person, other: Person) -> str:
    email = bool(one.email) and one.email.casefold() == other.email.casefold()
    mobile = bool(one.mobile) and one.mobile == other.mobile
    if email and mobile:
        return "email address and mobile number"
    return "email address" if email else "mobile number" if mobile else ""
