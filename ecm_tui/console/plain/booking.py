"""The commands on appointments that need no open session: edit, mark, send, cancel. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import cast, get_args

from ecm_tui.console import bookings, words
from ecm_tui.console.allowed import allowed
from ecm_tui.console.cells import short
from ecm_tui.console.forms import Wrong, changes, guest_of
from ecm_tui.console.model import Session
from ecm_tui.console.plain.acts import person_act
from ecm_tui.console.plain.asking import Asked, Fields, YesNo
from ecm_tui.console.plain.numbers import appointment_row
from ecm_tui.console.plain.replies import Act, Read, Reply, said
from ecm_tui.console.plain.talk import Talk
from ecm_tui.console.plain.writing import EMPTY_HINT, KIND, PERSON, slot_of
from ecm_tui.console.veil import veiled_session
from ecm_tui.core import commands as c
from ecm_tui.core.events import Outcome
from ecm_tui.core.schedule import Summary

WHICH_OUTCOME = "Type mark, an appointment, then taken or missed."
OTHERWISE = "That appointment does not wait for it: its invitations were sent, or it was made here."


def on_appointment(talk: Talk, typed: str, item: str, reply: Callable[[Summary], Reply]) -> Reply:
    """What an item of an appointment's options menu comes to, where it can be chosen now."""
    if not allowed(item, talk.desk.role):
        return said(words.only_look(talk.desk))
    row = talk.appointment(typed)
    if isinstance(row, Reply):
        return row
    printed = talk.numbers[int(typed[:6])] if typed.isdecimal() else None
    if printed is not None and printed != appointment_row(row):
        talk.numbers.told(appointment_row(row))
        return said("Nothing was done: the appointment changed meanwhile.", *talk.row_lines([row], int(typed)))
    offered = next((each for each in bookings.appointment_options(row) if each.id == item), None)
    if offered is None:
        return said(OTHERWISE)
    return said(offered.why_not) if offered.why_not else reply(row)


def mark(talk: Talk, typed: str) -> Reply:
    """What the appointment came to (E1)."""
    which, _, outcome = typed.rpartition(" ")
    if outcome.lower() not in get_args(Outcome):
        return said(WHICH_OUTCOME)
    marked = cast("Outcome", outcome.lower())

    def reply(row: Summary) -> Reply:
        answer = f"{short(row.patient, 30)}: {words.STATUS[marked][1]}."
        return Reply(wants=(Act(stream=row.id, command=c.MarkOutcome(outcome=marked), said=answer),))

    return on_appointment(talk, which.strip(), marked, reply)


def cancel(talk: Talk, typed: str) -> Reply:
    """An appointment, after saying who is told; of a person, the request for a screenshot."""
    printed = talk.numbers[int(typed[:6])] if typed.isdecimal() else None
    if talk.session is not None and (printed is None or printed.kind == "person"):
        return person_act(talk, "cancel", typed)
    return on_appointment(talk, typed, "cancel", lambda row: Reply(wants=(Read(row.id, _cancelling(talk, row)),)))


def _cancelling(talk: Talk, row: Summary) -> Callable[[Session], Reply]:
    def ask(session: Session) -> Reply:
        zone, name = talk.desk.clinic.zone, short(row.patient, 30)
        day = words.day(row.at.astimezone(zone).date(), talk.now().astimezone(zone).date())
        told = bookings.cancelling(session.appointment, _seen(talk, session).appointment)
        question = f"Cancel the appointment of {name}, {day}, {words.clock(row.at, zone)}? {told}"
        act = Act(stream=row.id, command=c.Cancel(), said=f"The appointment of {name} is cancelled.")
        return Reply((question,), then=YesNo(question, lambda: Reply(wants=(act,))))

    return ask


def send(talk: Talk, typed: str) -> Reply:
    """SEND INVITE of one imported appointment, or of every one of today (E10)."""
    if typed.lower() != "all":
        return on_appointment(talk, typed, "send", lambda row: Reply(wants=(Read(row.id, _inviting(talk, row)),)))
    if not allowed("send_all", talk.desk.role):
        return said(words.only_look(talk.desk))
    zone = talk.desk.clinic.zone
    today = talk.now().astimezone(zone).date()
    rows = [
        row
        for row in talk.desk.summaries()
        if row.imported and not row.cancelled and row.at.astimezone(zone).date() == today
    ]
    if not rows:
        return said("Nobody imported for today waits for an invitation.")
    question = f"Send the invitations of {words.named([row.patient for row in rows])}?"
    return Reply((question,), then=YesNo(question, lambda: Reply(wants=tuple(map(_sending, rows)))))


def _inviting(talk: Talk, row: Summary) -> Callable[[Session], Reply]:
    def ask(session: Session) -> Reply:
        told = bookings.inviting(session.appointment, _seen(talk, session).appointment)
        question = f"Send the invitation? {told}"
        return Reply((question,), then=YesNo(question, lambda: Reply(wants=(_sending(row),))))

    return ask


def _sending(row: Summary) -> Act:
    answer = f"The invitation of {short(row.patient, 30)} is on its way."
    return Act(stream=row.id, command=c.SendInvites(), said=answer)


def edit(talk: Talk, typed: str) -> Reply:
    """Time, kind, patient and contacts, field by field as they are."""
    if talk.private:
        return said("Names are hidden, and this would show them. Type names first.")
    return on_appointment(talk, typed, "edit", lambda row: Reply(wants=(Read(row.id, _editing(talk)),)))


def _editing(talk: Talk) -> Callable[[Session], Reply]:
    def begin(session: Session) -> Reply:
        was, zone = session.appointment, talk.desk.clinic.zone
        patient = next(person for person in was.people.values() if person.patient)
        assert was.at is not None
        at, guest = was.at.astimezone(zone), guest_of(patient)
        known = {"name": guest.name, "email": guest.email, "mobile": guest.mobile, "description": guest.description}
        fields = (
            Asked("date", "Date", f"{at:%Y-%m-%d}"),
            Asked("time", "Time", f"{at:%H:%M}"),
            Asked("minutes", "Minutes", str(was.minutes)),
            Asked("kind", KIND, was.kind),
            *(Asked(field.id, field.label, known[field.id]) for field in PERSON),
            Asked("patient_id", "Patient ID", was.patient_id),
        )

        def commands(values: Mapping[str, str]) -> Sequence[c.Command] | Wrong:
            slot = slot_of(values, zone, talk.now().astimezone(zone).date())
            if isinstance(slot, Wrong):
                return slot
            when, minutes, kind = slot
            new = c.Guest(**{name: values[name] for name in known})
            return changes(was, patient, new, when, minutes, kind, values["patient_id"])

        def done(result: Mapping[str, object]) -> Reply:
            return said(f"The appointment is changed. {result.get('notice') or ''}".strip())

        asked = Fields(stream=was.id, fields=fields, commands=commands, done=done)
        return Reply((f"The appointment as it is. {EMPTY_HINT}",), then=asked)

    return begin


def import_list(talk: Talk, typed: str) -> Reply:
    """A list is previewed line by line, which is another program's work."""
    return said(
        "Type ecm-tui import FILE in a shell: it shows what each line becomes, and asks before it makes anything."
    )


def _seen(talk: Talk, session: Session) -> Session:
    return veiled_session(session) if talk.private else session
