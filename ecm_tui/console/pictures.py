"""Stills on the organiser's side: drawn in half cells, opened by the desktop's viewer, exported to a private file.

The picture library asks the terminal what it can show as soon as it is imported, and its answer would be typed into the
console: it is imported late, and told that there is no terminal. Half cells look the same everywhere, SSH included.
"""

from __future__ import annotations

import asyncio
import io
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from textual.widget import Widget

from ecm_tui.console.seeing import has_display
from ecm_tui.core.text import clean_file_name

VIEWERS = {"darwin": "open", "win32": "explorer"}


def drawn(png: bytes) -> Widget:
    """A widget that shows the picture in half cells, as large as its place allows."""
    with _no_terminal():
        from textual_image.widget import HalfcellImage
    widget: Any = HalfcellImage(io.BytesIO(png))
    found: Widget = widget
    return found


@contextmanager
def _no_terminal() -> Iterator[None]:
    before: Any = sys.__stdout__
    sys.__stdout__ = io.StringIO()  # type: ignore[misc, assignment]  # what the library looks at, and nobody writes to
    try:
        yield
    finally:
        sys.__stdout__ = before  # type: ignore[misc]


def viewer(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> str:
    """The command that opens a file or a link on this computer's display; "" where there is none."""
    if platform in VIEWERS:
        return shutil.which(VIEWERS[platform]) or ""
    if not has_display(environ, platform):
        return ""
    return shutil.which("xdg-open") or ""


async def show(command: str, what: Path | str) -> None:
    """Open a file or a link with the viewer, which lives on by itself. Raises OSError when it cannot be started."""
    nothing = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        command, str(what), stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True
    )
    asyncio.get_running_loop().create_task(process.wait()).add_done_callback(lambda task: task.exception())


def export_name(name: str, taken: datetime, zone: tzinfo, home: Path | None = None) -> str:
    """Where an export goes unless said otherwise: a file in the home directory that names person and time."""
    words = clean_file_name(f"{name} {taken.astimezone(zone):%Y-%m-%d %H%M%S}.png").replace(" ", "-")
    return str((home or Path.home()) / words)
