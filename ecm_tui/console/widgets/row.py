"""One line of a list: whom it belongs to, and its stretches of text. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a row."""

    text: str
    """As drawn: through the gate, and as wide as it is to be."""
    look: str = "text"
    """Name of a component class, `rows--LOOK`."""
    act: str = ""
    """What a click on it asks for; empty for nothing."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line."""

    id: str
    """Whom or what it belongs to; empty for headings and gaps, which are never selected."""
    parts: tuple[Part, ...]
    stamp: object = None
    """What decides which keys mean what: a change of it unsettles the row."""


def difference(was: Row | None, now: Row | None) -> tuple[int, int | None]:
    """The first and the last column (excluded) in which two rows differ; None for the right edge."""
    if was is None or now is None or len(was.parts) != len(now.parts):
        return 0, None
    pairs = list(zip(was.parts, now.parts, strict=True))
    if any(cell_len(a.text) != cell_len(b.text) for a, b in pairs):
        return 0, None
    column, left, right = 1, None, 1
    for a, b in pairs:
        end = column + cell_len(a.text)
        if a != b:
            left = column if left is None else left
            right = end
        column = end
    return (0, 0) if left is None else (left, right)


def act_at(row: Row, x: int) -> str:
    """What a click in column `x` asks for; "" for nothing."""
    column = 1
    for part in row.parts:
        column += cell_len(part.text)
        if x < column:
            return part.act
    return ""
