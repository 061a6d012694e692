"""How the link to picture and sound reaches an organiser whose console runs where no window can open. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

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
