"""Lines of a table without keys: which appointment here each of them is, told by patient and time.

A line stands for the appointment that the patient has at that very time. One at another time is taken for a changed
one where exactly one of the day is missing from the list and exactly one is new in it; where there are more of either,
nothing is guessed: somebody would be told a wrong time.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from msgspec import structs

from ecm_tui.client.imports.line import ImportedLine, source_of
from ecm_tui.core.commands import Import
from ecm_tui.errors import RefusedError

MOST_A_DAY = 50
"""Appointments of one patient on one day that are looked for."""

AT_ONCE = 16
"""Days of a patient that are looked up together."""

Ask = Callable[[Import], Awaitable[Mapping[str, Any]]]
"""What the service would make of the line, under the key that it has."""


@dataclass(frozen=True, slots=True)
class _Here:
    """An appointment here, as a line sees it."""

    at: datetime
    past: bool
    """Whether it runs or is over: then it is not missing where a list names it no more."""
    other_contact: bool


@dataclass(slots=True)
class _Day:
    """A patient's lines of one day, by their numbers in the list, and the keys of what is here of that day."""

    lines: dict[int, Import]
    seen: dict[int, list[_Here]] = field(default_factory=lambda: defaultdict(list))
    keys: list[str] = field(default_factory=list)


async def settled(lines: Sequence[ImportedLine], ask: Ask) -> list[ImportedLine]:
    """The lines, where each without a key of its own has that of the appointment that it is, or says why it has none.

    Raises `UnreachableError`.
    """
    days: dict[str, dict[int, Import]] = defaultdict(dict)
    for at, each in enumerate(lines):
        if each.day and isinstance(each.what, Import):
            days[each.day][at] = each.what
    found = list(lines)
    todo = sorted(days.items())
    for first in range(0, len(todo), AT_ONCE):
        for known in await asyncio.gather(*(_known(day, its, ask) for day, its in todo[first : first + AT_ONCE])):
            for at, what in known.items():
                found[at] = replace(lines[at], what=what)
    return found


async def _known(day: str, lines: Mapping[int, Import], ask: Ask) -> dict[int, Import | str]:
    """Each line of the patient's day with its key, or why it cannot be told."""
    of = _Day(dict(lines))
    refused: dict[int, Import | str] = {}
    while of.lines and len(of.keys) < MOST_A_DAY:
        key = source_of("csv", day, str(len(of.keys) + 1))
        answers = {}
        for at, what in list(of.lines.items()):
            try:
                answers[at] = await ask(structs.replace(what, source=key))
            except RefusedError:  # and so it will be when it is asked for
                refused[at] = structs.replace(of.lines.pop(at), source=key)
        if any(answer.get("became") == "created" for answer in answers.values()):
            break
        of.keys.append(key)
        for at, answer in answers.items():
            of.seen[at].append(_here(of.lines[at], answer))
    return {**refused, **_told(day, of)}


def _here(what: Import, answer: Mapping[str, Any]) -> _Here:
    was_at = answer.get("was_at")
    return _Here(
        at=datetime.fromisoformat(str(was_at)) if was_at else what.at,
        past=answer.get("became") == "left" and not answer.get("cancelled"),
        other_contact="contact" in (answer.get("changes") or ()),
    )


def _told(day: str, of: _Day) -> dict[int, Import | str]:
    """Which is which: the surest likeness first."""
    pairs = _at_its_time(of)
    new = sorted((at for at in of.lines if at not in pairs), key=lambda at: of.lines[at].at)
    missing = [n for n in range(len(of.keys)) if n not in pairs.values() and new and not of.seen[new[0]][n].past]
    why = ""
    if len(new) == len(missing) == 1:
        line = of.lines[new[0]]
        if of.seen[new[0]][missing[0]].other_contact and not line.patient_id:
            why = _MAYBE_ANOTHER
        else:
            pairs[new.pop()] = missing[0]
    elif new and missing:
        name = of.lines[new[0]].patient.name
        why = _WHICH.format(name=name, missing=_some(len(missing), "appointment"), new=_some(len(new), "new line"))
    found: dict[int, Import | str] = {at: structs.replace(of.lines[at], source=of.keys[n]) for at, n in pairs.items()}
    for number, at in enumerate(new, start=len(of.keys) + 1):
        found[at] = why or structs.replace(of.lines[at], source=source_of("csv", day, str(number)))
    return found


def _at_its_time(of: _Day) -> dict[int, int]:
    """The lines at whose time there is one here; namesakes at the same time are told apart by how they are reached."""
    pairs: dict[int, int] = {}
    for same_contact in (True, False):
        for at, what in of.lines.items():
            fits = [
                n
                for n, here in enumerate(of.seen[at])
                if n not in pairs.values() and here.at == what.at and not (same_contact and here.other_contact)
            ]
            if at not in pairs and fits and (same_contact or len(fits) == 1):
                pairs[at] = fits[0]
    return pairs


def _some(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


_WHICH = (
    "{name} has {missing} here on that day that the list does not name, and {new}: which became which cannot be told. "
    "Change or cancel here what changed, then import again; a column key tells them apart."
)

_MAYBE_ANOTHER = (
    "Somebody with this name has an appointment here on that day at another time and with another contact: whether "
    "they are the same patient cannot be told. Change it here, then import again; a column id or key tells them apart."
)
