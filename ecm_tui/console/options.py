"""What can be done with a person, as they stand now: the items of the options menu. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ecm_tui.console.allowed import shown_items
from ecm_tui.console.cells import short
from ecm_tui.console.item import Item
from ecm_tui.console.model import Desk, Session
from ecm_tui.core.people import Person


def offered(session: Session, person: Person, desk: Desk) -> list[Item]:
    """The items of this person's options menu, as they stand and for our role."""
    stills = sum(still.person_id == person.id for still in session.appointment.stills)
    made = options(person, desk.me.pinned == person.id, stills, session.appointment.running)
    return shown_items(made, desk.role)


def options(person: Person, pinned: bool, stills: int = 0, running: bool = True) -> Sequence[Item]:
    """The menu's items; disconnecting exists for waiting people only, removing for admitted people only (S9, S13).

    `stills` is how many were taken of this person; `running` is whether the call is.
    """
    seen = (Item("stills", "Show the still" if stills == 1 else f"Show stills ({stills})"),) if stills else ()
    details = Item("details", "Details")
    if person.state == "waiting":
        admit = Item("admit", "Admit", "a", _no_admission(person, running))
        return (admit, Item("disconnect", "Disconnect", "x"), *seen, *_link(person), details)
    if person.state == "admitted":
        pin = Item("unpin", "Unpin") if pinned else Item("pin", "Pin")
        hand = (Item("lower", "Lower hand"),) if person.hand else ()
        hold, remove = Item("hold", "Put back in waiting room"), Item("remove", "Remove user")
        still, chat = (screenshot(person), *seen), silencing(person.silenced)
        return (_sound(person), pin, *hand, *still, hold, remove, chat, _link(person)[0], details)
    silenced = (silencing(True),) if person.silenced else ()
    return (*seen, *silenced, *_link(person), details)


def _no_admission(person: Person, running: bool) -> str:
    if not running:
        return "The call has not started. JOIN SESSION starts it."
    return "" if person.connected else f"{short(person.name, 24)} lost the connection."


def _sound(person: Person) -> Item:
    if not person.muted:
        return Item("mute", "Mute")
    asked = f"{short(person.name, 24)} was asked and has not answered yet." if person.unmute_asked else ""
    return Item("unmute", "Ask to unmute", why_not=asked)


def silencing(silenced: bool) -> Item:
    """Closing the chat for one person, or opening it again; they still read it."""
    return Item("unsilence", "Let write in the chat again") if silenced else Item("silence", "Silence in chat")


def _link(person: Person) -> tuple[Item, ...]:
    gone = "The link was taken back. Make a new one first." if person.link_revoked else ""
    return (
        Item("link", "Copy link and show QR code", "y", gone),
        Item("resend", "Send the invitation again", why_not=gone),
        Item("replace", "Make a new link"),
        Item("revoke", "Take back the link", why_not="The link is taken back already." if gone else ""),
    )


def screenshot(person: Person) -> Item:
    """Asking for a still, why it cannot be asked for now (S17), or taking the request back."""
    name = short(person.name, 24)
    if person.consent is not None and person.consent.allowed_at is None:
        return Item("cancel_screenshot", "Cancel the screenshot request")
    why_not = ""
    if person.consent is not None:
        why_not = "The picture is being taken."
    elif not person.connected:
        why_not = f"{name} lost the connection."
    else:
        why_not = no_camera(person)
    return Item("screenshot", "Take screenshot", why_not=why_not)


def no_camera(person: Person) -> str:
    """Why this person's camera shows nothing; "" while it is on."""
    name = short(person.name, 24)
    return {
        "on": "",
        "denied": f"The browser of {name} does not allow the camera.",
        "none": f"{name} has no camera.",
    }.get(person.devices.camera, f"The camera of {name} is off.")
