"""`ecm-tui status`: one line that is there at once, names nobody unasked, and starts nothing."""

import asyncio
import json
import os
import subprocess
import sys

import pytest

from ecm_tui.cli.status import FIELDS, filled, read_format
from ecm_tui.config import load
from ecm_tui.errors import UsageError
from ecm_tui.service import daemon
from tests.cli.conftest import Ecm
from tests.cli.patient import waiting
from tests.cli.test_appointment import made

CANARY = "Xanthippe Canarybird"


async def test_who_waits_is_counted_and_named_only_where_it_is_asked_for(clinic: Ecm):
    appointment = await asyncio.to_thread(made, clinic, patient=CANARY)
    async with waiting(appointment["join_url"]):
        found = await asyncio.to_thread(clinic.ask, "status")
        assert found["waiting"] >= 1 and found["longest"] >= 0
        everything = " ".join(f"{{{name}}}" for name in FIELDS if name != "next")
        for words in (["status"], ["status", "--json"], ["status", "--format", everything], ["service", "status"]):
            said = await asyncio.to_thread(clinic, *words)
            assert said.code == 0 and "Canarybird" not in said.out
        others = found["waiting"] - 1
        named = await asyncio.to_thread(clinic, "status", "--format", "{next}, {waiting}")
        assert named.out.endswith(f", {others + 1}\n")
        if not others:
            assert named.out == f"{CANARY}, 1\n"


def test_every_field_is_filled_in(clinic: Ecm):
    said = clinic("status", "--format", " ".join(f"{name}={{{name}}}" for name in FIELDS))
    assert said.code == 0
    assert "{" not in said.out and all(f"{name}=" in said.out for name in FIELDS)


def test_the_same_is_said_over_a_line_with_a_token(clinic: Ecm, tmp_path):
    token = tmp_path / "token"
    clinic("organiser", "add", "Status Reader", "--role", "observer")
    token.write_text(clinic("organiser", "token", "Status Reader").out.strip())
    token.chmod(0o600)
    own = clinic("status", "--format", "{pid} {url}").out
    assert clinic("--token-file", str(token), "status", "--format", "{pid} {url}").out == own
    url = clinic.ask("status")["url"]
    assert clinic("--token-file", str(token), "--service", url, "status", "--format", "{pid} {url}").out == own


def test_help_tells_every_field(ecm: Ecm):
    said = ecm("status", "--help").out
    assert all(f"{{{name}}}" in said and meaning in said for name, meaning in FIELDS.items())
    assert all(len(row) <= 80 for row in said.splitlines())


@pytest.mark.parametrize("form", ["{patients}", "{waiting!r}", "{waiting:>5}", "{", "{}", "{waiting.real}", "{0}"])
def test_what_is_no_field_is_wrong_usage_even_while_nothing_runs(ecm: Ecm, form: str):
    said = ecm("status", "--format", form)
    assert (said.code, said.out) == (2, "")
    assert "Known are {waiting}" in said.err
    with pytest.raises(UsageError):
        read_format(form)


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0 min"), (1, "<1 min"), (59, "<1 min"), (60, "1 min"), (7_199, "119 min")]
)
def test_waits_are_told_in_minutes(seconds: int, shown: str):
    assert filled(read_format("{longest}"), {"longest": seconds}) == shown


def test_a_service_of_an_older_version_leaves_gaps_and_breaks_nothing():
    assert filled(read_format("{waiting} {in_call} 100 {{%}}"), {"waiting": 2}) == "2 - 100 {%}"


def test_no_service_is_said_and_none_is_started(ecm: Ecm):
    said = ecm("status", "--format", "{waiting}")
    assert (said.code, said.out) == (4, "no service\n")
    said = ecm("status", "--json")
    assert (said.code, said.out, json.loads(said.err)["code"]) == (4, "", "unreachable")
    assert not load({}, os.environ).home.state.exists()


def test_a_service_that_does_not_answer_is_said(clinic: Ecm, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(daemon, "status", lambda running, named=False: None)
    said = clinic("status")
    assert (said.code, said.out) == (4, "no service\n")
    assert "does not answer" in said.err


def test_it_asks_with_little_more_than_python_itself(clinic: Ecm):
    code = (
        "import sys; from ecm_tui.cli.main import run; run(['status']); "
        "print(*({'httpx', 'websockets', 'pydantic', 'textual', 'rich', 'sqlalchemy', 'fastapi', 'asyncio', 'ssl', "
        "'http.client', 'subprocess', 'hashlib', 'ecm_tui.settings'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=os.environ)
    assert shown.stdout.splitlines()[1:] == [""], shown.stdout + shown.stderr
