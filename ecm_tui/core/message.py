"""What events and commands are made of: frozen, told apart by `type`, and checked by msgspec when they come in.

Structs and not dataclasses: a console that starts makes a hundred of these classes, in a twentieth of the time.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import msgspec

from ecm_tui.core.foreign import foreign_fields


def type_name(cls: type) -> str:
    """The `type` on the wire of a class: `PersonAdmitted` is `person_admitted`."""
    return _snake(cls.__name__)


@cache
def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class Message(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag=_snake):
    """An event or a command."""

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """All but what people wrote at length, which is nobody's business in a log or a traceback."""
        at_length = {name for name, mark in foreign_fields(type(self)).items() if mark.multiline}
        return [(name, getattr(self, name)) for name in self.__struct_fields__ if name not in at_length]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.__rich_repr__())})"
