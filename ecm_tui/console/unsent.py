"""Drafts whose appointment the clinic has erased: which there are, and how they go.

They can be sent no more, and the clinic's rule is to keep nothing of the patient; yet they are somebody's unsent words.
So their author is asked. Only what the service calls erased counts: an appointment that it does not know may be another
service's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from ecm_tui.console.drafts import Draft, Drafts, Kind
from ecm_tui.console.line import Line
from ecm_tui.errors import EcmError

MOST = 50
"""Appointments with drafts that are asked about at once."""

GONE = "The drafts are removed from this computer."


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """A draft that can be sent no more."""

    kind: Kind
    appointment: str
    name: str
    text: str


async def leftovers(line: Line, drafts: Drafts, account: str) -> list[Leftover]:
    """Those of this account that no console has open."""
    named = await asyncio.to_thread(drafts.appointments, account)
    erased = [each for each in named[:MOST] if await _is_erased(line, each)]
    return await asyncio.to_thread(_left, drafts, erased, account)


async def remove(drafts: Drafts, found: Sequence[Leftover], account: str) -> None:
    """Away with them."""
    await asyncio.to_thread(_remove, drafts, found, account)


def counted(found: Sequence[Leftover]) -> str:
    """How many there are, and why they are of no use any more."""
    count = "A draft of yours was" if len(found) == 1 else f"{len(found)} drafts of yours were"
    why = "what was kept of the appointment was erased, as the clinic's rule says."
    return f"{count} never sent, and can be sent no more: {why}"


async def _is_erased(line: Line, appointment: str) -> bool:
    try:
        return bool((await line.query("appointment", appointment=appointment)).get("erased"))
    except EcmError:
        return False


def _left(drafts: Drafts, appointments: Sequence[str], account: str) -> list[Leftover]:
    return [
        Leftover(kind=kind, appointment=appointment, name=name, text=text.text)
        for appointment in appointments
        for kind in get_args(Kind)
        for name, text in drafts.left(kind, appointment, account)
    ]


def _remove(drafts: Drafts, found: Sequence[Leftover], account: str) -> None:
    for each in found:
        draft: Draft = drafts.open(each.kind, each.appointment, account, each.name)
        if draft.name == each.name:  # else another console has taken it up
            draft.keep(drafts.fresh())
        draft.close()
