"""Answers that are longer than one message: as much as fits, and after what to ask on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ecm_tui.core.wire import MOST_BYTES, dump
from ecm_tui.errors import RefusedError

ROOM = MOST_BYTES * 3 // 4
"""Bytes that a list and what stands around it take in one answer."""


def size(value: Mapping[str, Any]) -> int:
    """Bytes of it in a message."""
    return len(dump(value).encode())


def fitting(items: Sequence[Mapping[str, Any]], room: int) -> int:
    """How many of `items` go into `room` bytes; at least one of them, so that asking on comes to an end."""
    for number, item in enumerate(items):
        room -= size(item) + 1
        if room < 0 and number:
            return number
    return len(items)


def more(name: str, after: int | str | None) -> dict[str, Any]:
    """What an answer says when its list `name` goes on `after` that; nothing for None."""
    return {} if after is None else {"more": {"list": name, "after": after}}


def number_after(asked: Mapping[str, Any]) -> int:
    """After which number the asker wants to go on; 0 from the start. Raises RefusedError."""
    after = asked.get("after") or 0
    if not isinstance(after, int) or not 0 <= after < 2**53:
        raise RefusedError("`after` is the number that the answer before this one gave.", "bad_message")
    return after
