"""What the chat view tells, and how its lines are laid out."""

from datetime import UTC, datetime

import pytest
from rich.cells import cell_len

from ecm_tui.console.transcript import MOST, Transcript
from ecm_tui.console.widgets.chatlines import MOST_PIECES, wrapped
from ecm_tui.core import commands as c
from ecm_tui.core import events as e
from ecm_tui.core.appointment import Appointment, evolve
from ecm_tui.core.log import Actor, Recorded
from tests.console.fake_service import FakeService
from tests.console.hostile import HOSTILE

ANN = Actor(role="participant", id="p1", name="Ann Lee")


@pytest.mark.parametrize("room", [2, 7, 12, 40])
@pytest.mark.parametrize(
    "text",
    ["one two three four", "a" * 50, "漢字" * 30, "x 漢字漢字漢字 y " * 4, "  lead", "", *HOSTILE],
    ids=range(13),
)
def test_wrapped_lines_fit_and_lose_no_letter(text: str, room: int):
    lines = wrapped(text, room, most=10_000)
    assert all(cell_len(line) <= room for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_line_ends_stay_and_a_wall_of_text_is_cut():
    assert wrapped("a\n\nb", 10) == ("a", "", "b")
    wall = wrapped("\n" * 5_000, 30)
    assert len(wall) == MOST_PIECES and wall[-1] == "… there is more: . shows it"


def test_a_full_transcript_drops_its_oldest_fifth():
    transcript, was = Transcript(), Appointment(id="a1")
    at = datetime(2026, 11, 24, tzinfo=UTC)
    for seq in range(1, MOST + 2):
        record = Recorded(seq=seq, at=at, actor=ANN, event=e.CallStarted())
        transcript.hear(record, was)
    assert transcript.cut == MOST // 5
    assert len(transcript.entries) == MOST - MOST // 5 + 1
    assert transcript.entries[-1].seq == MOST + 1


def test_notes_and_switches_are_no_entries():
    service = FakeService()
    stream = service.schedule()
    service.do(stream, c.SetSwitches(camera=False), service.actor)
    service.do(stream, c.SaveNote(note_id="n1", text="canary"), service.actor)
    transcript, was = Transcript(), Appointment(id=stream)
    for record in service.logs[stream]:
        was = evolve(was, record)
        transcript.hear(record, was)
    assert not any(isinstance(entry.record.event, e.NoteSaved | e.SwitchesSet) for entry in transcript.entries)
