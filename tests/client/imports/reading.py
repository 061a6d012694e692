"""Files as tests write them, and what is read in them."""

from zoneinfo import ZoneInfo

from ecm_tui.client.imports.line import ImportedLine
from ecm_tui.client.imports.read import read
from ecm_tui.core.commands import Import

ZURICH = ZoneInfo("Europe/Zurich")


def lines(text: str | bytes) -> list[ImportedLine]:
    return read(text if isinstance(text, bytes) else text.encode(), ZURICH)


def only(text: str | bytes) -> Import:
    """The one appointment in the file."""
    (line,) = lines(text)
    assert isinstance(line.what, Import), line.what
    return line.what


def why(text: str | bytes) -> str:
    """Why the one line gives nothing."""
    (line,) = lines(text)
    assert isinstance(line.what, str), line.what
    return line.what


def taken(text: str | bytes) -> dict[int, str]:
    """Number and patient of the lines that ask for something."""
    return {line.number: line.what.patient.name for line in lines(text) if isinstance(line.what, Import)}
