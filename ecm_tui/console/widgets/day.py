"""The line above the Schedule's list: which day, how many appointments, and what goes on in the clinic now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from textual import events
from textual.content import Content
from textual.message import Message

from ecm_tui.console.text import say
from ecm_tui.console.widgets.bars import Bar


class DayBar(Bar):
    """The day between the keys of the days beside it. Each of the three can be clicked."""

    @dataclass
    class Clicked(Message):
        """Something was clicked: the action's id."""

        action_id: str

    def __init__(self, dom_id: str | None = None) -> None:
        super().__init__(dom_id=dom_id)
        self._spots: Sequence[tuple[int, str]] = ()

    def show_day(self, day: str, before: str, after: str, count: str, now: Sequence[str]) -> None:
        """`before` and `after` are keys; of `count` and `now` what has room, the end of `now` first to go."""
        parts = [say("[$accent]$key[/] ", key=before), say("[b]$day[/]", day=day), say(" [$accent]$key[/]", key=after)]
        room = self.content_size.width
        ends = list(accumulate(part.cell_length for part in parts))
        names = ("schedule.previous", "schedule.day", "schedule.next")
        self._spots = list(zip(ends, names, strict=True))
        counted = f"  {count}" if count and ends[-1] + len(count) + 2 <= room else ""
        said = list(now)
        while said and ends[-1] + len(counted) + 2 + len(" · ".join(said)) > room:
            said.pop()
        right = " · ".join(said)
        gap = " " * max(0, room - ends[-1] - len(counted) - len(right))
        self.show(
            Content.assemble(*parts, say("[$quiet]$words[/]", words=counted), gap, say("[$warning]$now[/]", now=right))
        )

    def show_words(self, words: Content) -> None:
        """Something else than a day; nothing of it can be clicked."""
        self._spots = ()
        self.show(words)

    def on_click(self, event: events.Click) -> None:
        column = event.get_content_offset_capture(self).x
        for end, action_id in self._spots:
            if column < end:
                self.post_message(self.Clicked(action_id))
                return
