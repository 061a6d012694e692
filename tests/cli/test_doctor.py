"""`ecm-tui doctor`: what it prints, how it ends, and that it starts and changes nothing."""

import json
import os
import stat
import tarfile
from pathlib import Path

import pytest

from ecm_tui.cli.checks import media
from ecm_tui.config import load
from ecm_tui.service import daemon
from tests.cli.conftest import Ecm
from tests.cli.test_appointment import made
from tests.cli.test_config import config_file


@pytest.fixture(autouse=True)
def devices(monkeypatch: pytest.MonkeyPatch) -> None:
    """A computer with everything: real children are looked at in tests/cli/checks/test_media.py."""
    there = {"camera": "on", "microphone": "on", "loudspeaker": "on", "sound": "", "display": ""}
    said = {"codecs": {"vp8": "", "opus": ""}, "devices": there, "relay": []}
    monkeypatch.setattr(media, "inspected", lambda settings: said)


def test_a_fresh_computer_has_nothing_unsafe_and_nothing_is_started(ecm: Ecm):
    said = ecm("doctor")
    assert (said.code, said.err) == (0, "")
    assert "Nothing is unsafe or broken." in said.out
    assert "Links work on this computer only." in said.out
    assert not list(Path(os.environ["ECM_HOME"]).iterdir())


def test_what_is_unsafe_ends_with_1_and_names_the_next_step(ecm: Ecm):
    config_file().write_text('[serve]\nbehind_proxy = ["0.0.0.0/0"]\n')
    said = ecm("doctor")
    assert said.code == 1
    assert "Name the proxy alone" in said.out
    assert "unsafe or broken" in said.out.splitlines()[-1]


def test_the_same_as_json(ecm: Ecm):
    found = ecm.ask("doctor")
    assert found["ok"] is True
    assert all(set(check) == {"id", "verdict", "sentence", "next_step"} for check in found["checks"])
    assert {check["verdict"] for check in found["checks"]} <= {"ok", "warn", "bad", "unknown"}
    config_file().write_text('[serve]\nbehind_proxy = ["0.0.0.0/0"]\n')
    said = ecm("doctor", "--json")
    assert (said.code, json.loads(said.out)["ok"]) == (1, False)


def test_settings_that_cannot_be_read_are_one_of_the_findings(ecm: Ecm):
    config_file().write_text("[session]\nplaces = 51\n")
    said = ecm("doctor")
    assert said.code == 1
    assert "session.places must be a whole number" in " ".join(said.out.split())


def test_every_line_fits_into_80_columns(ecm: Ecm, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("ECM_SERVE_PUBLIC_URL", "http://call.invalid")
    said = ecm("doctor")
    assert said.out and all(len(line) <= 80 for line in said.out.splitlines() if "/" not in line)


def test_a_running_service_is_looked_at(clinic: Ecm):
    said = clinic("doctor", "--json")
    found = {check["id"]: check for check in json.loads(said.out)["checks"]}
    assert [check for check in found.values() if check["verdict"] == "bad"] == []
    assert found["service.running"]["verdict"] == "ok"
    assert found["service.version"]["verdict"] == "ok"
    assert found["data.database"]["sentence"] == "The service has the database open."


def test_with_the_address_of_a_service_elsewhere_that_one_is_looked_at(clinic: Ecm):
    url = clinic.ask("status")["url"]
    found = {check["id"]: check for check in json.loads(clinic("--service", url, "doctor", "--json").out)["checks"]}
    assert (found["service.running"]["verdict"], url in found["service.running"]["sentence"]) == ("ok", True)
    assert "data.rights" not in found


# The support bundle

NAME, MAIL, TOKEN, PHONE = (
    "Xanthippe Canarybird",
    "xanthippe@canary.example",
    "b6uzGFAKEtokenQ2wbq5mY7Jc0",
    "0791234567",
)

LOG = f"""2026-11-24 09:30:00,123 ERROR could not send the invitation of {NAME} to {MAIL}
2026-11-24 09:30:00,124 ERROR a page's line failed
Traceback (most recent call last):
  File "/home/xanthippe/.venv/lib/python3.11/site-packages/ecm_tui/service/live.py", line 41, in Canarybird
    raise ValueError("{NAME}")
  File "/media/xanthippe/disk/site-packages/httpx/_client.py", line 5, in send
  File "/media/xanthippe/python/json/decoder.py", line 6, in decode
ValueError: {NAME} at https://call.canary.example/join/{TOKEN}
{NAME} {PHONE} xanthippe canarybird
2026-11-24 09:30:00,125 WARNING the media bridge ended; a new one is started (/home/xanthippe/logs/bridge.log)
"""


@pytest.fixture
def bundled(clinic: Ecm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The texts of a bundle made where names, addresses and tokens stand in database, settings and logs."""
    monkeypatch.setenv("ECM_CLINIC_NAME", f"Practice {NAME}")
    monkeypatch.setenv("ECM_CLINIC_SUPPORT", f"Call {PHONE}")
    monkeypatch.setenv("ECM_TURN_URLS", "turn:relay.canary.example")
    monkeypatch.setenv("ECM_TURN_SECRET", TOKEN)
    monkeypatch.setenv("ECM_MAIL_URL", f"smtp://xanthippe:{TOKEN}@canary.example?tls=off")
    monkeypatch.setenv("ECM_MAIL_SENDER", MAIL)
    monkeypatch.setenv("ECM_SERVE_PUBLIC_URL", "https://canary.invalid")
    monkeypatch.setenv("ECM_CANARY_BIRD", "x")
    made(clinic, "--patient", NAME, "--email", MAIL)
    logs = load({}, os.environ).home.logs
    (logs / "canary.log").write_text(LOG)
    path = tmp_path / "bundle.tar.gz"
    said = clinic("doctor", "--bundle", str(path))
    assert str(path) in said.out
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with tarfile.open(path) as tar:
        entries = {entry.name: tar.extractfile(entry) for entry in tar}
        return {name: file.read().decode() for name, file in entries.items() if file}


def test_the_bundle_holds_no_personal_data(bundled: dict[str, str]):
    whole = "\n".join([*bundled, *bundled.values()]).lower()
    for word in ("xanthippe", "canary", "practice", TOKEN.lower(), PHONE, "079", os.uname().nodename.lower()):
        assert word not in whole.replace("ecm-support/canary.log", ""), word


def test_the_bundle_helps_all_the_same(bundled: dict[str, str]):
    files = {name.removeprefix("ecm-support/"): text for name, text in bundled.items()}
    assert {"README.txt", "doctor.json", "settings.json", "versions.json", "amounts.json"} <= set(files)
    log = files["canary.log"]
    assert "2026-11-24 09:30:00,124 ERROR" in log
    assert "ecm_tui/service/live.py, line 41" in log
    assert "ValueError: …" in log
    assert "the media bridge ended; a new one is started" in log
    settings = {row["key"]: row for row in json.loads(files["settings.json"])}
    assert settings["session.places"]["value"] == "50"
    assert settings["mail.url"] == {"key": "mail.url", "value": "set", "source": "variable"}
    checks = {check["id"]: check for check in json.loads(files["doctor.json"])}
    assert checks["settings.mail"]["verdict"] == "bad"
    assert "without TLS" in checks["settings.mail"]["sentence"]
    assert json.loads(files["versions.json"])["libraries"]["textual"] == "8.2.8"
    assert json.loads(files["amounts.json"])["database_bytes"] > 0


def test_a_bundle_is_never_written_over_another_file(ecm: Ecm, tmp_path: Path):
    path = tmp_path / "there"
    path.write_text("x")
    said = ecm("doctor", "--bundle", str(path))
    assert (said.code, path.read_text()) == (2, "x")
    assert ecm("doctor", "--bundle", str(tmp_path / "no" / "where")).code == 2


def test_a_bundle_comes_from_settings_that_cannot_be_read_too(ecm: Ecm, tmp_path: Path):
    config_file().write_text(f"[{NAME.split()[0]}]\n")
    path = tmp_path / "bundle.tar.gz"
    assert ecm("doctor", "--bundle", str(path)).code == 1
    with tarfile.open(path) as tar:
        file = tar.extractfile("ecm-support/doctor.json")
        assert file is not None
        assert b"Xanthippe" not in file.read()


def test_no_log_is_read_through_a_link(ecm: Ecm, tmp_path: Path):
    home = load({}, os.environ).home
    home.make()
    (home.logs / "x.log").symlink_to("/etc/passwd")
    path = tmp_path / "bundle.tar.gz"
    ecm("doctor", "--bundle", str(path))
    with tarfile.open(path) as tar:
        file = tar.extractfile("ecm-support/x.log")
        assert file is not None and file.read() == b""


def test_doctor_leaves_a_service_of_its_own_alone(clinic: Ecm):
    before = daemon.find(load({}, os.environ).home)
    clinic("doctor")
    assert daemon.find(load({}, os.environ).home) == before
