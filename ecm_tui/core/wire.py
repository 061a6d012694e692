"""JSON to commands and events and back. What comes in is checked for shape, ids and length; its texts pass the gate.

`PROTOCOL.md` beside this file lists every message.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from types import NoneType
from typing import Any, get_args

import msgspec

from ecm_tui.core.clinic import ClinicCommand, ClinicEvent
from ecm_tui.core.commands import OF_THE_SERVICE, Command
from ecm_tui.core.events import Event
from ecm_tui.core.foreign import field_names, foreign_fields, gated
from ecm_tui.core.log import Actor, Hidden, Recorded, timestamp
from ecm_tui.core.message import type_name
from ecm_tui.core.schedule import Summary

VERSION = 2
"""Wire version; equal on both sides, or each says which side to update."""

MOST_BYTES = 256 * 1024
"""The longest message on any socket: an SDP offer with twelve slots is 41 kB, the longest note 64 kB."""

ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What an id, a visit or any other word that people do not write looks like."""


class WireError(ValueError):
    """A message that is not of the protocol; the text says what is wrong and is safe to send back."""


COMMANDS: Mapping[str, type] = {
    type_name(cls): cls for cls in (*get_args(Command), *get_args(ClinicCommand)) if cls not in OF_THE_SERVICE
}
EVENTS: Mapping[str, type] = {type_name(cls): cls for cls in (*get_args(Event), *get_args(ClinicEvent))}


def encode(value: object) -> dict[str, Any]:
    """A command, an event or any other frozen value of the core as a JSON object with its `type`."""
    return {"type": type_name(type(value)), **_fields(value)}


def decode_command(data: object) -> Command | ClinicCommand:
    """The command in a JSON object. Raises `WireError`."""
    command: Command | ClinicCommand = _decode(data, COMMANDS, "command")
    return command


def decode_event(data: object) -> Event | ClinicEvent:
    """The event in a JSON object. Raises `WireError`."""
    event: Event | ClinicEvent = _decode(data, EVENTS, "event")
    return event


def encode_record(record: Recorded) -> dict[str, Any]:
    """A recorded event as it travels to an organiser: `seq at actor event`, or `hidden` in the event's place."""
    actor = {"role": record.actor.role, "id": record.actor.id, "name": record.actor.name}
    head = {"seq": record.seq, "at": timestamp(record.at), "actor": actor}
    if isinstance(record.event, Hidden):
        return {**head, "hidden": True}
    return {**head, "event": encode(record.event)}


def decode_record(data: Mapping[str, Any]) -> Recorded:
    """A recorded event again. Raises `WireError`."""
    try:
        actor = gated(_validated(Actor, data["actor"]))
        event = Hidden() if data.get("hidden") else decode_event(data["event"])
        return Recorded(seq=int(data["seq"]), at=_moment(data["at"]), actor=actor, event=event)
    except (KeyError, TypeError, ValueError) as error:
        raise WireError(f"not a recorded event: {error}") from error


def decode_summary(data: object) -> Summary:
    """A row of the Schedule. Raises `WireError`."""
    summary: Summary = _decode(data, {"summary": Summary}, "summary")
    return summary


def parse(text: str | bytes, most: int = MOST_BYTES) -> dict[str, Any]:
    """One message of a socket: a JSON object with a `type`, of at most so many bytes. Raises `WireError`."""
    if len(text) > most:
        raise WireError(f"a message has at most {most} bytes")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WireError("a message is JSON") from error
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise WireError("a message is a JSON object with a type")
    return message


def dump(message: Mapping[str, Any]) -> str:
    """One message as text. Raises `UnicodeEncodeError` for a text that no socket carries."""
    return msgspec.json.encode(message).decode()


def _decode(data: object, classes: Mapping[str, type], what: str) -> Any:
    if not isinstance(data, Mapping):
        raise WireError(f"a {what} is a JSON object")
    cls = classes.get(str(data.get("type")))
    if cls is None:
        raise WireError(f"there is no {what} of this type")
    value = _validated(cls, data)
    _check_words(value)
    return gated(value)


def _validated(cls: type, data: object) -> Any:
    try:
        return msgspec.convert(data, cls)
    except UnicodeEncodeError as error:
        raise WireError(f"{type_name(cls)}: half of a character") from error
    except (msgspec.ValidationError, RecursionError) as error:
        raise WireError(f"{type_name(cls)}{_fault(str(error))}") from error


def _fault(words: str) -> str:
    """Where a value is not as it should be, and why, as msgspec says it, without repeating what was sent."""
    if words.startswith("Object contains unknown field"):
        return ": there is no field of that name"  # which may look like a place, and is followed by none at the top
    why, _, where = words.rpartition(" - at `$")
    for beginning, ours in _WHYS.items():
        if why.startswith(beginning):
            why = ours
    return f"{where.removesuffix('`').replace('.', ' ', 1)}: {why}" if why else f": {words}"


_WHYS: Mapping[str, str] = {
    "Invalid enum value": "not one of the words that it may be",
    "Invalid RFC3339": "a time is written as 2026-11-24T09:30:00Z",
}


def _check_words(value: object) -> None:
    """Every string that people do not write is an id or a word of the protocol, or empty."""
    if isinstance(value, str):
        if value and not ID.fullmatch(value):
            raise WireError("an id has 1 to 64 letters, digits, - or _")
    elif isinstance(value, tuple):
        for item in value:
            _check_words(item)
    elif isinstance(value, datetime):
        if value.tzinfo is None:
            raise WireError("a time has its offset from UTC")
    else:
        cls: Any = type(value)
        written = foreign_fields(cls)
        for name in field_names(cls):
            if name not in written:
                _check_words(getattr(value, name))


def _fields(value: object) -> dict[str, Any]:
    cls: Any = type(value)
    return {name: _plain(getattr(value, name)) for name in field_names(cls)}


def _plain(value: object) -> Any:
    if isinstance(value, (str, int, float, NoneType)):
        return value
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return timestamp(value)
    if fields := _fields(value):
        return fields
    raise TypeError(f"{type(value).__name__} does not travel")


def _moment(text: object) -> datetime:
    at = datetime.fromisoformat(str(text))
    if at.tzinfo is None:
        raise ValueError("a time has its offset from UTC")
    return at
