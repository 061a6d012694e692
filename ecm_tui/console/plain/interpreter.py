"""Typed lines and their answers. Pure: the console around it carries out what a reply wants."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from ecm_tui.console.model import Desk
from ecm_tui.console.plain import acts, booking, shows, verbs, writing
from ecm_tui.console.plain.asking import NOTHING, NoteLines
from ecm_tui.console.plain.replies import Conversation, Lock, ReadDrafts, Reply, said
from ecm_tui.console.plain.talk import Talk

Run = Callable[[Talk, str], Reply]

RUNS: Mapping[str, Run] = {
    "help": lambda talk, typed: said(*verbs.help_lines(typed)),
    "schedule": shows.schedule,
    "people": shows.people,
    "find": shows.find,
    "details": shows.details,
    "chat": shows.chat,
    "notes": shows.notes,
    "status": shows.status,
    "names": shows.names,
    "open": acts.open_session,
    "start": acts.start,
    "admit": acts.admit,
    "unpin": acts.unpin,
    "microphone": acts.microphone,
    "camera": acts.camera,
    "window": acts.window,
    "layout": acts.layout,
    "link": acts.link,
    "hang up": acts.hang_up,
    "lock": lambda talk, typed: Reply(wants=(Lock(),)),
    "quit": acts.leave_console,
    "invite": writing.invite,
    "new": writing.new,
    "edit": booking.edit,
    "mark": booking.mark,
    "send": booking.send,
    "cancel": booking.cancel,
    "import": booking.import_list,
    "say": writing.say,
    "attach": writing.attach,
    "note": writing.note,
    "drafts": lambda talk, typed: Reply(wants=(ReadDrafts(),)),
}
"""What each command does; the others of the table are items of a person's options menu."""

CONTINUES = "Type the answer, or a full stop alone to give up."


class Interpreter:
    """Hears one line after the other."""

    def __init__(self, desk: Desk, now: Callable[[], datetime], new_id: Callable[[], str]) -> None:
        """`now` gives the service's time, `new_id` an id for a note."""
        self.talk = Talk(desk, now, new_id)
        self.conversation: Conversation | None = None
        """What takes the next line instead of a command."""

    @property
    def prompt(self) -> str:
        """What stands before the next line."""
        return self.conversation.prompt if self.conversation else "> "

    def hear(self, text: str) -> Reply:
        """The answer to one line."""
        conversation = self.conversation
        return self.follow(conversation.hear(text) if conversation else self._command(text))

    def follow(self, reply: Reply) -> Reply:
        """A reply goes on as it says, also one that came of the service's answer."""
        self.conversation = reply.then
        return reply

    def give_up(self) -> Reply:
        """What was asked is given up, or a line is."""
        asked = self.conversation
        if isinstance(asked, NoteLines):
            return self.follow(asked.given_up())
        return self.follow(said(NOTHING) if asked else Reply())

    def _command(self, text: str) -> Reply:
        name, rest = verbs.parted(text)
        if not name:
            return Reply()
        if not verbs.known(name):
            return said(verbs.unknown(name))
        run = RUNS.get(name, partial(_on_person, name))
        return run(self.talk, rest)


def _on_person(name: str, talk: Talk, typed: str) -> Reply:
    return acts.person_act(talk, name, typed)
