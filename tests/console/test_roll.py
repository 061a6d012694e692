"""A transcript as lines: any place is found without laying out what stands before it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ecm_tui.console.transcript import Entry, Transcript
from ecm_tui.console.widgets import roll as rolls
from ecm_tui.console.widgets.chatlines import Frame, laid
from ecm_tui.console.widgets.roll import Line, Roll
from ecm_tui.core import events as e
from ecm_tui.core.chat import ChatLine
from ecm_tui.core.log import Actor, Recorded

ANN = Actor(role="participant", id="p1", name="Ann")
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
TOLD, QUIET = Frame(UTC, "o1", {}), Frame(UTC, "o1", {}, acts=False)


def transcript(*written: str, cut: int = 0) -> Transcript:
    """What was written, "" for something that happened instead; six hours lie between one entry and the next."""
    made = Transcript()
    made.cut = cut
    for number, text in enumerate(written, cut):
        record = Recorded(seq=2 * number + 1, at=MONDAY + timedelta(hours=6 * number), actor=ANN, event=e.CallStarted())
        line = ChatLine(number=number, at=record.at, by=ANN, text=text) if text else None
        made.entries.append(Entry(record, line))
    return made


def roll(told: Transcript, frame: Frame = TOLD, width: int = 40) -> Roll:
    made = Roll()
    made.show(told, frame, width)
    return made


def drawn(lines: list[Line]) -> list[str]:
    return [line.laid.pieces[line.piece].removeprefix("Ann: ") for line in lines]


def test_nothing_was_told_yet():
    empty = roll(transcript())
    assert empty.lines((0, 0), 9) == [] and empty.bottom(9) == (0, 0) and empty.last_id == ""
    assert empty.down((0, 0), 3) == empty.up((0, 0), 3) == (0, 0)
    assert empty.number("1") is None and empty.number("") is None


def test_lines_are_found_from_any_place_with_the_date_above_the_first_of_a_day():
    made = roll(transcript("one", "", "two\nthree", "four", "five"))
    whole = drawn(made.lines((0, 0), 99))
    assert [line for line in whole if not line.startswith("·")] == [
        "Monday 23 November 2026", "one", "two", "three", "Tuesday 24 November 2026", "four", "five",
    ]  # fmt: skip
    for skipped, line in enumerate(made.lines((0, 0), 99)):
        assert drawn(made.lines(line.place, 3)) == whole[skipped : skipped + 3]
        assert made.up(line.place, skipped) == made.up(line.place, 99) == (0, 0)
        assert made.down((0, 0), skipped) == line.place
    assert drawn(made.lines(made.bottom(3), 99)) == whole[-3:]
    assert made.bottom(99) == (0, 0)


def test_what_is_not_told_is_passed_over_in_both_directions():
    made = roll(transcript("", "one", "", "", "two", ""), QUIET)
    assert drawn(made.lines((0, 0), 9))[1::2] == ["one", "two"]
    assert (made.told(2, 1), made.told(3, -1), made.told(0, -1), made.told(5, 1)) == (4, 1, None, None)
    assert made.up((4, 0), 1) == (1, 1) and made.last_id == "9"
    assert made.number("9") == 4 and made.number("11") is None and made.number("2") is None


def test_an_entry_reaches_from_its_own_first_line_to_its_last():
    made = roll(transcript("one\ntwo", "three"))
    assert made.span(0) == ((0, 1), (0, 2)) and made.span(1) == ((1, 0), (1, 0))


def test_a_place_means_the_same_line_after_the_oldest_went():
    before, after = roll(transcript(*"abcdef")), roll(transcript(*"def", cut=3))
    assert drawn(before.lines((4, 0), 1)) == drawn(after.lines((4, 0), 1))
    assert after.lines((1, 0), 9)[0].place == (3, 0) and after.up((5, 0), 99) == (3, 0)
    assert before.number("9") == after.number("9") == 4 and after.number("1") is None


def test_another_width_or_frame_lays_out_anew():
    told = transcript("word " * 10, "")
    made = roll(told)
    narrow = len(made.lines((0, 0), 99))
    made.show(told, TOLD, 80)
    assert len(made.lines((0, 0), 99)) < narrow
    made.show(told, QUIET, 80)
    assert drawn(made.lines((0, 0), 99))[1:] == ["word " * 10]


def test_of_many_entries_those_are_laid_out_that_somebody_looks_at(monkeypatch: pytest.MonkeyPatch):
    laid_out = []

    def laid(*entry: object) -> object:
        laid_out.append(entry)
        return lay(*entry)  # type: ignore[arg-type]

    lay = rolls.laid
    monkeypatch.setattr(rolls, "laid", laid)
    made = roll(transcript(*["word"] * 10_000))
    assert len(made.lines(made.bottom(20), 21)) == 20
    assert made.lines((0, 0), 20) and made.number(made.last_id) == 9_999
    assert len(laid_out) < 60
    monkeypatch.setattr(rolls, "MOST_KEPT", 30)
    assert len(made.lines((0, 0), 99_999)) == 10_000 + 2_501  # days
    assert len(made._kept) <= 30


def test_acts_that_are_not_told_are_not_laid_out_to_learn_that(monkeypatch: pytest.MonkeyPatch):
    asked = []
    monkeypatch.setattr(rolls, "laid", lambda entry, *more: asked.append(entry) or laid(entry, *more))
    made = roll(transcript("one", *[""] * 5_000), QUIET)
    assert made.last_id == "1" and drawn(made.lines(made.bottom(9), 9))[1:] == ["one"]
    assert len(asked) == 1


def test_a_place_in_an_entry_that_has_fewer_lines_now_is_its_last_one():
    made = roll(transcript("one two three four five six seven", "next"), width=21)
    assert drawn(made.lines((0, 3), 1)) != ["next"]
    made.show(made.transcript, TOLD, 200)
    assert made.lines((0, 3), 2)[0].place == (0, 1)
    assert drawn(made.lines((0, 3), 2)) == ["one two three four five six seven", "next"]
