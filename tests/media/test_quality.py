"""What weak paths lose, and when they get it back."""

from media.quality import CEILING, FLOOR, Downlink, Uplink


def test_a_sender_starts_high_and_is_told_less_while_packets_are_lost():
    uplink = Uplink()
    assert uplink.bitrate == CEILING and not uplink.weak
    for _ in range(10):
        uplink.step(0.2, 300_000)
    assert uplink.bitrate < 300_000 and uplink.weak
    for _ in range(50):
        uplink.step(0.5, 0)
    assert uplink.bitrate == FLOOR


def test_a_sender_recovers():
    uplink = Uplink()
    uplink.step(0.3, 300_000)
    for _ in range(40):
        uplink.step(0.0, 300_000)
    assert uplink.bitrate == CEILING and not uplink.weak


def test_one_bad_second_costs_no_picture():
    downlink = Downlink()
    downlink.step(0, 0.5, None, 1e6)
    downlink.step(1, 0.0, None, 1e6)
    assert downlink.pictures(9) == 9


def test_a_weak_receiver_loses_pictures_step_by_step_and_never_more_than_all():
    downlink = Downlink()
    seen = []
    for second in range(10):
        downlink.step(second, 0.3, None, 1e6)
        seen.append(downlink.pictures(9))
    assert seen == [9, 5, 5, 1, 1, 0, 0, 0, 0, 0]


def test_an_estimate_far_below_what_is_sent_counts_as_weak_only_with_some_loss():
    downlink = Downlink()
    for second in range(5):
        downlink.step(second, 0.0, 300_000, 1_000_000)
    assert not downlink.weak
    for second in range(5, 7):
        downlink.step(second, 0.04, 300_000, 1_000_000)
    assert downlink.weak


def test_calm_brings_pictures_back_later_each_time_that_fails():
    downlink = Downlink()
    downlink.step(0, 0.3, None, 1e6)
    downlink.step(1, 0.3, None, 1e6)
    now = 2.0
    while downlink.level:
        downlink.step(now, 0.0, None, 1e6)
        now += 1
    assert now - 2 >= 6
    first = now
    downlink.step(now, 0.3, None, 1e6)
    downlink.step(now + 1, 0.3, None, 1e6)
    now += 2
    while downlink.level:
        downlink.step(now, 0.0, None, 1e6)
        now += 1
    assert now - first >= 12
