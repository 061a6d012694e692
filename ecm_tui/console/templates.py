"""Templates of private notes: one that is built in, and the text files of the person's own directory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ecm_tui.core.notes import LONGEST_NOTE
from ecm_tui.core.text import clean

SOAP = "Subjective:\n\nObjective:\n\nAssessment:\n\nPlan:\n"

MOST = 40
"""Files that are offered."""


def templates(directory: Path | None) -> Mapping[str, str]:
    """Name -> text: SOAP, then the readable files of the directory by name. What cannot be read is left out."""
    found = {"SOAP": SOAP}
    try:
        files = sorted(path for path in directory.iterdir() if path.suffix in (".txt", ".md")) if directory else []
    except OSError:
        files = []
    for path in files[:MOST]:
        try:
            if path.is_file() and path.stat().st_size <= LONGEST_NOTE * 4:
                found[clean(path.stem, 40)] = clean(path.read_text(errors="replace"), LONGEST_NOTE, multiline=True)
        except OSError:
            continue
    return found
