"""The window by SDL's own readback, on its driver without a display."""

import pytest
from av import VideoFrame

from media.simulated import Portrait
from media.window import overlay, screen
from media.window.layout import Rect
from media.window.screen import Fill, NoDisplayError, Picture, Screen, Words
from media.window.sdl import SDL


@pytest.fixture
def window():
    opened = Screen("Test", 320, 240)
    yield opened
    opened.close()


def colour_at(window: Screen, x: int, y: int) -> tuple[int, int, int]:
    width, _, pixels = window.grab()
    at = (y * width + x) * 3
    return pixels[at], pixels[at + 1], pixels[at + 2]


def test_U3_without_a_display_the_window_says_so(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(screen.sys, "platform", "linux")
    with pytest.raises(NoDisplayError, match="There is no display here"):
        Screen("Test")


def test_U3_a_display_that_does_not_answer_is_no_display(monkeypatch):
    monkeypatch.delenv("SDL_VIDEODRIVER")
    monkeypatch.setenv("SDL_VIDEODRIVER", "x11")
    monkeypatch.setenv("DISPLAY", ":987")
    with pytest.raises(NoDisplayError, match="No window can open here"):
        Screen("Test")


def test_it_draws_in_software_where_there_is_nothing_better_and_closes_twice(window):
    assert window.size == (320, 240)
    window.draw([Fill(Rect(10, 10, 50, 50), (255, 0, 0))], ground=(0, 0, 255))
    assert colour_at(window, 20, 20) == (255, 0, 0)
    assert colour_at(window, 100, 100) == (0, 0, 255)
    window.close()
    window.close()


def test_an_edge_leaves_the_middle_as_it_is(window):
    window.draw([Fill(Rect(10, 10, 50, 50), (0, 255, 0), line=2)], ground=(0, 0, 0))
    assert colour_at(window, 11, 30) == (0, 255, 0)
    assert colour_at(window, 30, 30) == (0, 0, 0)


def test_pictures_are_drawn_from_their_planes_and_follow_their_number(window):
    red, blue = (Portrait("Ann", colour) for colour in ("#ff0000", "#0000ff"))
    place = Rect(0, 0, 320, 180)
    window.draw([Picture(place, "5", 1, red.picture(0, False))])
    first = colour_at(window, 20, 100)
    window.draw([Picture(place, "5", 1, blue.picture(0, False))])
    assert colour_at(window, 20, 100) == first, "the same number is the same picture"
    window.draw([Picture(place, "5", 2, blue.picture(0, False))])
    second = colour_at(window, 20, 100)
    assert first[0] > first[2] and second[2] > second[0]


def test_a_slot_takes_pictures_of_changing_sizes_and_formats(window):
    place = Rect(0, 0, 320, 180)
    sizes = ((64, 48, "yuv420p"), (641, 361, "yuv420p"), (20, 360, "rgb24"))
    for number, (width, height, pixels) in enumerate(sizes):
        window.draw([Picture(place, "5", number, VideoFrame(width, height, pixels), mirrored=True)])


def test_a_picture_of_absurd_size_is_left_out(window):
    window.draw([Picture(Rect(0, 0, 320, 180), "5", 0, VideoFrame(5000, 2, "yuv420p"))], ground=(9, 9, 9))
    assert colour_at(window, 20, 20) == (9, 9, 9)


def test_words_are_kept_as_textures_up_to_a_bound(window):
    for i in range(screen.MOST_BITMAPS + 20):
        window.draw([Words(0, 0, overlay.text(f"word {i}", 12, 200))])
    assert len(window._bitmaps) == screen.MOST_BITMAPS


def test_L3_sizes_follow_the_window(window):
    SDL.SDL_SetWindowSize(window._window, 640, 360)
    assert any(each.kind == "redraw" for each in window.inputs())
    assert window.size == (640, 360)


def test_full_screen_and_back(window):
    window.turn_fullscreen()
    assert window.fullscreen
    window.turn_fullscreen()
    assert not window.fullscreen
    assert all(each.kind == "redraw" for each in window.inputs())
