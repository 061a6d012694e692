"""Which fields hold text that people wrote: each passes the gate wherever it comes in and is stored as a body."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Annotated, Any, TypeVar, cast, get_args, get_origin, get_type_hints

from ecm_tui.core.text import clean

T = TypeVar("T")


@dataclasses.dataclass(frozen=True, slots=True)
class Foreign:
    """Marks a `str` field, as in `Annotated[str, Foreign(80)]`, with the longest text it takes, in characters."""

    limit: int
    multiline: bool = False


@cache
def field_names(cls: type) -> tuple[str, ...]:
    """The fields of a message or of a dataclass; nothing else of the core has any."""
    if dataclasses.is_dataclass(cls):
        return tuple(field.name for field in dataclasses.fields(cls))
    return getattr(cls, "__struct_fields__", ())


@cache
def foreign_fields(cls: type) -> dict[str, Foreign]:
    """The marked fields of a message or of a dataclass, by name."""
    found = {}
    for name, hint in get_type_hints(cls, include_extras=True).items():
        hints = [hint, *get_args(hint)]  # a text that may be None is marked inside
        marks = [m for each in hints if get_origin(each) is Annotated for m in get_args(each) if isinstance(m, Foreign)]
        if marks:
            found[name] = marks[0]
    return found


def gated(value: T) -> T:
    """`value` with every marked text, at any depth of messages, dataclasses and tuples, passed through `text.clean`."""
    return cast("T", _gated(value))


def _gated(value: object) -> Any:
    if isinstance(value, tuple):
        return tuple(_gated(item) for item in value)
    cls: Any = type(value)
    names = field_names(cls)
    if not names:
        return value
    marks = foreign_fields(cls)
    changes = {}
    for name in names:
        was = getattr(value, name)
        mark = marks.get(name)
        now = clean(was, limit=mark.limit, multiline=mark.multiline) if mark and was is not None else _gated(was)
        if now is not was:
            changes[name] = now
    return cls(**{name: changes.get(name, getattr(value, name)) for name in names}) if changes else value
