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
        tries.count("192.0.2.7")
    assert tries.exhausted("192.0.2.7")
    assert not tries.exhausted("192.0.2.8")


def test_tries_are_forgotten_after_a_minute_of_the_monotonic_clock() -> None:
    now = 1000.0
    tries = LinkTries(2, monotonic=lambda: now)
    tries.count("192.0.2.7")
    now += 30
    tries.count("192.0.2.7")
    assert tries.exhausted("192.0.2.7")
    now += 31
    assert not tries.exhausted("192.0.2.7")
    tries.count("192.0.2.7")
    assert tries.exhausted("192.0.2.7")


def test_of_all_addresses_a_bounded_number_is_remembered_the_newest() -> None:
    tries = LinkTries(1, most=100)
    for number in range(1000):
        tries.count(f"10.0.{number // 256}.{number % 256}")
    assert len(tries._made) == 100
    assert tries.exhausted("10.0.3.231") and not tries.exhausted("10.0.0.0")


def test_a_pace_lets_a_burst_through_and_then_as_much_as_time_gives() -> None:
    now = 0.0
    pace = Pace(3, 2.0, lambda: now)
    assert [pace.allows() for _ in range(4)] == [True, True, True, False]
    now = 1.0
    assert [pace.allows() for _ in range(3)] == [True, True, False]
    now = 1000.0
    assert [pace.allows() for _ in range(4)] == [True, True, True, False]
