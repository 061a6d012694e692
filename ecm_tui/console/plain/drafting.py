"""A private note in lines (S39-S44): a draft on the disk from its first line on, sent once; or in one's own editor."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import assert_never

from ecm_tui.console import words
from ecm_tui.console.drafts import Drafts
from ecm_tui.console.editing import NO_EDITOR, NotTakenError, Paper, editor_of
from ecm_tui.console.keeping import Keeper, keeper
from ecm_tui.console.line import Line
from ecm_tui.console.plain.asking import Choice, NoteLines, YesNo
from ecm_tui.console.plain.doing import Doing
from ecm_tui.console.plain.replies import (
    Act,
    CloseNote,
    KeepNote,
    Leave,
    NoteWant,
    OpenNote,
    Quit,
    ReadDrafts,
    RemoveDrafts,
    Reply,
    SendNote,
    said,
)
from ecm_tui.console.plain.talk import Talk
from ecm_tui.console.plain.terminal import Terminal
from ecm_tui.console.unsent import GONE, Leftover, counted, leftovers, remove
from ecm_tui.core import commands as c
from ecm_tui.errors import EcmError, RefusedError

HOW = "A full stop alone on a line saves it with the appointment; ctrl+c keeps it as a draft."
WAITS = "An unsent private note is here: note goes on with it."
SAVED = "The note is saved with the appointment."
UNSENT = "You have written a private note and not sent it; a draft is kept on this computer only. Leave all the same?"


class Drafting:
    """One console's notes."""

    def __init__(
        self,
        talk: Talk,
        line: Line,
        doing: Doing,
        terminal: Terminal,
        drafts: Drafts,
        environ: Mapping[str, str],
        confined: bool,
    ) -> None:
        self._talk = talk
        self._line = line
        self._doing = doing
        self._terminal = terminal
        self._drafts = drafts
        self._environ = environ
        self._confined = confined
        self._appointment = ""
        self._kept: Keeper | None = None
        """The note that is being written."""

    @property
    def _account(self) -> str:
        return self._talk.desk.account[0]

    def close(self) -> None:
        """What is being written stays a draft, for whichever console comes next."""
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.close()

    def waits(self, appointment: str) -> bool:
        """Whether a note was written there and not sent."""
        return any(draft.text.strip() for _, draft in self._drafts.left("note", appointment, self._account))

    def unsettled(self, want: Leave | Quit) -> Reply | None:
        """Ending a call with an unsent note asks first (S44)."""
        session = self._talk.desk.session
        if not want.end or want.settled or session is None or not self.waits(session.id):
            return None
        go = replace(want, settled=True)
        return Reply((f"{UNSENT} y or n",), then=YesNo(UNSENT, lambda: Reply(wants=(go,))))

    async def do(self, want: NoteWant) -> Reply | None:
        """Carry it out."""
        match want:
            case OpenNote():
                return await self._open(want)
            case KeepNote():
                await self._keep(want.text)
                return None
            case SendNote():
                return await self._send(want.text)
            case CloseNote():
                return await self._let_go(want.thrown_away)
            case ReadDrafts():
                return await self._read_drafts()
            case RemoveDrafts():
                await remove(self._drafts, want.found, self._account)
                return said(GONE)
            case _:
                assert_never(want)

    # Writing ---------------------------------------------------------------------------------------------------------

    async def _open(self, want: OpenNote) -> Reply:
        self.close()
        self._appointment = want.appointment
        self._kept = await asyncio.to_thread(
            keeper,
            self._drafts,
            "note",
            want.appointment,
            self._account,
            lambda sentence: self._terminal.say([sentence]),
        )
        before = self._heed_saved(self._kept)
        if want.own_editor:
            return await self._edit(before)
        return self._go_on((*before, f"A private note, read by you alone. {HOW}"))

    def _go_on(self, lines: tuple[str, ...]) -> Reply:
        """Line by line, after those that are there."""
        text = self._kept.now.text if self._kept else ""
        written = tuple(text.split("\n")) if text else ()
        hidden = "The draft of before is hidden with the names, and goes on."
        shown = (hidden,) if written and self._talk.private else written
        return Reply((*lines, *(("Until now:",) if written else ()), *shown), then=NoteLines(written))

    def _heed_saved(self, kept: Keeper) -> tuple[str, ...]:
        """A draft whose note came back saved, although its answer was lost, is a draft no more."""
        session = self._talk.session
        if session is None or all(note.id != kept.now.id for note in session.appointment.notes):
            return ()
        now = kept.now
        rest = "" if now.text == now.sent else now.text.removeprefix(now.sent or "").lstrip()
        kept.put(replace(self._drafts.fresh(), text=rest))
        return ("The note that you sent before is saved.",)

    async def _keep(self, text: str) -> None:
        if self._kept is not None:
            self._kept.write(text)
            await self._kept.flush()

    async def _let_go(self, thrown_away: bool) -> Reply | None:
        if thrown_away:
            await self._keep("")
        self.close()
        return said("The note is thrown away.") if thrown_away else None

    async def _send(self, text: str) -> Reply:
        """Its id is on the disk before it goes out, so that it is saved once, whatever dies."""
        kept = self._kept
        if kept is None or not text.strip():
            await self._let_go(False)
            return said("The note is empty: nothing was saved.")
        again = kept.now.sent in (None, text)
        kept.put(replace(kept.now if again else self._drafts.fresh(), text=text, sent=text))
        await kept.flush()
        try:
            note = c.SaveNote(note_id=kept.now.id, text=text)
            reply = await self._doing.act(Act(stream=self._appointment, command=note, said=SAVED))
        except EcmError as error:
            if isinstance(error, RefusedError):  # the next try is another note: this one's id may be taken
                kept.put(replace(self._drafts.fresh(), text=text))
            return said(f"The note was not saved, and stays a draft: {error.message} Type note to go on with it.")
        else:
            kept.put(self._drafts.fresh())
            return reply
        finally:
            self.close()

    # One's own editor ------------------------------------------------------------------------------------------------

    async def _edit(self, before: tuple[str, ...] = ()) -> Reply:
        kept, command = self._kept, editor_of(self._environ)
        paper = kept.draft.paper if kept else None
        why_not = self._no_editor(command, paper)
        if kept is None or paper is None or why_not:
            self.close()
            return said(*before, why_not)
        await kept.flush()
        try:
            paper.lay_out(kept.now.text)
            status = await self._terminal.lend([*command, str(paper.path)])
        except OSError as error:
            paper.set_aside()
            self.close()
            return said(f"The editor could not be started: {error.strerror or error}. The note is as it was.")
        try:
            text = paper.read()
        except NotTakenError as error:
            return self._not_taken(str(error), paper)
        ended = f"The editor ended with status {status}. " if status else ""
        if text == kept.now.text or (status and not text):
            paper.remove()
            return self._go_on((*before, f"{ended}The note is as it was. {HOW}"))
        await self._keep(text)
        if kept.on_disk:  # else the paper stays, as all there is
            paper.remove()
        return self._go_on((*before, f"{ended}What you saved there is the draft now. {HOW}"))

    def _no_editor(self, command: list[str], paper: Paper | None) -> str:
        if self._confined:
            return words.CONFINED
        if not self._terminal.interactive:
            return "An editor needs a terminal."
        if not command:
            return NO_EDITOR
        if self._talk.private:
            return "Show names first: your editor would show the note to whoever looks on."
        return "" if paper else "No draft can be kept on this computer, so your editor cannot be given one."

    def _not_taken(self, why: str, paper: Paper) -> Reply:
        def back() -> Reply:
            return Reply(wants=(OpenNote(self._appointment, own_editor=True),))

        def drop() -> Reply:
            paper.remove()
            return Reply(("What you saved there is left out.",), wants=(OpenNote(self._appointment),))

        question = f"{why} The note is as it was. Type back for the editor, or drop to leave it out."
        answers: Mapping[str, Callable[[], Reply]] = {"back": back, "drop": drop}
        self.close()
        return Reply((question,), then=Choice(question, answers))

    # Drafts of erased appointments -----------------------------------------------------------------------------------

    async def left(self) -> list[Leftover]:
        """What was never sent of appointments that the clinic has erased since."""
        return await leftovers(self._line, self._drafts, self._account)

    async def _read_drafts(self) -> Reply:
        found = await self.left()
        if not found:
            return said("You have no drafts of erased appointments.")
        texts = [line for each in found for line in (*each.text.split("\n"), "")]
        shown = ["names shows them first: drafts may hold some."] if self._talk.private else texts
        question, away = "Remove them from this computer?", Reply(wants=(RemoveDrafts(tuple(found)),))
        return Reply((counted(found), *shown, f"{question} y or n"), then=YesNo(question, lambda: away))
