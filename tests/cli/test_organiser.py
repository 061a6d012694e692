"""Accounts and tokens from the command line, and what each role may do by command (U2, U5)."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Ecm
from tests.cli.test_appointment import made
from tests.cli.test_call import ECM


def token_file(path: Path, token: str) -> Path:
    """The token in a file of one's own."""
    path.touch(0o600)
    path.write_text(token + "\n")
    return path


@pytest.fixture
def account(clinic: Ecm, tmp_path: Path, request: pytest.FixtureRequest) -> dict[str, Any]:
    """An account of this test's own, `id name role token_id token`."""
    name = "Test " + "".join(letter for letter in request.node.name if letter.isalpha() or letter == "_")[-60:]
    role = getattr(request, "param", "organiser")
    clinic.ask("organiser", "add", name, "--role", role)
    return clinic.ask("organiser", "token", name)


def test_an_account_is_added_once_listed_and_gets_tokens_that_are_shown_once(clinic: Ecm):
    added = clinic.ask("organiser", "add", "Dr Odile Marsh", "--role", "clerk")
    assert (added["name"], added["role"], set(added)) == ("Dr Odile Marsh", "clerk", {"id", "name", "role"})
    said = clinic("organiser", "token", "dr odile marsh")
    assert (said.code, len(said.out.strip())) == (0, 43)
    assert "shown once" in said.err
    issued = clinic.ask("organiser", "token", added["id"])
    assert {**added, "token_id": issued["token_id"], "token": issued["token"]} == issued
    assert issued["token"] != said.out.strip()
    (listed,) = [each for each in clinic.ask("organiser", "list") if each["id"] == added["id"]]
    assert listed == {**added, "tokens": 2}
    assert ["Dr", "Odile", "Marsh", "clerk"] in [
        line.split()[:4] for line in clinic("organiser", "list").out.splitlines()
    ]
    assert clinic.ask("organiser", "revoke", "Dr Odile Marsh") == {**added, "revoked": 2}
    assert clinic("organiser", "revoke", "Dr Odile Marsh").out.endswith("Revoked: 0.\n")


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (("add", " "), 3, "name_required"),
        (("add", "x", "--role", "king"), 2, "wrong_usage"),
        (("add",), 2, "wrong_usage"),
        (("token", "Nobody At All"), 3, "no_such_account"),
        (("revoke", "Nobody At All"), 3, "no_such_account"),
    ],
)
def test_what_cannot_be_is_refused_with_its_code(clinic: Ecm, words: tuple[str, ...], code: int, reason: str):
    said = clinic("organiser", *words, "--json")
    assert (said.code, said.out, json.loads(said.err)["code"]) == (code, "", reason)


def test_a_name_that_reads_like_anothers_is_refused(clinic: Ecm):
    clinic.ask("organiser", "add", "Nurse Bell")
    said = clinic("organiser", "add", "nurse  BeIl", "--json")
    assert (said.code, json.loads(said.err)["code"]) == (3, "account_exists")


def test_a_token_acts_as_its_owner_here_and_over_the_network(
    clinic: Ecm, account: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    file = token_file(tmp_path / "token", account["token"])
    number = made(clinic)["id"]
    url = clinic.ask("status")["url"]
    for where in ([], ["--service", url]):
        started = clinic("--token-file", str(file), *where, "call", "start", number, "--json")
        assert started.value["state"] == "running"
        timeline = clinic.ask("appointment", "show", number)["timeline"]
        assert timeline[-1]["actor"] == {"role": "organiser", "id": account["id"], "name": account["name"]}
        clinic.ask("call", "end", number)
    monkeypatch.setenv("ECM_TOKEN_FILE", str(file))
    clinic.ask("call", "start", number)
    monkeypatch.delenv("ECM_TOKEN_FILE")
    last = json.loads(clinic("events", number).out.splitlines()[-1])
    assert (last["type"], last["actor"]["id"]) == ("call_started", account["id"])


def test_after_revoking_the_token_opens_nothing_anywhere(clinic: Ecm, account: dict[str, Any], tmp_path: Path):
    file = token_file(tmp_path / "token", account["token"])
    as_them = ["--token-file", str(file)]
    url = clinic.ask("status")["url"]
    assert clinic(*as_them, "status", "--json").code == 0
    clinic.ask("organiser", "revoke", account["name"])
    for where in ([], ["--service", url]):
        said = clinic(*as_them, *where, "status", "--json")
        assert (said.code, said.out, json.loads(said.err)["code"]) == (3, "", "not_allowed")


ACTS = (
    ("call", "start"),
    ("call", "end"),
    ("call", "invite", "--name", "Eve", "--email", "eve@example.org"),
    ("call", "admit"),
    ("call", "disconnect"),
    ("call", "remove"),
    ("call", "hold"),
    ("call", "mute"),
    ("call", "unmute"),
    ("call", "pin"),
    ("appointment", "cancel"),
)


@pytest.mark.parametrize("account", ["observer"], indirect=True)
def test_U2_an_observers_commands_look_and_every_act_ends_with_3(clinic: Ecm, account: dict[str, Any], tmp_path: Path):
    sam = ["--token-file", str(token_file(tmp_path / "token", account["token"]))]
    number = made(clinic)["id"]
    (person,) = clinic.ask("call", "people", number)
    before = clinic("events", number).out
    for group, act, *more in ACTS:
        whom = [person["id"]] if act not in ("start", "end", "invite", "cancel") else []
        said = clinic(*sam, group, act, number, *whom, *more, "--json")
        assert (said.code, said.out, json.loads(said.err)["code"]) == (3, "", "not_allowed"), act
    for words in (("organiser", "add", "Eve"), ("organiser", "token", account["name"]), ("organiser", "list")):
        assert clinic(*sam, *words).code == 3
    assert clinic(*sam, "window").code == 3
    assert clinic("events", number).out == before
    seen = clinic(*sam, "events", number)
    assert seen.code == 0
    assert len(seen.out.splitlines()) == len(before.splitlines())
    assert "example.org" not in seen.out
    assert clinic(*sam, "call", "people", number, "--json").value[0]["join_url"] is None


@pytest.mark.parametrize("account", ["clerk"], indirect=True)
def test_U2_a_clerks_commands_run_the_waiting_room_and_no_accounts(
    clinic: Ecm, account: dict[str, Any], tmp_path: Path
):
    kim = ["--token-file", str(token_file(tmp_path / "token", account["token"]))]
    number = made(clinic)["id"]
    (person,) = clinic.ask("call", "people", number)
    assert clinic(*kim, "call", "start", number, "--json").value["state"] == "running"
    assert clinic(*kim, "call", "pin", number, person["id"]).code == 3
    assert clinic(*kim, "organiser", "add", "Eve").code == 3
    assert "not_waiting" in clinic(*kim, "call", "admit", number, person["id"], "--json").err
    assert clinic(*kim, "call", "end", number).code == 0


@pytest.mark.parametrize(
    ("content", "mode", "said"),
    [
        ("x" * 43, 0o644, "chmod 600"),
        ("", 0o600, "holds no token"),
        ("two words", 0o600, "holds no token"),
        ("x\r\nX-Evil: 1", 0o600, "holds no token"),
        (None, 0o600, "cannot be read"),
    ],
)
def test_a_token_file_that_cannot_be_right_is_wrong_usage(
    ecm: Ecm, tmp_path: Path, content: str | None, mode: int, said: str
):
    file = tmp_path / "token"
    if content is not None:
        file.write_text(content)
        file.chmod(mode)
    refused = ecm("--token-file", str(file), "status")
    assert (refused.code, refused.out) == (2, "")
    assert said in refused.err
    assert "x" * 43 not in refused.err


def test_a_directory_is_no_token_file(ecm: Ecm, tmp_path: Path):
    assert ecm("--token-file", str(tmp_path), "status").code == 2


def test_events_take_json_as_every_command_and_refuse_in_json(clinic: Ecm):
    number = made(clinic)["id"]
    assert clinic("events", number, "--json").out == clinic("events", number).out
    said = clinic("events", "a-none", "--json")
    assert (said.code, said.out, json.loads(said.err)["code"]) == (3, "", "no_such_appointment")


def test_as_a_process_no_token_is_in_arguments_environment_or_words(
    clinic: Ecm, account: dict[str, Any], tmp_path: Path
):
    file = token_file(tmp_path / "token", account["token"])
    number = made(clinic)["id"]
    command = [*ECM, "events", number, "--follow"]
    env = {**os.environ, "ECM_TOKEN_FILE": str(file)}
    follower = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
    assert follower.stdout is not None
    try:
        assert json.loads(follower.stdout.readline())["type"] == "appointment_scheduled"
        for name in ("cmdline", "environ"):
            assert account["token"].encode() not in Path(f"/proc/{follower.pid}/{name}").read_bytes()
        clinic.ask("organiser", "revoke", account["name"])
        out, errors = follower.communicate(timeout=30)
        assert follower.returncode == 3, errors
        assert account["token"] not in out + errors
    finally:
        follower.kill()
        follower.communicate()
