"""Words as bitmaps."""

from hypothesis import given
from hypothesis import strategies as st

from media.window import overlay


@given(st.text(max_size=120), st.integers(10, 30), st.integers(30, 900), st.booleans(), st.sampled_from(["", "pinned"]))
def test_L3_a_caption_is_never_larger_than_its_room(name, height, most, muted, note):
    bitmap = overlay.caption(name, height, most, muted, note)
    assert bitmap.height == height and bitmap.width <= most
    assert len(bitmap.pixels) == bitmap.width * bitmap.height * 4


@given(st.text(max_size=60), st.integers(1, 900), st.integers(1, 500))
def test_a_tile_without_picture_has_exactly_its_size(name, width, height):
    bitmap = overlay.nobody(name, "p1", width, height, "Camera is off")
    assert (bitmap.width, bitmap.height) == (width, height)


def test_a_muted_person_is_told_by_a_sign():
    assert overlay.caption("Ann", 26, 300, True).pixels != overlay.caption("Ann", 26, 300, False).pixels


def test_no_font_of_the_system_is_needed(monkeypatch):
    monkeypatch.setattr(overlay, "SYSTEM_FONTS", ())
    overlay._font_for.cache_clear()
    assert [part for _, part in overlay._runs("Zoë Łukasz", 18)] == ["Zoe Łukasz"]
    assert any(overlay.text("Zoë Łukasz Анна", 18, 400).pixels[3::4])
    overlay._font_for.cache_clear()


def test_letters_that_the_bundled_font_lacks_come_from_the_system():
    bundled = overlay._font("", 18)
    (ascii_font, _), *_ = overlay._runs("Zoe", 18)
    (other, words), *rest = overlay._runs("Zoë Анна", 18)
    assert ascii_font is bundled
    assert other is not bundled and words == "Zoë Анна" and not rest, "one font for the whole name"


def test_a_long_name_ends_in_dots():
    short, long = overlay.text("Ann", 16, 200), overlay.text("Ann " * 50, 16, 200)
    assert short.width < long.width <= 200
