"""A line mode without terminal and loop: lines in, replies out, and what they want done by the core's own rules."""

from __future__ import annotations

from ecm_tui.console.model import Desk
from ecm_tui.console.plain.interpreter import Interpreter
from ecm_tui.console.plain.news import News
from ecm_tui.console.plain.replies import Act, Reply, Want
from ecm_tui.core import commands as c
from ecm_tui.core.schedule import summary
from ecm_tui.errors import RefusedError
from tests.console.fake_service import FakeService


class Talking:
    """One organiser's."""

    def __init__(self, service: FakeService) -> None:
        self.service = service
        self.desk = Desk()
        self.desk.account = (service.me.id, service.me.name, service.me.role)
        self.interpreter = Interpreter(self.desk, service.clock, lambda: "n1")
        self.news = News(self.interpreter.talk)
        self.hear_all()

    def open(self, appointment: str) -> None:
        """Its session is open and read."""
        self.desk.open(appointment)
        self.hear_all()
        self.desk.caught_up(appointment)
        self.news.lines()

    def hear_all(self) -> None:
        """The desk knows what the service knows."""
        for one in self.service.streams.values():
            self.desk.hear_summary(summary(one))
        if self.desk.session:
            for record in self.service.logs[self.desk.session.id]:
                self.desk.hear(self.desk.session.id, record)

    def hear(self, line: str) -> Reply:
        """The answer to a line, after everything that happened was heard."""
        self.hear_all()
        return self.interpreter.hear(line)

    def lines(self, line: str) -> tuple[str, ...]:
        """What is said to a line."""
        return self.hear(line).lines

    def wants(self, line: str) -> tuple[Want, ...]:
        """What a line wants done."""
        return self.hear(line).wants

    def commands(self, line: str) -> list[c.Command]:
        """What a line asks the service for."""
        return [want.command for want in self.wants(line) if isinstance(want, Act)]

    def do(self, line: str) -> tuple[str, ...]:
        """Carry out what a line wants of the service, and give what is said last."""
        reply = self.hear(line)
        for want in reply.wants:
            assert isinstance(want, Act), want
            try:
                result = self.service.do(want.stream, want.command, self.service.actor)
            except RefusedError as error:
                assert want.refused is not None, error.message
                return self.interpreter.follow(want.refused(error)).lines
            self.hear_all()
            if want.after:
                reply = self.interpreter.follow(want.after(result))
        return reply.lines
