"""What the acts on one person ask of the service, and what is asked and said about each. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ecm_tui.console.cells import short
from ecm_tui.core import commands as c
from ecm_tui.core.people import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One act on one person."""

    command: c.Command
    person: str
    """Id of the person."""
    name: str
    """As it stands in sentences."""
    word: str = ""
    """What the person's row says until it happened; empty for nothing."""
    said: str = ""
    """What is said when it happened; empty where the row shows it."""
    title: str = ""
    question: str = ""
    """What must be confirmed first, with `$name` in it; empty when nothing needs to be."""


def deed(act: str, person: Person) -> Deed:
    """The deed of an item of the options menu. Raises `KeyError` for an item that only shows something."""
    name, one = short(person.name, 30), person.id
    if act in ("replace", "revoke"):
        return _link(act == "revoke", one, name)
    if act == "remove":
        question = "$name leaves the call at once and is told so. The same link leads to the waiting room."
        return Deed(
            command=c.Remove(person_id=one),
            person=one,
            name=name,
            word="removing…",
            title="Remove user",
            question=question,
        )
    commands: dict[str, tuple[c.Command, str, str]] = {
        "admit": (c.Admit(person_id=one), "admitting…", ""),
        "disconnect": (c.Disconnect(person_id=one), "disconnecting…", ""),
        "mute": (c.Mute(person_id=one), "muting…", ""),
        "unmute": (c.AskUnmute(person_id=one), "asking…", ""),
        "silence": (c.Silence(person_id=one), "closing the chat…", ""),
        "unsilence": (c.Silence(person_id=one, on=False), "opening the chat…", ""),
        "lower": (c.LowerHand(person_id=one), "lowering…", ""),
        "hold": (c.Hold(person_id=one), "putting back…", ""),
        "resend": (c.SendInvitation(person_id=one), "", f"The invitation of {name} is on its way again."),
        "pin": (c.ChooseView(pinned=one), "", "Pinned in your video window."),
        "unpin": (c.ChooseView(pinned=""), "", "Nobody is pinned any more."),
    }
    command, word, said = commands[act]
    return Deed(command=command, person=one, name=name, word=word, said=said)


def _link(revoke: bool, one: str, name: str) -> Deed:
    return Deed(
        command=c.ReplaceLink(person_id=one, revoke=revoke),
        person=one,
        name=name,
        said=f"The link of {name} is taken back." if revoke else f"{name} has a new link: copy it and pass it on.",
        title="Take back the link" if revoke else "Make a new link",
        question="The link that $name has now opens nothing any more.",
    )
