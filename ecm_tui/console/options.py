"""What can be done with a person, as they stand now: the items of the options menu. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ecm_tui.console.dialogs.menu import Item
from ecm_tui.console.text import short
from ecm_tui.core.people import Person


def options(person: Person, pinned: bool, stills: int = 0) -> Sequence[Item]:
    """The menu's items; disconnecting exists for waiting people only, removing for admitted people only (S9, S13).

    `stills` is how many were taken of this person.
    """
    seen = (Item("stills", "Show the still" if stills == 1 else f"Show stills ({stills})"),) if stills else ()
    link = (
        Item("link", "Copy link and show QR code", "y"),
        Item("replace", "Make a new link", why_not=""),
        Item("revoke", "Take back the link"),
    )
    if person.state == "waiting":
        return (Item("admit", "Admit", "a"), Item("disconnect", "Disconnect", "x"), *seen, *link)
    if person.state == "admitted":
        sound = Item("unmute", "Ask to unmute") if person.muted else Item("mute", "Mute")
        pin = Item("unpin", "Unpin") if pinned else Item("pin", "Pin")
        shot = screenshot(person)
        return (sound, pin, shot, *seen, Item("hold", "Put back in waiting room"), Item("remove", "Remove user"), link[0])
    return (*seen, *link)


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
    elif person.devices.camera != "on":
        why_not = {
            "denied": f"The browser of {name} does not allow the camera.",
            "none": f"{name} has no camera.",
        }.get(person.devices.camera, f"The camera of {name} is off.")
    return Item("screenshot", "Take screenshot", why_not=why_not)
