"""What is drawn for what the window knows."""

from typing import Any

from av import VideoFrame
from hypothesis import given
from hypothesis import strategies as st

from media.simulated import Portrait
from media.window.boxes import Newest
from media.window.layout import Rect
from media.window.painting import OWN, SPEAKING, Sights, paint
from media.window.scene import FROZEN_AFTER, Scene
from media.window.screen import LEAST, Fill, Item, Picture, Words
from tests.media.window.clinic import person

ANN, BOB = person("p1", "Ann"), person("p2", "Bob", camera=False, muted=True)
FRAME = Portrait("Ann", "#336699").picture(1, False)


def arranged(*people: dict[str, Any], at: float = 0.0, **sights: Any) -> tuple[Scene, Sights]:
    scene = Scene()
    scene.view({"state": "admitted", "people": list(people), "me": {"name": "Dr Lee"}})
    box: Newest[VideoFrame] = Newest()
    box.put(FRAME, at)
    scene.assign({"5": "p1", "6": "p2"}, 0.0)
    return scene, Sights({"5": box, "6": Newest()}, Newest(), **sights)


def pictures(items: list[Item]) -> list[str]:
    return [item.slot for item in items if isinstance(item, Picture)]


def texts(items: list[Item]) -> list[str]:
    """All that is written, from the keys of the bitmaps."""
    return [" ".join(str(part) for part in item.bitmap.key) for item in items if isinstance(item, Words)]


def test_a_person_with_camera_is_a_picture_and_one_without_a_still_tile():
    items = paint(*arranged(ANN, BOB), 1120, 660, 0.5)
    assert pictures(items) == ["5"]
    assert any("nobody Bob" in text and "Camera is off" in text for text in texts(items))


def test_L3_names_and_mute_are_captions():
    items = paint(*arranged(ANN, BOB), 1120, 660, 0.5)
    assert any(text.startswith("caption 1  Ann") and "False" in text for text in texts(items))
    assert any(text.startswith("caption 2  Bob") and "True" in text for text in texts(items))


def test_a_camera_that_was_switched_off_leaves_no_picture_behind():
    items = paint(*arranged(person("p1", "Ann", camera=False)), 1120, 660, 0.5)
    assert pictures(items) == []


def test_L3_a_stopped_picture_says_so():
    scene, sights = arranged(ANN)
    fresh = texts(paint(scene, sights, 1120, 660, FROZEN_AFTER / 2))
    stopped = texts(paint(scene, sights, 1120, 660, FROZEN_AFTER * 2))
    assert not any("picture stopped" in text for text in fresh)
    assert any("picture stopped" in text for text in stopped)


def test_who_speaks_has_an_edge():
    scene, sights = arranged(ANN)
    scene.speak(["p1"], 1.0)
    edges = [item for item in paint(scene, sights, 1120, 660, 1.0) if isinstance(item, Fill) and item.line]
    assert [edge.colour for edge in edges] == [SPEAKING]


def test_the_own_preview_is_mirrored_and_without_camera_a_still():
    scene, sights = arranged(ANN)
    assert any("nobody You" in text and "No camera" in text for text in texts(paint(scene, sights, 1120, 660, 0.5)))
    sights.own.put(FRAME, 0.0)
    own = [item for item in paint(scene, sights, 1120, 660, 0.5) if isinstance(item, Picture) and item.slot == OWN]
    assert [item.mirrored for item in own] == [True]


def test_E6_the_own_switches_are_always_told():
    scene, sights = arranged(ANN, microphone="off", camera="not allowed", speaker="none")
    assert any(
        "Microphone off · Camera not allowed · No loudspeaker" in text
        for text in texts(paint(scene, sights, 900, 600, 0))
    )


def test_alone_a_sentence_stands_in_place_of_pictures():
    scene, sights = arranged()
    scene.words = "No one is here yet"
    assert any("No one is here yet" in text for text in texts(paint(scene, sights, 900, 600, 0)))


def test_a_notice_goes_before_the_keys():
    scene, sights = arranged(ANN, notice="There is no camera on this computer.")
    assert any("There is no camera on this computer." in text for text in texts(paint(scene, sights, 1400, 600, 0)))


def test_people_beyond_the_tiles_are_counted():
    scene, sights = arranged(*(person(f"p{i}", f"N{i}") for i in range(40)))
    assert any("and 24 more in the call" in text for text in texts(paint(scene, sights, 1120, 660, 0)))


@given(
    st.integers(0, 20), st.integers(LEAST[0], 1500), st.integers(LEAST[1], 1000), st.sampled_from(["tiles", "speaker"])
)
def test_L3_everything_is_drawn_inside_the_window_whatever_its_size(count, width, height, layout):
    scene, sights = arranged(*(person(f"p{i}", f"N{i}") for i in range(count)))
    scene.layout = layout
    for item in paint(scene, sights, width, height, 0):
        place = (
            item.place if not isinstance(item, Words) else Rect(item.x, item.y, item.bitmap.width, item.bitmap.height)
        )
        assert place.x >= 0 and place.x + place.w <= width
        assert place.y >= 0 and place.y + place.h <= height
