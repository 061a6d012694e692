"""What becomes of each line of a list at the service: asked beforehand, and done."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol, cast

from ecm_tui.client.imports.keyless import settled
from ecm_tui.client.imports.line import ImportedLine
from ecm_tui.core.commands import Import
from ecm_tui.core.wire import encode
from ecm_tui.errors import RefusedError

AT_ONCE = 16
"""Lines on their way together: what the service answers at once to one console."""

Became = Literal["created", "changed", "unchanged", "left", "skipped", "refused"]
"""A new appointment; another one's differences; nothing, for it is so already; nothing, for the appointment here goes
first; nothing, for the list says so; nothing, and somebody must look at it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What became of one line, or would."""

    number: int
    became: Became
    command: Import | None = None
    """What the line asks for; None for one that asks for nothing."""
    appointment_id: str = ""
    why: str = ""
    """A sentence on what was left, skipped or refused, or on what is worth a second look."""
    code: str = ""
    """The rule's code when the service refused; empty otherwise."""
    changes: tuple[str, ...] = ()
    """What is another, in words."""
    was_at: datetime | None = None
    """The time until now, where it is another."""
    taken_out: tuple[str, ...] = ()
    """The names of the guests whom the list names no more, and who never came."""
    told: tuple[str, ...] = ()
    """The names of those who are written to."""

    @property
    def beside(self) -> tuple[str, ...]:
        """The names of whom the line brings beside the patient, where something comes of it."""
        if self.command is None or self.became not in ("created", "changed"):
            return ()
        return tuple(guest.name for guest in self.command.guests)


class Sent(Protocol):
    """The service's answer to a command."""

    @property
    def result(self) -> Mapping[str, Any]: ...


class Service(Protocol):
    """Whoever asks the service: a client, a console's line."""

    async def query(self, what: str, *, command: Mapping[str, Any]) -> Mapping[str, Any]: ...
    async def send(self, stream: str, command: Import) -> Sent: ...


async def foreseen(service: Service, lines: Sequence[ImportedLine]) -> list[Fate]:
    """What each line would become now; nothing happens. Raises `UnreachableError`."""

    return await _each(await _settled(service, lines), lambda command: _asked(service, command))


async def carried_out(
    service: Service, lines: Sequence[ImportedLine], progress: Callable[[int], None] = lambda done: None
) -> list[Fate]:
    """Import the lines; `progress` hears how many are done. Raises `UnreachableError`: then some may be imported.

    The same lines again change nothing twice, so that after an error they can be sent again.
    """

    async def send(command: Import) -> dict[str, Any]:
        return dict((await service.send("", command)).result)

    return await _each(await _settled(service, lines), send, progress)


async def _asked(service: Service, command: Import) -> dict[str, Any]:
    return dict(await service.query("import", command=encode(command)))


async def _settled(service: Service, lines: Sequence[ImportedLine]) -> list[ImportedLine]:
    return await settled(lines, lambda command: _asked(service, command))


async def _each(
    lines: Sequence[ImportedLine],
    act: Callable[[Import], Awaitable[dict[str, Any]]],
    progress: Callable[[int], None] = lambda done: None,
) -> list[Fate]:
    found: list[Fate] = []
    for first in range(0, len(lines), AT_ONCE):
        found += await asyncio.gather(*(_fate(each, act) for each in lines[first : first + AT_ONCE]))
        progress(len(found))
    return found


async def _fate(line: ImportedLine, act: Callable[[Import], Awaitable[dict[str, Any]]]) -> Fate:
    if isinstance(line.what, str):
        return Fate(number=line.number, became="skipped" if line.skipped else "refused", why=line.what)
    try:
        answer = await act(line.what)
    except RefusedError as error:
        return Fate(number=line.number, became="refused", command=line.what, why=error.message, code=error.code)
    was_at = answer.get("was_at")
    return Fate(
        number=line.number,
        became=cast("Became", answer.get("became")),
        command=line.what,
        appointment_id=str(answer.get("appointment_id") or ""),
        why=str(answer.get("notice") or ""),
        changes=_words(answer.get("changes")),
        was_at=datetime.fromisoformat(str(was_at)) if was_at else None,
        taken_out=_words(answer.get("taken_out")),
        told=_words(answer.get("told")),
    )


def _words(found: Iterable[object] | None) -> tuple[str, ...]:
    return tuple(str(each) for each in found or ())
