"""How an organiser sees whose console runs where no window can open: by a link, or small pictures. Pure."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from ecm_tui.console import words
from ecm_tui.console.cells import short
from ecm_tui.console.model import Desk
from ecm_tui.console.options import no_camera

_HOST = re.compile(r"[0-9A-Fa-f:.]{2,45}")
_USER = re.compile(r"[A-Za-z0-9._-]{1,64}")


def tunnel(link: str, environ: Mapping[str, str]) -> str:
    """The command that lets the link's port through the SSH line, for the organiser's own computer; "" without one.

    It names the host's address as the line has it; whoever logs in by a name writes that instead.
    """
    _, _, host, port = (environ.get("SSH_CONNECTION", "").split() + [""] * 4)[:4]
    wanted, user = urlsplit(link).port, environ.get("USER") or environ.get("LOGNAME") or ""
    if not wanted or not _HOST.fullmatch(host):
        return ""
    at = f"{user}@{host}" if _USER.fullmatch(user) else host
    other = f"-p {port} " if port.isdigit() and port != "22" else ""
    return f"ssh -N -L {wanted}:127.0.0.1:{wanted} {other}{at}"


def has_display(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> bool:
    """Whether a window can open on this computer, as far as its variables tell."""
    return platform in ("darwin", "win32") or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Whom the small pictures show, or why nobody."""

    appointment: str = ""
    person: str = ""
    """Id; "" when there is nothing to see."""
    stay: int = 0
    """The person's stay in the call: another one is another sight."""
    name: str = ""
    why: str = ""


NOTHING = Sight()


def sight(desk: Desk, selected: str) -> Sight:
    """What is to be seen while the person of this id is selected."""
    session = desk.session
    person = session.appointment.people.get(selected) if session else None
    if session is None or person is None:
        return Sight(why=words.NOBODY_SELECTED)
    name = short(person.name, 40)
    if desk.line[0] != "connected":
        return Sight(name=name, why="The line to the service is lost. The picture comes back with it.")
    if not session.appointment.running:
        return Sight(name=name, why=words.ENDED)
    if person.state != "admitted":
        return Sight(name=name, why=f"{name} is not in the call any more: {person.word.lower()}.")
    if why := no_camera(person):
        return Sight(name=name, why=why)
    return Sight(appointment=session.id, person=person.id, stay=person.admission, name=name)
