"""A small picture in the terminal's cells: two half cells of colour in each, or letters where colours are few.

Made away from the loop. A colour that hardly differs from the one that is shown stays: a calm picture costs no bytes.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

if TYPE_CHECKING:
    from PIL.Image import Image

Pixel = tuple[int, int, int]

UPPER = "▀"
SHADES = " .:-=+*#%@"
"""From dark to bright, one for each cell."""

CLOSE = 14
"""Steps (of 255) by which a colour must differ, in any of its three parts, to be sent."""

CELL_BYTES = 43
"""What a half cell in two colours of its own costs at most, its escape sequences included."""

MOVE_BYTES = 10
"""Going to a cell."""

BOX = 4
"""Pillow's way of making smaller by the mean of what comes together."""

MOST_PIXELS = 640 * 1280
"""Of a picture that is opened; the bridge's are a quarter of it."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture as it stands in the terminal."""

    pixels: Sequence[Sequence[Pixel]]
    """Two rows for each line of cells."""
    lines: Sequence[Strip]
    costs: Sequence[int]
    """Bytes that each line costs at most where the picture before is shown; 0 for one that stays."""


def frame(jpeg: bytes, room: tuple[int, int], most: int, before: Frame | None, letters: bool, light: bool) -> Frame:
    """The picture in at most `room` (columns, lines) and `most` cells, after the one `before`.

    `letters`: shades of letters instead of colours, for a `light` background or a dark one. Raises ValueError for what
    is no picture. Takes some milliseconds.
    """
    pixels = _pixels(opened(jpeg), room, most)
    if before is not None and _shape(before.pixels) == _shape(pixels):
        pixels = [
            [_steady(*both) for both in zip(*rows, strict=True)] for rows in zip(before.pixels, pixels, strict=True)
        ]
    else:
        before = None
    pairs = list(zip(pixels[::2], pixels[1::2], strict=True))
    lines = [_letters(*pair, light) if letters else _halves(*pair) for pair in pairs]
    costs = [_cost(before.lines[y] if before else None, line) for y, line in enumerate(lines)]
    return Frame(pixels, lines, costs)


def fitted(width: int, height: int, room: tuple[int, int], most: int) -> tuple[int, int]:
    """Columns and lines for a picture of that shape; a cell is two pixels high."""
    columns = min(room[0], 2 * room[1] * width / height, (2 * most * width / height) ** 0.5)
    return max(1, int(columns)), max(1, min(room[1], int(columns * height / width / 2)))


def opened(jpeg: bytes) -> Image:
    """The picture, read to its end. Raises ValueError for what is none, or too large a one."""
    from PIL import Image  # late: the console starts without it

    try:
        with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as image:
            if image.width * image.height > MOST_PIXELS:
                raise ValueError("the picture is too large")
            return image.convert("RGB")
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError("the picture cannot be read") from error


def _pixels(image: Image, room: tuple[int, int], most: int) -> list[list[Pixel]]:
    columns, lines = fitted(image.width, image.height, room, most)
    data = image.resize((columns, 2 * lines), BOX).tobytes()
    pixels = list(zip(data[::3], data[1::3], data[2::3], strict=True))
    return [pixels[start : start + columns] for start in range(0, len(pixels), columns)]


def _shape(pixels: Sequence[Sequence[Pixel]]) -> tuple[int, int]:
    return len(pixels), len(pixels[0])


def _steady(shown: Pixel, new: Pixel) -> Pixel:
    return shown if max(abs(was - now) for was, now in zip(shown, new, strict=True)) < CLOSE else new


def _halves(upper: Sequence[Pixel], lower: Sequence[Pixel]) -> Strip:
    cells = groupby(zip(upper, lower, strict=True))
    return Strip([Segment(UPPER * len(list(run)), _pen(*pair)) for pair, run in cells], len(upper))


def _pen(above: Pixel, below: Pixel) -> Style:
    return Style(color=Color.from_rgb(*above), bgcolor=Color.from_rgb(*below))


def _letters(upper: Sequence[Pixel], lower: Sequence[Pixel], light: bool) -> Strip:
    bright = [(_brightness(above) + _brightness(below)) // 2 for above, below in zip(upper, lower, strict=True)]
    shades = SHADES[::-1] if light else SHADES
    return Strip([Segment("".join(shades[one * len(shades) // 256] for one in bright))], len(upper))


def _brightness(pixel: Pixel) -> int:
    red, green, blue = pixel
    return (299 * red + 587 * green + 114 * blue) // 1000


def _cost(was: Strip | None, now: Strip) -> int:
    """At most, whatever of the line's cells that change stands together."""
    new = _cells(now)
    changed = [cell for cell, old in zip(new, _cells(was) if was else [None] * len(new), strict=True) if cell != old]
    return sum(1 if style is None else CELL_BYTES for _, style in changed) + MOVE_BYTES * bool(changed)


def _cells(strip: Strip) -> list[tuple[str, Style | None]]:
    return [(letter, segment.style) for segment in strip for letter in segment.text]
