"""The commands that need no service, and start none."""

import json
import os
from pathlib import Path

import pytest

from tests.cli.conftest import Ecm


def config_file() -> Path:
    path = Path(os.environ["ECM_HOME"], "config", "config.toml")
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def test_the_settings_file_is_named_and_nothing_is_made(ecm: Ecm):
    assert ecm("config", "path").out == f"{os.environ['ECM_HOME']}/config/config.toml\n"
    assert not list(Path(os.environ["ECM_HOME"]).iterdir())


def test_every_setting_is_shown_with_its_source_and_no_secret(ecm: Ecm, monkeypatch: pytest.MonkeyPatch):
    config_file().write_text('[clinic]\nname = "Lakeside"\n[turn]\nurls = ["turn:t.example"]\nsecret = "hush-hush"\n')
    monkeypatch.setenv("ECM_SESSION_PLACES", "7")
    rows = {row["key"]: row for row in ecm.ask("config", "show")}
    assert rows["clinic.name"]["source"] == str(config_file())
    assert rows["session.places"] == {
        "key": "session.places",
        "value": "7",
        "source": "ECM_SESSION_PLACES",
        "variable": "ECM_SESSION_PLACES",
    }
    shown = ecm("config", "show")
    assert "Lakeside" in shown.out
    assert "hush-hush" not in shown.out + shown.err


def test_a_check_of_good_settings_says_so_and_names_variables_that_do_nothing(
    ecm: Ecm, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ECM_CLINIC_NAM", "x")
    said = ecm("config", "check")
    assert (said.code, said.out) == (0, "The settings can be used.\n")
    assert "ECM_CLINIC_NAM sets nothing. The nearest is ECM_CLINIC_NAME." in said.err


def test_a_wrong_setting_is_named_with_its_file_and_ends_with_1(ecm: Ecm):
    config_file().write_text("[session]\nplaces = 51\n")
    for words in (["config", "check"], ["config", "show"], ["serve"], ["appointment", "list"]):
        said = ecm(*words)
        assert said.code == 1
        assert str(config_file()) in said.err
        assert "session.places" in said.err
    error = json.loads(ecm("config", "check", "--json").err)
    assert error["code"] == "bad_setting"


def test_the_keys_are_those_of_the_console_with_the_users_own(ecm: Ecm):
    config_file().write_text('[keys]\n"people.admit" = "ctrl+a"\n')
    rows = {row["id"]: row for row in ecm.ask("keys")}
    assert rows["people.admit"]["keys"][0] == "ctrl+a"
    assert rows["notice.admit"]["keys"][0] == "F2"
    assert "ctrl+a" in ecm("keys").out


def test_keys_that_name_no_action_are_told(ecm: Ecm):
    config_file().write_text('[keys]\n"people.levitate" = "l"\n')
    said = ecm("keys")
    assert said.code == 0
    assert "people.levitate" in said.err
