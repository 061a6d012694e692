"""What comes in over a socket is either a message of the protocol or a sentence that says why not."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecm_tui.core import clinic, commands, events, wire
from ecm_tui.core.log import SERVICE, Actor, Hidden, Recorded
from ecm_tui.core.schedule import summary
from ecm_tui.core.wire import WireError
from tests.core.session import TUESDAY, in_call

PROTOCOL = (Path(wire.__file__).parent / "PROTOCOL.md").read_text()


def test_a_command_travels_and_comes_back_the_same():
    command = commands.Schedule(
        at=TUESDAY,
        patient=commands.Guest(name="Ann", email="ann@example.org"),
        guests=(commands.Guest(name="Bob", mobile="+44"),),
    )
    sent = json.loads(json.dumps(wire.encode(command)))
    assert sent["type"] == "schedule"
    assert sent["at"] == "2026-11-24T09:30:00Z"
    assert wire.decode_command(sent) == command


def test_a_record_travels_whole_or_hidden():
    shown = Recorded(seq=1, at=TUESDAY, actor=SERVICE, event=events.CallStarted())
    hidden = Recorded(seq=2, at=TUESDAY, actor=SERVICE, event=Hidden())
    assert [wire.decode_record(wire.encode_record(record)) for record in (shown, hidden)] == [shown, hidden]


def test_a_row_of_the_schedule_travels():
    row = summary(in_call("Bob").appointment)
    assert wire.decode_summary(wire.encode(row)) == row


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("admit", "a command is a JSON object"),
        ({}, "there is no command of this type"),
        ({"type": "person_admitted"}, "there is no command of this type"),
        ({"type": ["admit"]}, "there is no command of this type"),
        ({"type": "admit"}, "admit: Object missing required field `person_id`"),
        ({"type": "admit", "person_id": "p1", "sudo": True}, "admit: there is no field of that name"),
        ({"type": "admit", "person_id": "p1\x1b]52;c;eA==\x07"}, "an id has 1 to 64 letters, digits, - or _"),
        ({"type": "admit", "person_id": "p" * 65}, "an id has 1 to 64 letters, digits, - or _"),
        ({"type": "admit_all", "person_ids": ["p1", "p 2"]}, "an id has 1 to 64 letters, digits, - or _"),
        ({"type": "schedule", "at": "2026-11-24T09:30:00", "patient": {"name": "A"}}, "a time has its offset from UTC"),
        (
            {"type": "schedule", "at": "2026-11-24T09:30Z", "patient": {"name": "A"}},
            "schedule at: a time is written as",
        ),
        ({"type": "schedule", "at": "\ud800", "patient": {"name": "A"}}, "schedule: half of a character"),
        ({"type": "admit", "person_id": "p1", "\ud800": 1}, "admit: half of a character"),
        ({"type": "report_devices", "devices": {"camera": "on", "x": 1}}, "report_devices: there is no field"),
        (
            {"type": "schedule", "at": "2026-11-24T09:30:00Z", "patient": {}},
            "schedule patient: Object missing",
        ),
        (
            {"type": "presence", "person_id": "p", "visit": "v", "sign": "x"},
            "presence sign: not one of the words",
        ),
    ],
)
def test_a_command_that_is_not_of_the_protocol_is_refused_in_words(data: object, reason: str):
    with pytest.raises(WireError) as caught:
        wire.decode_command(data)
    assert str(caught.value).startswith(reason)


@pytest.mark.parametrize(
    "more",
    [
        {"x\x1b]52;c;eA==\x07": 1},
        {"a\x1b]52;\x07 - at `$\x1b]0;x": 1},
        {"sign": "x\x1b]52;c;eA==\x07"},
        {"sign": "x - at `$\x1b]0;x"},
        {"visit": ["\x1b[2J"]},
    ],
)
def test_a_refusal_repeats_nothing_of_what_was_sent(more: dict):
    with pytest.raises(WireError) as caught:
        wire.decode_command({"type": "presence", "person_id": "p", "visit": "v", "sign": "lost", **more})
    assert str(caught.value).isprintable()
    assert "]0;" not in str(caught.value)


def test_what_is_no_value_of_the_core_does_not_travel():
    with pytest.raises(TypeError, match="set does not travel"):
        wire.encode(commands.AdmitAll(person_ids={"p1"}))  # type: ignore[arg-type]


def test_what_people_wrote_at_length_is_in_no_representation():
    assert repr(commands.SaveNote(note_id="n1", text="fears the operation")) == "SaveNote(note_id='n1')"
    assert "Ann" in repr(commands.Guest(name="Ann"))


def test_no_client_can_share_a_file_that_the_service_has_not_got():
    with pytest.raises(WireError, match="there is no command of this type"):
        wire.decode_command({"type": "share_file", "file_id": "f1", "name": "x.pdf", "size": 1, "sha256": "ab"})


def test_the_longest_chat_line_and_note_fit_a_message():
    for text, cls in (("\U0001f600" * 8_000, commands.Say), ("\U0001f600" * 40_000, commands.SaveNote)):
        more = {"note_id": "n1"} if cls is commands.SaveNote else {}
        assert len(wire.dump(wire.encode(cls(text=text, **more))).encode()) < wire.MOST_BYTES


def test_the_texts_of_a_command_pass_the_gate():
    guest = {"name": "Ann\x1b]52;c;eA==\x07\u202e", "email": "a@b.org", "description": "x" * 500}
    command = wire.decode_command({"type": "invite", "guest": guest})
    assert isinstance(command, commands.Invite)
    assert "\x1b" not in command.guest.name
    assert "\u202e" not in command.guest.name
    assert len(command.guest.description) == 200


@pytest.mark.parametrize(
    "data",
    [
        {"seq": 1, "at": "2026-11-24T09:30:00Z", "actor": {"role": "service", "id": "s"}},
        {"seq": 1, "at": "2026-11-24T09:30:00", "actor": {"role": "service", "id": "s"}, "hidden": True},
        {"seq": "x", "at": "2026-11-24T09:30:00Z", "actor": {"role": "service", "id": "s"}, "hidden": True},
        {"seq": 1, "at": "2026-11-24T09:30:00Z", "actor": {"role": "king", "id": "s"}, "hidden": True},
        {"seq": 1, "at": "2026-11-24T09:30:00Z", "actor": None, "hidden": True},
        {"seq": 1, "at": "2026-11-24T09:30:00Z", "actor": {"role": "service", "id": "s"}, "event": {"type": "admit"}},
    ],
)
def test_a_broken_record_is_refused(data: dict):
    with pytest.raises(WireError):
        wire.decode_record(data)


def test_the_name_of_an_actor_passes_the_gate():
    actor = Actor(role="organiser", id="o1", name="Lee\x9b31m")
    sent = wire.encode_record(Recorded(seq=1, at=TUESDAY, actor=actor, event=Hidden()))
    assert "\x9b" not in wire.decode_record(sent).actor.name


@pytest.mark.parametrize(
    "text", ["", "[]", '"x"', "{}", '{"type": 1}', "{", "[" * 100_000, "x" * (wire.MOST_BYTES + 1)]
)
def test_what_is_not_a_message_is_refused_in_words(text: str):
    with pytest.raises(WireError, match="a message"):
        wire.parse(text)


def test_a_message_is_json_with_a_type():
    assert wire.parse(wire.dump({"type": "hello", "name": "Ünal"})) == {"type": "hello", "name": "Ünal"}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@given(
    kind=st.sampled_from(sorted(wire.COMMANDS)),
    data=st.dictionaries(st.text(max_size=4), json_values | st.just("p1"), max_size=4),
)
def test_no_input_makes_anything_but_a_command_or_a_wire_error(kind: str, data: dict):
    known = {name: value for name, value in zip(wire.COMMANDS[kind].__struct_fields__, data.values(), strict=False)}
    try:
        command = wire.decode_command(known | {"type": kind})
    except WireError:
        return
    assert wire.decode_command(wire.encode(command)) == command


def test_a_deeply_nested_command_is_refused():
    nested: dict = {}
    for _ in range(10_000):
        nested = {"patient": nested}
    with pytest.raises(WireError):
        wire.decode_command(
            {"type": "schedule", "at": datetime(2026, 1, 1, tzinfo=UTC), "patient": nested, "guests": nested}
        )


@pytest.mark.parametrize("name", sorted({*wire.COMMANDS, *wire.EVENTS}))
def test_the_protocol_document_lists_every_command_and_event_with_its_fields(name: str):
    cls = wire.COMMANDS.get(name) or wire.EVENTS[name]
    rows = [line for line in PROTOCOL.splitlines() if line.startswith(f"| `{name}` |")]
    assert len(rows) == 1
    for field in cls.__struct_fields__:
        assert f"`{field}`" in rows[0]


def test_the_protocol_document_lists_nothing_that_is_not_there():
    sections = PROTOCOL.split("\n## ")
    listed = {
        line.split("`")[1]
        for section in sections
        if section.startswith(("Commands", "Events"))
        for line in section.splitlines()
        if line.startswith("| `")
    }
    assert listed == {*wire.COMMANDS, *wire.EVENTS}
    assert f"version {wire.VERSION}" in PROTOCOL


def test_every_member_of_the_unions_has_a_name_of_its_own():
    members = {*get_args(commands.Command), *get_args(clinic.ClinicCommand)} - {*commands.OF_THE_SERVICE}
    assert len(wire.COMMANDS) == len(members)
    assert len(wire.EVENTS) == len([*get_args(events.Event), *get_args(clinic.ClinicEvent)])
