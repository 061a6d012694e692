"""Who may exchange media with the bridge: a pure function of the appointment, and the difference between two states.

A waiting person has no grant, so nothing is allocated for them. A person who is reconnecting keeps theirs: their media
may well go on while only their page's line is broken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any, Literal

from ecm_tui.core.appointment import Appointment, Organiser
from ecm_tui.core.people import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One peer that the bridge may serve. No name and no token of anyone is in it."""

    peer: str
    """Id of this grant: of one admission, or of one window."""
    call: str
    """Id of the appointment."""
    person: str
    """Id of the person or organiser."""
    role: Literal["participant", "organiser"]
    muted: bool
    """Whether the sound of this person is dropped at the bridge."""
    camera: bool
    microphone: bool


def peer_of(person: Person) -> str:
    """The peer of the person's newest stay in the call."""
    return f"{person.id}-{person.admission}"


def grants_of(
    appointment: Appointment, was: Appointment | None = None, had: Mapping[str, Grant] = MappingProxyType({})
) -> dict[str, Grant]:
    """Every peer that may exchange media now, by peer id; none while no call runs.

    `had`: what followed from the appointment as it `was`. Of fifty people one has changed, the others have the same
    grant still.
    """
    if not appointment.running:
        return {}
    people = was.people if was else {}
    grants = [
        (had.get(peer_of(person)) if people.get(person.id) is person else None) or _of_person(appointment.id, person)
        for person in appointment.people.values()
        if person.state == "admitted"
    ]
    for organiser in appointment.organisers.values():
        grants += [_of_window(appointment.id, organiser, visit) for visit in organiser.windows]
    return {grant.peer: grant for grant in grants}


def _of_person(call: str, person: Person) -> Grant:
    return Grant(
        peer=peer_of(person),
        call=call,
        person=person.id,
        role="participant",
        muted=person.muted,
        camera=person.devices.camera == "on",
        microphone=person.devices.microphone == "on",
    )


def _of_window(call: str, organiser: Organiser, visit: str) -> Grant:
    """The switches of the console count at once, whatever a window is still doing."""
    return Grant(
        peer=visit,
        call=call,
        person=organiser.id,
        role="organiser",
        muted=not organiser.microphone,
        camera=organiser.camera and organiser.devices.camera == "on",
        microphone=organiser.microphone and organiser.devices.microphone == "on",
    )


def changes(before: Mapping[str, Grant], after: Mapping[str, Grant]) -> Iterator[dict[str, Any]]:
    """The messages that take the bridge from `before` to `after`: what ends comes first."""
    for peer in before:
        if peer not in after:
            yield {"type": "revoke", "peer": peer}
    for peer, grant in after.items():
        known = before.get(peer)
        if known != grant:
            yield {"type": "grant", "grant": asdict(grant)}
