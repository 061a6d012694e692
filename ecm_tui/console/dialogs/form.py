"""A form that sends: what was typed stays until the service took it, and a refusal names the field and goes there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Static

from ecm_tui.console.dialogs.base import Dialog
from ecm_tui.console.dialogs.confirm import Ask
from ecm_tui.console.forms import FIELD_OF_CODE, Wrong
from ecm_tui.console.line import Sent
from ecm_tui.console.widgets.field import Field
from ecm_tui.core.commands import Command, Guest
from ecm_tui.errors import EcmError

T = TypeVar("T")

NOBODY = Guest(name="")

Submit = Callable[[Command], Awaitable[Sent]]
"""Sends a command and gives the service's answer. Raises EcmError with the reason."""


class Labelled(Horizontal):
    """A field with its label before it."""

    DEFAULT_CSS = """
    Labelled { height: 1; width: 1fr; margin: 0 1 0 0; }
    Labelled > Static { width: 13; color: $quiet; }
    Labelled.-narrow > Static { width: 6; }
    """

    def __init__(self, label: str, field: Widget, narrow: bool = False) -> None:
        super().__init__(classes="-narrow" if narrow else "")
        self._label = label
        self._field = field

    def compose(self) -> ComposeResult:
        yield Static(Content(self._label))
        yield self._field


class Form(Dialog[T]):
    """Subclasses compose fields with ids, and give the command or what is wrong."""

    ABOUT = "A form: Tab and arrows move, Enter or ctrl+s sends, Esc closes and asks first if something was typed."

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
        Binding("ctrl+s", "send", show=False),
    ]

    def __init__(self, submit: Submit) -> None:
        super().__init__()
        self._submit = submit
        self._sending = False
        self._untouched: dict[str, str] = {}
        self.notice = ""
        """What the service wants the sender to know although it did what was asked; empty for nothing."""

    def on_mount(self) -> None:
        self._untouched = self._typed()
        self.ecm.mask(self)

    def command(self) -> Command | Wrong:
        """What the form asks for, or why it cannot be asked yet."""
        raise NotImplementedError

    def commands(self) -> Sequence[Command] | Wrong:
        """The same where it may be more than one thing, or nothing."""
        asked = self.command()
        return asked if isinstance(asked, Wrong) else [asked]

    def answer(self, result: Mapping[str, Any]) -> T:
        """The dialog's answer from the service's result."""
        raise NotImplementedError

    def on_input_submitted(self) -> None:
        self.action_send()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "send":
            event.stop()
            self.action_send()

    def action_send(self) -> None:
        if self._sending:
            return
        commands = self.commands()
        if isinstance(commands, Wrong):
            self._refuse(commands)
        elif commands:
            self._send(commands)
        else:
            self.say("Nothing was changed.")

    def action_close(self) -> None:
        if self._typed() == self._untouched:
            self.dismiss(None)
        else:
            self._ask_to_close()

    @work(group="close", exclusive=True, exit_on_error=False)
    async def _ask_to_close(self) -> None:
        question = Content("What you typed was not sent, and will be gone.")
        answers = (("discard", "Close without sending", "error"), ("cancel", "Keep typing", "default"))
        asked = Ask("Close the form?", question, answers, focused="cancel")
        if await self.app.push_screen_wait(asked) == "discard":
            self.dismiss(None)

    @work(group="send", exclusive=True, exit_on_error=False)
    async def _send(self, commands: Sequence[Command]) -> None:
        self._sending = True
        self.say("sending…")
        try:
            done = [await self._submit(command) for command in commands]
        except EcmError as error:
            self._refuse(Wrong(FIELD_OF_CODE.get(error.code, ""), error.message))
            return
        finally:
            self._sending = False
        self.notice = " ".join(str(sent.result["notice"]) for sent in done if sent.result.get("notice"))
        self.sent(self.answer(done[-1].result))

    def sent(self, answer: T) -> None:
        """The service did what was asked."""
        self.dismiss(answer)

    def _refuse(self, wrong: Wrong) -> None:
        self.say(wrong.sentence, bad=True)
        for field in self.query(f"#{wrong.field}") if wrong.field else ():
            field.focus()

    def _typed(self) -> dict[str, str]:
        return {field.id or "": field.value for field in self.query(Field)}

    def value(self, dom_id: str) -> str:
        """What stands in the field of that id; "" when there is none."""
        return next((field.value for field in self.query(Field) if field.id == dom_id), "")

    def guest(self, suffix: str = "") -> Guest:
        """The person in the fields name, email, mobile and description, their ids with `suffix`."""
        return Guest(
            name=self.value(f"name{suffix}"),
            email=self.value(f"email{suffix}"),
            mobile=self.value(f"mobile{suffix}"),
            description=self.value(f"description{suffix}"),
        )


def person_fields(
    suffix: str = "", name: str = "Name", field: type[Field] = Field, known: Guest = NOBODY
) -> Iterable[Labelled]:
    """The four fields of a person (S28), with what is `known` in them."""
    yield Labelled(name, field(known.name, "required", dom_id=f"name{suffix}"))
    yield Labelled("Email", field(known.email, "email or mobile", dom_id=f"email{suffix}"))
    yield Labelled("Mobile", field(known.mobile, "+41 79 123 45 67", dom_id=f"mobile{suffix}"))
    described = field(known.description, "optional, e.g. the job title", dom_id=f"description{suffix}")
    yield Labelled("Description", described)
