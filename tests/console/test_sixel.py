"""Pictures in sixels: what a terminal makes of them is the picture; of bounded size, and whole line by line."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image

from ecm_tui.console.sixel import BAND, FAR_BYTES, MOST_PIXELS, Sixels, placed, sixels
from tests.console.test_halfcells import jpeg

ROOM, MOST, CELL = (68, 16), 1200, (8, 16)
STRIP = re.compile('\x1bP0;1q"1;1;(\\d+);(\\d+)([^\x1b]*)\x1b\\\\')
TOKEN = re.compile(r"#(\d+);2;(\d+);(\d+);(\d+)|#(\d+)|!(\d+)([?-~])|([$-])|([?-~])")

Pixel = tuple[int, int, int]


def drawn(strip: str) -> Image.Image:
    """What a terminal makes of it. Every pixel is drawn, none twice."""
    told = STRIP.fullmatch(strip)
    assert told, "one sequence, of printable signs"
    assert not TOKEN.sub("", told[3])
    size = int(told[1]), int(told[2])
    registers: dict[int, Pixel] = {}
    pixels: dict[tuple[int, int], Pixel] = {}
    x = top = pen = 0
    for token in TOKEN.finditer(told[3]):
        register, red, green, blue, chosen, times, repeated, moves, one = token.groups()
        if register:
            registers[int(register)] = (int(red), int(green), int(blue))
        elif chosen:
            pen = int(chosen)
        elif moves:
            x, top = 0, top + BAND * (moves == "-")
        for _ in range(int(times or 1) if repeated or one else 0):
            bits = ord(repeated or one) - ord("?")
            for y in (top + row for row in range(BAND) if bits >> row & 1):
                assert (x, y) not in pixels
                pixels[x, y] = registers[pen]
            x += 1
    assert len(pixels) == size[0] * size[1]
    image = Image.new("RGB", size)
    for at, parts in pixels.items():
        image.putpixel(at, (parts[0] * 255 // 100, parts[1] * 255 // 100, parts[2] * 255 // 100))
    return image


def whole(made: Sixels) -> Image.Image:
    """The strips, one below the other."""
    parts = [drawn(strip) for strip in made.strips]
    image = Image.new("RGB", (parts[0].width, sum(part.height for part in parts)))
    top = 0
    for part in parts:
        image.paste(part, (0, top))
        top += part.height
    return image


def halves(size: tuple[int, int] = (320, 180)) -> bytes:
    """Red on the left, a blue that grows darker on the right."""
    image = Image.new("RGB", size, "red")
    shades = Image.linear_gradient("L").resize((size[0] // 2, size[1]))
    image.paste(Image.merge("RGB", [Image.new("L", shades.size)] * 2 + [shades]), (size[0] // 2, 0))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=95, subsampling=0)
    return out.getvalue()


@pytest.mark.parametrize("far", [False, True], ids=["near", "over ssh"])
@pytest.mark.parametrize("cell", [CELL, (7, 15), (10, 21)])
def test_what_the_terminal_makes_of_it_is_the_picture(far: bool, cell: tuple[int, int]):
    made = sixels(halves(), ROOM, MOST, cell, far)
    seen = whole(made)
    assert seen.size == (made.columns * cell[0], made.lines * cell[1])
    with Image.open(io.BytesIO(halves())) as image:
        wanted = image.convert("RGB").resize(seen.size)
    for x in (seen.width // 4, seen.width * 3 // 4):
        for y in range(2, seen.height, 7):
            pair = zip(seen.getpixel((x, y)), wanted.getpixel((x, y)), strict=True)  # type: ignore[arg-type]
            assert all(abs(one - other) < 25 for one, other in pair), (x, y)


def test_near_it_is_one_sequence_and_over_ssh_one_for_each_line_of_cells():
    assert len(sixels(jpeg(), ROOM, MOST, CELL, far=False).strips) == 1
    made = sixels(jpeg(noise=40), ROOM, MOST, CELL, far=True)
    assert len(made.strips) == made.lines
    assert {drawn(strip).height for strip in made.strips[:-1]} == {CELL[1]}


def test_it_stands_at_its_cell_and_the_cursor_goes_back():
    assert placed("strip", (5, 4)) == "\x1b7\x1b[5;6Hstrip\x1b8"


@pytest.mark.parametrize("cell", [CELL, (20, 40), (64, 128)])
@pytest.mark.parametrize("size", [(320, 180), (180, 320)])
def test_it_has_bounded_pixels_and_keeps_to_its_cells(cell: tuple[int, int], size: tuple[int, int]):
    made = sixels(jpeg(size=size), ROOM, MOST, cell, far=False)
    (strip,) = made.strips
    told = STRIP.fullmatch(strip)
    assert told and int(told[1]) * int(told[2]) <= MOST_PIXELS
    assert made.columns <= ROOM[0] and made.lines <= ROOM[1]


def test_over_ssh_a_picture_costs_no_more_than_one_in_half_cells_or_is_known_to():
    calm, restless = (sixels(jpeg(noise=noise), ROOM, 480, CELL, far=True) for noise in (0, 255))
    assert not calm.costly and sum(map(len, calm.strips)) < 3_000
    assert restless.costly and sum(map(len, restless.strips)) > FAR_BYTES


def test_what_is_no_picture_is_refused():
    with pytest.raises(ValueError, match="cannot be read"):
        sixels(b"nothing", ROOM, MOST, CELL, far=False)
