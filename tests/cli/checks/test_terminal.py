"""What can be said of a terminal without writing to it."""

from typing import Any

import pytest

from ecm_tui.cli.checks.check import Check
from ecm_tui.cli.checks.terminal import Terminal


def looked(environ: dict[str, str] | None = None, tmux: dict[str, str] | None = None, **known: Any) -> dict[str, Check]:
    facts: dict[str, Any] = {"size": (80, 24), "colours": 256, "encoding": "utf-8", "locale_works": True}
    terminal = Terminal(
        environ={"TERM": "xterm-256color", "LANG": "C.UTF-8"} | (environ or {}),
        tmux=lambda option: (tmux or {}).get(option, ""),
        **facts | known,
    )
    return {check.id: check for check in terminal.checks()}


def test_a_usual_terminal_is_well():
    found = looked()
    assert {check.verdict for check in found.values()} == {"ok"}
    assert set(found) == {
        "terminal.locale",
        "terminal.kind",
        "terminal.size",
        "terminal.colours",
        "terminal.clipboard",
    }


def test_what_is_no_terminal_is_not_judged():
    found = looked(size=None)
    assert found["terminal.kind"].verdict == "unknown"
    assert set(found) == {"terminal.kind", "terminal.locale"}


@pytest.mark.parametrize("term", ["", "dumb"])
def test_one_on_which_nothing_can_be_drawn_is_bad(term: str):
    assert looked({"TERM": term})["terminal.kind"].verdict == "bad"


def test_one_that_this_computer_does_not_know_is_told():
    check = looked({"TERM": "xterm-ghostty"}, colours=None)["terminal.kind"]
    assert (check.verdict, "xterm-ghostty" in check.sentence) == ("warn", True)


@pytest.mark.parametrize(("size", "verdict"), [((59, 40), "warn"), ((80, 19), "warn"), ((60, 20), "ok")])
def test_the_room_is_judged(size: tuple[int, int], verdict: str):
    assert looked(size=size)["terminal.size"].verdict == verdict


@pytest.mark.parametrize(
    ("environ", "colours", "words"),
    [
        ({"NO_COLOR": "1", "COLORTERM": "truecolor"}, 256, "NO_COLOR"),
        ({"COLORTERM": "truecolor"}, 8, "All colours"),
        ({}, 8, "8 colours"),
        ({}, -1, "No colours"),
    ],
)
def test_colours_are_told_and_never_needed(environ: dict[str, str], colours: int, words: str):
    check = looked(environ, colours=colours)["terminal.colours"]
    assert (check.verdict, words in check.sentence) == ("ok", True)


def test_text_that_cannot_be_written_is_told():
    assert looked(encoding="ascii")["terminal.locale"].verdict == "warn"
    check = looked({"LC_ALL": "de_XX.UTF-8"}, locale_works=False)["terminal.locale"]
    assert (check.verdict, "de_XX.UTF-8" in check.sentence) == ("warn", True)


@pytest.mark.parametrize(
    ("environ", "tmux", "verdict"),
    [
        ({"TMUX": "/tmp/x,1,0"}, {"set-clipboard": "external"}, "warn"),
        ({"TMUX": "/tmp/x,1,0"}, {"set-clipboard": "on"}, "ok"),
        ({"TMUX": "/tmp/x,1,0"}, {}, "warn"),
        ({"STY": "1.pts"}, {}, "warn"),
        ({"TERM_PROGRAM": "Apple_Terminal"}, {}, "warn"),
        ({"TERM": "linux"}, {}, "warn"),
    ],
)
def test_the_way_to_the_clipboard_is_told(environ: dict[str, str], tmux: dict[str, str], verdict: str):
    check = looked(environ, tmux)["terminal.clipboard"]
    assert check.verdict == verdict
    assert bool(check.next_step) == (verdict == "warn")


@pytest.mark.parametrize(("passes", "verdict"), [("on", "ok"), ("all", "ok"), ("off", "warn"), ("", "warn")])
def test_in_tmux_it_is_told_whether_notifications_come_through(passes: str, verdict: str):
    assert looked({"TMUX": "x"}, {"allow-passthrough": passes})["terminal.tmux"].verdict == verdict
    assert "terminal.tmux" not in looked()


def test_the_own_terminal_is_asked_without_writing_to_it(capfd: pytest.CaptureFixture[str]):
    found = list(Terminal.own().checks())
    assert [check.id for check in found] == ["terminal.locale", "terminal.kind"]  # the output of a test is no terminal
    assert capfd.readouterr() == ("", "")
