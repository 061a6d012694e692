"""A session without loops, ports or clocks: commands in, the folded appointment out. Builders for the core's tests."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

from ecm_tui.core import commands as c
from ecm_tui.core.appointment import Appointment, evolve
from ecm_tui.core.commands import Command, Refused
from ecm_tui.core.context import Context, Rules
from ecm_tui.core.decide import decide
from ecm_tui.core.events import Event
from ecm_tui.core.log import SERVICE, Actor, Recorded
from ecm_tui.core.people import Person

TUESDAY = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
LEE = Actor(role="organiser", id="o-lee", name="Dr Lee")
ROY = Actor(role="organiser", id="o-roy", name="Nurse Roy")


class Session:
    """One appointment on Tuesday at 09:30, one second a command."""

    def __init__(self, *guests: str, places: int = 50, kind: str = "video") -> None:
        self.now = TUESDAY - timedelta(minutes=10)
        self.rules = Rules(places=places)
        self.log: list[Recorded] = []
        self.appointment = Appointment(id="a1")
        self._ids = itertools.count(1)
        others = tuple(c.Guest(name=name, mobile="+441234567890") for name in guests)
        ann = c.Guest(name="Ann", email="ann@example.org")
        self.do(c.Schedule(at=TUESDAY, patient=ann, guests=others, kind=kind))

    def decide(self, command: Command, actor: Actor = LEE) -> list[Event] | Refused:
        """What would happen, without it happening."""
        context = Context(actor=actor, now=self.now, new_id=lambda: f"p{next(self._ids)}", rules=self.rules)
        decision = decide(self.appointment, command, context)
        return decision if isinstance(decision, Refused) else list(decision)

    def do(self, command: Command, actor: Actor = LEE) -> list[Event] | Refused:
        """Make it happen."""
        self.now += timedelta(seconds=1)
        decision = self.decide(command, actor)
        if not isinstance(decision, Refused):
            for event in decision:
                record = Recorded(seq=len(self.log) + 1, at=self.now, actor=actor, event=event)
                self.log.append(record)
                self.appointment = evolve(self.appointment, record)
        return decision

    def decide_by_service(self, command: Command) -> list[Event] | Refused:
        """Make it happen, asked for by the service itself."""
        return self.do(command, SERVICE)

    def code(self, command: Command, actor: Actor = LEE) -> str:
        """The code with which the command is refused now, empty when it is not."""
        decision = self.do(command, actor)
        return decision.code if isinstance(decision, Refused) else ""

    def person(self, person_id: str) -> Person:
        return self.appointment.people[person_id]

    def enter(self, person_id: str, visit: str = "", again: bool = False) -> list[Event] | Refused:
        return self.do(c.Enter(visit=visit or f"v-{person_id}", again=again), as_person(person_id))

    def lose(self, person_id: str, visit: str = "") -> list[Event] | Refused:
        return self.presence(person_id, "lost", visit)

    def presence(self, person_id: str, sign: str, visit: str = "") -> list[Event] | Refused:
        return self.do(c.Presence(person_id=person_id, visit=visit or f"v-{person_id}", sign=sign), SERVICE)


def as_person(person_id: str) -> Actor:
    return Actor(role="participant", id=person_id)


def in_call(*guests: str, places: int = 50) -> Session:
    """A running call with Ann (p1) and the guests (p2, ...) admitted."""
    session = Session(*guests, places=places)
    session.do(c.StartCall())
    for person_id in list(session.appointment.people):
        session.enter(person_id)
        session.do(c.Admit(person_id=person_id))
    return session
