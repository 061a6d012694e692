"""Relay, codecs and devices as doctor tells them, from what a real child finds."""

import os
from pathlib import Path
from typing import Any

import pytest

from ecm_tui.cli.checks import media
from ecm_tui.cli.checks.check import Check
from ecm_tui.config import load
from tests.media.turn import SECRET, coturn


def looked(**variables: str) -> dict[str, Check]:
    return {check.id: check for check in media.checks(load({}, {**os.environ, **variables}))}


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the child says; tests change it."""
    said: dict[str, Any] = {
        "codecs": {"vp8": "", "opus": ""},
        "devices": {"camera": "on", "microphone": "on", "loudspeaker": "on", "sound": "", "display": ""},
        "relay": [],
    }
    monkeypatch.setattr(media, "inspected", lambda settings: said)
    return said


def test_a_real_relay_gives_an_address_and_a_wrong_secret_none(tmp_path: Path):
    with coturn(tmp_path) as url:
        right = looked(ECM_TURN_URLS=url, ECM_TURN_SECRET=SECRET)["relay.1"]
        wrong = looked(ECM_TURN_URLS=url, ECM_TURN_SECRET="hush-hush")["relay.1"]
    assert right.verdict == "ok"
    assert (wrong.verdict, "static-auth-secret" in wrong.next_step) == ("bad", True)
    assert "hush-hush" not in wrong.sentence + wrong.next_step


def test_a_usual_computer_is_well(found: dict[str, Any]):
    assert {check.verdict for check in looked().values()} == {"ok"}


@pytest.mark.parametrize(
    ("device", "state", "id_"),
    [
        ("camera", "none", "devices.camera"),
        ("camera", "denied", "devices.camera"),
        ("microphone", "none", "devices.sound"),
        ("loudspeaker", "none", "devices.sound"),
        ("sound", "no driver", "devices.sound"),
        ("display", "There is none.", "devices.display"),
    ],
)
def test_a_device_that_is_missing_is_worth_a_word(found: dict[str, Any], device: str, state: str, id_: str):
    found["devices"][device] = state
    assert {check.id for check in looked().values() if check.verdict != "ok"} == {id_}
    assert looked()[id_].verdict == "warn"


def test_a_codec_that_does_not_work_is_bad(found: dict[str, Any]):
    found["codecs"]["vp8"] = "no codec"
    assert looked()["codecs.vp8"].verdict == "bad"


def test_no_relay_is_worth_a_word_as_soon_as_others_are_to_come(found: dict[str, Any]):
    assert looked()["relay"].verdict == "ok"
    assert looked(ECM_SERVE_PUBLIC_URL="https://call.example")["relay"].verdict == "warn"


@pytest.mark.parametrize("problem", media.PROBLEMS)
def test_every_way_to_have_no_relay_is_bad_and_has_a_next_step(found: dict[str, Any], problem: str):
    found["relay"] = [{"url": "turn:t.example", "address": "", "problem": problem, "detail": "x"}]
    check = looked(ECM_TURN_URLS="turn:t.example", ECM_TURN_SECRET="s")["relay.1"]
    assert check.verdict == "bad" and check.next_step and "turn:t.example" in check.sentence


@pytest.mark.parametrize(
    ("url", "address", "verdict"),
    [
        ("turn:relay.example:3478", "10.0.0.5", "warn"),
        ("turn:relay.example:3478", "203.0.113.5", "warn"),
        ("turn:relay.example:3478", "8.8.4.4", "ok"),
        ("turn:10.0.0.5", "10.0.0.5", "ok"),
        ("turn:localhost?transport=tcp", "127.0.0.1", "ok"),
    ],
)
def test_an_address_that_browsers_elsewhere_cannot_reach_is_told(
    found: dict[str, Any], url: str, address: str, verdict: str
):
    found["relay"] = [{"url": url, "address": address, "problem": "", "detail": ""}]
    assert looked(ECM_TURN_URLS=url, ECM_TURN_SECRET="s")["relay.1"].verdict == verdict


def test_a_media_part_that_cannot_be_run_is_bad(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(media, "COMMAND", ("false",))
    assert [check.verdict for check in looked().values()] == ["bad"]
    monkeypatch.setattr(media, "COMMAND", ("/nowhere/at/all",))
    assert [check.verdict for check in looked().values()] == ["bad"]
