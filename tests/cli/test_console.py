"""Opening the console: what it is told of who opens it."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ecm_tui.cli import console
from ecm_tui.console import app
from tests.cli.conftest import Ecm


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What each console was opened with, in place of opening it in a terminal."""
    told: list[dict[str, Any]] = []

    class Recorder:
        def __init__(self, **given: Any) -> None:
            self._given = given

        def run(self, **given: Any) -> None:
            told.append(self._given | given)

    terminal = SimpleNamespace(isatty=lambda: True)
    monkeypatch.setattr(app, "EcmApp", Recorder)
    monkeypatch.setattr(console, "sys", SimpleNamespace(stdin=terminal, stdout=terminal, stderr=terminal))
    return told


def test_whoever_comes_by_a_token_to_this_accounts_service_is_confined(
    ecm: Ecm, opened: list[dict[str, Any]], tmp_path: Path
):
    token = tmp_path / "token"
    token.touch(0o600)
    token.write_text("t" * 30)
    by_token, elsewhere = ("--token-file", str(token)), ("--service", "https://clinic.example")
    for words, confined in (
        ((), False),
        (by_token, True),
        ((*by_token, *elsewhere), False),
        ((*by_token, *elsewhere, "--confined"), True),
        (("--confined",), True),
    ):
        assert ecm(*words).code == 0
        assert opened.pop()["confined"] is confined, words


def test_the_mouse_is_left_to_the_terminal_when_asked(ecm: Ecm, opened: list[dict[str, Any]]):
    for words, mouse in (((), True), (("--no-mouse",), False)):
        assert ecm(*words).code == 0
        assert opened.pop()["mouse"] is mouse


def test_the_locale_is_told_as_it_was_named_not_as_python_made_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("LC_CTYPE", "C.UTF-8")
    started = tmp_path / "environ"
    for named, told in ((b"", ""), (b"LC_CTYPE=C\0", "C"), (b"LC_CTYPE=C.UTF-8\0", "C.UTF-8")):
        started.write_bytes(b"LANG=C\0" + named + b"HOME=/root")
        assert console.own_environ(started)["LC_CTYPE"] == told
    assert console.own_environ(tmp_path / "missing")["LC_CTYPE"] == "C.UTF-8"
