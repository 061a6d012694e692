"""Details of an appointment: people and when they were in, stills, own notes, files, what happened; kept up to date."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from ecm_tui.console import words
from ecm_tui.console.allowed import allowed
from ecm_tui.console.dialogs.base import Dialog
from ecm_tui.console.dialogs.reading import Reading
from ecm_tui.console.model import Session
from ecm_tui.console.text import say
from ecm_tui.console.widgets import dossier
from ecm_tui.console.widgets.bars import Bar, WordsLine
from ecm_tui.console.widgets.rows import RowList
from ecm_tui.core.schedule import status, summary
from ecm_tui.core.stills import Still

ShowStill = Callable[[str, Still, str], object]
"""Shows a still of an appointment, of the person of that name."""

EditPerson = Callable[[str, str], object]
"""Opens the form for a person, by id, of an appointment."""


SaveOf = Callable[[Session, str, str], object]
"""Asks where to, and saves something of an appointment: `file`, `still` or `note`, by id."""


class Dossier(Dialog[str]):
    """Enter reads, shows or saves what is selected. Gives `open` when the session is to be opened."""

    ABOUT = (
        "All that belongs to an appointment, kept up to date. Enter shows the selected still, reads the selected note "
        "or saves the selected file, s saves any of them where only you can read it, e edits the selected person, o "
        "opens the session, Tab goes to what happened. Esc gives up what is being saved, or closes."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "show", show=False),
        Binding("o", "open", show=False),
        Binding("e", "edit", show=False),
        Binding("s", "save", show=False),
        Binding("tab", "app.focus_next", show=False),
        Binding("q", "close", show=False),
    ]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012 - Textual declares it per instance

    def __init__(
        self,
        appointment: str,
        show_still: ShowStill,
        edit: EditPerson | None,
        save: SaveOf,
        give_up: Callable[[], bool],
    ) -> None:
        """`edit` is None for whoever may change nothing; `give_up` ends a saving, and says whether there was one."""
        super().__init__()
        self._edit = edit
        self._appointment = appointment
        self._show_still = show_still
        self._save = save
        self._give_up = give_up
        self._painted: object = None
        """What the rows were made of last."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="box dossier"):
            yield Bar(classes="title")
            yield Bar(dom_id="plan")
            with Horizontal():
                yield RowList(self.ecm.timer, dom_id="belongings")
                yield RowList(self.ecm.timer, dom_id="happened")
            yield WordsLine()
            edits = "e edits person · " if self._edit else ""
            saves = "" if self.ecm.confined else "s saves · "
            hint = f"Enter shows · {saves}{edits}o opens session · Esc closes"
            yield Static(Content(hint), classes="hint")

    def on_mount(self) -> None:
        self.query_one("#belongings").focus()
        self._read()

    def on_resize(self) -> None:
        self.call_after_refresh(self.paint)

    @property
    def session(self) -> Session | None:
        """What is known of the appointment."""
        return self.ecm.desk.session_of(self._appointment)

    @work(group="reading", exclusive=True, exit_on_error=False)
    async def _read(self) -> None:
        self.ecm.desk.look(self._appointment)
        await self.ecm.line.follow()
        self.paint()

    def paint(self) -> None:
        super().paint()
        session, zone = self.session, self.ecm.desk.clinic.zone
        if session is None:  # the session that was open is closed: from now on it is read for this dialog
            self._read()
        if session is None or not session.ready or not session.appointment.exists:
            self.query_one("#plan", Bar).show(Content("Reading…"))
            return
        self._paint_head(session, zone)
        belongings, happened = self.query_one("#belongings", RowList), self.query_one("#happened", RowList)
        made_of = (session.id, session.appointment.seq, belongings.size.width, happened.size.width, zone)
        if made_of == self._painted:
            return
        self._painted = made_of
        stills = allowed("stills", self.ecm.desk.role)
        rows = dossier.belongings(session, dossier.Reader(zone=zone, width=belongings.size.width, stills=stills))
        if self.has_class("-wide"):
            reader = dossier.Reader(zone=zone, width=happened.size.width, stills=stills)
            happened.show(dossier.happened(session, reader))
        else:
            reader = dossier.Reader(zone=zone, width=belongings.size.width, stills=stills)
            rows += dossier.happened(session, reader)
        belongings.show(rows)

    def _paint_head(self, session: Session, zone: tzinfo) -> None:
        row, now = summary(session.appointment), self.ecm.now()
        glyph, word = words.STATUS[status(row, now)]
        number = f"  ID {row.patient_id}" if row.patient_id else ""
        title = say("[b]$patient[/][$quiet]$more[/]", patient=row.patient, more=f"{number}  {glyph} {word}")
        self.query_one(".title", Bar).show(title)
        day = words.day(row.at.astimezone(zone).date(), now.astimezone(zone).date())
        plan = f"{day}, {words.clock(row.at, zone)}, {row.minutes} min, {words.KINDS[row.kind]}"
        self.query_one("#plan", Bar).show(say("[$quiet]$plan[/]", plan=plan))

    # Acts ------------------------------------------------------------------------------------------------------------

    @on(RowList.Acted)
    def row_acted(self, event: RowList.Acted) -> None:
        event.stop()
        self.action_show()

    @on(RowList.Chosen)
    def row_chosen(self, event: RowList.Chosen) -> None:
        event.stop()

    def action_open(self) -> None:
        self.dismiss("open")

    def action_close(self) -> None:
        if not self._give_up():
            super().action_close()

    def action_edit(self) -> None:
        kind, _, of = self._selected.partition(":")
        if self._edit is None or not self.settled:
            return
        if kind == "person":
            self._edit(self._appointment, of)
        else:
            self.say("Select a person first.")

    @property
    def _selected(self) -> str:
        """`person:ID` and so on; further lines of a row count as the row."""
        return self.query_one("#belongings", RowList).drawn_id.partition(".")[0]

    def action_show(self) -> None:
        """What is selected: a still, a note read in full."""
        session = self.session
        if session is None or not self.settled:
            return
        kind, _, of = self._selected.partition(":")
        if kind == "still":
            self._still(session, of)
        elif kind == "note":
            self._note(session, of)
        elif kind == "file":
            self._save(session, kind, of)

    def action_save(self) -> None:
        """Save what is selected."""
        session = self.session
        if session is None or not self.settled:
            return
        kind, _, of = self._selected.partition(":")
        if kind in ("file", "still", "note"):
            self._save(session, kind, of)
        else:
            self.say("Select a file, a still or a note first.")

    def _still(self, session: Session, still_id: str) -> None:
        still = next((still for still in session.appointment.stills if still.id == still_id), None)
        person = session.appointment.people.get(still.person_id) if still else None
        if still is not None:
            self._show_still(session.id, still, person.name if person else "")

    def _note(self, session: Session, note_id: str) -> None:
        note = next((note for note in session.appointment.notes if note.id == note_id), None)
        if note is not None:
            at = note.at.astimezone(self.ecm.desk.clinic.zone)
            self.app.push_screen(Reading(f"Private note, {at.day} {at:%b %H:%M}", note.text))
