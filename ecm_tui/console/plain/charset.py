"""What a terminal can show: everything, or the letters of ASCII alone. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

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


def shows_all(environ: Mapping[str, str]) -> bool:
    """Whether the terminal takes UTF-8: `LANG=C` says no, and where nothing is said it does, as terminals do today.

    Python itself sets LC_CTYPE to C.UTF-8 where it finds LANG=C, so that this pair counts as what it was before.
    """
    said = {name: environ[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environ.get(name)}
    if "LC_ALL" not in said and said.get("LC_CTYPE") == "C.UTF-8" and said.get("LANG") in ("C", "POSIX"):
        return False
    first = next(iter(said.values()), "utf8")
    return first.lower().replace("-", "").endswith("utf8")


def written(line: str, everything: bool) -> str:
    """The line as it is written out: through the gate, and in ASCII letters where nothing else can be shown."""
    safe = clean(line)
    if everything or safe.isascii():
        return safe
    apart = unicodedata.normalize("NFKD", safe.translate(_SPELLED))
    bare = "".join(character for character in apart if not unicodedata.combining(character))
    return bare.encode("ascii", "replace").decode()
