"""What the service grants, and how its messages are read. Pure; raises MessageError for what makes no sense."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

Message = dict[str, Any]
"""One message of the wire between service and bridge."""

_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,64}")


class MessageError(ValueError):
    """A message of the service that makes no sense; it is logged and passed over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """The service's word that this peer may send and receive in this call."""

    peer: str
    call: str
    person: str
    role: str
    """participant or organiser; both are treated alike here."""
    muted: bool
    """The person's sound is dropped."""
    camera: bool
    """The person's picture is on; one that is off gets no slot."""
    microphone: bool


def read_grant(fields: Any) -> Grant:
    """A grant as it stands in a message."""
    if not isinstance(fields, dict):
        raise MessageError("grant: an object is needed")
    return Grant(
        peer=identifier(fields, "peer"),
        call=identifier(fields, "call"),
        person=identifier(fields, "person"),
        role=str(fields.get("role", "participant")),
        muted=bool(fields.get("muted", False)),
        camera=bool(fields.get("camera", True)),
        microphone=bool(fields.get("microphone", True)),
    )


def identifier(message: Message, key: str) -> str:
    """The id under `key`."""
    value = message.get(key)
    if not isinstance(value, str) or not _IDENTIFIER.fullmatch(value):
        raise MessageError(f"{key}: an id is needed")
    return value


def listed(message: Message, key: str) -> list[Any]:
    """The list under `key`."""
    value = message.get(key)
    if not isinstance(value, list):
        raise MessageError(f"{key}: a list is needed")
    return value
