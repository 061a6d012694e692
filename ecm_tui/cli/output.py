"""What commands print: one JSON value, or aligned lines that are safe for a terminal."""

from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any, TypeVar

import click

from ecm_tui.errors import UsageError

F = TypeVar("F", bound=Callable[..., Any])

LOCAL_ONLY = (
    "The link works on this computer only. For other devices set serve.public_url and put TLS in front: "
    "see `ecm-tui config show`."
)


def json_option(command: F) -> F:
    """Give a command `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON value and nothing else.")(command)


def print_json(value: Any) -> None:
    """One JSON value on standard output; ASCII, so that it survives every terminal and pipe."""
    click.echo(json.dumps(value, indent=2))


def print_line(text: str) -> None:
    """One line for people, through the gate."""
    click.echo(_safe(text))


def warn(text: str) -> None:
    """A sentence on standard error."""
    click.echo(_safe(text), err=True)


def print_rows(rows: Iterable[Sequence[str]]) -> None:
    """Rows in columns, aligned by terminal cells."""
    safe = [[_safe(cell) for cell in row] for row in rows]
    widths = [max(_cells(cell) for cell in column) for column in zip(*safe, strict=True)]
    for row in safe:
        padded = (cell + " " * (width - _cells(cell)) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(padded).rstrip())


def new_file(typed: str) -> Path:
    """Where a file is to be written that is not there yet; looked at before anything is asked. Raises UsageError."""
    path = Path(os.path.abspath(Path(typed).expanduser()))
    if os.path.lexists(path):
        raise UsageError(f"{path} exists already. Name a new file; nothing is written over.")
    if not os.access(path.parent, os.W_OK):
        raise UsageError(f"{path.parent} is no directory that you can write to.")
    return path


def moment(text: str | None, zone: tzinfo) -> str:
    """An ISO time as people of that zone write it; empty for none."""
    return datetime.fromisoformat(text).astimezone(zone).strftime("%Y-%m-%d %H:%M") if text else ""


def _safe(text: str) -> str:
    from ecm_tui.core.text import clean

    return clean(text)


def _cells(text: str) -> int:
    """Terminal cells of a text that has passed the gate."""
    wide = sum(unicodedata.east_asian_width(each) in "WF" for each in text)
    return len(text) + wide - sum(unicodedata.combining(each) > 0 for each in text)
