"""Where the line mode's lines come from and go to: a terminal, with a prompt and an editor, or a script's pipes."""

from __future__ import annotations

import asyncio
import os
import signal
import termios
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from ecm_tui.console.guest import Guest, never_stopped_for_good
from ecm_tui.console.plain.charset import written
from ecm_tui.console.plain.editor import Editor
from ecm_tui.console.plain.keystrokes import Decoder, Key
from ecm_tui.console.plain.verbs import completions
from ecm_tui.console.terminal import terminal
from ecm_tui.settings import Display

AT_ONCE = 4_096
"""Bytes read at once."""

LONGEST_LINE = 64_000
"""Bytes of a script's line; what comes after them is dropped."""

SEVERAL = "Several lines came at once. Nothing was done: type them one by one."


@dataclass(frozen=True, slots=True)
class Typed:
    """One line, or that there is none."""

    text: str
    began: float
    """When its first letter was typed, in seconds of the terminal's timer."""
    key: str = "enter"
    """What ended it: `enter`, `interrupt` (it is given up), `end` (no more is wanted), `gone` (nothing more can come),
    `stopped` (somebody else needs the terminal; what was being typed is kept)."""


class Terminal(Protocol):
    """What the console needs of either."""

    interactive: bool
    """Whether a person types: only then a prompt is shown, and a line can come too early to be meant."""
    used_at: float
    """When the last key came, in seconds of the terminal's timer."""

    def say(self, lines: Sequence[str]) -> None:
        """Write whole lines, above what is being typed."""

    async def read(self, prompt: str, keep: bool, secret: bool = False) -> Typed:
        """The next line. Only one that is a command is kept, in memory, to be brought back; a secret is not shown."""

    async def lend(self, command: Sequence[str]) -> int:
        """Let another program have the terminal until it ends, and give its status.

        Raises OSError when it cannot be started, or there is no terminal. Nothing is said meanwhile.
        """

    def interrupt(self) -> None:
        """End the reading that goes on with `stopped`."""

    def clear(self) -> None:
        """Nothing that was said stays in sight."""

    def ring(self) -> None:
        """The bell."""

    def close(self) -> None:
        """The terminal as it was; closing twice does nothing."""


class Pipes:
    """Lines in, lines out, nothing else: for scripts."""

    interactive = False
    used_at = 0.0

    def __init__(self, source: int, sink: int, everything: bool) -> None:
        """`source` and `sink` are file descriptors; `everything`: letters beyond ASCII can be shown."""
        self._source = source
        self._sink = sink
        self._everything = everything
        self._left = b""
        self._ended = False

    def say(self, lines: Sequence[str]) -> None:
        for line in lines:
            _write(self._sink, written(line, self._everything) + "\n")

    async def read(self, prompt: str, keep: bool, secret: bool = False) -> Typed:
        while b"\n" not in self._left and not self._ended:
            data = await _aside(lambda: os.read(self._source, AT_ONCE))
            self._ended = not data
            self._left = (self._left + data)[:LONGEST_LINE] if b"\n" not in data else self._left + data
        if not self._left:
            return Typed("", 0, "end")
        line, _, self._left = self._left.partition(b"\n")
        return Typed(line.decode(errors="replace").rstrip("\r"), 0)

    async def lend(self, command: Sequence[str]) -> int:
        raise OSError("there is no terminal")

    def interrupt(self) -> None:
        """A script is never stopped."""

    def clear(self) -> None:
        """What a script has read is its own."""

    def ring(self) -> None:
        """A script has no ears."""

    def close(self) -> None:
        """Nothing was changed."""


class Tty:
    """A person at a terminal. The line that is being typed stays whole, whatever is said meanwhile."""

    interactive = True

    def __init__(
        self,
        source: int,
        sink: int,
        everything: bool,
        dumb: bool,
        complete: Callable[[str], Sequence[str]],
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        """`dumb`: a terminal that is sent no sequence at all."""
        self._source = source
        self._sink = sink
        self._everything = everything
        self._dumb = dumb
        self._timer = timer
        self._decoder = Decoder()
        self._line = Editor(complete)
        self._editor = self._line
        """Where keys go: to the line, or to a secret that is never drawn."""
        self.used_at = timer()
        self._lent = False
        """Whether another program has the terminal: an interrupt is meant for it."""
        self._prompt: str | None = None
        """What stands before the line; None while no line is asked for."""
        self._keep = True
        self._ended = False
        self._began: float | None = None
        self._lines: deque[Typed] = deque(maxlen=100)
        self._ready = asyncio.Event()
        self._before = termios.tcgetattr(source)
        self._loop = asyncio.get_running_loop()
        self._open()

    # Life ------------------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        self._take_keys()
        self._loop.add_reader(self._source, self._read)
        self._loop.add_signal_handler(signal.SIGTSTP, self._suspend)
        self._loop.add_signal_handler(signal.SIGINT, self._press, Key("interrupt"))

    def _take_keys(self) -> None:
        """Letter by letter, and without echo: the editor shows them. Signals stay what they are."""
        now = termios.tcgetattr(self._source)
        now[3] &= ~(termios.ICANON | termios.ECHO | termios.IEXTEN)
        now[6][termios.VMIN], now[6][termios.VTIME] = 1, 0
        termios.tcsetattr(self._source, termios.TCSADRAIN, now)
        self._ask_for_marked_pastes(True)

    def _give_back(self) -> None:
        self._ask_for_marked_pastes(False)
        with suppress(termios.error):  # the terminal is gone
            termios.tcsetattr(self._source, termios.TCSADRAIN, self._before)

    def _ask_for_marked_pastes(self, on: bool) -> None:
        """So that the line ends of a paste enter nothing. A dumb terminal is sent no sequence at all."""
        if not self._dumb:
            with suppress(OSError):
                _write(self._sink, "\x1b[?2004" + ("h" if on else "l"))

    def close(self) -> None:
        if self._loop.remove_reader(self._source):
            for number in (signal.SIGTSTP, signal.SIGINT):
                self._loop.remove_signal_handler(number)
            if self._prompt is not None:
                with suppress(OSError):
                    _write(self._sink, "\n")
            self._give_back()

    async def lend(self, command: Sequence[str]) -> int:
        guest = Guest()
        self._lent = True
        self._loop.remove_reader(self._source)
        self._loop.remove_signal_handler(signal.SIGTSTP)
        self._give_back()
        try:
            with never_stopped_for_good():
                status = await guest.run(command)
        finally:
            self._lent = False
        self._decoder = Decoder()
        self._take_keys()
        self._loop.add_reader(self._source, self._read)
        self._loop.add_signal_handler(signal.SIGTSTP, self._suspend)
        self.used_at = self._timer()
        if isinstance(status, OSError):
            raise status
        return status

    def _suspend(self) -> None:
        """Ctrl-Z: the terminal as it was, until `fg`. The call goes on. Not while a secret is asked for."""
        if self._editor is not self._line:
            return
        self._give_back()
        self._loop.remove_signal_handler(signal.SIGTSTP)
        os.kill(os.getpid(), signal.SIGTSTP)
        self._loop.add_signal_handler(signal.SIGTSTP, self._suspend)
        self._take_keys()
        if self._prompt is not None:
            _write(self._sink, "\n")
            self._draw_anew()

    # Saying ----------------------------------------------------------------------------------------------------------

    def say(self, lines: Sequence[str]) -> None:
        if not lines:
            return
        if self._prompt is not None:
            self._wipe()
        for line in lines:
            _write(self._sink, written(line, self._everything) + "\n")
        if self._prompt is not None:
            self._draw_anew()

    def ring(self) -> None:
        _write(self._sink, "\a")

    def clear(self) -> None:
        """A dumb terminal is sent no sequence: there it moves up out of sight."""
        _write(self._sink, "\n" * self._size().lines if self._dumb else "\x1b[H\x1b[2J\x1b[3J")

    def _wipe(self) -> None:
        """The row of the prompt is free again. A dumb terminal may know no way back: there it ends as it stands."""
        used = len(self._prompt or "") + self._editor.cells
        _write(self._sink, "\n" if self._dumb else "\r" + " " * used + "\r")

    def _draw_anew(self) -> None:
        _write(self._sink, self._prompt or "")
        self._editor.forget_drawn()
        self._draw()

    def _draw(self) -> None:
        if self._editor is not self._line:
            return
        shown = self._editor.repaint(self._size().columns - 1 - len(self._prompt or ""))
        text = shown if self._everything else shown.encode("ascii", "replace").decode()
        _write(self._sink, text)

    def _size(self) -> os.terminal_size:
        with suppress(OSError):
            if (found := os.get_terminal_size(self._sink)).columns:
                return found
        return os.terminal_size((80, 24))

    # Reading ---------------------------------------------------------------------------------------------------------

    async def read(self, prompt: str, keep: bool, secret: bool = False) -> Typed:
        if secret:
            self._lines.clear()  # what was typed ahead was meant for something else
        self._editor = Editor() if secret else self._line
        if self._ended and not self._lines:
            return Typed("", self._timer(), "gone")
        self._prompt, self._keep = prompt, keep
        if not self._lines:
            self._draw_anew()
        while not self._lines:
            self._ready.clear()
            await self._ready.wait()
        self._prompt = None
        return self._lines.popleft()

    def _read(self) -> None:
        try:
            data = os.read(self._source, AT_ONCE)
        except OSError:
            data = b""  # the line was cut
        if not data:
            self._loop.remove_reader(self._source)
            self._ended = True
            self._deliver(Typed("", self._timer(), "gone"))
            return
        self.used_at = self._timer()
        pressed = self._decoder.feed(data)
        if sum(key.name == "enter" for key in pressed) > 1:
            self._editor.clear()
            self._began = None
            self.say([SEVERAL])
            return
        for key in pressed:
            self._press(key)

    def _press(self, key: Key) -> None:
        if self._lent:
            return
        if self._began is None:
            self._began = self._timer()
        match key.name:
            case "enter":
                self._enter("enter")
            case "interrupt":
                self._enter("interrupt")
            case "delete_or_end" if not self._editor.text:
                self._enter("end")
            case "again" if self._prompt is not None:
                _write(self._sink, "\n")
                self._draw_anew()
            case _:
                self._editor.press(Key("delete") if key.name == "delete_or_end" else key)
                if self._prompt is not None:
                    self._draw()

    def _enter(self, key: str) -> None:
        if self._prompt is not None:
            _write(self._sink, "\n")
        began = self._timer() if self._began is None else self._began
        self._began = None
        self._deliver(Typed(self._editor.take(key == "enter" and self._keep), began, key))

    def interrupt(self) -> None:
        if self._prompt is not None:
            self._deliver(Typed("", self._timer(), "stopped"))

    def _deliver(self, typed: Typed) -> None:
        self._lines.append(typed)
        self._prompt = None
        self._ready.set()


def opened(environ: Mapping[str, str], display: Display) -> Terminal:
    """What standard input and output are."""
    source, sink = 0, 1
    everything = terminal(environ, display).signs != "ascii"
    if os.isatty(source) and os.isatty(sink):
        return Tty(source, sink, everything, environ.get("TERM", "") in ("", "dumb", "unknown"), completions)
    return Pipes(source, sink, everything)


def _write(sink: int, text: str) -> None:
    data = text.encode(errors="replace")
    while data:
        data = data[os.write(sink, data) :]


async def _aside(work: Callable[[], bytes]) -> bytes:
    """`work` in a thread that nobody waits for at the end: a script may leave its pipe open for ever."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[bytes] = loop.create_future()

    def settle(data: bytes) -> None:
        if not answer.done():
            answer.set_result(data)

    def run() -> None:
        try:
            data = work()
        except OSError:
            data = b""
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(settle, data)

    threading.Thread(target=run, name="read a line", daemon=True).start()
    return await answer
