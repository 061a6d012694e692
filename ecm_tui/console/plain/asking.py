"""What takes more than one line: a question, a form field by field, a note line by line. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ecm_tui.console.forms import FIELD_OF_CODE, Wrong
from ecm_tui.console.plain.replies import Act, CloseNote, KeepNote, Reply, SendNote, said
from ecm_tui.core.commands import Command
from ecm_tui.errors import EcmError

NOTHING = "Nothing was done."
CONTACTS = ("email", "mobile")
GIVE_UP = "."
"""Alone on a line, it gives up what was asked."""
EMPTY = "-"
"""Alone on a line, it leaves a field empty that has a value."""


@dataclass(frozen=True, slots=True)
class YesNo:
    """One question."""

    question: str
    yes: Callable[[], Reply]
    decides: bool = True

    @property
    def prompt(self) -> str:
        return "y or n: "

    def hear(self, text: str) -> Reply:
        match text.strip().lower():
            case "y" | "yes":
                return self.yes()
            case "n" | "no" | "." | "":
                return said(NOTHING)
            case _:
                return Reply((f"{self.question} Type y or n.",), then=self)


@dataclass(frozen=True, slots=True)
class Choice:
    """One question with answers of its own."""

    question: str
    answers: Mapping[str, Callable[[], Reply]]
    decides: bool = True

    @property
    def prompt(self) -> str:
        return f"{', '.join(self.answers)}: "

    def hear(self, text: str) -> Reply:
        answer = self.answers.get(text.strip().lower())
        if answer is not None:
            return answer()
        return said(NOTHING) if text.strip() in ("", GIVE_UP) else Reply((self.question,), then=self)


@dataclass(frozen=True, slots=True)
class Asked:
    """One field of a form."""

    id: str
    label: str
    value: str = ""
    """What an empty line gives."""


@dataclass(frozen=True, slots=True)
class Fields:
    """A form, field by field. What is wrong is asked for again; nothing else that was typed is lost."""

    stream: str
    fields: Sequence[Asked]
    commands: Callable[[Mapping[str, str]], Sequence[Command] | Wrong]
    """What is asked of the service, one after the other; none when nothing is to be done."""
    done: Callable[[Mapping[str, object]], Reply]
    """What follows from the service's last result."""
    values: Mapping[str, str] = field(default_factory=dict)
    at: int = 0
    decides: bool = False

    @property
    def prompt(self) -> str:
        one = self.fields[self.at]
        value = self.values.get(one.id, one.value)
        return f"{one.label} [{value}]: " if value else f"{one.label}: "

    def hear(self, text: str) -> Reply:
        if text.strip() == GIVE_UP:
            return said(NOTHING)
        one = self.fields[self.at]
        typed = text.strip() or self.values.get(one.id, one.value)
        values = {**self.values, one.id: "" if typed == EMPTY else typed}
        missing = next((n for n, each in enumerate(self.fields) if each.id not in values), None)
        if missing is not None:
            return Reply(then=replace(self, values=values, at=missing))
        made = self.commands(values)
        if isinstance(made, Wrong):
            return self._again(values, made.field, made.sentence)
        return self._ask(made, values) if made else said(NOTHING)

    def _ask(self, commands: Sequence[Command], values: Mapping[str, str]) -> Reply:
        """Ask for the first of them, and for the others once it was done."""
        first, *others = commands

        def refused(error: EcmError) -> Reply:
            return self._again(values, FIELD_OF_CODE.get(error.code, ""), error.message)

        def after(result: Mapping[str, object]) -> Reply:
            return self._ask(others, values) if others else self.done(result)

        return Reply(wants=(Act(stream=self.stream, command=first, after=after, refused=refused),))

    def _again(self, values: Mapping[str, str], wrong: str, sentence: str) -> Reply:
        """Ask for the field that is wrong once more; a refusal that is about none of them ends the form."""
        at = next((n for n, each in enumerate(self.fields) if each.id == wrong), None)
        if at is None:
            return said(sentence)
        asked = CONTACTS if wrong in CONTACTS else ()  # one that is missing can be made up for by the other
        kept = {name: value for name, value in values.items() if value or name not in asked}
        return Reply((sentence,), then=replace(self, values=kept, at=at))


@dataclass(frozen=True, slots=True)
class NoteLines:
    """A private note, line by line, until a full stop stands alone. Each line is on the disk before the next."""

    lines: tuple[str, ...] = ()
    decides: bool = False

    @property
    def prompt(self) -> str:
        return "note: "

    def hear(self, text: str) -> Reply:
        if text.strip() == GIVE_UP:
            return Reply(wants=(SendNote("\n".join(self.lines)),))
        lines = (*self.lines, text)
        return Reply(wants=(KeepNote("\n".join(lines)),), then=replace(self, lines=lines))

    def given_up(self) -> Reply:
        """What was written stays."""
        kept = "The note is kept as a draft: note goes on with it, note drop throws it away."
        return Reply((kept,) if any(self.lines) else (NOTHING,), (CloseNote(),))
