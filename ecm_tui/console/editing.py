"""The file that the person's own editor gets: beside the draft, in a directory of its own, gone when it was taken in.

What is on the paper is newer than the draft. A paper that nobody took in, because the console died, is found again
where the draft is opened, and each time that its author goes to the note: the editor may have lived on.
"""

from __future__ import annotations

import os
import shlex
import shutil
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from ecm_tui.core.text import clean
from ecm_tui.errors import ConfigError
from ecm_tui.paths import private_directory

LONGEST = 60_000
"""Characters that are taken in: as many as the console's own editor takes."""


NO_EDITOR = "No editor is named. Set VISUAL or EDITOR before you start the console, for example EDITOR=nano."

_LIMIT = f" A note in the making has at most {LONGEST:,}."


class NotTakenError(Exception):
    """What is on the paper cannot be taken in; the argument says why, for a person."""


class Paper:
    """The paper of one draft. Its methods touch the disk."""

    def __init__(self, draft: Path) -> None:
        """`draft` is the draft's own file."""
        self._directory = draft.with_suffix(".editing")
        self.path = self._directory / "note.txt"
        """What the editor is given."""
        self._lent = self._directory / "lent"
        """Stands there while a console waits for the editor to end, or died meanwhile."""

    def lay_out(self, text: str) -> None:
        """Write it for the editor; a paper that could not be taken in is left as it is. Raises OSError."""
        try:
            private_directory(self._directory)
        except ConfigError as error:
            raise OSError(error.message) from error
        if self.held:
            return
        self.path.unlink(missing_ok=True)
        self._lent.touch(0o600)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        with open(os.open(self.path, flags, 0o600), "wb") as file:
            file.write(f"{text}\n".encode() if text else b"")

    def read(self) -> str:
        """What is on it, clean as typed text is, and nothing of it cut. Raises NotTakenError."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as error:
            raise NotTakenError("The file that the editor was to write cannot be read.") from error
        with open(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode) or found.st_uid != os.getuid():
                raise NotTakenError("What the editor left is no file of yours.")
            raw = file.read(LONGEST * 4 + 1)
        if len(raw) > LONGEST * 4:
            raise NotTakenError(f"What the editor saved is too long: {found.st_size:,} bytes.{_LIMIT}")
        try:
            text = clean(raw.decode("utf-8-sig").removesuffix("\n"), LONGEST * 4, multiline=True)
        except UnicodeDecodeError as error:
            raise NotTakenError("What the editor saved is no text in UTF-8.") from error
        if len(text) > LONGEST:
            raise NotTakenError(f"What the editor saved is too long: {len(text):,} letters.{_LIMIT}")
        return text

    @property
    def held(self) -> bool:
        """Whether there is something on it that cannot be taken in, and waits for its author to mend it."""
        try:
            self.read()
        except NotTakenError:
            return self.path.exists()
        return False

    def left_behind(self) -> str:
        """What a console that died had on it; "" when there is nothing that can be taken in."""
        try:
            return self.read()
        except NotTakenError:
            return ""

    def with_late(self, now: str) -> str:
        """The note with what a console that died had on it; `now` where that is nothing new.

        What was saved when it died is the note. What its editor saved later, when another console had taken that in,
        is below what was written there since.
        """
        came = self.left_behind()
        if not came or self._lent.exists():
            return came or now
        return now if came in now else came if came.startswith(now) else f"{now}\n\n{came}"

    def taken_in(self) -> None:
        """What is on it was taken in. The room for it stays: its editor may be at work still."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)
            self._lent.unlink(missing_ok=True)

    def set_aside(self) -> None:
        """The file was taken in; what an editor that was cut off put beside it is for its next start."""
        if not self.held:
            self.taken_in()
            with suppress(OSError):
                self._directory.rmdir()

    def remove(self) -> None:
        """Away with it, and with all that the editor put beside it."""
        shutil.rmtree(self._directory, ignore_errors=True)


def editor_of(environ: Mapping[str, str]) -> list[str]:
    """The command of the person's editor; empty when none is named, or its quotes do not close."""
    named = environ.get("VISUAL", "").strip() or environ.get("EDITOR", "").strip()
    try:
        return shlex.split(named)
    except ValueError:
        return []
