"""The terminal that the console would be drawn on: what its name, variables and tmux tell. Nothing is written to it."""

from __future__ import annotations

import locale
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from ecm_tui.cli.checks.check import Check, bad, ok, unknown, warn

LEAST = (60, 20)
WHOLE = (80, 24)
"""Columns and lines below which the console is cramped, and from which on it is complete."""

TMUX_SECONDS = 2.0

Tmux = Callable[[str], str]
"""The value of one of tmux's options; empty when tmux does not tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """What is known of it."""

    environ: Mapping[str, str]
    size: tuple[int, int] | None
    """Columns and lines; None when standard output is no terminal."""
    colours: int | None
    """As its terminfo entry says; None without an entry."""
    encoding: str
    """Of standard output."""
    locale_works: bool
    """Whether the locale that the variables name is installed."""
    tmux: Tmux = field(default=lambda option: "")

    @classmethod
    def own(cls) -> Terminal:
        """The one that this process runs in."""
        size = os.get_terminal_size(sys.stdout.fileno()) if sys.stdout.isatty() else None
        return cls(
            environ=os.environ,
            size=(size.columns, size.lines) if size else None,
            colours=_colours(os.environ.get("TERM", "")),
            encoding=sys.stdout.encoding or "",
            locale_works=_locale_works(),
            tmux=_tmux_option,
        )

    def checks(self) -> Iterator[Check]:
        """All that can be said of it."""
        yield self._locale()
        if self.size is None:
            yield unknown(
                "terminal.kind",
                "Standard output is no terminal, so that nothing can be said about one.",
                "Run `ecm-tui doctor` in the terminal that you want to use.",
            )
            return
        yield self._kind()
        yield self._size(*self.size)
        yield self._colour()
        yield self._clipboard()
        if self.environ.get("TMUX"):
            yield self._passthrough()

    def _locale(self) -> Check:
        named = _named(self.environ)
        if not self.locale_works:
            return warn("terminal.locale", f"The locale {named} is not installed here.", "Set LC_ALL=C.UTF-8.")
        if self.encoding.lower().replace("-", "") != "utf8":
            sentence = f"Text is written as {self.encoding or 'plain ASCII'}: names with other letters would not show."
            return warn("terminal.locale", sentence, "Set LC_ALL=C.UTF-8.")
        return ok("terminal.locale", f"Text is written as UTF-8 (locale {named or 'C'}).")

    def _kind(self) -> Check:
        term = self.environ.get("TERM", "")
        if term in ("", "dumb", "unknown"):
            sentence = "This terminal says that nothing can be drawn on it (TERM is dumb, or not set)."
            return bad("terminal.kind", sentence, "Use another terminal, or set TERM to what it is, such as xterm.")
        if self.colours is None:
            sentence = f"This computer does not know terminals called {term} (no terminfo entry)."
            return warn("terminal.kind", sentence, "Set TERM=xterm-256color if screens look wrong.")
        return ok("terminal.kind", f"{term} is a terminal that the console can be drawn on.")

    def _size(self, columns: int, lines: int) -> Check:
        found = f"{columns} columns by {lines} lines"
        if columns < LEAST[0] or lines < LEAST[1]:
            return warn("terminal.size", f"{found} are too few for the console.", "Make the window 80 by 24 or larger.")
        if columns < WHOLE[0] or lines < WHOLE[1]:
            return ok("terminal.size", f"{found}: the console works, and shows all of itself from 80 by 24 on.")
        return ok("terminal.size", f"{found}.")

    def _colour(self) -> Check:
        if self.environ.get("NO_COLOR"):
            return ok("terminal.colours", "NO_COLOR is set: no colours. Every state has a sign and a word too.")
        if self.environ.get("COLORTERM") in ("truecolor", "24bit"):
            return ok("terminal.colours", "All colours.")
        if (self.colours or 0) < 8:
            return ok("terminal.colours", "No colours. Every state has a sign and a word too.")
        return ok("terminal.colours", f"{self.colours} colours.")

    def _clipboard(self) -> Check:
        """Copied links travel as OSC 52, which not everyone between console and clipboard lets through."""
        env, by_mouse = self.environ, "Without that, select the shown link with the mouse."
        if env.get("TMUX"):
            if self.tmux("set-clipboard") == "on":
                return ok("terminal.clipboard", "tmux hands copied links on to the terminal.")
            sentence = "tmux does not take copied links from programs (set-clipboard is not on)."
            return warn("terminal.clipboard", sentence, f"`tmux set -g set-clipboard on` lets them through. {by_mouse}")
        if env.get("STY"):
            return warn("terminal.clipboard", "screen hands no copied links on.", "Select the shown link by mouse.")
        if env.get("TERM_PROGRAM") == "Apple_Terminal" or env.get("VTE_VERSION") or env.get("TERM") == "linux":
            sentence = "This terminal is known to take nothing into its clipboard from programs (OSC 52)."
            return warn("terminal.clipboard", sentence, "Select the shown link with the mouse.")
        return ok("terminal.clipboard", "Copied links go to the terminal's clipboard (OSC 52), if it allows that.")

    def _passthrough(self) -> Check:
        if self.tmux("allow-passthrough") in ("on", "all"):
            return ok("terminal.tmux", "tmux lets desktop notifications through.")
        return warn(
            "terminal.tmux",
            "tmux lets no desktop notification through; the bell and the notice in the console work.",
            "`tmux set -g allow-passthrough on` lets them through.",
        )


def _named(environ: Mapping[str, str]) -> str:
    return next((environ[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environ.get(name)), "")


def _locale_works() -> bool:
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        locale.setlocale(locale.LC_CTYPE, "")
    except locale.Error:
        return False
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    return True


def _colours(term: str) -> int | None:
    """What terminfo says of this terminal: -1 for none, None for a terminal that it does not know."""
    try:
        import curses
    except ImportError:  # a Python that was built without it
        return None
    try:
        curses.setupterm(term or "dumb", fd=1)
    except curses.error:
        return None
    return curses.tigetnum("colors")


def _tmux_option(option: str) -> str:
    """An option as it counts in the pane of tmux that this process runs in."""
    try:
        command = ["tmux", "show-options", "-pAv", option]
        asked = subprocess.run(command, capture_output=True, text=True, timeout=TMUX_SECONDS, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return asked.stdout.strip()
