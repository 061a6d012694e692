"""What a terminal can show: everything, or the letters of ASCII alone. Pure."""

from __future__ import annotations

import unicodedata

from ecm_tui.core.text import clean

_SPELLED = str.maketrans(
    {
        "…": "...",
        "·": "-",
        "–": "-",
        "—": "-",
        "“": '"',
        "”": '"',
        "‘": "'",
        "’": "'",
        "≈": "~",
        "ß": "ss",
        "ø": "o",
        "Ø": "O",
        "ł": "l",
        "Ł": "L",
        "æ": "ae",
        "Æ": "AE",
        "œ": "oe",
        "Œ": "OE",
        "đ": "d",
        "Đ": "D",
    }
)


def written(line: str, everything: bool) -> str:
    """The line as it is written out: through the gate, and in ASCII letters where nothing else can be shown."""
    safe = clean(line)
    if everything or safe.isascii():
        return safe
    apart = unicodedata.normalize("NFKD", safe.translate(_SPELLED))
    bare = "".join(character for character in apart if not unicodedata.combining(character))
    return bare.encode("ascii", "replace").decode()
