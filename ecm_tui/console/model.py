"""What the console knows: the Schedule's rows, the open session, the line and the notice. No Textual, no clock.

Everything is a fold of what the service said, and nothing is true before it said so: what was asked for and is not yet
answered is kept apart, in `asked`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ecm_tui.console.moment import Lines, heard
from ecm_tui.console.stays import Stays
from ecm_tui.console.stays import heard as heard_stays
from ecm_tui.console.transcript import Transcript
from ecm_tui.core.appointment import Appointment, Organiser, evolve
from ecm_tui.core.chat import ChatLine
from ecm_tui.core.context import Rules
from ecm_tui.core.log import Hidden, Recorded
from ecm_tui.core.people import Person, listed
from ecm_tui.core.schedule import MOST_ROWS, Summary, WaitingPerson, summary
from ecm_tui.core.text import look_alikes, matches

TIMELINE_LENGTH = 500
"""Acts of a session that the console keeps to show; the log itself has all of them."""

DETAILS_LENGTH = 5_000
"""The same for the details of an appointment, which are read once and put away."""

MOST_ASKED = 2_000
"""Rows of far days and of searches that the console keeps; the newest answers count."""

MANY = 100
"""Unread lines that are counted; beyond it is written `99+`."""

SETTLE = 0.3
"""Seconds for which a row or notice that just changed takes no key, and a closing dialog swallows all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clinic:
    """What the service says of itself."""

    name: str = ""
    support: str = ""
    zone: tzinfo = UTC
    public_url: str = ""
    local_only: bool = False
    """Whether links work for browsers on the service's own computer only."""
    places: int = Rules().places
    """How many can be in a call, besides organisers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Who wants to join: the person that F2 admits, and how many more."""

    appointment: str
    person: str
    entry: int
    name: str
    others: int
    running: bool
    """Whether the call runs, so that this person can be admitted."""

    @property
    def key(self) -> tuple[str, str, int]:
        """What must stay the same for F2 to mean this person's this entry."""
        return (self.appointment, self.person, self.entry)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The appointment that is open in the console."""

    appointment: Appointment
    ready: bool = False
    """Whether everything that happened so far has been read."""
    acts: deque[Recorded] = field(default_factory=lambda: deque(maxlen=TIMELINE_LENGTH))
    transcript: Transcript = field(default_factory=Transcript)
    """What the chat view shows."""
    stays: Stays = field(default_factory=dict)
    """When each person was in the call."""

    @property
    def id(self) -> str:
        return self.appointment.id

    def heard(self, record: Recorded) -> Session:
        """After one more event; what was heard before changes nothing."""
        if record.seq <= self.appointment.seq:
            return self
        appointment = evolve(self.appointment, record)
        if not isinstance(record.event, Hidden):
            self.acts.append(record)
        self.transcript.hear(record, appointment)
        return replace(self, appointment=appointment, stays=heard_stays(self.stays, record))


@dataclass(frozen=True, slots=True)
class Asked:
    """A command about one person that the service has not answered with an event yet."""

    word: str
    """`admitting…` and the like."""
    seq: int | None = None
    """Number of the event that carries it out, as the service said; None until it has said so."""


def stamp(person: Person) -> tuple[object, ...]:
    """What of a person decides which keys mean what; a change of it makes a row unsettled."""
    return (person.state, person.entry, person.admission, person.connected)


class Desk:
    """The console's whole knowledge, owned by the app and changed only on its loop."""

    def __init__(self) -> None:
        self.clinic = Clinic()
        self.account = ("", "", "organiser")
        """Id, name and role of the account that the service says we are."""
        self.offset = timedelta(0)
        """What to add to this computer's clock for the service's."""
        self.line: tuple[str, str] = ("connecting", "")
        """`connecting`, `connected`, `reconnecting` or `gone`, and why."""
        self.read_only = False
        """Whether this console only looks, whatever its account may do."""
        self.ready = False
        """Whether the Schedule was read to its end."""
        self.readings = 0
        """How often it was; after each, days that do not come by themselves are asked for anew."""
        self.rows: dict[str, Summary] = {}
        self._asked_rows: dict[str, None] = {}
        """Ids of rows that were asked for and did not come by themselves, the oldest first."""
        self._sorted: list[Summary] | None = None
        self.session: Session | None = None
        self.looking: Session | None = None
        """The appointment whose details stand on the screen, when it is another than the open one."""
        self.lines = Lines()
        self._names: dict[str, str] = {}
        self._alike: Mapping[str, tuple[str, ...]] = {}
        self.asked: dict[tuple[str, str], Asked] = {}
        """(appointment, person) -> what was asked."""
        self._read: dict[str, int] = {}
        """Appointment -> number of the newest line of its chat that was on the screen."""

    @property
    def role(self) -> str:
        """What we may do here: `organiser`, `clerk` or `observer`."""
        return "observer" if self.read_only else self.account[2]

    def hear_summary(self, row: Summary) -> None:
        """One row of the Schedule, new or newer."""
        known = self.rows.get(row.id)
        if known is None or row.seq >= known.seq:
            self.rows[row.id] = row
            self._asked_rows.pop(row.id, None)
            self._changed_rows()

    def hear_answer(self, rows: Iterable[Summary]) -> None:
        """Rows that were asked for. They know nobody by name, so that what came by itself and is as new stays."""
        for row in rows:
            known = self.rows.get(row.id)
            if known is None or row.seq > known.seq:
                self.rows[row.id] = row
                self._asked_rows.pop(row.id, None)
                self._asked_rows[row.id] = None
        while len(self._asked_rows) > MOST_ASKED:
            oldest = next(iter(self._asked_rows))
            del self._asked_rows[oldest], self.rows[oldest]
        self._changed_rows()

    def read(self) -> None:
        """The Schedule has been read to its end."""
        self.ready = True
        self.readings += 1

    @property
    def whole(self) -> bool:
        """Whether the rows of all days around now come by themselves: a clinic may have more than the service sends."""
        return len(self.rows) - len(self._asked_rows) < MOST_ROWS

    def _changed_rows(self) -> None:
        self._sorted = None
        self._forget_answered()

    def open(self, appointment: str) -> Session:
        """Begin to read an appointment; the one that was open is forgotten."""
        if self.session is None or self.session.id != appointment:
            looked = self.looking if self.looking and self.looking.id == appointment else None
            self.session = looked or Session(appointment=Appointment(id=appointment))
            self.looking = None if looked else self.looking
            if self.session.ready:
                self._read.setdefault(appointment, self._read_before(self.session.appointment))
            self.lines = Lines()
            self._sorted = None
        return self.session

    def look(self, appointment: str) -> None:
        """Begin to read an appointment for its details; the open one is read already."""
        if self.session_of(appointment) is None:
            acts: deque[Recorded] = deque(maxlen=DETAILS_LENGTH)
            self.looking = Session(appointment=Appointment(id=appointment), acts=acts)

    def look_away(self) -> None:
        """No details stand on the screen any more."""
        self.looking = None

    def session_of(self, appointment: str) -> Session | None:
        """What is known of an appointment that is read here: the open one, or the one that is looked at."""
        read = (self.session, self.looking)
        return next((session for session in read if session is not None and session.id == appointment), None)

    @property
    def streams(self) -> frozenset[str]:
        """The appointments that are to be read."""
        return frozenset(session.id for session in (self.session, self.looking) if session is not None)

    def close(self) -> None:
        """No appointment is open any more."""
        self.session = None
        self._sorted = None

    def hear(self, stream: str, record: Recorded) -> None:
        """One event of an appointment that is read. What was heard before, or of another one, changes nothing."""
        if self.looking is not None and self.looking.id == stream:
            self.looking = self.looking.heard(record)
        if self.session is not None and self.session.id == stream:
            self.session = self.session.heard(record)
            self._changed_rows()

    def hear_fact(self, stream: str, person: str, data: Mapping[str, Any]) -> None:
        """Something of the moment about the open call: who speaks, whose line is poor."""
        if self.session is None or self.session.id != stream:
            return
        self.lines = heard(self.lines, person, data)

    def alike(self) -> Mapping[str, tuple[str, ...]]:
        """Id -> ids of those in the open session whose name could be taken for this one's; counted on change only."""
        everyone = self.session.appointment if self.session else None
        names = {p.id: p.name for p in everyone.people.values()} if everyone else {}
        names |= {o.id: o.name for o in everyone.organisers.values() if o.name} if everyone else {}
        if names != self._names:
            self._names, self._alike = names, look_alikes(names)
        return self._alike

    def caught_up(self, stream: str) -> None:
        """Everything that happened in an appointment so far has been heard."""
        if self.looking and self.looking.id == stream:
            self.looking = replace(self.looking, ready=True)
        if self.session and self.session.id == stream:
            self.session = replace(self.session, ready=True)
            self._changed_rows()
            self._read.setdefault(stream, self._read_before(self.session.appointment))

    def _read_before(self, appointment: Appointment) -> int:
        """What counts as read when a session is opened: all of a call that is over, else up to one's own last line."""
        if not appointment.running:
            return len(appointment.chat)
        return next((line.number for line in reversed(appointment.chat) if self.is_own(line)), 0)

    def is_own(self, line: ChatLine) -> bool:
        """Whether we wrote this line."""
        return line.by.role != "participant" and line.by.id == self.account[0]

    def read_chat(self) -> None:
        """The newest line of the open chat is on the screen."""
        if self.session is not None and self.session.ready:
            self._read[self.session.id] = len(self.session.appointment.chat)

    @property
    def unread(self) -> int:
        """How many lines of others in the open chat were not on the screen yet; `MANY` stands for more."""
        if self.session is None or not self.session.ready:
            return 0
        new = self.session.appointment.chat[self._read.get(self.session.id, 0) :][-MANY * 2 :]
        return min(MANY, sum(not self.is_own(line) for line in new))

    def ask(self, appointment: str, person: str, word: str) -> None:
        """A command about a person of an appointment was sent."""
        self.asked[appointment, person] = Asked(word)

    def answered(self, appointment: str, person: str, seq: int = 0) -> None:
        """The service has answered: the row tells so when the event `seq` is heard; 0 for a refusal."""
        asked = self.asked.get((appointment, person))
        if asked is not None:
            self.asked[appointment, person] = replace(asked, seq=seq)
            self._forget_answered()

    def _forget_answered(self) -> None:
        for key, asked in list(self.asked.items()):
            if asked.seq is not None and asked.seq <= self._heard(key[0]):
                del self.asked[key]

    def _heard(self, appointment: str) -> int:
        """Number of the newest event of the appointment that is known here."""
        if self.session is not None and self.session.id == appointment:
            return self.session.appointment.seq
        row = self.rows.get(appointment)
        return row.seq if row else 0

    def summaries(self) -> Sequence[Summary]:
        """All rows in the order of their times, the open appointment as its own events tell it."""
        if self._sorted is None:
            rows = dict(self.rows)
            if self.session and self.session.ready and self.session.appointment.exists:
                rows[self.session.id] = summary(self.session.appointment)
            self._sorted = sorted(rows.values(), key=lambda row: (row.at, row.id))
        return self._sorted

    def notice(self) -> Notice | None:
        """Who wants to join: the open session first, then running calls, then the others; longest wait first."""
        found = [(row, person) for row in self.summaries() if not row.cancelled for person in _wanting(row)]
        if not found:
            return None
        row, person = min(found, key=lambda pair: self._urgency(*pair))
        return Notice(
            appointment=row.id,
            person=person.id,
            entry=person.entry,
            name=person.name,
            others=len(found) - 1,
            running=row.running,
        )

    def wanting(self) -> frozenset[tuple[str, str, int]]:
        """Every waiting entry, to tell new ones by (for the bell)."""
        return frozenset(
            (row.id, p.id, p.entry) for row in self.summaries() if not row.cancelled for p in _wanting(row)
        )

    def _urgency(self, row: Summary, person: WaitingPerson) -> tuple[bool, bool, datetime, str]:
        here = self.session is not None and self.session.id == row.id
        return (not row.running, not here, person.since, person.id)

    @property
    def me(self) -> Organiser:
        """One's own part in the open call."""
        own = self.account[0]
        organisers: Mapping[str, Organiser] = self.session.appointment.organisers if self.session else {}
        return organisers.get(own) or Organiser(id=own)

    def now(self, clock: datetime) -> datetime:
        """The service's time for this computer's time `clock`."""
        return clock + self.offset


def _wanting(row: Summary) -> Iterable[WaitingPerson]:
    return (person for person in row.waiting if person.connected)


def found_people(appointment: Appointment, query: str) -> list[Person]:
    """The people of an appointment in the order of every list, those whom `query` finds."""
    everyone = listed(appointment.people.values())
    return [p for p in everyone if matches(query, p.name, p.description)] if query.strip() else everyone


def clinic_of(data: Any, public_url: str = "", local_only: bool = False) -> Clinic:
    """The clinic from what the client hands over: a mapping or an object with the fields of a clinic card."""
    read = data.get if isinstance(data, Mapping) else lambda name, other="": getattr(data, name, other)
    return Clinic(
        name=str(read("name", "") or ""),
        support=str(read("support", "") or ""),
        zone=zone_of(str(read("timezone", "") or "UTC")),
        public_url=public_url,
        local_only=local_only,
        places=int(read("places", 0) or Rules().places),
    )


def zone_of(name: str) -> tzinfo:
    """The time zone of that name; UTC for one that this computer does not know."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def lasting(since: datetime | None, now: datetime) -> str:
    """How long ago, coarse enough that a column of clocks stays quiet: `<1 min`, `3 min`, `1 h 05`."""
    if since is None:
        return ""
    minutes = max(0, int((now - since).total_seconds())) // 60
    if minutes < 60:
        return f"{minutes} min" if minutes else "<1 min"
    return f"{minutes // 60} h {minutes % 60:02}"
