"""What can be done with a person, as they stand now: the items of the options menu. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ecm_tui.console.dialogs.menu import Item
from ecm_tui.core.people import Person


def options(person: Person, pinned: bool) -> Sequence[Item]:
    """The menu's items; disconnecting exists for waiting people only, removing for admitted people only (S9, S13)."""
    link = (
        Item("link", "Copy link and show QR code", "y"),
        Item("replace", "Make a new link", why_not=""),
        Item("revoke", "Take back the link"),
    )
    if person.state == "waiting":
        return (Item("admit", "Admit", "a"), Item("disconnect", "Disconnect", "x"), *link)
    if person.state == "admitted":
        sound = Item("unmute", "Ask to unmute") if person.muted else Item("mute", "Mute")
        pin = Item("unpin", "Unpin") if pinned else Item("pin", "Pin")
        return (sound, pin, Item("hold", "Put back in waiting room"), Item("remove", "Remove user"), link[0])
    return link
