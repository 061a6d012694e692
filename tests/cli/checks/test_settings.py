"""Settings that are unsafe or useless, each by its sentence."""

import os
from pathlib import Path

import pytest

from ecm_tui.cli.checks import settings
from ecm_tui.cli.checks.check import Check
from ecm_tui.config import load


def config(text: str, mode: int = 0o600) -> Path:
    path = Path(os.environ["ECM_HOME"], "config", "config.toml")
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def looked() -> dict[str, Check]:
    return {check.id: check for check in settings.checks(load({}, os.environ))}


def test_the_defaults_are_safe():
    assert [(check.id, check.verdict) for check in looked().values()] == [("settings", "ok")]


SECRETS = [
    '[turn]\nurls = ["turn:t.example"]\nsecret = "hush"\n',
    '[mail]\nurl = "smtp://u:hush@localhost"\nsender = "a@b.example"\n',
    '[sms]\nurl = "https://sms.example/send?key=hush"\n',
    '[sms]\nauthorization = "hush"\n',
]


@pytest.mark.parametrize("text", SECRETS)
def test_a_secret_that_others_can_read_is_bad_and_not_repeated(text: str):
    path = config(text, 0o640)
    check = looked()["settings.secrets"]
    assert (check.verdict, f"chmod 600 {path}" in check.next_step) == ("bad", True)
    assert "hush" not in check.sentence
    path.chmod(0o600)
    assert "settings.secrets" not in looked()


def test_a_file_without_secrets_may_be_read_and_never_changed_by_others():
    path = config('[clinic]\nname = "Lakeside"\n', 0o644)
    assert list(looked()) == ["settings"]
    path.chmod(0o664)
    assert looked()["settings.rights"].verdict == "bad"


@pytest.mark.parametrize(
    ("text", "id_", "verdict"),
    [
        ('[serve]\nhost = "0.0.0.0"\n', "settings.http", "bad"),
        ('[serve]\nhost = "0.0.0.0"\nbehind_proxy = ["127.0.0.1"]\n', "settings.http", "warn"),
        ('[serve]\nbehind_proxy = ["0.0.0.0/0"]\n', "settings.proxy", "bad"),
        ('[serve]\nbehind_proxy = ["::/0"]\n', "settings.proxy", "bad"),
        ('[serve]\nbehind_proxy = ["10.0.0.0/8"]\n', "settings.proxy", "warn"),
        ('[mail]\nurl = "smtp://mail.example?tls=off"\nsender = "a@b.example"\n', "settings.mail", "bad"),
        ('[serve]\npublic_url = "https://call.example"\n', "settings.mail", "warn"),
        ('[sms]\nurl = "http://sms.example/send"\n', "settings.sms", "bad"),
        ('[hooks]\nknock = "/nowhere/ring 2"\n', "settings.hooks", "warn"),
        ('[serve]\nmetrics = "0.0.0.0:9440"\n', "settings.metrics", "warn"),
    ],
)
def test_what_is_unsafe_or_does_nothing_is_told(text: str, id_: str, verdict: str):
    config(text)
    assert looked()[id_].verdict == verdict


@pytest.mark.parametrize(
    "text",
    [
        '[serve]\nbehind_proxy = ["127.0.0.1", "10.1.2.0/24", "fd00::1"]\n',
        '[mail]\nurl = "smtp://127.0.0.1:25?tls=off"\nsender = "a@b.example"\n',
        '[mail]\nurl = "smtp://mail.example"\nsender = "a@b.example"\n',
        '[sms]\nurl = "http://localhost:9/send"\n',
        '[sms]\nurl = "https://sms.example/send"\n',
        '[hooks]\nend = "sh -c true"\n[serve]\nmetrics = "127.0.0.1:9440"\n',
    ],
)
def test_what_is_safe_is_not_told(text: str):
    config(text)
    assert list(looked()) == ["settings"]


def test_a_variable_that_sets_nothing_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ECM_CLINIC_NAM", "x")
    check = looked()["settings.variables"]
    assert (check.verdict, "ECM_CLINIC_NAME" in check.next_step) == ("warn", True)


def test_a_token_that_others_can_read_is_bad():
    path = config("").with_name("token")
    path.write_text("abc")
    path.chmod(0o644)
    assert looked()["settings.token"].verdict == "bad"
