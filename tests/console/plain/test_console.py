"""The line mode over a fake service: answers, refusals, news between them, and how it begins and ends."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ecm_tui.console.plain.console import TOO_EARLY, PlainConsole
from ecm_tui.console.plain.terminal import Typed
from ecm_tui.core import commands as c
from ecm_tui.core.stills import Still
from ecm_tui.errors import UnreachableError
from ecm_tui.settings import Notify
from tests.console.fake_service import TUESDAY, FakeClock, FakeService
from tests.until import until


class FakeTerminal:
    """Lines that a test types, and what is said."""

    def __init__(self, timer: Callable[[], float], interactive: bool) -> None:
        self.interactive = interactive
        self.said: list[str] = []
        self.prompts: list[str] = []
        self.kept: list[bool] = []
        self.rung = 0
        self.closed = False
        self.used_at = timer()
        self.secrets: list[str] = []
        self.cleared = 0
        self.lent: list[list[str]] = []
        self.editor: Callable[[Path], int] | None = None
        """What an editor does with its file, and its status."""
        self._timer = timer
        self._typed: asyncio.Queue[Typed] = asyncio.Queue()
        self.reading = asyncio.Event()

    def say(self, lines: Sequence[str]) -> None:
        self.said += lines

    async def read(self, prompt: str, keep: bool, secret: bool = False) -> Typed:
        self.prompts.append(prompt)
        if secret:
            self.secrets.append(prompt)
        self.kept.append(keep)
        self.reading.set()
        return await self._typed.get()

    async def lend(self, command: Sequence[str]) -> int:
        self.lent.append(list(command))
        if self.editor is None:
            raise OSError(2, "No such file or directory")
        return self.editor(Path(command[-1]))

    def interrupt(self) -> None:
        self.put("", "stopped")

    def clear(self) -> None:
        self.cleared = len(self.said)

    def ring(self) -> None:
        self.rung += 1

    def close(self) -> None:
        self.closed = True

    def put(self, line: str, key: str = "enter", began: float | None = None) -> None:
        self.reading.clear()
        self._typed.put_nowait(Typed(line, self._timer() if began is None else began, key))


class Lines:
    """A running line mode."""

    def __init__(self, console: PlainConsole, terminal: FakeTerminal, service: FakeService, clock: FakeClock) -> None:
        self.console = console
        self.terminal = terminal
        self.service = service
        self.clock = clock
        self.running: asyncio.Task[None] | None = None

    async def type(self, line: str, key: str = "enter", began: float | None = None) -> list[str]:
        """Type a line, a second after the one before, and give what is said until the next is asked for."""
        self.clock.pass_()
        before = len(self.terminal.said)
        self.terminal.put(line, key, began)
        await until(lambda: self.terminal.reading.is_set() or self._ended, what=f"an answer to {line!r}")
        return self.terminal.said[before:]

    @property
    def _ended(self) -> bool:
        return self.running is not None and self.running.done()

    async def says(self, part: str) -> None:
        await until(lambda: any(part in line for line in self.terminal.said), what=f"{part!r} in {self.terminal.said}")


@asynccontextmanager
async def lines(
    service: FakeService, clock: FakeClock, state: Path, interactive: bool = True, **more: Any
) -> AsyncIterator[Lines]:
    terminal = FakeTerminal(clock.timer, interactive)
    made = PlainConsole(service.connect, terminal, state, clock=clock, timer=clock.timer, **more)
    running = Lines(made, terminal, service, clock)
    running.running = asyncio.create_task(made.run())
    try:
        await until(lambda: terminal.reading.is_set() or running._ended, what="it has begun")
        yield running
    finally:
        running.running.cancel()
        await asyncio.gather(running.running, return_exceptions=True)
        assert terminal.closed


async def test_it_begins_with_the_schedule_numbered_and_a_prompt(service, clock, state, appointment: str):
    async with lines(service, clock, state) as seen:
        assert seen.terminal.said == [
            "Lake Clinic. Type help for all commands.",
            "Today, Tuesday 24 November 2026: 1 appointment, 0 waiting, 0 running.",
            "1. 09:30, Ann Lee, ID 4718, Scheduled, 15 min",
        ]
        assert seen.terminal.prompts == ["> "]


async def test_S3_S4_S7_a_call_from_open_to_admission_each_answer_one_line(service, clock, state, appointment: str):
    async with lines(service, clock, state) as seen:
        assert (await seen.type("open 1"))[0].startswith("Session of Ann Lee. The call does not run.")
        assert await seen.type("start") == ["You started the call."]
        service.enter(appointment, "Ann Lee")
        await seen.says("* Ann Lee wants to join. Type: admit next")
        assert await seen.type("admit next") == ["You admitted Ann Lee."]
        assert service.state(appointment, "Ann Lee") == "admitted"
        assert (await seen.type("people"))[:2] == [
            "In call: 1. Waiting: 0. Invited: 2.",
            "1. Ann Lee, Patient, in call, mic, camera",
        ]
        assert await seen.type("mute 1") == ["You muted Ann Lee."]
        assert (await seen.type("hold 1"))[0] == "You put Ann Lee back in the waiting room."
        assert await seen.type("hold 1") == [
            "Ann Lee is not in the state for this: waiting. Possible now: admit, disconnect, link, resend, replace, "
            "revoke, details."
        ]


async def test_S33_who_is_named_is_admitted_from_another_session(service, clock, state, appointment: str):
    other = service.schedule("Cem Oz")
    service.other(other, c.StartCall())
    async with lines(service, clock, state) as seen:
        await seen.type("open ann lee")
        service.enter(other, "Cem Oz")
        await seen.says("* Cem Oz wants to join")
        assert await seen.type("admit next") == ["You admitted Cem Oz."]
        assert service.state(other, "Cem Oz") == "admitted"


async def test_an_answer_begun_before_the_question_can_have_been_read_confirms_nothing(
    service, clock, state, appointment: str
):
    service.other(appointment, c.StartCall())
    service.other(appointment, c.Admit(person_id=service.enter(appointment, "Ann Lee")))
    async with lines(service, clock, state) as seen:
        await seen.type("open 1")
        await seen.type("remove ann")
        assert await seen.type("y", began=clock.timer()) == [TOO_EARLY]
        assert service.state(appointment, "Ann Lee") == "admitted"
        assert await seen.type("y") == ["You removed Ann Lee from the call."]
        assert seen.terminal.kept == [True, True, False, False, True]


async def test_a_script_answers_at_once(service, clock, state, appointment: str):
    service.other(appointment, c.StartCall())
    service.other(appointment, c.Admit(person_id=service.enter(appointment, "Ann Lee")))
    async with lines(service, clock, state, interactive=False) as seen:
        assert seen.terminal.said == ["Lake Clinic. Type help for all commands."]
        for line in ("open ann lee", "remove ann lee", "y"):
            seen.terminal.put(line, began=0)
        seen.terminal.put("", key="end")
        assert seen.running is not None
        await until(seen.running.done)
        assert seen.terminal.said[-1] == "You removed Ann Lee from the call."


async def test_S29_S30_an_invitation_is_answered_with_its_link(service, clock, state, appointment: str):
    async with lines(service, clock, state) as seen:
        await seen.type("open 1")
        for line in ("invite", "Tom Lee", "tom@x.test", ""):
            await seen.type(line)
        (answer,) = await seen.type("Husband")
        assert answer.startswith("Tom Lee is invited. Tom Lee opens http://127.0.0.1:8440/join/t-")
        assert answer.endswith("It works on this computer only.")
        assert service.people(appointment)["Tom Lee"]
        seen.terminal.put("link omar")
        await seen.says("Omar Haddad opens http://127.0.0.1:8440/join/t-")


async def test_E3_a_new_appointment_is_on_the_schedule(service, clock, state):
    async with lines(service, clock, state) as seen:
        await seen.type("new")
        for line in ("", "", "", "", "Cem Oz", "c@x.test", ""):
            await seen.type(line)
        assert (await seen.type(""))[0].startswith("The appointment is made. The patient opens http")
        assert "Cem Oz" in (await seen.type("schedule"))[1]


async def test_a_refusal_is_said_and_nothing_changes(service, clock, state, appointment: str):
    service.other(appointment, c.StartCall())
    ann = service.enter(appointment, "Ann Lee")
    async with lines(service, clock, state) as seen:
        await seen.type("open 1")
        await seen.type("people")
        service.hold.clear()
        seen.terminal.put("admit 1")
        await until(lambda: service.sent)
        service.other(appointment, c.Admit(person_id=ann))
        service.hold.set()
        await seen.says("Ann Lee is in the call already: Dr Brown admitted them.")
        await seen.says("* Dr Brown admitted Ann Lee.")


async def test_with_read_only_nothing_is_asked_of_the_service(service, clock, state, appointment: str):
    async with lines(service, clock, state, read_only=True) as seen:
        await seen.type("open 1")
        assert await seen.type("start") == ["This console was opened to look only (--read-only)."]
        assert service.sent == []
        assert ", observer." in (await seen.type("status"))[0]


async def test_E7_leaving_ends_the_call_only_when_asked_to(service, clock, state, appointment: str):
    service.other(appointment, c.StartCall())
    async with lines(service, clock, state) as seen:
        await seen.type("open 1")
        await seen.type("hang up")
        assert await seen.type("exit") == ["You left. The call goes on without you."]
        assert service.streams[appointment].running
        await seen.type("open 1")
        await seen.type("hang up")
        assert await seen.type("leave") == ["The call has ended."]
        assert not service.streams[appointment].running
        await seen.type("open 1")
        assert await seen.type("hang up") == ["You left the session."]


async def test_quitting_ends_the_call_only_when_asked_to(service, clock, state, appointment: str):
    service.other(appointment, c.StartCall())
    async with lines(service, clock, state) as seen:
        await seen.type("open 1")
        await seen.type("", key="end")
        assert await seen.type("", key="end") == ["Nothing was done."]
        assert (await seen.type("", key="interrupt")) == ["Type quit to leave."]
        await seen.type("quit")
        assert await seen.type("", key="interrupt") == ["Nothing was done."]
        await seen.type("quit")
        await seen.type("leave")
        assert seen.running is not None
        await until(seen.running.done)
        assert not service.streams[appointment].running


async def test_a_cancelled_appointment_is_not_opened_and_a_dead_link_said(service, clock, state, appointment: str):
    async with lines(service, clock, state) as seen:
        service.other(appointment, c.Cancel())
        assert await seen.type("open ann") == ["This appointment was cancelled."]


async def test_S23_stills_are_told_with_their_time(service, clock, state, appointment: str):
    service.other(appointment, c.StartCall())
    ann = service.enter(appointment, "Ann Lee")
    service.other(appointment, c.Admit(person_id=ann))
    async with lines(service, clock, state) as seen:
        await seen.type("open 1")
        session = seen.console.desk.session
        assert session is not None
        still = Still(id="s1", person_id=ann, requested_by="o1", confirmed_at=TUESDAY, captured_at=TUESDAY)
        service.pictures["s1"] = b"png"
        seen.console.desk.session = replace(session, appointment=replace(session.appointment, stills=(still,)))
        assert await seen.type("stills ann") == ["Taken at 09:30:00: kept with the appointment as s1"]


async def test_a_window_without_a_display_gives_a_link(service, clock, state, appointment: str):
    script = 'import sys; sys.stdin.read(); print(\'{"type": "state", "state": "no_display", "message": "No."}\')'
    service.other(appointment, c.StartCall())
    async with lines(service, clock, state, window=("python3", "-c", script)) as seen:
        await seen.type("open 1")
        assert await seen.type("window") == ["Opening your video window."]
        await seen.says("* No.")
        await seen.says("* Open this link in a browser instead; it works once: http://127.0.0.1:8440/view/w-")


async def test_a_window_that_cannot_be_started_says_why(service, clock, state, appointment: str):
    service.other(appointment, c.StartCall())
    async with lines(service, clock, state, window=("/nowhere/window",)) as seen:
        await seen.type("open 1")
        assert await seen.type("window") == ["The video window could not be started: No such file or directory."]


async def test_the_bell_rings_for_a_person_when_it_is_set(service, clock, state, appointment: str):
    async with lines(service, clock, state, notify=Notify(bell=True)) as seen:
        service.enter(appointment, "Ann Lee")
        await until(lambda: seen.terminal.rung == 1)
    async with lines(service, clock, state, notify=Notify(bell=False)) as quiet:
        await quiet.says("wants to join")
        assert quiet.terminal.rung == 0


async def test_a_script_is_told_that_no_service_answers(service, clock, state, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ecm_tui.console.plain.console.PATIENCE", 0.2)
    service.dead = True
    async with lines(service, clock, state, interactive=False) as seen:
        assert seen.running is not None
        with pytest.raises(UnreachableError, match="does not answer"):
            await seen.running


async def test_a_person_is_told_and_can_type_while_no_service_answers(
    service, clock, state, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("ecm_tui.console.plain.console.PATIENCE", 0.2)
    service.dead = True
    async with lines(service, clock, state) as seen:
        await seen.says("* The clinic service does not answer.")
        assert (await seen.type("status"))[0].endswith("The clinic service does not answer.")


async def test_told_to_end_from_outside_it_leaves(service, clock, state, appointment: str):
    async with lines(service, clock, state) as seen:
        signal.raise_signal(signal.SIGTERM)
        assert seen.running is not None
        await until(seen.running.done)
