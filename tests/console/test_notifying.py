"""Attention for those who want to join: bell and notification, once for a burst, again until handled, without names."""

import re
from pathlib import Path

import pytest

from ecm_tui.console.notifying import Attention, Entries, notification, passed_through, way_of, withdrawal
from ecm_tui.core import commands as c
from ecm_tui.settings import Notify
from tests.console.driving import console
from tests.console.fake_service import FakeClock, FakeService
from tests.console.hostile import HOSTILE


class Terminal:
    """What was rung and written, and the attention that did it."""

    def __init__(self, how: Notify, **environ: str) -> None:
        self.clock = FakeClock()
        self.bells = 0
        self.written: list[str] = []
        self.attention = Attention(how, self._ring, self._write, self.clock.timer, environ)

    def _ring(self) -> None:
        self.bells += 1

    def _write(self, sequence: str) -> None:
        if sequence:
            self.written.append(sequence)

    def heed(self, *people: str, ready: bool = True, sentence: str = "Ann Lee wants to join") -> None:
        entries: Entries = frozenset(("a1", person, 1) for person in people)
        self.attention.heed(entries, ready, sentence)


def test_S33_thirty_knocks_in_a_second_ring_once_and_notify_once():
    terminal = Terminal(Notify(terminal="osc9"))
    for number in range(1, 31):
        terminal.heed(*(f"p{each}" for each in range(number)))
        terminal.clock.pass_(1 / 30)
    assert (terminal.bells, len(terminal.written)) == (1, 1)


def test_S33_bell_and_notification_repeat_every_minute_until_handled():
    terminal = Terminal(Notify(terminal="osc9"))
    for _second in range(179):
        terminal.heed("p1")
        terminal.clock.pass_()
    assert (terminal.bells, len(terminal.written)) == (3, 3)
    for _second in range(179):
        terminal.heed()
        terminal.clock.pass_()
    assert (terminal.bells, len(terminal.written)) == (3, 3)


def test_S33_repeating_can_be_switched_off_and_so_can_the_bell():
    terminal = Terminal(Notify(bell=False, terminal="osc777", repeat_seconds=0))
    for _second in range(300):
        terminal.heed("p1")
        terminal.clock.pass_()
    assert (terminal.bells, len(terminal.written)) == (0, 1)


def test_S33_who_waited_before_the_console_was_opened_is_repeated_but_no_newcomer():
    terminal = Terminal(Notify())
    terminal.heed("p1", ready=False)
    terminal.heed("p1")
    assert terminal.bells == 0
    terminal.clock.pass_(60)
    terminal.heed("p1")
    assert terminal.bells == 1


def test_S33_no_name_leaves_for_the_terminal_unless_the_settings_say_so():
    without, named = Terminal(Notify(terminal="osc9")), Terminal(Notify(terminal="osc9", names=True))
    without.heed("p1")
    named.heed("p1")
    assert without.written == ["\x1b]9;Someone wants to join\x1b\\"]
    assert named.written == ["\x1b]9;Ann Lee wants to join\x1b\\"]
    several = Terminal(Notify(terminal="osc9"))
    several.heed("p1", "p2")
    assert several.written == ["\x1b]9;2 people want to join\x1b\\"]


def test_S33_a_notification_that_can_be_taken_away_goes_when_it_is_handled():
    terminal = Terminal(Notify(terminal="osc99"))
    terminal.heed("p1")
    terminal.heed()
    terminal.heed()
    assert terminal.written == [notification("osc99", "Someone wants to join"), withdrawal("osc99")]


def test_in_tmux_the_sequence_is_wrapped_for_the_terminal_around_it():
    terminal = Terminal(Notify(terminal="osc777"), TMUX="/tmp/tmux-1/default,1,0")
    terminal.heed("p1")
    inner = "\x1b\x1b]777;notify;eClinic Manager;Someone wants to join\x1b\x1b\\"
    assert terminal.written == [f"\x1bPtmux;{inner}\x1b\\"]
    assert passed_through("\x1b]9;x\x1b\\", {}) == "\x1b]9;x\x1b\\"


@pytest.mark.parametrize("way", ["osc9", "osc777", "osc99"])
@pytest.mark.parametrize("name", [*HOSTILE, "x\x1b\\\x1b]52;c;aGk=\x07", "a;b;c"])
def test_a_hostile_name_ends_no_sequence_and_adds_no_field(way, name: str):
    plain, hostile = notification(way, "x"), notification(way, name)
    assert hostile.count(";") == plain.count(";")
    assert hostile.startswith(plain[:4]) and hostile.endswith("\x1b\\")
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b]", hostile[1:-2])


@pytest.mark.parametrize(
    ("setting", "environ", "way"),
    [
        ("off", {"TERM": "xterm-kitty"}, "off"),
        ("osc9", {}, "osc9"),
        ("auto", {"TERM": "xterm-256color"}, "off"),
        ("auto", {"TERM": "xterm-kitty"}, "osc99"),
        ("auto", {"TERM": "foot-extra"}, "osc777"),
        ("auto", {"TERM_PROGRAM": "iTerm.app"}, "osc9"),
        ("auto", {"LC_TERMINAL": "iTerm2"}, "osc9"),
        ("auto", {"TERM_PROGRAM": "tmux", "TERM": "tmux-256color", "WEZTERM_PANE": "0"}, "osc777"),
        ("auto", {"TERM_PROGRAM": "tmux", "TERM": "tmux-256color"}, "off"),
    ],
)
def test_the_way_is_the_one_set_or_the_one_that_the_terminal_is_known_for(setting: str, environ: dict, way: str):
    assert way_of(setting, environ) == way


async def test_S33_the_console_draws_attention_through_its_terminal_and_any_organiser_ends_it(
    service: FakeService, clock: FakeClock, state: Path, appointment: str, monkeypatch
):
    service.other(appointment, c.StartCall())
    async with console(service, clock, state, notify=Notify(terminal="osc99"), environ={}) as seen:
        rung: list[float] = []
        written: list[str] = []
        monkeypatch.setattr(seen.app, "bell", lambda: rung.append(clock.timer()))
        monkeypatch.setattr(seen.app._attention, "_write", written.append)
        person = service.enter(appointment, "Bea Moreno")
        await seen.sees("wants to join")
        clock.pass_(60)
        seen.app.paint()
        assert (len(rung), len(written)) == (2, 2)
        service.other(appointment, c.Admit(person_id=person))
        await seen.sees_no("wants to join")
        clock.pass_(120)
        seen.app.paint()
        assert len(rung) == 2
        assert written[2:] == [withdrawal("osc99")]
