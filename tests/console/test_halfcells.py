"""A small picture in cells: its shape, what it costs, and that what hardly changes costs nothing."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from rich.console import Console as Rich
from textual._compositor import LayoutUpdate
from textual.geometry import Region

from ecm_tui.console import halfcells
from ecm_tui.console.halfcells import CELL_BYTES, MOST_PIXELS, MOVE_BYTES, UPPER, Frame, fitted, frame
from ecm_tui.console.sparing import Cell, Changes

ROOM, MOST = (68, 16), 480


def jpeg(colour: str | tuple[int, int, int] = "red", size: tuple[int, int] = (320, 180), noise: int = 0) -> bytes:
    """A picture of one colour, or with noise of so many steps over all of it."""
    image = Image.new("RGB", size, colour)
    if noise:
        image = Image.blend(image, Image.effect_noise(size, 100).convert("RGB"), noise / 255)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=95)
    return out.getvalue()


def made(data: bytes, before: Frame | None = None, letters: bool = False, light: bool = False) -> Frame:
    return frame(data, ROOM, MOST, before, letters, light)


def written(made: Frame, shown: dict[int, list[Cell]]) -> int:
    """The bytes that paint it on a terminal that shows this."""
    terminal = Rich(color_system="truecolor", force_terminal=True, width=80)
    lines = [[line] for line in made.lines]
    update = LayoutUpdate(lines, Region(0, 0, made.lines[0].cell_length, len(lines)))
    return len(Changes(update, shown).render_segments(terminal).encode())


@pytest.mark.parametrize(
    ("size", "cells"),
    [((320, 180), (41, 11)), ((320, 568), (18, 16)), ((32, 640), (1, 16)), ((320, 32), (68, 3)), ((1, 1), (30, 15))],
)
def test_a_picture_keeps_its_shape_within_its_room_and_its_number_of_cells(size, cells):
    assert fitted(*size, ROOM, MOST) == cells
    assert cells[0] * cells[1] <= MOST


def test_the_costliest_picture_has_a_bound_of_bytes_and_costs_what_it_says():
    noisy = made(jpeg(noise=255))
    cells = noisy.lines[0].cell_length * len(noisy.lines)
    shown: dict[int, list[Cell]] = {}
    paid = written(noisy, shown)
    assert 10_000 < paid <= sum(noisy.costs) <= cells * CELL_BYTES + len(noisy.lines) * MOVE_BYTES < 21_000


def test_what_hardly_differs_costs_nothing_and_what_moves_its_own_cells_alone():
    shown: dict[int, list[Cell]] = {}
    first = made(jpeg((100, 100, 100)))
    assert 0 < written(first, shown) < 2_000, "neighbours of one colour go together"
    calm = made(jpeg((105, 98, 103)), first)
    assert not any(calm.costs) and written(calm, shown) == 0
    image = Image.new("RGB", (320, 180), (100, 100, 100))
    image.paste("white", (0, 80, 40, 100))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=95)
    moved = made(out.getvalue(), calm)
    assert [y for y, cost in enumerate(moved.costs) if cost] == [4, 5, 6]
    assert 0 < written(moved, shown) <= sum(moved.costs) < 1_000


def test_many_small_changes_add_up_to_one_that_is_seen():
    steps = [made(jpeg((100, 100, 100)))]
    for bright in range(104, 132, 4):
        steps.append(made(jpeg((bright, bright, bright)), steps[-1]))
    assert any(any(step.costs) for step in steps[1:])
    assert abs(steps[-1].pixels[0][0][0] - 128) < halfcells.CLOSE


def test_half_cells_have_both_colours():
    image = Image.new("RGB", (320, 180), "blue")
    image.paste("red", (0, 0, 320, 90))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=95)
    made_of = made(out.getvalue())
    first, last = made_of.lines[0], made_of.lines[-1]
    assert first.text == UPPER * 41
    style = next(iter(first)).style
    assert style is not None and style.color is not None and style.color.triplet is not None
    assert style.color.triplet.red > 200
    style = next(iter(last)).style
    assert style is not None and style.bgcolor is not None and style.bgcolor.triplet is not None
    assert style.bgcolor.triplet.blue > 200


def test_where_colours_are_few_letters_say_how_bright_it_is():
    white, black = made(jpeg("white"), letters=True), made(jpeg("black"), letters=True)
    assert white.lines[0].text == "@" * 41 and black.lines[0].text == " " * 41
    assert made(jpeg("white"), letters=True, light=True).lines[0].text == " " * 41
    assert sum(white.costs) < 800


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff\xe0nothing", jpeg()[:400], jpeg(size=(1, MOST_PIXELS // 13))])
def test_what_is_no_picture_or_too_large_a_one_is_refused(data: bytes):
    if len(data) > 5_000:
        data = jpeg(size=(1200, 1200))
    with pytest.raises(ValueError, match="picture"):
        made(data)


def test_another_kind_of_file_is_not_opened():
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG")
    with pytest.raises(ValueError, match="cannot be read"):
        made(out.getvalue())
