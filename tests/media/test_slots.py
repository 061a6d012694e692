"""Who is heard and who is seen."""

from hypothesis import given
from hypothesis import strategies as st

from media.slots import (
    LARGE,
    SMALL,
    Speakers,
    by_recency,
    place,
    wanted_pictures,
    wanted_sounds,
    watched_quality,
)

NAMES = ["ann", "ben", "cas", "dee", "eve", "fay"]


def after(speakers: Speakers, seconds: float, start: float, loudness: dict[str, float]) -> float:
    """Let everybody be this loud for so long; the time afterwards."""
    for step in range(round(seconds * 10)):
        speakers.hear(loudness, start + step / 10)
    return start + seconds


def test_the_loudest_are_heard_and_nobody_hears_themselves():
    speakers = Speakers()
    after(speakers, 1, 0, {"ann": 20, "ben": 90, "cas": 20, "dee": 100, "eve": 20})
    assert wanted_sounds(speakers.ranking, "ann", 3)[:2] == ["dee", "ben"]
    assert "dee" not in wanted_sounds(speakers.ranking, "dee", 3)


def test_a_pause_between_two_words_costs_nobody_the_place():
    speakers = Speakers()
    now = after(speakers, 1, 0, {"ann": 100, "ben": 0})
    after(speakers, 0.8, now, {"ann": 0, "ben": 96})
    assert speakers.ranking == ["ann", "ben"]


def test_who_speaks_after_a_silence_is_first_soon():
    speakers = Speakers()
    now = after(speakers, 1, 0, {"ann": 100, "ben": 0})
    after(speakers, 2, now, {"ann": 0, "ben": 96})
    assert speakers.ranking == ["ben", "ann"]


def test_equally_loud_people_do_not_change_places():
    speakers = Speakers()
    after(speakers, 1, 0, dict.fromkeys(NAMES, 90.0))
    ranking = list(speakers.ranking)
    for step in range(100):
        assert not speakers.hear({name: 90.0 + (step + i) % 3 for i, name in enumerate(NAMES)}, 1 + step / 10)
    assert speakers.ranking == ranking


def test_noise_below_speech_moves_nobody():
    speakers = Speakers()
    after(speakers, 1, 0, {"ann": 0, "ben": 60})
    assert speakers.ranking == ["ann", "ben"] and speakers.speaking == ()


def test_who_speaks_is_told_and_soon_forgotten():
    speakers = Speakers()
    now = after(speakers, 1, 0, {"ann": 95, "ben": 0})
    assert speakers.speaking == ("ann",)
    after(speakers, 1, now, {"ann": 0, "ben": 0})
    assert speakers.speaking == ()


def test_who_leaves_is_not_heard_any_more():
    speakers = Speakers()
    now = after(speakers, 1, 0, {"ann": 95, "ben": 0})
    assert speakers.hear({"ben": 0.0}, now)
    assert speakers.ranking == ["ben"] and speakers.speaking == ()


def test_pictures_are_the_pinned_one_then_who_spoke_last_then_the_others():
    ordered = by_recency(NAMES, {"dee": 5.0, "cas": 9.0})
    assert ordered == ["cas", "dee", "ann", "ben", "eve", "fay"]
    assert wanted_pictures(ordered, "ben", "fay", 4) == ["fay", "cas", "dee", "ann"]
    assert wanted_pictures(ordered, "cas", None, 2) == ["dee", "ann"]
    assert wanted_pictures(ordered, "ann", "ann", 0) == []


@given(
    st.lists(st.one_of(st.none(), st.sampled_from(NAMES)), max_size=6).map(
        lambda places: [p if places.index(p) == i else None for i, p in enumerate(places)]
    ),
    st.lists(st.sampled_from(NAMES), unique=True, max_size=6),
)
def test_who_stays_on_keeps_the_slot_and_all_who_fit_are_placed(current, wanted):
    placed = place(current, wanted)
    assert len(placed) == len(current)
    seated = [person for person in placed if person]
    assert sorted(seated) == sorted(wanted[: len(current)])
    for before, now in zip(current, placed, strict=True):
        assert now == before or before not in wanted[: len(current)]


def test_few_pictures_are_large_many_small_the_pinned_always_large_and_a_weak_path_never():
    assert watched_quality("ann", None, 2, weak=False) == LARGE
    assert watched_quality("ann", None, 3, weak=False) == SMALL
    assert watched_quality("ann", "ann", 9, weak=False) == LARGE
    assert watched_quality("ann", "ann", 1, weak=True) == SMALL
