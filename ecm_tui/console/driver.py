"""Reading from and writing to the terminal, also one that answers nonsense, or is not there any more.

Textual 8.2.8 ends in a traceback at the first byte that is no UTF-8, reads a terminal that has hung up for ever without
a pause, and waits for ever for what such a one does not take.
"""

from __future__ import annotations

import os
import selectors
import struct
import termios
import time
from codecs import getincrementaldecoder
from contextlib import suppress
from fcntl import ioctl
from itertools import chain
from typing import IO, Any, cast

from textual import _xterm_parser as understood
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._parser import ParseError
from textual._xterm_parser import SPECIAL_SEQUENCES, XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Resize
from textual.message import Message

from ecm_tui.console.answers import Answers
from ecm_tui.console.bursts import mark

AT_ONCE = 4_096
"""Bytes read at once."""

SECONDS = 0.1
"""How long a read waits before it looks whether the console has ended, and whether Esc was a key by itself."""

NONSENSE = (ValueError, ArithmeticError, LookupError)
"""What Textual's parser raises at sequences that it half understands."""

WIDEST, TALLEST = 2_000, 1_000
"""Columns and rows of a terminal at most; a wrong answer must not make us paint more."""

SMALLEST, LARGEST = (4, 8), (64, 128)
"""Pixels of a cell, in width and height; whatever tells others does not know."""


def cell(terminal: int) -> tuple[int, int] | None:
    """Pixels of a cell in width and height; None where the terminal does not tell: it is not asked."""
    try:
        rows, columns, width, height = struct.unpack("4H", ioctl(terminal, termios.TIOCGWINSZ, bytes(8)))
    except OSError:
        return None
    found = width // max(1, columns), height // max(1, rows)
    known = all(least <= one <= most for least, one, most in zip(SMALLEST, found, LARGEST, strict=True))
    return found if known else None


class Taken:
    """What is written to. A terminal that is gone takes everything, and shows nothing."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> None:
        """Write, unless nobody takes it."""
        with suppress(OSError):
            self._file.write(text)

    def flush(self) -> None:
        """Write what was kept, unless nobody takes it."""
        with suppress(OSError):
            self._file.flush()

    def fileno(self) -> int:
        """The descriptor below it."""
        return self._file.fileno()


class Driver(LinuxDriver):
    """The console's side of a terminal."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._file = cast("Any", Taken(cast("IO[str]", self._file)))

    @property
    def cell(self) -> tuple[int, int] | None:
        """Pixels of a cell, as long as the terminal's size stays."""
        return cell(self.fileno)

    def run_input_thread(self) -> None:
        """Keys and answers of the terminal, until the console ends; when the terminal is gone the console does."""
        parser, answers = XTermParser(self._debug), Answers(_means_something)
        decode = getincrementaldecoder("utf-8")("replace").decode
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                came = ""
                if selector.select(SECONDS):
                    data = self._read()
                    if not data:
                        self._app.call_later(self._app.exit)
                        return
                    came = answers.without(decode(data), time.monotonic())
                found: list[Message] = []
                try:
                    found.extend(chain(parser.feed(came) if came else (), parser.tick()))
                except NONSENSE:
                    parser = XTermParser(self._debug)  # what it was reading means nothing; the next key does
                mark(found)
                for event in found:
                    self.process_message(event)
        with suppress(EOFError, ParseError):
            list(parser.feed(""))

    def process_message(self, message: Message) -> None:
        """Pass it on, unless it is a size that no terminal has."""
        if isinstance(message, Resize) and not (
            0 < message.size.width <= WIDEST and 0 < message.size.height <= TALLEST
        ):
            return
        super().process_message(message)

    def _read(self) -> bytes:
        """What came; nothing when nothing can come any more."""
        try:
            return os.read(self.fileno, AT_ONCE)
        except OSError:
            return b""


def _means_something(sequence: str) -> bool:
    """Whether Textual's parser makes one thing of it, and not a key of each letter."""
    if sequence in ANSI_SEQUENCES_KEYS or sequence in SPECIAL_SEQUENCES:
        return True
    shapes = (
        understood._re_extended_key,
        understood._re_in_band_window_resize,
        understood._re_cursor_position,
        understood._re_mouse_event,
        understood._re_terminal_mode_response,
    )
    return any(shape.fullmatch(sequence) for shape in shapes)
