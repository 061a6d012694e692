"""Keeping a page's media up: what is not told by the tests of a whole endpoint."""

import pytest

from media.window.line import relays

GOOD = {"urls": ["turn:relay.example:3478?transport=udp"], "username": "n", "credential": "s"}


def test_relays_that_the_service_names_are_used():
    (relay,) = relays([GOOD])
    assert (relay.urls, relay.username, relay.credential) == (GOOD["urls"], "n", "s")


@pytest.mark.parametrize(
    "named", [None, 5, [], [5], [{"urls": "turn:a"}], [GOOD | {"urls": ["http://a"]}], [GOOD | {"username": 1}]]
)
def test_what_is_no_relay_is_left_out(named):
    assert relays(named) == []
