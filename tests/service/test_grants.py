"""Who may exchange media follows from the appointment alone."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ecm_tui.core.appointment import Appointment, Organiser
from ecm_tui.core.devices import Devices
from ecm_tui.core.people import Person
from ecm_tui.service.grants import Grant, changes, grants_of

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
ON = Devices(camera="on", microphone="on")

ANN = Person(id="p1", name="Ann", state="admitted", connected=True, admission=2, devices=ON, admitted_at=NOW)
BEA = Person(id="p2", name="Bea", state="waiting", connected=True, devices=ON, waiting_since=NOW)
LEE = Organiser(id="o1", name="Dr Lee", windows=("w1", "w2"), devices=ON)
CALL = Appointment(id="a1", at=NOW, running=True, people={"p1": ANN, "p2": BEA}, organisers={"o1": LEE})


def grant(peer: str, person: str, role: str = "participant", **more: bool) -> Grant:
    fields = {"muted": False, "camera": True, "microphone": True, **more}
    return Grant(peer=peer, call="a1", person=person, role=role, **fields)  # type: ignore[arg-type]


def test_only_the_admitted_and_the_windows_have_grants() -> None:
    assert grants_of(CALL) == {
        "p1-2": grant("p1-2", "p1"),
        "w1": grant("w1", "o1", "organiser"),
        "w2": grant("w2", "o1", "organiser"),
    }


def test_S10_nobody_has_a_grant_while_no_call_runs_whoever_waits() -> None:
    assert grants_of(replace(CALL, running=False)) == {}


def test_who_is_reconnecting_keeps_the_grant() -> None:
    lost = replace(ANN, connected=False, lost_at=NOW)
    assert "p1-2" in grants_of(replace(CALL, people={"p1": lost}))


def test_E6_a_muted_person_is_muted_at_the_bridge() -> None:
    muted = replace(CALL, people={"p1": replace(ANN, muted=True)}, organisers={})
    assert grants_of(muted) == {"p1-2": grant("p1-2", "p1", muted=True)}


def test_E6_the_organisers_own_switches_count_whatever_the_window_does() -> None:
    off = replace(LEE, microphone=False, camera=False, windows=("w1",))
    granted = grants_of(replace(CALL, people={}, organisers={"o1": off}))
    assert granted == {"w1": grant("w1", "o1", "organiser", muted=True, camera=False, microphone=False)}


@pytest.mark.parametrize(
    "after",
    [
        replace(CALL, people={"p1": replace(ANN, muted=True), "p2": BEA}),
        replace(CALL, people={"p1": replace(ANN, admission=3), "p2": BEA}),
        replace(CALL, people={"p1": replace(ANN, state="left"), "p2": replace(BEA, state="admitted", admission=1)}),
        replace(CALL, people={"p2": BEA}, organisers={}),
        replace(CALL, organisers={"o1": replace(LEE, camera=False)}),
        replace(CALL, running=False),
    ],
)
def test_only_who_did_not_change_keeps_the_grant_of_the_state_before(after: Appointment) -> None:
    had = grants_of(CALL)
    now = grants_of(after, CALL, had)
    assert now == grants_of(after)
    unchanged = after.people.get("p1") is ANN and after.running
    assert (now.get("p1-2") is had["p1-2"]) == unchanged


def test_changes_revoke_first_and_name_only_what_changed() -> None:
    before = {"p1-1": grant("p1-1", "p1"), "p3-1": grant("p3-1", "p3")}
    after = {"p3-1": grant("p3-1", "p3"), "p4-1": grant("p4-1", "p4")}
    messages = list(changes(before, after))
    assert [message["type"] for message in messages] == ["revoke", "grant"]
    assert messages[0]["peer"] == "p1-1" and messages[1]["grant"]["peer"] == "p4-1"
    assert set(messages[1]["grant"]) == {"peer", "call", "person", "role", "muted", "camera", "microphone"}
