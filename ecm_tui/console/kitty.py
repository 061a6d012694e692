"""A small picture in kitty's graphics protocol, for terminals whose name says that they speak it.

A picture comes in pieces, so that keys find their way between them, and is put in place with the last. Two ids take
turns: the one before stays until the next is whole. Every answer of the terminal is declined (q=2): it would be typed.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass

from ecm_tui.console.halfcells import fitted, opened

IDS = (7_340_033, 7_340_034)
"""Of the two pictures; no other program has a reason to use them."""

PIECE = 2048
"""Letters of a piece at most; the protocol allows 4096."""

CUT_SHORT = "\x1b_Gq=2,m=0;\x1b\\"
"""The end of a picture of which the rest does not come: without it the next one would be taken for the rest."""

COLOURS = 64

CELL = (8, 16)
"""Pixels of a cell that a picture is made for; the terminal stretches it to its own."""

NEAR_PIXELS, FAR_PIXELS = 320 * 180, 160 * 90
"""Of a picture at most, on this computer and over SSH."""


@dataclass(frozen=True, slots=True)
class Graphic:
    """One picture, ready to be sent."""

    png: bytes
    columns: int
    lines: int


def graphic(jpeg: bytes, room: tuple[int, int], most: int, far: bool) -> Graphic:
    """The picture in at most `room` (columns, lines). Raises ValueError for what is none. Takes some milliseconds."""
    image = opened(jpeg)
    columns, lines = fitted(image.width, image.height, room, most)
    share = min(1.0, ((FAR_PIXELS if far else NEAR_PIXELS) / (image.width * image.height)) ** 0.5)
    small = image.resize((max(1, int(image.width * share)), max(1, int(image.height * share))))
    out = io.BytesIO()
    small.quantize(COLOURS).save(out, "PNG", optimize=True)
    return Graphic(out.getvalue(), columns, lines)


def sequences(graphic: Graphic, at: tuple[int, int], number: int) -> Sequence[str]:
    """What shows it at this column and line (from 0), piece by piece, as the picture of that number."""
    data = base64.b64encode(graphic.png).decode()
    pieces = [data[start : start + PIECE] for start in range(0, len(data), PIECE)]
    first, others = f"q=2,a=t,f=100,i={IDS[number % 2]},", ["q=2,"] * len(pieces)
    heads = [first, *others[1:]]
    sent = [
        f"\x1b_G{head}m={int(piece is not pieces[-1])};{piece}\x1b\\" for head, piece in zip(heads, pieces, strict=True)
    ]
    size = f"c={graphic.columns},r={graphic.lines}"
    place = f"\x1b7\x1b[{at[1] + 1};{at[0] + 1}H\x1b_Gq=2,a=p,i={IDS[number % 2]},p=1,C=1,{size}\x1b\\\x1b8"
    return [*sent, place + _gone(IDS[(number + 1) % 2])]


def gone() -> str:
    """What takes the pictures away, from the terminal's memory too."""
    return "".join(_gone(each) for each in IDS)


def _gone(each: int) -> str:
    return f"\x1b_Gq=2,a=d,d=I,i={each}\x1b\\"
