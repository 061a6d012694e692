"""What typed words can mean: an action, something done with a person, a person, an appointment. Pure.

The command line and the palette ask here. Whatever is found carries ids; names only help to find it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from itertools import islice
from typing import Literal

from ecm_tui.console import keys
from ecm_tui.console.allowed import shown_items
from ecm_tui.console.board import found_rows
from ecm_tui.console.bookings import appointment_options
from ecm_tui.console.model import Desk, Session, found_people
from ecm_tui.console.options import offered
from ecm_tui.core.schedule import Summary
from ecm_tui.core.text import matches, search_key

MOST = 40
"""Things found at most: more is not read, but narrowed by one more letter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One meaning."""

    kind: Literal["action", "act", "booking", "person", "appointment"]
    id: str
    """Of the action, person or appointment."""
    act: str = ""
    """For `act` and `booking`: the item of the person's or the appointment's options menu."""
    text: str
    """What completes the command line."""
    label: str
    """What it is called on the screen."""
    about: str = ""
    """What an action does, a sentence."""
    hint: str = ""
    """Key, state or time beside it."""


def found(query: str, actions: Iterable[keys.Action], desk: Desk, keymap: Mapping[str, str]) -> list[Found]:
    """All meanings of `query`, the likeliest first; without words the actions."""
    made = [*_actions(query, actions, keymap)]
    if query.strip():
        made += _acts(query, desk)
        made += _bookings(query, desk)
        made += _people(query, desk.session)
        made += islice(_appointments(query, desk.summaries(), desk.clinic.zone), MOST)
    return made[:MOST]


def meant(query: str, among: Sequence[Found]) -> Found | str:
    """What Enter runs: the one that is called exactly so, else the only one of the first kind, else a sentence.

    Nobody is acted on because their name begins like another's, and nothing is done because its name does.
    """
    key = search_key(query)
    exact = [one for one in among if key in (search_key(one.text), search_key(one.id), search_key(one.label))]
    likely = exact or list(among)
    if not likely:
        return f"Nothing is called “{query.strip()}”. Esc closes."
    first = likely[0]
    rivals = [one for one in likely if (one.kind, one.act) == (first.kind, first.act)]
    if len(rivals) > 1:
        return f"{len(rivals)} match. Tab chooses one of them."
    return first


def _actions(query: str, actions: Iterable[keys.Action], keymap: Mapping[str, str]) -> list[Found]:
    key = search_key(query)
    fitting = [action for action in actions if matches(query, action.id, action.label) and action.id != "command"]
    fitting.sort(key=lambda a: (key not in (a.id, search_key(a.label)), not search_key(a.label).startswith(key)))
    return [
        Found(kind="action", id=a.id, text=a.id, label=a.label, about=a.help, hint=keys.key_of(a.id, keymap))
        for a in fitting
    ]


def _acts(query: str, desk: Desk) -> Iterator[Found]:
    """`admit ann`: a word of an item of the options menu, then words of a name."""
    verb, _, who = query.strip().partition(" ")
    session = desk.session
    if not who.strip() or session is None:
        return
    for person in found_people(session.appointment, who):
        for item in offered(session, person, desk):
            said = [item.id, *item.label.split()]
            if not item.why_not and any(search_key(word).startswith(search_key(verb)) for word in said):
                text = f"{item.id} {person.name}"
                label = f"{item.label}: {person.name}"
                yield Found(kind="act", id=person.id, act=item.id, text=text, label=label, hint=person.word)


def _people(query: str, session: Session | None) -> Iterator[Found]:
    for person in found_people(session.appointment, query) if session else ():
        yield Found(kind="person", id=person.id, text=person.name, label=f"Select {person.name}", hint=person.word)


def _bookings(query: str, desk: Desk) -> Iterator[Found]:
    """`edit ann`: the id of an item of an appointment's menu, then words of the patient's name."""
    verb, _, who = query.strip().partition(" ")
    for row in found_rows(desk.summaries(), who)[:MOST] if who.strip() else ():
        for item in shown_items(appointment_options(row), desk.role):
            if item.id != "open" and not item.why_not and item.id.startswith(search_key(verb)):
                label = f"{item.label}: {row.patient}"
                text = f"{item.id} {row.patient}"
                hint = _when(row, desk.clinic.zone)
                yield Found(kind="booking", id=row.id, act=item.id, text=text, label=label, hint=hint)


def _appointments(query: str, rows: Iterable[Summary], zone: tzinfo) -> Iterator[Found]:
    for row in found_rows(rows, query.strip().removeprefix("open ")):
        text, label = f"open {row.patient}", f"Open {row.patient}"
        yield Found(kind="appointment", id=row.id, text=text, label=label, hint=_when(row, zone))


def _when(row: Summary, zone: tzinfo) -> str:
    return f"{row.at.astimezone(zone):%d %b %H:%M}"
