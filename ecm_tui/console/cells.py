"""Text that people wrote on one line, as wide as it may be. Needs no Textual: the line mode says its sentences too."""

from __future__ import annotations

from functools import lru_cache

from rich.cells import cell_len, set_cell_size

from ecm_tui.core.text import ELLIPSIS, clean

NAME_CELLS = 28
"""The widest that a name gets inside a sentence, in terminal cells."""


def plain(text: str, limit: int = 400) -> str:
    """`text` through the gate, on one line; for sentences that hold names."""
    return clean(text, limit)


@lru_cache(4096)  # a list of seventy rows is fitted anew each second, and little of it is new
def fit(text: str, width: int) -> str:
    """`text` in exactly `width` cells: cut with an ellipsis, or filled with spaces."""
    if width <= 0:
        return ""
    return set_cell_size(short(text, width), width)


@lru_cache(4096)
def short(text: str, width: int = NAME_CELLS) -> str:
    """`text` in at most `width` cells, cut with an ellipsis."""
    line = clean(text, max(width * 4, 8)) if width > 0 else ""
    if cell_len(line) <= width:
        return line
    return set_cell_size(line, width - 1).rstrip() + ELLIPSIS
