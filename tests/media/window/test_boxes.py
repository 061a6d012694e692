"""The newest value only."""

from hypothesis import given
from hypothesis import strategies as st

from media.window.boxes import Newest


@given(st.lists(st.integers(), min_size=1))
def test_only_the_newest_is_kept_and_each_is_counted(values):
    box: Newest[int] = Newest()
    for at, value in enumerate(values):
        box.put(value, float(at))
    assert box.peek() == values[-1]
    assert box.count == len(values)
    assert box.at == len(values) - 1


def test_a_cleared_box_goes_on_counting():
    box: Newest[str] = Newest()
    box.put("a", 1.0)
    box.clear()
    assert box.peek() is None
    box.put("b", 2.0)
    assert box.count == 2
