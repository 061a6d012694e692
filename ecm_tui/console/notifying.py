"""Drawing attention when somebody wants to join (S33): the terminal's bell, and a notification through the terminal.

No name leaves unless the settings say so: a
notification stands on other people's screens too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, cast

from ecm_tui.console.words import count
from ecm_tui.core.text import osc_safe
from ecm_tui.settings import Notify

BURST = 3.0
"""Seconds in which several newcomers draw attention once."""

TITLE = "eClinic Manager"

Way = Literal["off", "osc9", "osc777", "osc99"]
"""The sequence by which a terminal is asked for a notification."""

Entries = frozenset[tuple[str, str, int]]
"""Those who want to join: appointment, person, number of the waiting entry."""

_BY_PROGRAM: Mapping[str, Way] = {
    "iterm.app": "osc9",
    "wezterm": "osc777",
    "ghostty": "osc777",
    "warpterminal": "osc777",
    "kitty": "osc99",
}
_BY_TERM: tuple[tuple[str, Way], ...] = (
    ("xterm-kitty", "osc99"),
    ("xterm-ghostty", "osc777"),
    ("foot", "osc777"),
    ("rxvt-unicode", "osc777"),
)
_BY_TRACE: Mapping[str, Way] = {
    "KITTY_WINDOW_ID": "osc99",
    "GHOSTTY_RESOURCES_DIR": "osc777",
    "WEZTERM_PANE": "osc777",
    "ITERM_SESSION_ID": "osc9",
}
"""Variables that a terminal leaves to everything started in it, also to what runs in tmux."""


def way_of(setting: str, environ: Mapping[str, str]) -> Way:
    """The way that is set; with `auto` the one that this terminal is known to understand, else none."""
    if setting in ("osc9", "osc777", "osc99"):
        return cast("Way", setting)
    if setting != "auto":
        return "off"
    for name in ("TERM_PROGRAM", "LC_TERMINAL"):
        known = environ.get(name, "").lower()
        if known in _BY_PROGRAM or known == "iterm2":
            return _BY_PROGRAM.get(known, "osc9")
    for start, way in _BY_TERM:
        if environ.get("TERM", "").startswith(start):
            return way
    return next((way for trace, way in _BY_TRACE.items() if environ.get(trace)), "off")


def notification(way: Way, text: str) -> str:
    """The sequence that shows `text`; "" for `off`. Every text passes the gate here."""
    said = osc_safe(text)
    return {
        "off": "",
        "osc9": f"\x1b]9;{said}\x1b\\",
        "osc777": f"\x1b]777;notify;{TITLE};{said}\x1b\\",
        "osc99": f"\x1b]99;i=ecm-join;{said}\x1b\\",
    }[way]


def withdrawal(way: Way) -> str:
    """The sequence that takes the notification away again, where there is one."""
    return "\x1b]99;i=ecm-join:p=close;\x1b\\" if way == "osc99" else ""


def passed_through(sequence: str, environ: Mapping[str, str]) -> str:
    """`sequence` for the terminal around tmux, which takes it only when its `allow-passthrough` is on."""
    if not environ.get("TMUX") or not sequence:
        return sequence
    doubled = sequence.replace("\x1b", "\x1b\x1b")
    return f"\x1bPtmux;{doubled}\x1b\\"


class Title:
    """The title of the terminal's window: how many lines of the chat are unread, and never a name or a word of it."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._told: int | None = None

    def heed(self, unread: int) -> None:
        """So many are unread now."""
        if self._told is None:
            self._write("\x1b[22;2t")  # the title that was there, put aside
        if unread != self._told:
            self._told = unread
            counted = f"({count(unread)}) " if unread else ""
            self._write(f"\x1b]2;{counted}{osc_safe(TITLE)}\x1b\\")

    def close(self) -> None:
        """The title that was there before."""
        if self._told is not None:
            self._write("\x1b]2;\x1b\\\x1b[23;2t")
            self._told = None


class Attention:
    """Hears who wants to join, and says so once for a burst and again until somebody handles it."""

    def __init__(
        self,
        how: Notify,
        ring: Callable[[], None],
        write: Callable[[str], None],
        timer: Callable[[], float],
        environ: Mapping[str, str],
    ) -> None:
        """`ring` sounds the bell; `write` sends a sequence to the terminal; `timer` gives seconds."""
        self._how = how
        self._ring = ring
        self._write = write
        self._timer = timer
        self._environ = environ
        self._way = way_of(how.terminal, environ)
        self._heard: Entries = frozenset()
        self._drew = float("-inf")
        """When attention was drawn last."""
        self._quiet_until = float("-inf")
        """When there was last no reason to draw any: repeats count from there."""
        self._stands = False
        """Whether a notification was sent for those who wait now."""

    def heed(self, wanting: Entries, ready: bool, sentence: str = "") -> None:
        """These want to join now. `ready`: the schedule is read; `sentence` names them, for who set `notify.names`."""
        now = self._timer()
        new, self._heard = wanting - self._heard, wanting
        if not wanting or not ready:
            self._quiet_until = now
            if self._stands and not wanting:
                self._stands = False
                self._write(passed_through(withdrawal(self._way), self._environ))
            return
        again = self._how.repeat_seconds and now - max(self._drew, self._quiet_until) >= self._how.repeat_seconds
        if (new and now - self._drew >= BURST) or again:
            self._draw(len(wanting), sentence)

    def _draw(self, count: int, sentence: str) -> None:
        self._drew = self._timer()
        if self._how.bell:
            self._ring()
        nameless = "Someone wants to join" if count == 1 else f"{count} people want to join"
        said = sentence if self._how.names and sentence else nameless
        if self._way != "off":
            self._stands = True
            self._write(passed_through(notification(self._way, said), self._environ))
