"""What happened while nothing was asked: sentences for what the desk heard since the last look. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ecm_tui.console import words
from ecm_tui.console.cells import short
from ecm_tui.console.model import Session
from ecm_tui.console.plain.acts import notice_line
from ecm_tui.console.plain.lists import chat_lines
from ecm_tui.console.plain.talk import Talk
from ecm_tui.console.timeline import sentence
from ecm_tui.core import events as e
from ecm_tui.core.chat import ChatLine
from ecm_tui.core.log import Recorded

MARK = "* "
"""Before each line that answers nothing: scripts and ears tell it from an answer."""


class News:
    """Looks at the desk again and again."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._line = talk.desk.line
        self._session = ""
        self._told = 0
        """Number of the newest event of that session that was told, or was there when it was opened."""
        self._own: set[int] = set()

    def answered(self, records: Iterable[Recorded]) -> None:
        """These events were told already, as the answer to a command."""
        self._own |= {record.seq for record in records}

    def lines(self) -> list[str]:
        """What is new, each as a whole line."""
        return [MARK + line for line in [*self._of_line(), *self._of_session(), *self._of_notice()]]

    def _of_line(self) -> list[str]:
        told, self._line = self._line, self._talk.desk.line
        word, why = self._line
        if told == self._line:
            return []
        if word == "connected":
            return ["The service is back. Everything is as it says now."] if told[0] in ("reconnecting", "gone") else []
        return [why or words.LINE[word]]

    def _of_session(self) -> list[str]:
        session = self._talk.session
        if session is None:
            self._session = ""
            return []
        if session.id != self._session:
            self._session, self._told = session.id, session.appointment.seq
            self._own.clear()
            return []
        new = [record for record in session.acts if record.seq > self._told and record.seq not in self._own]
        self._told = session.appointment.seq
        self._own.clear()
        return [line for record in new for line in self._of_record(session, record)]

    def _of_record(self, session: Session, record: Recorded) -> list[str]:
        own = self._talk.desk.account[0]
        event = record.event
        if isinstance(event, e.ChatSaid):
            return chat_lines(ChatLine(number=0, at=record.at, by=record.actor, text=event.text), session, own)
        if isinstance(event, e.PersonEntered) and self._noticed(event.person_id):
            return []  # the notice says so
        told = sentence(own_words(record, own), session.appointment.people)
        return [f"{told}."] if told else []

    def _noticed(self, person: str) -> bool:
        notice = self._talk.desk.notice()
        return notice is not None and notice.person == person

    def _of_notice(self) -> list[str]:
        notice, told = self._talk.desk.notice(), self._talk.noticed
        self._talk.noticed = notice
        if notice is None or (
            told and (told.key, told.others, told.running) == (notice.key, notice.others, notice.running)
        ):
            return []
        return [notice_line(self._talk, notice)]


def own_words(record: Recorded, own: str) -> Recorded:
    """The record with `You` for the account `own`."""
    return replace(record, actor=replace(record.actor, name="You")) if record.actor.id == own else record


def answer(session: Session, records: Iterable[Recorded], own: str) -> str:
    """What our own command came to, in one line."""
    people = session.appointment.people
    admitted = [r.event.person_id for r in records if isinstance(r.event, e.PersonAdmitted)]
    if len(admitted) > 1:
        return f"You admitted {words.named([people[one].name for one in admitted])}."
    told = [sentence(own_words(record, own), people) for record in records]
    return ". ".join(short(each, 200) for each in told if each) + "." if any(told) else ""
