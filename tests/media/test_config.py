"""The configuration line."""

import base64
import hashlib
import hmac
import json

import pytest

from ecm_tui.core import wire
from media.config import TURN_LIFETIME, VERSION, Config, ConfigError, Turn

GOOD = {"socket": "/s", "token": "t", "address": None, "ports": None, "turn": None, "version": VERSION}


def test_the_whole_line_is_read():
    turn = {"urls": ["turn:relay.example:3478"], "secret": "s"}
    line = GOOD | {"address": "203.0.113.9", "ports": [40000, 40100], "turn": turn}
    config = Config.parse(json.dumps(line))
    assert (config.address, config.ports) == ("203.0.113.9", (40000, 40100))
    assert config.turn == Turn(urls=("turn:relay.example:3478",), secret="s")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"version": VERSION + 1}, "version"),
        ({"socket": ""}, "socket"),
        ({"token": None}, "token"),
        ({"address": "example.org"}, "address"),
        ({"ports": [5, 1]}, "ports"),
        ({"ports": [80, 90000]}, "ports"),
        ({"turn": {"urls": []}}, "turn"),
    ],
)
def test_what_is_wrong_is_named(change, word):
    with pytest.raises(ConfigError, match=word):
        Config.parse(json.dumps(GOOD | change))


@pytest.mark.parametrize("line", ["", "{", "[]", "7"])
def test_a_line_that_is_no_object_is_refused(line):
    with pytest.raises(ConfigError):
        Config.parse(line)


def test_relay_credentials_are_what_the_relay_computes():
    name, password = Turn(urls=("turn:r",), secret="s").credentials(1000)
    assert name == f"{1000 + TURN_LIFETIME}:bridge"
    assert base64.b64decode(password) == hmac.new(b"s", name.encode(), hashlib.sha1).digest()


def test_bridge_and_service_speak_of_the_same_version():
    assert VERSION == wire.VERSION
