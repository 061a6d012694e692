"""Private notes on the Session screen: drafts that outlive everything, SEND, and one's own saved notes (S39-S44)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

from textual import on, work
from textual.widgets import Button, TextArea

from ecm_tui.console import keys, words
from ecm_tui.console.allowed import allowed
from ecm_tui.console.dialogs.confirm import Ask
from ecm_tui.console.dialogs.menu import Menu
from ecm_tui.console.dialogs.reading import Reading
from ecm_tui.console.item import Item
from ecm_tui.console.keeping import Keeper
from ecm_tui.console.model import Session
from ecm_tui.console.screens.room import Room
from ecm_tui.console.templates import templates
from ecm_tui.console.text import fit, say, short
from ecm_tui.console.widgets.note import NotePane
from ecm_tui.console.widgets.row import Part, Row
from ecm_tui.core import commands as c
from ecm_tui.core.notes import Note
from ecm_tui.errors import EcmError, RefusedError

SAVING = "saving…"
UNREACHED = "Not saved yet: it is sent again as soon as the service is back."
DRAFT = "draft:"
"""How the id of a row begins that is a draft which no console has open."""


class NoteActs(Room):
    """What the Session screen does with private notes."""

    _draft_note: Keeper | None = None
    """The draft; None while no session is read, and for roles without notes."""
    _note_state = ("", False)
    """What became of the note, and whether that is bad."""

    @property
    def note_pane(self) -> NotePane:
        """The pane, shown or not."""
        return self.query_one(NotePane)

    @property
    def noting(self) -> bool:
        """Whether a note is being written."""
        return self.has_class("-noting") and self.note_pane.has_focus_within

    @property
    def unsent_note(self) -> bool:
        """Whether there is a note that was not sent."""
        return self._draft_note is not None and bool(self._draft_note.now.text.strip())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The keys of the editor work in its pane only."""
        if not super().check_action(action, parameters):
            return False
        if action == "note_editor" and self.ecm.confined:
            return False
        return self.noting if action in ("note_send", "note_stamp", "note_template", "note_editor") else True

    # Painting --------------------------------------------------------------------------------------------------------

    def paint_note(self) -> None:
        """The pane as it stands; a note that came back saved is a draft no more."""
        session = self.ecm.desk.session
        if session is None or not session.ready or not allowed("note", self.ecm.desk.role):
            return
        self._open_note_draft(session)
        self._heed_saved(session)
        pane = self.note_pane
        if not self.has_class("-noting"):
            return
        pane.editor.veiled = self.ecm.private
        unreached = self._note_state[0] == SAVING and self.ecm.desk.line[0] != "connected"
        state = (UNREACHED, True) if unreached else self._note_state
        pane.show(list(self._note_rows(session)), *state, self._note_keys())

    def _note_keys(self) -> list[str]:
        """The keys of the pane, most useful first."""
        named = {"note.send": "SEND", "note.stamp": "time", "note.template": "template", "note.editor": "editor"}
        if self.ecm.confined:
            del named["note.editor"]
        return [f"{keys.key_of(action, self.ecm.keymap)} {word}" for action, word in named.items()]

    def _open_note_draft(self, session: Session) -> None:
        if self._draft_note is not None:
            return
        self._draft_note = self.ecm.keeper("note", session.id)
        if self.unsent_note:
            self.note_pane.editor.load_text(self._draft_note.now.text)
            self.say(f"An unsent private note is here: {keys.key_of('note.open', self.ecm.keymap)} shows it.")

    def _heed_saved(self, session: Session) -> None:
        """The event is the receipt: also for a note whose answer was lost, or that a crash cut off."""
        kept = self._draft_note
        saved = next((n for n in session.appointment.notes if kept is not None and n.id == kept.now.id), None)
        if kept is None or saved is None:
            return
        rest = self._begin_anew(kept)
        more = " What you wrote since is a new draft." if rest else ""
        said = f"Saved {words.clock(saved.at, self.ecm.desk.clinic.zone)}.{more}"
        self._note_state = (said, False)
        self.say(f"The private note was saved at {words.clock(saved.at, self.ecm.desk.clinic.zone)}.{more}")

    def _begin_anew(self, kept: Keeper) -> str:
        """The note was saved: what was written since is a new draft. Gives that."""
        now = kept.now
        rest = "" if now.text == now.sent else now.text.removeprefix(now.sent or "").lstrip()
        self._replace_draft(kept, rest)
        return rest

    def _replace_draft(self, kept: Keeper, text: str) -> None:
        kept.put(replace(self.ecm.drafts.fresh(), text=text))
        with self.prevent(TextArea.Changed):
            self.note_pane.editor.load_text(text)

    def _note_rows(self, session: Session) -> Iterator[Row]:
        width = max(20, self.note_pane.size.width - 4)
        for name, draft in self.ecm.drafts.left("note", session.id, self.ecm.desk.account[0]):
            text = "(hidden)" if self.ecm.private else draft.text
            yield self._note_row(f"{DRAFT}{name}", "draft", text, width, "warn")
        for note in reversed(self._own_notes(session)):
            clock = words.clock(note.at, self.ecm.desk.clinic.zone)
            yield self._note_row(note.id, clock, note.text, width, "text")

    def _note_row(self, row_id: str, label: str, text: str, width: int, look: str) -> Row:
        begin = short(text.strip().partition("\n")[0], width - 8)
        return Row(row_id, (Part(fit(label, 7), "quiet"), Part(fit(begin, width - 7), look)))

    def _own_notes(self, session: Session) -> list[Note]:
        return [note for note in session.appointment.notes if note.author == self.ecm.desk.account[0]]

    # Keys ------------------------------------------------------------------------------------------------------------

    async def action_note(self) -> None:
        """Open the pane, or go to it."""
        session = self.ecm.desk.session
        if session is not None and session.ready:
            self.add_class("-noting")
            await self.take_in_late()
            self.note_pane.editor.focus()
            self.call_after_refresh(self.paint_note)

    async def take_in_late(self) -> None:
        """What an editor saved whose console had died: it is below what stands here, and ctrl+z takes it out.

        Its paper goes when the draft is on the disk, and not before.
        """
        kept = self._draft_note
        paper = kept.draft.paper if kept is not None else None
        if kept is None or paper is None or self._note_state[0] == SAVING:
            return
        came, text = paper.left_behind(), paper.with_late(kept.now.text)
        if text != kept.now.text:
            editor = self.note_pane.editor
            editor.move_cursor(editor.replace(text, (0, 0), editor.document.end).end_location)
            kept.write(text)
            self.say("An editor that was open before has saved: it is in the note, and ctrl+z takes it out.")
        if came:
            await kept.flush()
            if kept.on_disk and paper.left_behind() == came:
                paper.taken_in()

    def close_note(self) -> None:
        """Close the pane; what was written stays a draft."""
        self.remove_class("-noting")
        self.say("The draft of the note is kept. It is not saved with the appointment." if self.unsent_note else "")

    def action_note_send(self) -> None:
        session, text = self.ecm.desk.session, self.note_pane.editor.text
        if session is None or self._draft_note is None or self._note_state[0] == SAVING:
            return
        if not text.strip():
            self._note_state = ("The note is empty: there is nothing to save yet.", True)
        else:
            self._note_state = (SAVING, False)
            self._save_note(session.id, text, self._draft_note)
        self.paint_note()

    def action_note_stamp(self) -> None:
        """The call's clock, or the time of day while no call runs."""
        session, now = self.ecm.desk.session, self.ecm.now()
        began = session.appointment.started_at if session and session.appointment.running else None
        stamp = f"[{words.clock(now, self.ecm.desk.clinic.zone)}] "
        if began is not None:
            seconds = max(0, int((now - began).total_seconds()))
            hours, minutes = divmod(seconds // 60, 60)
            stamp = f"[+{hours}:{minutes:02}:{seconds % 60:02}] " if hours else f"[+{minutes:02}:{seconds % 60:02}] "
        editor = self.note_pane.editor
        editor.replace(stamp, *editor.selection, maintain_selection_offset=False)

    @work(group="dialog", exit_on_error=False)
    async def action_note_template(self) -> None:
        """Choose a template; it is put where the cursor stands."""
        found = await asyncio.to_thread(templates, self.ecm.templates)
        chosen = await self.app.push_screen_wait(Menu("Templates of notes", [Item(name, name) for name in found]))
        if chosen in found:
            editor = self.note_pane.editor
            editor.replace(found[chosen], *editor.selection, maintain_selection_offset=False)
            editor.focus()

    @on(TextArea.Changed, "#note")
    def note_typed(self, event: TextArea.Changed) -> None:
        event.stop()
        if self._draft_note is None:
            return
        self._draft_note.write(event.text_area.text)
        if self._note_state[0] not in ("", SAVING):
            self._note_state = ("", False)
            self.paint_note()

    @on(Button.Pressed, "#note-send")
    def note_send_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.action_note_send()

    # Sending ---------------------------------------------------------------------------------------------------------

    @work(group="note", exit_on_error=False)
    async def _save_note(self, stream: str, text: str, note: Keeper) -> None:
        await self._saved_note(stream, text, note)

    async def _saved_note(self, stream: str, text: str, note: Keeper) -> bool:
        """Whether it was saved. Its id is on the disk before it goes out, so that it is saved once, whatever dies."""
        again = note.now.sent in (None, text)
        note.put(replace(note.now if again else self.ecm.drafts.fresh(), text=text, sent=text))
        await note.flush()
        try:
            await self.ecm.line.send(stream, c.SaveNote(note_id=note.now.id, text=text))
        except EcmError as error:
            if isinstance(error, RefusedError):  # the next try is another note: this one's id may be taken
                note.put(replace(self.ecm.drafts.fresh(), text=note.now.text))
            self._note_state = (f"Not saved, still a draft: {error.message}", True)
            self.ecm.say(f"The note was not saved, and stays a draft: {error.message}", bad=True)
            self.paint_note()
            return False
        if self._note_state[0] == SAVING:
            self._note_state = ("", False)
        self.ecm.changed()
        return True

    async def note_settled(self) -> bool:
        """Asks what becomes of a note that was not sent (S44). False: stay here."""
        session, kept = self.ecm.desk.session, self._draft_note
        if session is None or kept is None or not self.unsent_note:
            return True
        question = say("You have written a private note and not sent it.\nA draft is kept on this computer only.")
        answers = (
            ("send", "Send it now", "success"),
            ("keep", "Keep as draft", "default"),
            ("discard", "Discard it", "error"),
            ("cancel", "Stay", "default"),
        )
        chosen = await self.app.push_screen_wait(Ask("Unsent note", question, answers))
        if chosen == "send":
            if not await self._saved_note(session.id, kept.now.text, kept):
                return False
            if kept.now.sent is not None:  # the answer came before the event
                self._begin_anew(kept)
            return await self.note_settled()  # while it was on its way, more may have been written
        if chosen == "discard":
            self._replace_draft(kept, "")
        return bool(chosen)

    def close_note_draft(self) -> None:
        """The screen goes: what was written is on the disk, unless it came back saved."""
        if self._draft_note is not None:
            self._draft_note.close()

    # What is below the editor ----------------------------------------------------------------------------------------

    @work(group="dialog", exit_on_error=False)
    async def note_options(self) -> None:
        """Read the selected note in full, or go on with the selected draft."""
        session, chosen = self.ecm.desk.session, self.note_pane.saved.drawn_id
        if session is None:
            return
        if chosen.startswith(DRAFT) and self._draft_note is not None:
            self._draft_note.close()
            self._draft_note = self.ecm.keeper("note", session.id, chosen.removeprefix(DRAFT))
            self.note_pane.editor.load_text(self._draft_note.now.text)
            self.note_pane.editor.focus()
            self.paint_note()
            return
        found = next((note for note in self._own_notes(session) if note.id == chosen), None)
        if found is not None:
            at = words.clock(found.at, self.ecm.desk.clinic.zone)
            await self.app.push_screen_wait(Reading(f"Private note, saved {at}", found.text))
