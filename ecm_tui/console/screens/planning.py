"""What the Schedule asks the service for one appointment; each act says its answer. Nothing changes here.

Its larger dialogs are loaded when they are opened: the console is on the screen sooner without them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from textual import work

from ecm_tui.console import bookings, words
from ecm_tui.console.allowed import allowed
from ecm_tui.console.board import longest
from ecm_tui.console.cells import short
from ecm_tui.console.dialogs.confirm import Ask
from ecm_tui.console.messages import LinkRequested, OpenRequested
from ecm_tui.console.model import Session
from ecm_tui.console.screens.fetching import Fetching
from ecm_tui.console.text import say
from ecm_tui.console.veil import veiled_session
from ecm_tui.core import commands as c
from ecm_tui.core.appointment import Appointment
from ecm_tui.core.events import Outcome
from ecm_tui.core.schedule import Summary
from ecm_tui.errors import EcmError


class Planning(Fetching):
    """The acts of the Schedule screen, each on the appointment whose id it is given."""

    drawn: Mapping[str, Summary] = {}
    """The rows as they were painted last: keys mean what they show."""

    @property
    def day(self) -> date:
        """The day that is shown."""
        raise NotImplementedError

    def show_day(self, day: date, select: str = "") -> None:
        """Show this day instead, with that appointment selected, or what is useful there."""
        raise NotImplementedError

    def do(self, act: str, appointment: str) -> None:
        """What an item of the options menu does, to the appointment for which the menu was opened."""
        match act:
            case "open":
                self.post_message(OpenRequested(appointment))
            case "admit":
                self.admit(appointment)
            case "link":
                self.post_message(LinkRequested(appointment))
            case "details":
                self.details(appointment)
            case "edit":
                self.edit(appointment)
            case "send":
                self.send(appointment)
            case "taken" | "missed":
                self.mark(appointment, "taken" if act == "taken" else "missed")
            case "cancel":
                self.cancel(appointment)
            case "show_day":
                if row := self.drawn.get(appointment):
                    self.show_day(row.at.astimezone(self.ecm.desk.clinic.zone).date(), appointment)

    def admit(self, appointment: str) -> None:
        """Let in whom the row names: who waits longest."""
        row = self.drawn.get(appointment)
        person = longest(row) if row else None
        if row is None or person is None:
            self.say(f"Nobody waits in the session of {short(row.patient)}." if row else words.CHANGED, bad=True)
        elif not row.running:
            self.say(words.waits_for_start(person.name), bad=True)
        else:
            where = "the call" if person.patient else f"the call of {short(row.patient)}"
            said = f"{short(person.name)} is in {where}."
            self.ecm.act(appointment, c.Admit(person_id=person.id), person.id, "admitting…", said)

    def mark(self, appointment: str, outcome: Outcome) -> None:
        """Say what the appointment came to."""
        name, word = self._called(appointment), words.STATUS[outcome][1]
        self.ecm.act(appointment, c.MarkOutcome(outcome=outcome), said=f"{name}: {word}.")

    @work(group="dialog", exit_on_error=False)
    async def details(self, appointment: str) -> None:
        """All that belongs to an appointment."""
        from ecm_tui.console.dialogs.dossier import Dossier

        edit = self.edit_person if allowed("edit", self.ecm.desk.role) else None
        dossier = Dossier(appointment, self.show_still, edit, self.save_of, self.cancel_file)
        if await self.app.push_screen_wait(dossier) == "open":
            self.post_message(OpenRequested(appointment))
        else:
            self.ecm.desk.look_away()
            await self.ecm.line.follow()

    @work(group="form", exit_on_error=False)
    async def action_new(self) -> None:
        from ecm_tui.console.dialogs.appointment import AppointmentForm

        zone = self.ecm.desk.clinic.zone
        form = AppointmentForm(lambda command: self.ecm.line.send("", command), self.ecm.now(), zone, self.day)
        made = await self.app.push_screen_wait(form)
        if made and form.at is not None:
            self.show_day(form.at.astimezone(zone).date(), made)
            self.post_message(LinkRequested(made, notice=form.notice))

    @work(group="form", exit_on_error=False)
    async def action_import_list(self) -> None:
        from ecm_tui.console.dialogs.importing import ImportDialog

        if self.ecm.confined:
            self.say(words.CONFINED, bad=True)
            return
        day: date | None = await self.app.push_screen_wait(ImportDialog(self.ecm.desk.clinic.zone, self.ecm.lists))
        if day is not None:
            self.show_day(day)

    @work(group="form", exit_on_error=False)
    async def edit(self, appointment: str) -> None:
        """Change an appointment and its patient."""
        from ecm_tui.console.dialogs.appointment import EditForm

        session = await self._read(appointment)
        if session is None:
            return
        zone = self.ecm.desk.clinic.zone
        form = EditForm(
            lambda command: self.ecm.line.send(appointment, command), self.ecm.now(), zone, session.appointment
        )
        if await self.app.push_screen_wait(form) and form.at is not None:
            self.show_day(form.at.astimezone(zone).date(), appointment)
            name = self._called(appointment) if self.ecm.private else short(form.patient, 30)
            self._say_changed(f"The appointment of {name} is changed.", form.notice)

    @work(group="form", exit_on_error=False)
    async def edit_person(self, appointment: str, person_id: str) -> None:
        """Change who a person is and how they are reached."""
        from ecm_tui.console.dialogs.appointment import PersonForm

        session = await self._read(appointment)
        person = session.appointment.people.get(person_id) if session else None
        if session is None or person is None:
            return
        form = PersonForm(lambda command: self.ecm.line.send(appointment, command), person)
        if await self.app.push_screen_wait(form):
            name = self._seen(session).people[person_id].name
            self._say_changed(f"The data of {short(name, 30)} is changed.", form.notice)

    def _say_changed(self, said: str, notice: str) -> None:
        """A notice names people and their contacts."""
        self.ecm.say(said if self.ecm.private else f"{said} {notice}".rstrip())

    @work(group="dialog", exit_on_error=False)
    async def send(self, appointment: str) -> None:
        """Invite everybody of an imported appointment, asking once."""
        session = await self._read(appointment)
        if session is None:
            return
        question = say("$told", told=bookings.inviting(session.appointment, self._seen(session)))
        answers = (("send", "SEND INVITE", "success"), ("cancel", "Not now", "default"))
        if await self.app.push_screen_wait(Ask("Send invite", question, answers)) == "send":
            said = f"The invitation of {self._called(appointment)} is on its way."
            self.ecm.act(appointment, c.SendInvites(), said=said)

    async def send_each(self, rows: Sequence[Summary]) -> None:
        """Invite everybody of these appointments, and say how many could be."""
        sent, refused = 0, ""
        for row in rows:
            try:
                await self.ecm.line.send(row.id, c.SendInvites())
                sent += 1
            except EcmError as error:
                refused = refused or error.message
        if refused:
            self.ecm.say(f"{sent} of {len(rows)} are on their way. {refused}", bad=True)
        else:
            self.ecm.say(f"{sent} invitations are on their way." if sent > 1 else "The invitation is on its way.")

    @work(group="dialog", exit_on_error=False)
    async def cancel(self, appointment: str) -> None:
        """Cancel, after saying who is told."""
        session = await self._read(appointment)
        if session is None or session.appointment.at is None:
            return
        zone, at = self.ecm.desk.clinic.zone, session.appointment.at
        day = words.day(at.astimezone(zone).date(), self.ecm.now().astimezone(zone).date())
        question = say(
            "[b]$name[/]\n$day, $time\n\n$told",
            name=self._called(appointment),
            day=day,
            time=words.clock(at, zone),
            told=bookings.cancelling(session.appointment, self._seen(session)),
        )
        answers = (("yes", "Cancel appointment", "error"), ("cancel", "Keep it", "default"))
        if await self.app.push_screen_wait(Ask("Cancel appointment", question, answers)) == "yes":
            self.ecm.act(appointment, c.Cancel(), said=f"The appointment of {self._called(appointment)} is cancelled.")

    async def _read(self, appointment: str) -> Session | None:
        """The appointment as it is; when it cannot be read, that is said."""
        try:
            return await self.ecm.line.read(appointment)
        except EcmError as error:
            self.ecm.say(error.message, bad=True)
            return None

    def _seen(self, session: Session) -> Appointment:
        """The appointment as it may be seen now."""
        return veiled_session(session).appointment if self.ecm.private else session.appointment

    def _called(self, appointment: str) -> str:
        row = self.ecm.desk.rows.get(appointment)
        return short(row.patient, 30) if row else "the patient"
