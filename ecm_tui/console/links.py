"""Links in what people write: found in the text, and where they truly lead. Nothing here opens one. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

MOST = 5
"""Links of one message that a menu offers."""

_LINK = re.compile(r"https?://[^\s<>\"'`\\^{}|]+", re.IGNORECASE)


def links(text: str) -> list[str]:
    """The web addresses in a text, each once, as written."""
    found = [_trimmed(match) for match in _LINK.findall(text)]
    return list(dict.fromkeys(link for link in found if target(link)))[:MOST]


def target(link: str) -> str:
    """The computer that a link leads to, as the network knows it; "" when it is no link that leads anywhere.

    A name with letters of other alphabets is given in its `xn--` form, so that it cannot pass for another.
    """
    try:
        host = urlsplit(link).hostname or ""
        return host if host.isascii() else host.encode("idna").decode()
    except ValueError:  # UnicodeError is one
        return ""


def _trimmed(link: str) -> str:
    """Without the full stop or bracket that belongs to the sentence."""
    link = link.rstrip(".,;:!?")
    while link.endswith(")") and link.count(")") > link.count("("):
        link = link[:-1].rstrip(".,;:!?")
    return link
