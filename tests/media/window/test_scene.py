"""What the window knows: the console's word, the window's keys, the slots."""

from typing import Any

from media.window.scene import SETTLE, SPEAKER_HOLD, Scene
from tests.media.window.clinic import person


def scene_of(*people: dict[str, Any], **view: Any) -> Scene:
    scene = Scene()
    scene.view({"state": "admitted", "people": list(people), "layout": "tiles", "pinned": None, **view})
    return scene


def names(scene: Scene) -> list[str]:
    return [tile.person.name for tile in scene.tiles(["5", "6"])]


ANN, BOB, EVE = person("p1", "Ann"), person("p2", "Bob"), person("p3", "Eve")


def test_people_with_a_picture_come_first_in_the_order_of_the_service():
    scene = scene_of(ANN, BOB, EVE)
    scene.assign({"5": "p3", "6": "p2", "2": "p1"}, 0.0)
    assert names(scene) == ["Bob", "Eve", "Ann"]


def test_a_sound_slot_is_no_picture():
    scene = scene_of(ANN)
    scene.assign({"2": "p1"}, 0.0)
    assert scene.tiles(["5"])[0].mid is None


def test_E6_the_pinned_one_is_large_in_either_layout():
    scene = scene_of(ANN, BOB, pinned="p2")
    assert scene.effective == "speaker"
    assert names(scene) == ["Bob", "Ann"]


def test_E6_the_loudest_is_large_in_the_speaker_layout_and_stays_when_all_are_quiet():
    scene = scene_of(ANN, BOB, layout="speaker")
    scene.speak(["p2", "p1"], 10.0)
    scene.speak([], 20.0)
    assert names(scene) == ["Bob", "Ann"]


def test_a_short_word_of_another_does_not_turn_the_picture():
    scene = scene_of(ANN, BOB, layout="speaker")
    scene.speak(["p2"], 10.0)
    scene.speak(["p1"], 10.0 + SPEAKER_HOLD / 2)
    assert names(scene)[0] == "Bob"
    scene.speak(["p1"], 10.0 + SPEAKER_HOLD)
    assert names(scene)[0] == "Ann"


def test_a_speaker_who_left_gives_way_at_once():
    scene = scene_of(ANN, BOB, layout="speaker")
    scene.speak(["p2"], 10.0)
    scene.view({"state": "admitted", "people": [ANN, EVE], "layout": "speaker"})
    assert names(scene)[0] == "Ann"
    scene.speak(["p3"], 10.1)
    assert names(scene)[0] == "Eve"


def test_the_windows_key_pins_and_unpins():
    scene = scene_of(ANN, BOB)
    assert scene.pin(2) and scene.pinned == "p2"
    assert scene.pin(2) and scene.pinned is None
    assert scene.pin(1) and scene.pin(0) and scene.pinned is None


def test_a_number_without_a_person_changes_nothing():
    scene = scene_of(ANN)
    assert not scene.pin(4) and not scene.pin(0)


def test_a_pin_of_the_window_stays_until_the_console_says_something_new():
    scene = scene_of(ANN, BOB)
    scene.pin(2)
    scene.view({"state": "admitted", "people": [ANN, BOB], "layout": "tiles", "pinned": None})
    assert scene.pinned == "p2"
    scene.view({"state": "admitted", "people": [ANN, BOB], "layout": "tiles", "pinned": "p1"})
    assert scene.pinned == "p1"


def test_somebody_pinned_who_is_not_there_pins_nobody():
    scene = scene_of(ANN, pinned="p9")
    assert scene.effective == "tiles"


def test_a_slot_that_changed_hands_shows_nothing_of_the_last_person():
    scene = scene_of(ANN, BOB)
    assert scene.assign({"5": "p1", "6": None}, 1.0) == ["5"]
    assert sorted(scene.assign({"5": "p2", "6": "p1"}, 2.0)) == ["5", "6"]
    assert not scene.settled("5", 2.0 + SETTLE / 2)
    assert scene.settled("5", 2.0 + SETTLE)
    assert scene.settled("7", 0.0)


def test_names_of_strangers_are_inert():
    scene = scene_of(person("p1", "Ann\x1b]52;c;x\x07\u202e"))
    assert scene.people[0].name == "Ann␛]52;c;x␇\ufffd"


def test_a_view_of_another_shape_breaks_nothing():
    scene = Scene()
    scene.view({"people": [3, {"name": "x"}, {"id": "p1"}], "clinic": 5, "me": None, "layout": 9, "pinned": 7})
    assert [(each.id, each.name) for each in scene.people] == [("p1", "?")]
    assert scene.effective == "tiles" and scene.state == "waiting"


def test_only_nine_have_a_number():
    scene = scene_of(*(person(f"p{i}", f"N{i}") for i in range(12)))
    assert [tile.number for tile in scene.tiles([])] == [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0]


def test_the_layout_turns():
    scene = scene_of(ANN)
    scene.turn()
    assert scene.effective == "speaker"
    scene.turn()
    assert scene.effective == "tiles"
