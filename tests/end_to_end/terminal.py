"""A real terminal for the console: tmux of its own, keys in, screen out."""

from __future__ import annotations

import shlex
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from tests.until import PATIENCE, until

CALM = 0.5
"""What changed so many seconds ago rightly takes no key yet."""

AGAIN = 1.5 * PATIENCE
"""Seconds in which a press shows its effect on a busy machine too; pressed once more too early, it would act twice."""


class Terminal:
    """One tmux server with one pane; nothing of the tester's own tmux is read or touched."""

    def __init__(self, name: str) -> None:
        self._name = name

    def tmux(self, *words: str) -> str:
        done = subprocess.run(["tmux", "-L", self._name, "-f", "/dev/null", *words], capture_output=True, text=True)
        return done.stdout

    def keys(self, *keys: str) -> None:
        """Press keys by tmux's names: `a`, `Enter`, `F2`, `C-o`, `Escape`."""
        for key in keys:
            self.tmux("send-keys", "-t", "main", key)

    def type(self, text: str) -> None:
        """Type text letter by letter, as a person does, not as a paste."""
        for letter in text:
            self.tmux("send-keys", "-t", "main", "-l", "\\;" if letter == ";" else letter)

    def screen(self) -> str:
        """What the screen shows, as plain text."""
        return self.tmux("capture-pane", "-p", "-t", "main")

    def resize(self, columns: int, rows: int) -> None:
        self.tmux("resize-window", "-t", "main", "-x", str(columns), "-y", str(rows))

    @property
    def pid(self) -> int:
        """Process id of what runs in the pane."""
        return int(self.tmux("display-message", "-p", "-t", "main", "#{pane_pid}").strip())

    @property
    def alive(self) -> bool:
        return "0" in self.tmux("display-message", "-p", "-t", "main", "#{pane_dead}")

    async def shows(self, *texts: str, timeout: float = 10) -> str:
        """Wait until all of `texts` are on the screen, and return it."""

        def all_there() -> str:
            screen = self.screen()
            missing = [text for text in texts if text not in screen]
            assert not missing, f"{missing} not on the screen:\n{screen}"
            return screen

        return await until(all_there, timeout, every=0.1, what=f"the screen shows {texts}")

    async def press(self, key: str, done: Callable[[str], bool], what: str, each_moves: bool = False) -> None:
        """Press a key until `done` says so of the screen, each time once the screen is calm.

        A press that showed nothing of it is given `AGAIN` seconds; one that only moves a step (`each_moves`) is
        followed by the next as soon as the screen has changed.
        """
        due, calm, last = 0.0, time.monotonic(), ""

        def pressed() -> bool:
            nonlocal due, calm, last
            screen, now = self.screen(), time.monotonic()
            if done(screen):
                return True
            if screen != last:
                last, calm = screen, now
                due = 0.0 if each_moves else due
            if now >= due and (each_moves or now >= calm + CALM):
                self.keys(key)
                due = now + AGAIN
            return False

        await until(pressed, 10, every=0.1, what=what)

    async def shows_no(self, text: str, timeout: float = 10) -> str:
        """Wait until `text` is gone from the screen, and return it."""

        def gone() -> str:
            screen = self.screen()
            assert text not in screen, f"{text!r} is still on the screen:\n{screen}"
            return screen or " "

        return await until(gone, timeout, every=0.1, what=f"the screen shows no {text!r}")


@contextmanager
def terminal(command: list[str], env: Mapping[str, str], columns: int = 80, rows: int = 24) -> Iterator[Terminal]:
    """Run `command` in a terminal of that size; `env` is added to a small environment of a usual UTF-8 terminal."""
    name = f"ecm-test-{uuid.uuid4().hex[:12]}"
    opened = Terminal(name)
    whole = {"LANG": "C.UTF-8", "TERM": "tmux-256color", "COLORTERM": "truecolor", **env}
    line = "exec env " + " ".join(f"{key}={shlex.quote(value)}" for key, value in whole.items())
    size = ["-x", str(columns), "-y", str(rows)]
    options = [";", "set-option", "-g", "remain-on-exit", "on", ";", "set-option", "-g", "status", "off"]
    options += [";", "set-option", "-sg", "escape-time", "10"]
    session = [";", "new-session", "-d", "-s", "main", *size, f"{line} {shlex.join(command)}"]
    opened.tmux("start-server", *options, *session)
    try:
        yield opened
    finally:
        opened.tmux("kill-server")
