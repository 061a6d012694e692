"""A small picture in sixels (DEC STD 070), for terminals whose name promises them and whose pixels are known.

Near, a picture is one sequence. Over SSH each line of cells is one of its own, so that keys find their way between
them; a sequence that is begun would swallow whatever else is painted before it ends.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ecm_tui.console.halfcells import fitted, opened

NEAR_COLOURS, FAR_COLOURS = 64, 16

MOST_PIXELS = 480 * 270
"""Of a picture; where cells are large it has fewer of them."""

FAR_CELLS = 160
"""Of a picture over SSH at most."""

FAR_BYTES = 20_000
"""Of a picture over SSH: what one in half cells takes at most."""

BAND = 6
"""Pixels that a sixel is high."""

RUN = re.compile(r"(.)\1{3,}")
"""Four and more of the same are shorter as their number and one of them."""


@dataclass(frozen=True, slots=True)
class Sixels:
    """One picture, ready to be sent."""

    strips: Sequence[str]
    """All of it; or over SSH one for each line of cells."""
    columns: int
    lines: int

    @property
    def costly(self) -> bool:
        """Whether half cells are cheaper over SSH."""
        return sum(map(len, self.strips)) > FAR_BYTES


def sixels(jpeg: bytes, room: tuple[int, int], most: int, cell: tuple[int, int], far: bool) -> Sixels:
    """The picture in at most `room` (columns, lines) and `most` cells of so many pixels in width and height.

    Raises ValueError for what is no picture. Takes some milliseconds.
    """
    image = opened(jpeg)
    most = min(most, MOST_PIXELS // (cell[0] * cell[1]), FAR_CELLS if far else most)
    columns, lines = fitted(image.width, image.height, room, most)
    width, height = columns * cell[0], lines * cell[1]
    small = image.resize((width, height)).quantize(FAR_COLOURS if far else NEAR_COLOURS)
    data, palette = small.tobytes(), small.getpalette() or []
    step = width * (cell[1] if far else height)
    strips = [_strip(data[start : start + step], width, palette) for start in range(0, len(data), step)]
    return Sixels(strips, columns, lines)


def placed(strip: str, at: tuple[int, int]) -> str:
    """What draws it at this column and line (from 0)."""
    return f"\x1b7\x1b[{at[1] + 1};{at[0] + 1}H{strip}\x1b8"


def _strip(data: bytes, width: int, palette: Sequence[int]) -> str:
    registers = [_register(colour, palette[3 * colour : 3 * colour + 3]) for colour in sorted(set(data))]
    bands = [_band(data[start : start + BAND * width], width) for start in range(0, len(data), BAND * width)]
    return f'\x1bP0;1q"1;1;{width};{len(data) // width}{"".join(registers)}{"-".join(bands)}\x1b\\'


def _register(colour: int, parts: Sequence[int]) -> str:
    return f"#{colour};2;" + ";".join(str(round(part * 100 / 255)) for part in parts)


def _band(data: bytes, width: int) -> str:
    """Up to six rows: of each colour the pixels that it has, one sign for each column."""
    drawn: defaultdict[int, bytearray] = defaultdict(lambda: bytearray(b"?" * width))
    for at, colour in enumerate(data):
        drawn[colour][at % width] += 1 << at // width
    return "$".join(f"#{colour}{_short(signs.decode().rstrip('?'))}" for colour, signs in drawn.items())


def _short(signs: str) -> str:
    return RUN.sub(lambda run: f"!{len(run[0])}{run[1]}", signs)
