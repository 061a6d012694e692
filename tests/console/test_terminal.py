"""What the console takes a terminal for, by its variables and the settings."""

import pytest

from ecm_tui.console.terminal import Terminal, terminal
from ecm_tui.settings import Display

MANY = {"TERM": "xterm-256color"}


@pytest.mark.parametrize(
    ("environ", "colours"),
    [
        ({"TERM": "xterm-256color"}, "many"),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "many"),
        ({"TERM": "xterm-kitty"}, "many"),
        ({"TERM": "xterm"}, "sixteen"),
        ({"TERM": "linux"}, "sixteen"),
        ({"TERM": "screen"}, "sixteen"),
        ({}, "sixteen"),
        ({"TERM": "vt220"}, "none"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"}, "none"),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, "many"),
    ],
)
def test_as_many_colours_as_the_terminal_says(environ: dict[str, str], colours: str):
    assert terminal(environ, Display()).colours == colours


@pytest.mark.parametrize(
    ("environ", "wanted", "theme"),
    [
        (MANY, "auto", "dark"),
        ({**MANY, "COLORFGBG": "0;15"}, "auto", "light"),
        ({**MANY, "COLORFGBG": "15;default;0"}, "auto", "dark"),
        ({**MANY, "COLORFGBG": "0;15"}, "contrast", "contrast"),
        (MANY, "terminal", "terminal"),
        ({"TERM": "screen"}, "dark", "terminal"),
        ({**MANY, "NO_COLOR": "1"}, "light", "terminal"),
    ],
)
def test_the_theme_that_is_wanted_where_the_terminal_has_the_colours_for_it(
    environ: dict[str, str], wanted: str, theme: str
):
    assert terminal(environ, Display(theme=wanted)).theme == theme


@pytest.mark.parametrize(
    ("environ", "signs"),
    [
        ({"LANG": "en_GB.UTF-8"}, "all"),
        ({"LANG": "de_CH.utf8@euro"}, "all"),
        ({"LC_CTYPE": "UTF-8"}, "all"),
        ({"LC_ALL": "C.UTF-8", "LANG": "C"}, "all"),
        ({}, "all"),
        ({"LANG": ""}, "all"),
        ({"LANG": "C"}, "ascii"),
        ({"LANG": "POSIX"}, "ascii"),
        ({"LC_ALL": "C", "LANG": "en_GB.UTF-8"}, "ascii"),
        ({"LANG": "de_CH.ISO-8859-1"}, "ascii"),
        ({"LANG": "de_CH"}, "ascii"),
        ({"LANG": "nonsense"}, "ascii"),
        ({"LANG": "C.UTF-8", "TERM": "linux"}, "some"),
        ({"LANG": "C", "TERM": "linux"}, "ascii"),
    ],
)
def test_signs_go_by_the_locale_and_the_linux_console_by_its_font(environ: dict[str, str], signs: str):
    assert terminal(environ, Display()).signs == signs


@pytest.mark.parametrize("wanted", ["all", "ascii"])
def test_signs_can_be_set(wanted: str):
    for environ in ({"LANG": "C"}, {"LANG": "C.UTF-8"}, {"LANG": "C.UTF-8", "TERM": "linux"}):
        assert terminal(environ, Display(signs=wanted)).signs == wanted


def test_a_usual_terminal_needs_nothing_of_this():
    assert terminal({"TERM": "xterm-256color", "LANG": "C.UTF-8"}, Display()) == Terminal()


@pytest.mark.parametrize(
    ("term", "pictures"),
    [
        ("xterm-kitty", "kitty"),
        ("xterm-ghostty", "kitty"),
        ("foot", "sixel"),
        ("foot-extra", "sixel"),
        ("mlterm", "sixel"),
        ("mlterm-256color", "sixel"),
        ("contour", "sixel"),
        ("wezterm", "sixel"),
        ("xterm-256color", "cells"),
        ("tmux-256color", "cells"),
        ("screen.mlterm", "cells"),
        ("", "cells"),
    ],
)
def test_pictures_are_drawn_in_cells_unless_the_terminals_name_promises_more(term: str, pictures: str):
    environ = {"TERM": term, "KITTY_WINDOW_ID": "1"}  # as inside tmux in kitty
    assert terminal(environ, Display()).pictures == pictures


@pytest.mark.parametrize("term", ["xterm-kitty", "foot"])
def test_without_colours_pictures_are_drawn_in_cells(term: str):
    assert terminal({"TERM": term, "NO_COLOR": "1"}, Display()).pictures == "cells"


@pytest.mark.parametrize("name", ["SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"])
def test_a_terminal_behind_ssh_may_be_far(name: str):
    assert terminal({**MANY, name: "198.51.100.9 50000 22"}, Display()).far
    assert not terminal({**MANY, name: ""}, Display()).far
