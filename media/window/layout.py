"""Where each picture and each overlay stands in the window. Pure: sizes in, rectangles out, in whole pixels.

Nothing lies over a picture but its caption, and that only in the picture's lowest fifth: no face is covered (L3). The
own preview and the bar of switches have places of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

GAP = 6
"""Pixels between pictures."""
BAR = 30
"""Height of the bar with the own switches, at the bottom of the window."""
WIDE, HIGH = 16, 9
"""Shape of every tile; a picture of another shape stands whole inside it."""
LEAST_HEIGHT = 60
"""A window lower than this gets no bar, and one whose pictures would be lower gets no preview."""
PREVIEW_SHARE = 0.18
"""Width of the own preview, and of the small pictures beside a large one, as a share of the window's."""
PREVIEW_WIDTHS = (96, 256)
CAPTION_SHARE = 5
"""A caption is at most one fifth of its picture high."""
LONG_NAME = 200
"""A caption may be this wide even where that is more than three fifths of its picture."""
MOST_TILES = 16
"""People drawn at once; the others are counted in words."""


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle in pixels; x to the right, y down."""

    x: int
    y: int
    w: int
    h: int

    def inset(self, by: int) -> Rect:
        """The same rectangle, smaller by `by` pixels on each side; never of negative size."""
        return Rect(self.x + by, self.y + by, max(0, self.w - 2 * by), max(0, self.h - 2 * by))


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """The places of one drawing."""

    tiles: tuple[Rect, ...]
    """In the order of the people, the large one first in the speaker layout. Fewer than asked when they do not fit."""
    preview: Rect | None
    """The own picture; None where there is no room."""
    bar: Rect
    """The bar of switches; of height 0 in a very low window."""
    stage: Rect
    """What is left for pictures and for words in their place."""


def arrange(people: int, layout: str, width: int, height: int) -> Arrangement:
    """Places for `people` pictures in a window of `width` x `height` pixels; `layout` is tiles or speaker."""
    bar_height = BAR if height >= LEAST_HEIGHT + BAR else 0
    bar = Rect(0, height - bar_height, width, bar_height)
    stage = Rect(0, 0, width, height - bar_height).inset(GAP)
    count = min(people, MOST_TILES)
    place = _speaker if layout == "speaker" and count > 1 else _grid_with_preview
    found, preview = place(count, stage)
    return Arrangement(tiles=tuple(found), preview=preview, bar=bar, stage=stage)


def grid(count: int, area: Rect) -> list[Rect]:
    """`count` equal tiles in `area`, as large as they can be, in centred rows. None when the area is too small."""
    best: list[Rect] = []
    for columns in range(1, count + 1):
        rows = -(-count // columns)
        size = _largest((area.w - GAP * (columns - 1)) // columns, (area.h - GAP * (rows - 1)) // rows)
        if size[0] > 0 and (not best or size[0] > best[0].w):
            best = _rows(count, columns, size, area)
    return best


def fit(width: int, height: int, place: Rect) -> Rect:
    """Where a picture of `width` x `height` stands whole and centred in `place`, as large as it can be."""
    if width < 1 or height < 1 or place.w < 1 or place.h < 1:
        return Rect(place.x, place.y, 0, 0)
    if width * place.h >= height * place.w:
        w, h = place.w, max(1, place.w * height // width)
    else:
        w, h = max(1, place.h * width // height), place.h
    return Rect(place.x + (place.w - w) // 2, place.y + (place.h - h) // 2, w, h)


def caption(tile: Rect) -> Rect | None:
    """The most that a caption may take of its tile: a strip at the bottom left. None where nothing readable fits."""
    height = min(26, max(14, tile.h // 11))
    if height * CAPTION_SHARE > tile.h or tile.w < 48:
        return None
    margin = min(6, tile.h // CAPTION_SHARE - height)
    width = max(min(tile.w - 2 * margin, LONG_NAME), tile.w * 3 // 5)
    return Rect(tile.x + margin, tile.y + tile.h - margin - height, width, height)


def _largest(width: int, height: int) -> tuple[int, int]:
    """The largest 16:9 size within `width` x `height`; (0, 0) when nothing fits."""
    if width < WIDE or height < HIGH:
        return 0, 0
    w = min(width, height * WIDE // HIGH)
    return w, w * HIGH // WIDE


def _rows(count: int, columns: int, size: tuple[int, int], area: Rect) -> list[Rect]:
    w, h = size
    rows = -(-count // columns)
    top = area.y + (area.h - rows * h - (rows - 1) * GAP) // 2
    places = []
    for row in range(rows):
        held = min(columns, count - row * columns)
        left = area.x + (area.w - held * w - (held - 1) * GAP) // 2
        places += [Rect(left + i * (w + GAP), top + row * (h + GAP), w, h) for i in range(held)]
    return places


def _preview_size(area: Rect) -> tuple[int, int]:
    wanted = int(min(area.w, area.h * WIDE / HIGH) * PREVIEW_SHARE)
    w = max(PREVIEW_WIDTHS[0], min(PREVIEW_WIDTHS[1], wanted))
    return w, w * HIGH // WIDE


def _grid_with_preview(count: int, area: Rect) -> tuple[list[Rect], Rect | None]:
    """Tiles of equal size, and the preview where it costs least: in a free cell, at the right, or below."""
    w, h = _preview_size(area)
    corner = Rect(area.x + area.w - w, area.y + area.h - h, w, h)
    if count == 0:
        room = min(area.w, area.h) >= LEAST_HEIGHT
        return [], fit(WIDE, HIGH, Rect(area.x, area.y, area.w, area.h * 2 // 3)) if room else None
    choices: list[tuple[list[Rect], Rect | None]] = []
    cells = grid(count + 1, area)
    if cells:
        *tiles, last = cells
        choices.append((tiles, last if count > 1 or last.w <= w else Rect(last.x, last.y + last.h - h, w, h)))
    beside = grid(count, Rect(area.x, area.y, area.w - w - GAP, area.h))
    below = grid(count, Rect(area.x, area.y, area.w, area.h - h - GAP))
    choices += [(places, corner) for places in (beside, below) if places]
    best = max(choices, key=lambda choice: choice[0][0].w, default=None)
    if best is None or best[0][0].h < LEAST_HEIGHT:
        return grid(count, area), None
    return best


def _speaker(count: int, area: Rect) -> tuple[list[Rect], Rect | None]:
    """One large picture, and the others with the preview last, small, in a column at the right or a row below."""
    w, h = _preview_size(area)
    column = max(0, (area.h + GAP) // (h + GAP))
    row = max(0, (area.w + GAP) // (w + GAP))
    right = _largest(area.w - w - GAP, area.h) if column > 1 else (0, 0)
    below = _largest(area.w, area.h - h - GAP) if row > 1 else (0, 0)
    if max(right[1], below[1]) < LEAST_HEIGHT:
        return grid(1, area), None
    if right[0] >= below[0]:
        held = min(count, column)
        main = grid(1, Rect(area.x, area.y, area.w - w - GAP, area.h))
        top = area.y + (area.h - held * h - (held - 1) * GAP) // 2
        small = [Rect(area.x + area.w - w, top + i * (h + GAP), w, h) for i in range(held)]
    else:
        held = min(count, row)
        main = grid(1, Rect(area.x, area.y, area.w, area.h - h - GAP))
        left = area.x + (area.w - held * w - (held - 1) * GAP) // 2
        small = [Rect(left + i * (w + GAP), area.y + area.h - h, w, h) for i in range(held)]
    return main + small[:-1], small[-1]
