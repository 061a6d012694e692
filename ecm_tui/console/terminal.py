"""What this terminal can show, as far as its variables and the settings tell; nothing is asked of it. Pure."""

from __future__ import annotations

import codecs
import locale
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ecm_tui.settings import Display

Colours = Literal["none", "sixteen", "many"]
Signs = Literal["all", "some", "ascii"]
"""Which signs are drawn: all; those that the Linux console's font has, and every letter; or ASCII and nothing else."""

Pictures = Literal["cells", "kitty", "sixel"]
"""How a moving picture is drawn: in half cells or letters, by kitty's graphics protocol, or in sixels."""

CRAMPED = 70
"""Columns below which what stands beside each other says less."""

_COLOURLESS = ("vt100", "vt102", "vt220", "vt320", "linux-m", "xterm-mono", "ansi-m", "hurd-m")
_MANY = ("-256color", "-direct", "-truecolor")
_KNOWN_TO_HAVE_MANY = ("xterm-kitty", "xterm-ghostty", "alacritty", "foot", "wezterm", "iterm")
_KITTY = ("xterm-kitty", "xterm-ghostty")
_SIXEL = ("foot", "mlterm", "contour", "wezterm")
_LIGHT = ("7", "15")
"""The backgrounds in COLORFGBG that are light."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """What the console draws with."""

    colours: Colours = "many"
    theme: str = "dark"
    """Name of a theme in `theme.THEMES`."""
    signs: Signs = "all"
    pictures: Pictures = "cells"
    far: bool = False
    """Whether it stands at the end of a line that may be slow."""


def terminal(environ: Mapping[str, str], display: Display) -> Terminal:
    """What can be drawn where these are the variables, and how its owner wants it."""
    colours = _colours(environ)
    return Terminal(
        colours=colours,
        theme=_theme(colours, environ, display.theme),
        signs=_signs(environ, display),
        pictures=_pictures(environ) if colours != "none" else "cells",
        far=any(environ.get(name) for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")),
    )


def _colours(environ: Mapping[str, str]) -> Colours:
    term = environ.get("TERM", "").lower()
    if environ.get("NO_COLOR") or term in _COLOURLESS:
        return "none"
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return "many"
    return "many" if term.endswith(_MANY) or term.startswith(_KNOWN_TO_HAVE_MANY) else "sixteen"


def _pictures(environ: Mapping[str, str]) -> Pictures:
    """By the name alone: it is another one inside tmux and screen, and the only one that comes through SSH."""
    term = environ.get("TERM", "")
    return "kitty" if term.startswith(_KITTY) else "sixel" if term.startswith(_SIXEL) else "cells"


def _theme(colours: Colours, environ: Mapping[str, str], wanted: str) -> str:
    if colours != "many":
        return "terminal"
    if wanted != "auto":
        return wanted
    return "light" if environ.get("COLORFGBG", "").rpartition(";")[2] in _LIGHT else "dark"


def _signs(environ: Mapping[str, str], display: Display) -> Signs:
    if display.signs != "auto":
        return "all" if display.signs == "all" else "ascii"
    if not _is_utf8(environ):
        return "ascii"
    return "some" if environ.get("TERM") == "linux" else "all"


def _is_utf8(environ: Mapping[str, str]) -> bool:
    """Whether the locale is one of UTF-8. Where nobody named one, the terminal is taken to be like most."""
    named = next((environ[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environ.get(name)), "")
    if not named:
        return True
    encoding = locale.normalize(named).partition("@")[0].rpartition(".")[2]
    try:
        return codecs.lookup(encoding).name == "utf-8"
    except LookupError:
        return False
