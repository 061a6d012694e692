"""When a frame was captured: never later than it was."""

from hypothesis import given
from hypothesis import strategies as st

from media.capture import GUARD, MAX_AGE, Captures, RoundTrips

seconds = st.floats(0, 0.2)


@given(
    clocks=st.floats(-1e9, 1e9),
    start=st.integers(0, 2**32 - 1),
    way=seconds,
    back=seconds,
    jitters=st.lists(st.floats(0, GUARD - 0.001), min_size=1, max_size=20),
    after=st.floats(0, 5),
)
def test_S20_a_frame_never_seems_younger_than_it_is_whatever_clocks_and_ways_are(
    clocks: float, start: int, way: float, back: float, jitters: list[float], after: float
):
    captures, began = Captures(), 5000.0
    for at, jitter in enumerate(jitters):
        sent = began + at
        ntp = int((sent + clocks + 3.9e9) * 2**32)
        captures.report(ntp, (start + at * 90_000) & 0xFFFFFFFF, sent + way + jitter)
    truth = began + len(jitters) - 1 + after
    timestamp = (start + int((truth - began) * 90_000)) & 0xFFFFFFFF
    estimate = captures.estimate(timestamp, way + back, truth + way)
    assert estimate is not None
    assert estimate <= truth + 0.001
    assert estimate >= truth - GUARD - back - 0.001


def test_S20_a_clock_that_was_set_meanwhile_only_makes_frames_older():
    for jump in (-3600.0, -0.5, 0.5, 3600.0):
        captures = Captures()
        for at in range(10):
            ntp = 3.9e9 + at + (jump if at >= 5 else 0.0)
            captures.report(int(ntp * 2**32), at * 90_000, 100.0 + at)
        estimate = captures.estimate(9 * 90_000, 0.01, 109.0)
        assert estimate is not None and estimate <= 109.0


def test_S20_without_a_recent_report_no_frame_can_be_dated():
    captures = Captures()
    assert captures.estimate(0, 0.01, 50.0) is None and not captures.known(50.0)
    captures.report(3_900_000_000 << 32, 0, 50.0)
    assert captures.known(50.0) and captures.estimate(90_000, 0.01, 51.0) is not None
    late = 50.1 + MAX_AGE
    assert not captures.known(late) and captures.estimate(0, 0.01, late) is None


def test_the_largest_recent_round_trip_counts_and_an_old_one_does_not():
    trips = RoundTrips()
    assert trips.largest(0.0) is None
    trips.add(0.2, 0.0)
    trips.add(0.05, 5.0)
    assert trips.largest(6.0) == 0.2
    assert trips.largest(12.0) == 0.05
    assert trips.largest(30.0) is None
