"""Which addresses a token may be sent to, and how an address reads."""

from pathlib import Path

import pytest

from ecm_tui.client import Address


@pytest.mark.parametrize(
    ("address", "live"),
    [
        (Address(socket=Path("/run/s.sock")), "ws://service/api/v1/live"),
        (Address(url="https://call.clinic.example", token="t"), "wss://call.clinic.example/api/v1/live"),
        (Address(url="https://clinic.example/video/", token="t"), "wss://clinic.example/video/api/v1/live"),
        (Address(url="http://127.0.0.1:8440", token="t"), "ws://127.0.0.1:8440/api/v1/live"),
        (Address(url="http://[::1]:8440", token="t"), "ws://[::1]:8440/api/v1/live"),
    ],
)
def test_the_organisers_socket_is_below_the_address(address: Address, live: str):
    assert address.live == live


@pytest.mark.parametrize(
    "url",
    [
        "http://clinic.example",
        "ftp://clinic.example",
        "clinic.example",
        "https://",
        "https://user:password@clinic.example",
        "https://clinic.example?x=1",
        "http://127.0.0.1.evil.example",
        "http://localhost@evil.example",
    ],
)
def test_a_url_that_would_give_a_token_away_is_no_address(url: str):
    with pytest.raises(ValueError, match=r"service"):
        Address(url=url, token="t")


def test_an_address_is_either_a_socket_or_a_url():
    with pytest.raises(ValueError):
        Address()
    with pytest.raises(ValueError):
        Address(socket=Path("/s"), url="https://clinic.example")


def test_a_token_never_shows_when_an_address_is_printed():
    address = Address(url="https://clinic.example", token="secret-of-mine")
    assert "secret-of-mine" not in repr(address) + str(address)
