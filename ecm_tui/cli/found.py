"""An appointment as commands find and print it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ecm_tui.client.service import ServiceClient

FIELDS = ("id", "state", "patient", "patient_id", "at", "minutes", "kind", "join_url")
"""What an appointment is in lists and answers."""

LONGEST_MINUTES = 24 * 60

MINUTES = click.IntRange(1, LONGEST_MINUTES)

KINDS = click.Choice(["video", "phone", "face-to-face"])
"""As they are typed; on the wire `face_to_face`."""


async def one(line: ServiceClient, id_: str) -> dict[str, Any]:
    """The appointment with all that belongs to it. Raises `RefusedError`."""
    return await line.query("appointment", id=id_)


def short(found: dict[str, Any], line: ServiceClient) -> dict[str, Any]:
    """The appointment as lists show it, and whether its link works on this computer only."""
    return {name: found.get(name) for name in FIELDS} | {"local_only": line.local_only}


def deliveries_of(found: dict[str, Any]) -> list[Any]:
    """The sendings of everybody's invitation."""
    return [each for person in found["people"] for each in person["deliveries"]]


def kind_of(typed: str) -> Any:
    """The kind as the protocol spells it."""
    return typed.replace("-", "_")
