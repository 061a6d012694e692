"""What a client of the service hands on besides recorded events. Light: importing this brings no library along."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Word = Literal["connected", "reconnecting", "gone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who the service says we are."""

    id: str
    name: str
    role: str
    """`organiser`, `clerk` or `observer`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A command was carried out."""

    seq: int
    """Sequence number of the last event of the stream after the command."""
    result: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """Everything up to `seq` was handed on; what comes now is new. Comes again after each reconnection."""

    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something of the moment that no log keeps: who speaks, how good a line is. May be lost; the next one counts."""

    stream: str
    person: str
    """The person it is about; empty when it is about the whole call."""
    data: Mapping[str, Any]
    """What the service says, its texts gated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionState:
    """How the line to the service is."""

    word: Word
    since: datetime
    """When it became so, by this computer's clock, UTC."""
    message: str = ""
    """Why, as a sentence; empty while connected."""
