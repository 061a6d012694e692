"""Commands to one batch: each is decided on the state that the ones before it leave, and nothing is written yet."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from ecm_tui.core import commands as c
from ecm_tui.core import events as e
from ecm_tui.core.appointment import Appointment, evolve
from ecm_tui.core.clinic import (
    CLINIC,
    Clinic,
    ClinicCommand,
    ClinicEvent,
    NoteHead,
    decide_clinic,
    evolve_clinic,
)
from ecm_tui.core.commands import Command
from ecm_tui.core.context import Context, Rules
from ecm_tui.core.decide import decide
from ecm_tui.core.foreign import gated
from ecm_tui.core.log import SERVICE, Actor, Body, Entry, Recorded
from ecm_tui.core.message import type_name
from ecm_tui.core.refused import Refused
from ecm_tui.core.rights import may
from ecm_tui.core.schedule import summary
from ecm_tui.core.wire import ID
from ecm_tui.service import outcomes
from ecm_tui.service.folds import Folded, Folds
from ecm_tui.service.hub import Change
from ecm_tui.service.store import Answer, Append, Batch, Head, Link, Store, token_hash
from ecm_tui.service.store.codec import Names, Written, written

RESERVED = frozenset({"", CLINIC, "schedule"})
"""Names on the wire that are no appointment's id."""

LinkToken = Callable[[str, str, int], str]
"""Appointment, person, number of the link -> the token of that link, the same each time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A command was carried out, now or when its id was first seen."""

    stream: str
    seq: int
    """Number of the stream's newest event after it."""
    result: Mapping[str, Any]
    """JSON: the ids that it made."""
    events: Sequence[Recorded] = ()
    """What it appended; nothing when all was as asked already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked of a stream, by whom; `command_id` is empty for a command that is never repeated."""

    stream: str
    command: Command | ClinicCommand
    actor: Actor
    command_id: str = ""
    token: str = ""
    """Id of the token by which the actor asks; nothing is done for one that was revoked."""
    spends: str = ""
    """Secret of a credential that is used up when this is done, and only then; empty without one."""


def by_hash(source: str) -> str:
    """The id of the appointment that lists know by that key, where there is no secret to make it of."""
    return "i" + hashlib.sha256(source.encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where everything comes from that is not a rule: time, ids, salts, links."""

    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    rules: Rules
    link_token: LinkToken | None = None
    of_source: Callable[[str], str] = by_hash
    """A list's own key of an appointment -> the id of that appointment, the same each time."""
    new_salt: Callable[[], bytes] = lambda: secrets.token_bytes(16)


@dataclass(slots=True)
class _Growing:
    """What the batch appends to one stream."""

    expected: int
    entries: list[Entry] = field(default_factory=list)
    bodies: dict[int, list[Body]] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    erase: bool = False


class Collector:
    """One batch in the making. What fails leaves it as it was."""

    def __init__(self, store: Store, folds: Folds, sources: Sources, answered: Sequence[Answer] | None = None) -> None:
        """`answered`: what was answered before of all that will be added; None when it is still to be looked up."""
        self.changes: list[Change[Appointment] | Change[Clinic]] = []
        """In the order of the commands."""
        self.appointments: dict[str, Folded[Appointment]] = {}
        """The appointments that this batch changes, as it leaves them."""
        self.clinic: Folded[Clinic] | None = None
        """The clinic as this batch leaves it; None when it does not change it."""
        self._store = store
        self._folds = folds
        self._sources = sources
        self._answered = None if answered is None else {(each.actor, each.command_id): each for each in answered}
        self._growing: dict[str, _Growing] = {}
        self._answers: dict[tuple[str, str], tuple[Answer, Done | Refused]] = {}
        self._spent: list[str] = []

    @property
    def streams(self) -> list[str]:
        """The streams that this batch appends to."""
        return list(self._growing)

    def batch(self) -> Batch:
        """Everything collected so far."""
        appends = [
            Append(
                stream=stream,
                expected=growing.expected,
                entries=growing.entries,
                bodies=growing.bodies,
                links=growing.links,
                erase=growing.erase,
                summary=None if stream == CLINIC else summary(self.appointments[stream].state),
            )
            for stream, growing in self._growing.items()
        ]
        return Batch(appends=appends, answers=[answer for answer, _ in self._answers.values()], spent=self._spent)

    async def add(self, request: Request) -> Done | Refused:
        """What the command comes to. Raises `DamagedError` or another `StoreError` when its stream cannot be read."""
        key = (request.actor.id, request.command_id)
        tokens = (self.clinic or self._folds.clinic).state.tokens
        if request.token and tokens.get(request.token) != request.actor.id:
            return Refused(code="not_allowed", message="Your token was revoked.")
        if request.command_id:
            if not ID.fullmatch(request.command_id):
                return Refused(code="bad_command_id", message="A command's id has 1 to 64 letters, digits, - or _.")
            first = await self._first_answer(request)
            if first:
                return first
        now = self._sources.clock().astimezone(UTC)
        outcome = await self._decided(request.stream, gated(request.command), gated(request.actor), now)
        if request.command_id:
            self._answers[key] = (_answer(request, outcome, now), outcome)
        if request.spends and isinstance(outcome, Done):
            self._spent.append(request.spends)
        return outcome

    async def _first_answer(self, request: Request) -> Done | Refused | None:
        key = (request.actor.id, request.command_id)
        collected = self._answers.get(key)
        if collected:
            answer: Answer | None = collected[0]
        elif self._answered is not None:
            answer = self._answered.get(key)
        else:
            answer = await self._store.answer(*key)
        if answer is None:
            return None
        if (answer.stream, answer.command) != (request.stream, type_name(type(request.command))):
            return Refused(code="command_id_reused", message="Another command had this id already.")
        if collected:
            return collected[1]
        if "refused" in answer.answer:
            return Refused(**answer.answer["refused"])
        done = answer.answer["done"]
        count, seq = done["count"], done["seq"]
        events = await self._folds.records(done["stream"], seq - count, count) if count else ()
        return Done(stream=done["stream"], seq=seq, result=done["result"], events=events)

    async def _decided(
        self, stream: str, command: Command | ClinicCommand, actor: Actor, now: datetime
    ) -> Done | Refused:
        if isinstance(command, ClinicCommand):
            return self._decided_for_clinic(stream, command, actor, now)
        if isinstance(command, c.Schedule):
            if stream in RESERVED - {""} or not ID.fullmatch(stream or "new"):
                return Refused(code="bad_stream", message="An appointment cannot have this id.")
            stream = stream or "a" + self._sources.new_id()
        elif isinstance(command, c.Import):
            if stream:
                return Refused(code="bad_stream", message="The id of an imported appointment is made of its source.")
            stream = self._sources.of_source(command.source)
        was = self.appointments.get(stream) or await self._folds.appointment(stream)
        prefix = "c" if isinstance(command, c.AskScreenshot) else "p"
        context = Context(
            actor=actor, now=now, new_id=lambda: prefix + self._sources.new_id(), rules=self._sources.rules
        )
        decision = decide(was.state, command, context)
        if isinstance(decision, Refused):
            return outcomes.told(decision, actor, self._folds.names(was.state, self.clinic))
        if not decision:
            return Done(stream=stream, seq=was.state.seq, result=outcomes.result(was.state, was.state, command, ()))
        change = self._append(was, actor, now, decision)
        if any(isinstance(event, e.CallEnded) for event in decision):
            head = self.appointments[stream].head
            note = NoteHead(appointment_id=stream, length=head.seq, head=head.hash)
            self._decided_for_clinic(CLINIC, note, SERVICE, now)
        result = outcomes.result(was.state, change.after, command, change.records) | outcomes.noticed(
            was.state, change.after, change.records
        )
        return Done(stream=stream, seq=change.after.seq, result=result, events=change.records)

    def _decided_for_clinic(self, stream: str, command: ClinicCommand, actor: Actor, now: datetime) -> Done | Refused:
        if stream not in ("", CLINIC):
            return Refused(code="bad_stream", message="This is asked of the clinic, not of an appointment.")
        refused = may(actor, command)
        if refused:
            return refused
        was = self.clinic or self._folds.clinic
        decision = decide_clinic(was.state, command)
        if isinstance(decision, Refused):
            return decision
        result = outcomes.clinic_result(command, decision)
        if not decision:
            return Done(stream=CLINIC, seq=was.state.seq, result=result)
        found, head = self._written(was.head, actor, now, decision)
        records = [_record(each, now, actor, self._folds.names(None)) for each in found]
        state = was.state
        for record in records:
            state = evolve_clinic(state, record)
        self._grow(was.head, found, {})
        self.clinic = Folded(state, head)
        self.changes.append(Change(was.state, state, records, [each.size for each in found]))
        return Done(stream=CLINIC, seq=state.seq, result=result, events=records)

    def _append(
        self, was: Folded[Appointment], actor: Actor, now: datetime, events: Sequence[e.Event]
    ) -> Change[Appointment]:
        found, head = self._written(was.head, actor, now, events)
        names = self._folds.names(was.state, self.clinic)
        records = [_record(each, now, actor, names) for each in found]
        state = was.state
        for record in records:
            state = evolve(state, record)
        change = Change(was.state, state, records, [each.size for each in found])
        self._grow(was.head, found, self._links(state.id, records))
        self.appointments[state.id] = Folded(state, head)
        self.changes.append(change)
        return change

    def _written(
        self, head: Head, actor: Actor, now: datetime, events: Sequence[e.Event | ClinicEvent]
    ) -> tuple[list[Written], Head]:
        found = []
        for event in events:
            found.append(written(head, now, actor, event, self._new_body))
            head = Head(stream=head.stream, seq=head.seq + 1, hash=found[-1].entry.hash)
        return found, head

    def _links(self, appointment: str, records: Sequence[Recorded]) -> dict[str, Link]:
        """The links that these events make, by the hash of their token."""
        made = {}
        for record in records:
            match record.event:
                case e.PersonInvited(person_id=person):
                    link = Link(appointment=appointment, person=person, link=1)
                case e.LinkReplaced(person_id=person, link=number, revoked=False):
                    link = Link(appointment=appointment, person=person, link=number)
                case _:
                    continue
            if self._sources.link_token:
                made[token_hash(self._sources.link_token(appointment, link.person, link.link))] = link
        return made

    def _grow(self, head: Head, found: Sequence[Written], links: Mapping[str, Link]) -> None:
        growing = self._growing.setdefault(head.stream, _Growing(expected=head.seq))
        growing.entries += [each.entry for each in found]
        growing.bodies |= {each.entry.seq: each.bodies for each in found if each.bodies}
        growing.links |= links
        growing.erase |= any(isinstance(each.event, e.ContentErased) for each in found)

    def _new_body(self, content: str) -> Body:
        return Body(id="b" + self._sources.new_id(), salt=self._sources.new_salt(), content=content)


def _record(found: Written, at: datetime, actor: Actor, names: Names) -> Recorded:
    named = replace(actor, name=names(actor.role, actor.id))
    return Recorded(seq=found.entry.seq, at=at, actor=named, event=found.event)


def _answer(request: Request, outcome: Done | Refused, now: datetime) -> Answer:
    if isinstance(outcome, Refused):
        answer: dict[str, Any] = {"refused": {"code": outcome.code, "message": outcome.message}}
    else:
        done = {"stream": outcome.stream, "seq": outcome.seq, "count": len(outcome.events), "result": outcome.result}
        answer = {"done": done}
    return Answer(
        actor=request.actor.id,
        command_id=request.command_id,
        stream=request.stream,
        command=type_name(type(request.command)),
        at=now,
        answer=answer,
    )
