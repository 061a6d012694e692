"""Appointments and the clinic as their streams tell them: folded when first asked for, kept a while, never stale."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from ecm_tui.core.appointment import Appointment, evolve
from ecm_tui.core.clinic import CLINIC, Clinic, evolve_clinic
from ecm_tui.core.log import SERVICE, Recorded
from ecm_tui.core.wire import ID
from ecm_tui.errors import DamagedError
from ecm_tui.service.store import Head, Store
from ecm_tui.service.store.codec import Names, records

S = TypeVar("S", Appointment, Clinic)

MOST_FOLDED = 256
"""Appointments kept in memory: a busy clinic's day. An appointment of 200 people takes about 200 kB."""

PAGE = 1000
"""Entries read at a time; between two pages the loop serves others."""


@dataclass(frozen=True, slots=True)
class Folded(Generic[S]):
    """A state and the head that it was folded up to."""

    state: S
    head: Head


class Folds:
    """The states of all streams, of which a bounded number is at hand."""

    def __init__(self, store: Store, most: int = MOST_FOLDED) -> None:
        self._store = store
        self._most = most
        self._kept: OrderedDict[str, Folded[Appointment]] = OrderedDict()
        self._clinic: Folded[Clinic] = Folded(Clinic(), Head(stream=CLINIC))
        self._loading: dict[str, object] = {}

    @property
    def clinic(self) -> Folded[Clinic]:
        """The clinic, which is always at hand after `load_clinic`."""
        return self._clinic

    async def load_clinic(self) -> None:
        """Fold the clinic's own stream. Raises `DamagedError`."""
        self._clinic = await self._folded(Clinic(), CLINIC, evolve_clinic)

    async def appointment(self, stream: str) -> Folded[Appointment]:
        """The appointment, without events when there is none of that id. Raises `DamagedError` naming the stream."""
        kept = self._kept.get(stream)
        if kept:
            self._kept.move_to_end(stream)
            return kept
        if stream == CLINIC or not ID.fullmatch(stream):
            return Folded(Appointment(id=stream), Head(stream=stream))
        mine = self._loading[stream] = object()
        try:
            folded = await self._folded(Appointment(id=stream), stream, evolve)
        finally:
            latest = self._loading.get(stream) is mine
            if latest:
                del self._loading[stream]
        # A commit during the load took the mark away: what was loaded was true then, but is not the newest.
        if latest and folded.state.exists:
            self._keep(folded)
        return folded

    def put(self, folded: Folded[Appointment]) -> None:
        """The appointment as it was committed just now."""
        self._loading.pop(folded.state.id, None)
        self._keep(folded)

    def put_clinic(self, folded: Folded[Clinic]) -> None:
        """The clinic as it was committed just now."""
        self._clinic = folded

    async def forget(self, stream: str) -> None:
        """The stream has grown elsewhere: read it again."""
        if stream == CLINIC:
            await self.load_clinic()
        self._kept.pop(stream, None)
        self._loading.pop(stream, None)

    async def records(self, stream: str, after: int, limit: int) -> list[Recorded]:
        """At most `limit` records of a stream above `after`, with their actors' names."""
        page = await self._store.read(stream, after, limit)
        if not page.entries:
            return []
        state = None if stream == CLINIC else (await self.appointment(stream)).state
        return records(self._store.path, stream, after, page, self.names(state))

    def names(self, appointment: Appointment | None, clinic: Folded[Clinic] | None = None) -> Names:
        """Who the actors of a stream are: accounts, the appointment's people, the service."""
        accounts = (clinic or self._clinic).state.accounts
        people = appointment.people if appointment else {}

        def name(role: str, actor: str) -> str:
            if role == "service":
                return SERVICE.name
            known = people.get(actor) if role == "participant" else accounts.get(actor)
            return known.name if known else ""

        return name

    def _keep(self, folded: Folded[Appointment]) -> None:
        self._kept[folded.state.id] = folded
        self._kept.move_to_end(folded.state.id)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)

    async def _folded(self, state: S, stream: str, evolve: Callable[[S, Recorded], S]) -> Folded[S]:
        head = Head(stream=stream)
        while True:
            page = await self._store.read(stream, head.seq, PAGE)
            found = records(self._store.path, stream, head.seq, page, _nobody)
            try:
                for record in found:
                    state = evolve(state, record)
            except (KeyError, AttributeError, TypeError) as error:
                reason = f"the stream {stream} makes no sense after number {state.seq}"
                raise DamagedError(self._store.path, reason) from error
            if page.entries:
                head = Head(stream=stream, seq=state.seq, hash=page.entries[-1].hash)
            if len(page.entries) < PAGE:
                return Folded(state, head)


def _nobody(role: str, actor: str) -> str:
    """Folding needs no names."""
    return ""
