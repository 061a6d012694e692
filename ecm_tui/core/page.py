"""What a page is told: a participant's own page, and an organiser's window. Pure; nothing else ever reaches them.

A waiting page learns the clinic, the appointment's time and who lets people in, and nothing of the session (S10).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

from ecm_tui.core.appointment import Appointment
from ecm_tui.core.context import Rules
from ecm_tui.core.log import timestamp
from ecm_tui.core.people import Person, in_call

PageState = Literal["arriving", "waiting", "admitted", "disconnected", "removed", "left", "ended"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicCard:
    """What every page may know of the clinic."""

    name: str
    support: str = ""
    """Support contact in words, empty when there is none."""
    colour: str = ""
    """`#rrggbb` or empty."""
    timezone: str = "UTC"


def page_state(person: Person, visit: str) -> PageState:
    """Where the page `visit` stands. A page that does not speak for the person only arrives, whoever is in the call."""
    if person.state == "disconnected":
        return "disconnected"
    if person.visit != visit or person.state == "invited":
        return "arriving"
    if person.state == "left":
        return "ended" if person.left_reason == "ended" else "left"
    return person.state


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What the pages of one appointment have in common, as JSON: made once for all of them."""

    appointment: Appointment
    card: dict[str, Any]
    """The clinic, the appointment's time, and who lets people in."""
    full: bool
    """Whether the call has no place left."""

    @cached_property
    def people(self) -> list[dict[str, Any]]:
        """Who is seen and heard in the call."""
        return people_seen(self.appointment)


def scene(appointment: Appointment, clinic: ClinicCard, rules: Rules, organiser: str = "") -> Scene:
    """The scene now. `organiser` is who lets people in, empty when not known."""
    full = appointment.running and appointment.admitted >= rules.places
    return Scene(appointment=appointment, card=_common(appointment, clinic, organiser), full=full)


def page_view(scene: Scene, person: Person, visit: str) -> dict[str, Any]:
    """The whole truth of a participant's page, as JSON."""
    state = page_state(person, visit)
    view = scene.card | {"role": "participant", "state": state, "me": {"id": person.id, "name": person.name}}
    if state == "waiting":
        view |= {"since": _time(person.waiting_since), "full": scene.full}
    if state == "admitted":
        view |= {
            "people": _others(scene.people, person.id),
            "hand": person.hand,
            "silenced": person.silenced,
            "muted": person.muted,
            "unmute_asked": person.unmute_asked,
            "screenshot": _question(person),
            "screenshot_over": _answered(person),
            "pinned": None,
            "layout": "tiles",
        }
    return view


def window_view(appointment: Appointment, organiser_id: str, name: str, clinic: ClinicCard) -> dict[str, Any]:
    """The whole truth of an organiser's window or viewer page, as JSON."""
    me = appointment.organisers.get(organiser_id)
    state = "admitted" if appointment.running else "ended" if appointment.ended_at else "waiting"
    view = _common(appointment, clinic, "")
    view |= {"role": "viewer", "state": state, "me": {"id": organiser_id, "name": name}}
    if state == "admitted":
        view |= {
            "people": _others(people_seen(appointment), organiser_id),
            "muted": False,
            "unmute_asked": False,
            "pinned": (me.pinned if me else "") or None,
            "layout": me.layout if me else "tiles",
            "devices": {"microphone": me.microphone if me else True, "camera": me.camera if me else True},
        }
    return view


def people_seen(appointment: Appointment) -> list[dict[str, Any]]:
    """Who is seen and heard in the call: organisers with a window first, then the admitted."""
    seen = [
        _card(o.id, o.name, True, o.devices.microphone == "on", o.devices.camera == "on", muted=False)
        for o in appointment.organisers.values()
        if o.windows
    ]
    return seen + [
        _card(p.id, p.name, False, p.devices.microphone == "on", p.devices.camera == "on", muted=p.muted)
        for p in in_call(appointment.people.values())
    ]


def _others(seen: Sequence[dict[str, Any]], me: str) -> list[dict[str, Any]]:
    return [card for card in seen if card["id"] != me]


def _card(person_id: str, name: str, organiser: bool, microphone: bool, camera: bool, muted: bool) -> dict[str, Any]:
    return {
        "id": person_id,
        "name": name,
        "organiser": organiser,
        "microphone": microphone,
        "camera": camera,
        "muted": muted,
    }


def _question(person: Person) -> dict[str, Any] | None:
    """The open screenshot request to this person: its id, and who asks."""
    if person.consent is None or person.consent.allowed_at:
        return None
    return {"consent": person.consent.id, "by": person.consent.by}


def _answered(person: Person) -> dict[str, Any] | None:
    """What became of the last screenshot request of this stay."""
    last = person.last_consent
    return {"consent": last.id, "outcome": last.outcome} if last else None


def _common(appointment: Appointment, clinic: ClinicCard, organiser: str) -> dict[str, Any]:
    return {
        "clinic": {"name": clinic.name, "support": clinic.support, "colour": clinic.colour},
        "appointment": {
            "at": _time(appointment.at),
            "minutes": appointment.minutes,
            "timezone": clinic.timezone,
        },
        "organiser": organiser or None,
    }


def _time(at: datetime | None) -> str | None:
    return timestamp(at) if at else None
