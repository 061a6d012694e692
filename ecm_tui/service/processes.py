"""Whether a process lives, when all that is known of it is what a file says. Light: consoles import it."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Process:
    """A process and when it began, by which a process id that was given anew is told apart."""

    pid: int
    began: str
    """In the system's own ticks; empty where the system does not tell."""

    @classmethod
    def find(cls, pid: int) -> Process | None:
        """The process of that id; None when there is none, or it is only waiting to be buried."""
        if pid <= 0:
            return None
        try:
            os.kill(pid, 0)
        except OSError:
            return None
        began = ""
        with contextlib.suppress(OSError):
            parts = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            if parts[0] == "Z":
                return None
            began = parts[19]
        return cls(pid, began)

    @property
    def alive(self) -> bool:
        return Process.find(self.pid) == self

    def signal(self, number: int) -> None:
        """Send a signal, unless the process has ended or cannot be told from a later one of its id."""
        if self.began and self.alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)
