"""The chat as one page is told it: the newest part once its person is in the call, new lines, earlier ones on request.

Nothing of it goes to a page outside an admitted stay (S10, S47).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ecm_tui.core.appointment import Appointment
from ecm_tui.core.chat import ChatLine, heard, line_seen
from ecm_tui.core.context import Rules
from ecm_tui.service.doors import Visitor
from ecm_tui.service.line import Line
from ecm_tui.service.paging import ROOM, size

PART = ROOM // 4
"""Bytes of lines in one message: a screenful many times over, and soon there on a phone."""


class Talk:
    """What one participant's page knows of the chat."""

    def __init__(
        self, line: Line, visitor: Visitor, rules: Rules, author: Callable[[ChatLine, Appointment], str]
    ) -> None:
        self._line = line
        self._person = visitor.holder
        self._files = f"/files/{visitor.visit}"
        """Where this page fetches files; nobody else does there."""
        self._rules = rules
        self._author = author
        self._told: int | None = None
        """How many lines the chat had when the page was told last; None outside the call."""

    def show(self, appointment: Appointment) -> None:
        """The page's person is in the call: bring it to the chat as it is now."""
        if self._told is None:
            part, earlier = self._newest(appointment, heard(appointment, self._person, self._rules))
            self._line.send({"type": "chat", "lines": part, "earlier": earlier, "files": self._files})
        else:
            for line in appointment.chat[self._told :]:
                self._line.send({"type": "line", "line": self._seen(appointment, line)})
        self._told = len(appointment.chat)

    def hide(self) -> None:
        """The page's person is not in the call."""
        self._told = None

    def show_earlier(self, appointment: Appointment, before: int) -> None:
        """The lines before number `before`, as many as fit, where the page was told of the chat at all."""
        if self._told is None:
            return
        lines = heard(appointment, self._person, self._rules)
        count = max(0, before - lines[0].number) if lines else 0
        part, earlier = self._newest(appointment, lines[:count])
        self._line.send({"type": "earlier", "lines": part, "earlier": earlier})

    def _newest(self, appointment: Appointment, lines: Sequence[ChatLine]) -> tuple[list[dict[str, Any]], bool]:
        """As many of the last lines as fit, oldest first; and whether there are earlier ones."""
        found: list[dict[str, Any]] = []
        room = PART
        for line in reversed(lines):
            seen = self._seen(appointment, line)
            room -= size(seen) + 1
            if room < 0 and found:
                break
            found.append(seen)
        return found[::-1], len(found) < len(lines)

    def _seen(self, appointment: Appointment, line: ChatLine) -> dict[str, Any]:
        return line_seen(line, self._author(line, appointment))
