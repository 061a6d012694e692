"""A private note in the person's own editor (S40): the terminal is lent to it, and the draft loses nothing."""

from __future__ import annotations

from textual import work

from ecm_tui.console.dialogs.confirm import Ask
from ecm_tui.console.editing import NO_EDITOR, NotTakenError, Paper, editor_of
from ecm_tui.console.keeping import Keeper
from ecm_tui.console.screens.notes import SAVING, NoteActs
from ecm_tui.console.text import say, short


class OwnEditor(NoteActs):
    """What the Session screen does to have a note written elsewhere."""

    @work(group="dialog", exit_on_error=False)
    async def action_note_editor(self) -> None:
        """Lend the terminal to the editor, and take in what it saved."""
        kept, command = self._draft_note, editor_of(self.ecm.environ)
        why_not = self._no_editor(kept, command)
        if kept is None or why_not:
            self.say(why_not, bad=True)
            return
        await self.take_in_late()
        await kept.flush()
        paper = kept.draft.paper
        while paper is not None and await self._goes_back(kept, paper, command):
            pass
        self.note_pane.editor.focus()
        self.ecm.paint()

    def _no_editor(self, kept: Keeper | None, command: list[str]) -> str:
        if not command:
            return NO_EDITOR
        if self.ecm.private:
            return "Show names first: your editor would show the note to whoever looks on."
        if kept is not None and kept.draft.paper is None:
            return "No draft can be kept on this computer, so your editor cannot be given one."
        return "The note is being saved. Try again in a moment." if self._note_state[0] == SAVING else ""

    async def _goes_back(self, kept: Keeper, paper: Paper, command: list[str]) -> bool:
        """Once through the editor; whether it is opened again, because what it saved cannot be taken in."""
        try:
            paper.lay_out(kept.now.text)
            status = await self.ecm.lend_terminal([*command, str(paper.path)])
        except OSError as error:
            paper.set_aside()
            why = error.strerror or str(error)
            self.say(f"{short(command[0], 40)} could not be started: {why}. The note is as it was.", bad=True)
            return False
        try:
            text = paper.read()
        except NotTakenError as error:
            return await self._held(paper, str(error))
        self._take_in(kept, text, status)
        await kept.flush()
        if not kept.on_disk:
            return False  # the paper stays, as all there is
        paper.set_aside() if self.ecm.told_to_end else paper.remove()
        return False

    def _take_in(self, kept: Keeper, text: str, status: int) -> None:
        """One step that ctrl+z takes back. An editor that failed and left nothing has not emptied the note."""
        ended = f"The editor ended with status {status}. " if status else ""
        if text == kept.now.text or (status and not text):
            self.say(ended + "The note is as it was.", bad=bool(status))
            return
        editor = self.note_pane.editor
        editor.move_cursor(editor.replace(text, (0, 0), editor.document.end).end_location)
        kept.write(text)
        self.say(f"{ended}What you saved there is here; ctrl+z takes it back. Only SEND files it.", bad=bool(status))

    async def _held(self, paper: Paper, why: str) -> bool:
        question = say("$why\nThe note here is as it was.", why=why)
        answers = (("back", "Back to the editor", "default"), ("drop", "Leave it out", "error"))
        chosen = await self.app.push_screen_wait(Ask("Not taken in", question, answers))
        if chosen == "drop":
            paper.remove()
        elif not chosen:
            self.say("What you saved there waits in your editor, and is not in the note.", bad=True)
        return chosen == "back"
