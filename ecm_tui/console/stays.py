"""When people were in the call, as the events tell it: each stay from an admission to its end. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ecm_tui.core import events as e
from ecm_tui.core.log import Recorded


@dataclass(frozen=True, slots=True)
class Stay:
    """One stay of one person, by the service's clock."""

    came: datetime
    left: datetime | None = None
    """None while it lasts."""


Stays = Mapping[str, Sequence[Stay]]
"""Id of a person -> their stays, oldest first."""


def heard(stays: Stays, record: Recorded) -> Stays:
    """The stays after one more event."""
    match record.event:
        case e.PersonAdmitted(person_id=person):
            return {**stays, person: [*stays.get(person, ()), Stay(record.at)]}
        case e.PersonRemoved(person_id=person) | e.PersonHeld(person_id=person) | e.PersonLeft(person_id=person):
            return {**stays, person: _over(stays[person], record.at)} if person in stays else stays
        case e.CallEnded():
            return {person: _over(each, record.at) for person, each in stays.items()}
        case _:
            return stays


def _over(stays: Sequence[Stay], at: datetime) -> Sequence[Stay]:
    return stays if stays[-1].left else [*stays[:-1], replace(stays[-1], left=at)]
