"""A call from the command line: the same rules as the console's keys, against a real service and a page."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from typing import Any

from tests.cli.conftest import Ecm
from tests.cli.patient import state, waiting
from tests.cli.test_appointment import made

ECM = [sys.executable, "-P", "-m", "ecm_tui"]


async def ask(ecm: Ecm, *words: str) -> Any:
    """The command runs a loop of its own, so it gets a thread."""
    return await asyncio.to_thread(ecm.ask, *words)


def test_a_call_is_started_once_and_ended(clinic: Ecm):
    number = made(clinic)["id"]
    started = clinic.ask("call", "start", number)
    assert started["state"] == "running"
    assert clinic.ask("call", "start", number) == started
    assert clinic.ask("call", "end", number)["state"] == "missed"
    said = clinic("call", "end", number, "--json")
    assert (said.code, said.out) == (3, "")
    assert json.loads(said.err)["code"] == "call_not_running"


def test_an_invited_person_is_printed_and_listed_after_the_patient(clinic: Ecm):
    number = made(clinic)["id"]
    words = ("--name", "Cem Oz", "--mobile", "079 123 45 67", "--description", "Interpreter")
    invited = clinic.ask("call", "invite", number, *words)
    assert (invited["name"], invited["description"], invited["state"]) == ("Cem Oz", "Interpreter", "invited")
    assert "/join/" in invited["join_url"]
    people = clinic.ask("call", "people", number)
    assert [person["name"] for person in people] == ["Ann Lee", "Cem Oz"]
    assert people[1] == invited
    assert "Interpreter" in clinic("call", "people", number).out
    said = clinic("call", "invite", number, "--name", "Nobody")
    assert said.code == 2
    assert "--email or --mobile" in said.err


async def test_a_person_is_admitted_pinned_muted_held_admitted_and_removed(clinic: Ecm):
    appointment = await asyncio.to_thread(made, clinic)
    number = appointment["id"]
    await ask(clinic, "call", "start", number)
    async with waiting(appointment["join_url"]) as page:
        (person,) = await ask(clinic, "call", "people", number)
        assert (person["state"], person["connected"], person["waiting_since"][-1]) == ("waiting", True, "Z")
        admitted = await ask(clinic, "call", "admit", number, person["id"])
        assert (admitted["id"], admitted["state"]) == (person["id"], "admitted")
        await state(page, "admitted")
        assert (await ask(clinic, "call", "pin", number, person["id"]))["id"] == person["id"]
        assert (await ask(clinic, "call", "mute", number, person["id"]))["muted"]
        await ask(clinic, "call", "unmute", number, person["id"])
        assert (await ask(clinic, "call", "hold", number, person["id"]))["state"] == "waiting"
        await state(page, "waiting")
        await ask(clinic, "call", "admit", number, person["id"])
        assert (await ask(clinic, "call", "remove", number, person["id"]))["state"] == "removed"
        await state(page, "removed")


async def test_S8_S9_only_who_waits_can_be_disconnected(clinic: Ecm):
    appointment = await asyncio.to_thread(made, clinic)
    number = appointment["id"]
    await ask(clinic, "call", "start", number)
    async with waiting(appointment["join_url"]) as page:
        (person,) = await ask(clinic, "call", "people", number)
        await ask(clinic, "call", "admit", number, person["id"])
        said = await asyncio.to_thread(clinic, "call", "disconnect", number, person["id"], "--json")
        assert (said.code, json.loads(said.err)["code"]) == (3, "already_admitted")
        await ask(clinic, "call", "hold", number, person["id"])
        said = await asyncio.to_thread(clinic, "call", "disconnect", number, person["id"])
        assert (said.code, said.out) == (0, "Ann Lee was disconnected.\n")
        await state(page, "disconnected")


def test_each_refusal_ends_with_3_and_its_code(clinic: Ecm):
    number = made(clinic)["id"]
    (person,) = clinic.ask("call", "people", number)
    for act, who, code in (
        ("admit", person["id"], "not_waiting"),
        ("disconnect", person["id"], "not_waiting"),
        ("remove", person["id"], "not_admitted"),
        ("hold", person["id"], "not_admitted"),
        ("mute", person["id"], "not_admitted"),
        ("unmute", person["id"], "not_admitted"),
        ("pin", "p-nobody", "no_such_person"),
        ("admit", "p-nobody", "no_such_person"),
    ):
        said = clinic("call", act, number, who, "--json")
        assert (said.code, said.out, json.loads(said.err)["code"]) == (3, "", code), act


def test_what_happened_is_one_object_a_line_and_can_be_taken_up_again(clinic: Ecm):
    number = made(clinic)["id"]
    clinic.ask("call", "start", number)
    lines = [json.loads(line) for line in clinic("events", number).out.splitlines()]
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert [lines[0]["type"], lines[-1]["type"]] == ["appointment_scheduled", "call_started"]
    assert lines[0]["patient"] == "Ann Lee"
    assert {"role", "id", "name"} == set(lines[-1]["actor"])
    rest = [json.loads(line) for line in clinic("events", number, "--after", "2").out.splitlines()]
    assert rest == lines[2:]
    assert clinic("events", number, "--after", "9999").out == ""


def test_following_prints_each_event_as_it_happens(clinic: Ecm):
    number = made(clinic)["id"]
    have = len(clinic("events", number).out.splitlines())
    command = [*ECM, "events", number, "--after", str(have), "--follow"]
    follower = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert follower.stdout is not None
    try:
        clinic.ask("call", "start", number)
        assert json.loads(follower.stdout.readline())["type"] == "call_started"
        clinic.ask("call", "end", number)
        assert json.loads(follower.stdout.readline())["type"] == "call_ended"
        follower.send_signal(signal.SIGINT)
        _, errors = follower.communicate(timeout=20)
        assert (follower.returncode, errors) == (130, "")
    finally:
        follower.kill()
        follower.communicate()


def test_the_log_verifies(clinic: Ecm):
    made(clinic)
    found = clinic.ask("audit", "verify")
    assert found["ok"]
    assert "clinic" in [stream["stream"] for stream in found["streams"]]
    assert "streams are whole" in clinic("audit", "verify").out


def test_a_status_line_counts_calls(clinic: Ecm):
    number = made(clinic)["id"]
    before = clinic.ask("status")["calls"]
    clinic.ask("call", "start", number)
    assert clinic("status", "--format", "{calls} {waiting}").out == f"{before + 1} 0\n"
    clinic.ask("call", "end", number)
    said = clinic("status", "--format", "{patients}")
    assert said.code == 2
    assert "Known are" in said.err


def test_two_commands_that_start_at_once_find_one_service(monkeypatch):
    env = {**os.environ, "ECM_SERVE_PORT": "0"}
    both = [
        subprocess.Popen([*ECM, "appointment", "list", "--json"], env=env, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    try:
        assert [process.communicate(timeout=60)[0].strip() for process in both] == ["[]", "[]"]
        pids = {subprocess.check_output([*ECM, "status", "--format", "{pid}"], env=env, text=True) for _ in range(2)}
        assert len(pids) == 1
    finally:
        assert subprocess.run([*ECM, "service", "stop", "--yes"], env=env, capture_output=True).returncode == 0
