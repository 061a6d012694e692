"""The app's side towards its terminal: colours, signs, signals, leaving for a while and coming back."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from types import FrameType

from textual import events
from textual.driver import Driver
from textual.filter import LineFilter, NoColor
from textual.widgets import Input, TextArea

from ecm_tui.console.guest import has_shell
from ecm_tui.console.lending import Lending
from ecm_tui.console.sheet import Sheet
from ecm_tui.console.signs import PlainSigns, Straight
from ecm_tui.console.terminal import terminal
from ecm_tui.console.text import Backstop
from ecm_tui.console.theme import THEMES
from ecm_tui.settings import Display

ENDING = ("SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT")
"""Signals by which somebody outside wants the console gone."""


class Front(Lending):
    """An app that draws what its terminal can show, and gives the terminal back whatever happens."""

    def __init__(self, environ: Mapping[str, str], display: Display) -> None:
        self.environ = environ
        """The variables of the terminal."""
        self.terminal = terminal(environ, display)
        """What is drawn with."""
        super().__init__()
        self.no_color = self.terminal.colours == "none"
        self.animation_level = "none"  # each step of one is bytes on somebody's slow line
        for theme in THEMES.values():
            self.register_theme(theme)
        self.theme = THEMES[self.terminal.theme].name
        self.stylesheet = Sheet(self.get_css_variables())

    def get_driver_class(self) -> type[Driver]:
        """Ours in the place of Textual's own for terminals."""
        found = super().get_driver_class()
        if found.__name__ != "LinuxDriver":
            return found
        from ecm_tui.console import driver  # where there are terminals of this kind

        return driver.Driver

    @property
    def cell(self) -> tuple[int, int] | None:
        """Pixels of a cell in width and height; None where the terminal does not tell."""
        return getattr(self._driver, "cell", None)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Whatever draws: no colour or sign that the terminal does not show, and no control character."""
        return [*super().get_line_filters(), *self._own_filters]

    @cached_property
    def _own_filters(self) -> Sequence[LineFilter]:
        """The same ones each time: what they made of a line is kept as long as neither changes."""
        colours = [NoColor()] if self.no_color else []
        signs = [PlainSigns(self.terminal.signs)] if self.terminal.signs != "all" else []
        return (*colours, Straight(), *signs, Backstop())

    def on_mount(self) -> None:
        self._heed_signals()
        if not self.is_headless:
            self._resume_only_when_suspended()
        self.app_resume_signal.subscribe(self, self._back_in_front)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """No cursor blinks, whoever made the field: a blink is 138 kB a minute on the line."""
        if isinstance(event.widget, Input | TextArea):
            event.widget.cursor_blink = False

    def action_theme(self) -> None:
        """The next of the themes that this terminal can show, until the console is left."""
        if self.terminal.colours != "many":
            self.say("This terminal has its own few colours, or none: there is one way to draw.")
            return
        names = [theme.name for theme in THEMES.values()]
        self.theme = names[(names.index(self.theme) + 1) % len(names)]
        chosen = next(name for name, theme in THEMES.items() if theme.name == self.theme)
        self.say(f'Colours: {chosen}. display.theme = "{chosen}" in the settings keeps them.')

    def say(self, sentence: str, bad: bool = False) -> None:
        """A sentence for the person, where they look now."""
        raise NotImplementedError

    def action_suspend_process(self) -> None:
        """Into the background, where there is a shell that can bring the console back."""
        if not has_shell():
            self.say("There is no shell behind this console. Close it with ctrl+q; the call goes on.", bad=True)
        else:
            super().action_suspend_process()

    def _back_in_front(self, _: object) -> None:
        """After `fg` the terminal shows nothing of ours any more."""
        self.action_repaint()

    def _set_pointer_shape(self, shape: str) -> None:
        """The mouse pointer's look, which Textual sets even where the mouse is left to the terminal."""
        if getattr(self._driver, "_mouse", False):
            super()._set_pointer_shape(shape)

    def _resume_only_when_suspended(self) -> None:
        """A line that drops sends SIGCONT after SIGHUP: Textual would begin to draw anew there, and never end."""
        if hasattr(signal, "SIGCONT"):
            resume = signal.getsignal(signal.SIGCONT)

            def resumed(number: int, frame: FrameType | None) -> None:
                if callable(resume) and getattr(self._driver, "_must_signal_resume", False):
                    resume(number, frame)

            with suppress(ValueError):  # in a thread
                signal.signal(signal.SIGCONT, resumed)

    def _heed_signals(self) -> None:
        """Told to end from outside, the console leaves as by its key: the terminal as it was, no window left open."""
        usual = (signal.SIG_DFL, signal.default_int_handler)
        for number in (getattr(signal, name) for name in ENDING if hasattr(signal, name)):
            if number == signal.SIGINT or signal.getsignal(number) in usual:  # others may have plans of their own
                with suppress(NotImplementedError, RuntimeError, ValueError):  # in a thread, or no signals here
                    asyncio.get_running_loop().add_signal_handler(number, self.end_on, number)
