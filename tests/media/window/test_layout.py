"""Where pictures and overlays stand."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from media.window.layout import BAR, CAPTION_SHARE, MOST_TILES, Rect, arrange, caption, fit, grid

people = st.integers(0, 60)
layouts = st.sampled_from(["tiles", "speaker"])
widths, heights = st.integers(1, 4000), st.integers(1, 2400)


def inside(inner: Rect, outer: Rect) -> bool:
    return (
        inner.x >= outer.x
        and inner.y >= outer.y
        and inner.x + inner.w <= outer.x + outer.w
        and inner.y + inner.h <= outer.y + outer.h
    )


def apart(one: Rect, other: Rect) -> bool:
    return (
        one.x + one.w <= other.x or other.x + other.w <= one.x or one.y + one.h <= other.y or other.y + other.h <= one.y
    )


@given(people, layouts, widths, heights)
def test_L3_nothing_overlaps_and_everything_is_inside_whatever_the_size(count, layout, width, height):
    places = arrange(count, layout, width, height)
    found = [*places.tiles, *([places.preview] if places.preview else []), places.bar]
    assert all(inside(place, Rect(0, 0, width, height)) for place in found)
    assert all(apart(one, other) for one, other in combinations(found, 2) if one.h and other.h)
    assert all(place.w > 0 and place.h > 0 for place in places.tiles)


@given(people, layouts, widths, heights)
def test_every_tile_keeps_the_shape_of_a_picture(count, layout, width, height):
    places = arrange(count, layout, width, height)
    assert all(abs(place.w * 9 - place.h * 16) < 16 for place in places.tiles)


@given(st.integers(1, 60), st.integers(400, 4000), st.integers(300, 2400))
def test_tiles_are_equal_and_as_many_as_can_be_drawn(count, width, height):
    places = arrange(count, "tiles", width, height)
    assert len(places.tiles) == min(count, MOST_TILES)
    assert len({(place.w, place.h) for place in places.tiles}) == 1


@given(st.integers(2, 60), st.integers(500, 4000), st.integers(400, 2400))
def test_E6_in_the_speaker_layout_the_first_is_the_largest_and_the_preview_stays(count, width, height):
    places = arrange(count, "speaker", width, height)
    main, *others = places.tiles
    assert all(main.w > other.w for other in others)
    assert places.preview


@given(st.integers(1, 4000), st.integers(1, 2400))
def test_L3_a_caption_lies_in_the_lowest_fifth_of_its_picture(width, height):
    tile = Rect(7, 9, width, height)
    place = caption(tile)
    if place:
        assert inside(place, tile)
        assert place.y - tile.y >= height - height / CAPTION_SHARE - 1


@given(st.integers(1, 5000), st.integers(1, 5000), st.integers(1, 2000), st.integers(1, 2000))
def test_a_picture_of_any_shape_stands_whole_in_its_place(width, height, w, h):
    place = Rect(3, 4, w, h)
    found = fit(width, height, place)
    assert inside(found, place)
    assert found.w == w or found.h == h


def test_a_portrait_picture_is_not_cut():
    assert fit(360, 640, Rect(0, 0, 160, 90)) == Rect(55, 0, 50, 90)


def test_a_picture_without_size_takes_no_room():
    assert fit(0, 0, Rect(5, 5, 100, 100)) == Rect(5, 5, 0, 0)


def test_two_people_stand_side_by_side_in_a_wide_window():
    first, second = arrange(2, "tiles", 1120, 660).tiles
    assert first.y == second.y and first.w >= 500


def test_two_people_stand_one_above_the_other_in_a_high_window():
    first, second = arrange(2, "tiles", 500, 900).tiles
    assert first.x == second.x and second.y > first.y


def test_alone_the_own_preview_is_large():
    places = arrange(0, "tiles", 1120, 660)
    assert places.tiles == () and places.preview and places.preview.w > 500


def test_a_very_low_window_has_no_bar():
    assert arrange(1, "tiles", 200, 60).bar.h == 0
    assert arrange(1, "tiles", 200, 200).bar.h == BAR


def test_a_grid_without_room_is_empty():
    assert grid(4, Rect(0, 0, 8, 8)) == []
