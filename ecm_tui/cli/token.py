"""The token by which somebody asks: always in a file, since others can read arguments and variables."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import click

from ecm_tui.errors import UsageError

CHOSEN = "ecm_tui.token_file"
"""Where the root command leaves the file of `--token-file` or ECM_TOKEN_FILE for the others."""

MOST_BYTES = 1_000
SHAPE = re.compile(r"[A-Za-z0-9_-]{1,200}")


def chosen_token() -> str:
    """The token in the file that was named for this run; empty when none was. Raises `UsageError`."""
    context = click.get_current_context(silent=True)
    path = str(context.meta.get(CHOSEN, "")) if context else ""
    return read_token(Path(path).expanduser()) if path else ""


def usual_token(config: Path) -> str:
    """The token in `token` of the configuration directory, for services elsewhere; empty when there is none."""
    path = config / "token"
    return read_token(path) if path.exists() else ""


def read_token(path: Path) -> str:
    """The token in a file of this user that nobody else can read. Raises `UsageError`."""
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise UsageError(f"{path} is no file. Name the file that holds your token.")
            if found.st_mode & 0o077:
                raise UsageError(f"{path} can be read by others. `chmod 600 {path}` makes it private.")
            if hasattr(os, "getuid") and found.st_uid != os.getuid():
                raise UsageError(f"{path} belongs to another user. Keep your token in a file of your own.")
            text = file.read(MOST_BYTES).decode("ascii", errors="replace").strip()
    except OSError as error:
        raise UsageError(f"{path}, which holds your token, cannot be read: {error.strerror}.") from error
    if not SHAPE.fullmatch(text):
        raise UsageError(f"{path} holds no token. `ecm-tui organiser token NAME` prints one.")
    return text
