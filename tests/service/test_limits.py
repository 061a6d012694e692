"""Tries and paces."""

from ecm_tui.service.limits import LinkTries, Pace, origin_of


def test_an_ipv6_stranger_is_a_network_of_64_bits() -> None:
    assert origin_of("2001:db8:1:2:3::4") == origin_of("2001:db8:1:2:ffff::1") == "2001:db8:1:2::/64"
    assert origin_of("2001:db8:1:3::4") != origin_of("2001:db8:1:2::4")
    assert origin_of("::ffff:192.0.2.7") == origin_of("192.0.2.7") == "192.0.2.7"
    assert origin_of("fe80::1%eth0") == "fe80::/64"


def test_only_so_many_wrong_links_a_minute_and_each_address_by_itself() -> None:
    tries = LinkTries(3)
    for _ in range(3):
        assert not tries.exhausted("192.0.2.7")
        tries.failed("192.0.2.7")
    assert tries.exhausted("192.0.2.7")
    assert not tries.exhausted("192.0.2.8")


def test_a_pace_lets_a_burst_through_and_then_as_much_as_time_gives() -> None:
    now = 0.0
    pace = Pace(3, 2.0, lambda: now)
    assert [pace.allows() for _ in range(4)] == [True, True, True, False]
    now = 1.0
    assert [pace.allows() for _ in range(3)] == [True, True, False]
    now = 1000.0
    assert [pace.allows() for _ in range(4)] == [True, True, True, False]
