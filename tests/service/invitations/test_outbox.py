"""The outbox on a log of its own, with a way out that the test holds in its hands."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ecm_tui.core import commands as c
from ecm_tui.core.context import Rules
from ecm_tui.core.log import Actor
from ecm_tui.errors import ReadOnlyError
from ecm_tui.service.invitations.invitation import Desk, Invitation, LaterError, NeverError
from ecm_tui.service.invitations.journal import Journal, Key
from ecm_tui.service.invitations.outbox import AT_ONCE, DOUBT, Outbox
from ecm_tui.service.invitations.patience import DELAYS, GIVE_UP_SECONDS, Patience
from ecm_tui.service.streams import Done, Streams
from tests.service.invitations.builders import CARD
from tests.until import until

LEE = Actor(role="organiser", id="o-lee", name="Dr Lee")
QUICK = Patience(delays=(0.01,), hourly=0.01)
SLOW = Patience(delays=(3600.0,))


class Way:
    """A transport. `answers` are taken one by one, the last one for ever: None for accepted, or what is raised."""

    def __init__(self, *answers: Exception | None) -> None:
        self.answers = list(answers) or [None]
        self.sent: list[Invitation] = []
        self.open = asyncio.Event()
        """Cleared, it holds every message after it was handed over."""
        self.open.set()
        self.now = self.most = 0

    async def send(self, invitation: Invitation, handing_over: Callable[[], Awaitable[None]]) -> None:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        await handing_over()
        self.sent.append(invitation)
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await self.open.wait()
        finally:
            self.now -= 1
        if answer:
            raise answer


class House:
    """Streams, an outbox that can be stopped and started, and what the log says."""

    def __init__(self, streams: Streams, root: Path) -> None:
        self.streams = streams
        self.journal = Journal(root / "outbox")
        self.now = datetime.now(UTC)

    def outbox(self, way: Way | None, patience: Patience = QUICK) -> contextlib.AbstractAsyncContextManager[None]:
        desk = Desk(card=CARD, link=lambda a, p, n: f"https://x.test/join/{a}{p}{n}", local_only=False)
        transports = {"email": way} if way else {}
        missing = {"sms": "no text message gateway configured"}
        if not way:
            missing["email"] = "no mail server configured"
        return Outbox(self.streams, desk, transports, missing, self.journal, patience).running()  # type: ignore[arg-type]  # channels

    async def invite(self, *names: str, **more) -> str:
        """An appointment with these people, the first the patient."""
        people = [c.Guest(name=name, email=f"{name}@x.test") for name in names or ("ann",)]
        at = more.pop("at", self.now)
        done = await self.streams.execute("", c.Schedule(at=at, patient=people[0], guests=tuple(people[1:])), LEE)
        return str(done.result["appointment_id"])

    async def do(self, stream: str, command) -> None:
        await self.streams.execute(stream, command, LEE)

    async def deliveries(self, stream: str) -> list[tuple[str, str]]:
        appointment = await self.streams.appointment(stream)
        assert appointment
        return [(each.state, each.why) for person in appointment.people.values() for each in person.deliveries]

    async def person(self, stream: str) -> str:
        appointment = await self.streams.appointment(stream)
        assert appointment
        return next(iter(appointment.people))

    async def says(self, stream: str, *expected: tuple[str, str]) -> None:
        async def found() -> bool:
            assert await self.deliveries(stream) == list(expected)
            return True

        await until(found, 10)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with Streams.open(tmp_path / "clinic.sqlite", rules=Rules()) as streams:
        yield House(streams, tmp_path)


SENT = ("sent", "")


async def test_S30_it_is_sent_when_the_transport_took_it_and_not_before(house: House):
    way = Way()
    way.open.clear()
    async with house.outbox(way):
        stream = await house.invite()
        await until(lambda: way.sent)
        assert await house.deliveries(stream) == [("queued", "")]
        way.open.set()
        await house.says(stream, SENT)
    assert len(way.sent) == 1
    assert house.journal.marks() == []


async def test_S30_what_is_refused_for_now_says_why_and_is_sent_once_it_is_taken(house: House):
    way = Way(LaterError("the mail server cannot be reached"), LaterError("the mail server is busy"), None)
    async with house.outbox(way):
        stream = await house.invite()
        await house.says(stream, SENT)
        whys = [r.event.why for r in await house.streams.read(stream) if hasattr(r.event, "why")]
    assert whys == ["", "the mail server cannot be reached", "the mail server is busy", ""]
    assert {one.reference("email") for one in way.sent} == {f"{stream}.{way.sent[0].person}.email.1"}


async def test_S30_what_is_refused_for_good_has_failed_and_says_why(house: House):
    way = Way(NeverError("the mail server refused it (550 no such user)"))
    async with house.outbox(way):
        stream = await house.invite()
        await house.says(stream, ("failed", "the mail server refused it (550 no such user)"))
    assert len(way.sent) == 1


async def test_S30_without_a_mail_server_it_stays_queued_and_goes_out_when_there_is_one(house: House):
    async with house.outbox(None):
        stream = await house.invite()
        await house.says(stream, ("queued", "no mail server configured"))
    async with house.outbox(Way()):
        await house.says(stream, SENT)


async def test_without_a_mail_server_each_of_fifty_is_noted_once(house: House, monkeypatch: pytest.MonkeyPatch):
    """Each note changes the appointment: looked at for everyone, fifty people would cost more than a thousand notes."""
    noted = []
    execute = house.streams.execute

    async def count(stream: str, command: c.Command, *more: object, **named: object) -> Done:
        noted.append(type(command))
        return await execute(stream, command, *more, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(house.streams, "execute", count)
    async with house.outbox(None):
        stream = await house.invite(*(f"guest{n}" for n in range(50)))
        await house.says(stream, *[("queued", "no mail server configured")] * 50)
    assert noted == [c.Schedule, *[c.NoteDelivery] * 50]


async def test_S30_without_a_mail_server_a_revoked_link_has_failed(house: House):
    async with house.outbox(None):
        stream = await house.invite()
        await house.says(stream, ("queued", "no mail server configured"))
        await house.do(stream, c.ReplaceLink(person_id=await house.person(stream), revoke=True))
        await house.says(stream, ("failed", "the link was revoked"))


async def test_a_day_of_tries_ends_it(house: House):
    way = Way(LaterError("the mail server cannot be reached"))
    async with house.outbox(way, Patience(delays=(0.0, 0.0), hourly=10.0, give_up=5.0)):
        stream = await house.invite()
        await house.says(stream, ("failed", "the mail server cannot be reached; given up after a day of tries"))
    assert len(way.sent) == 3


def test_patience_is_short_at_first_then_hourly_for_a_day():
    pauses = Patience().pauses()
    assert [next(pauses) for _ in range(6)] == [*DELAYS, 3600.0, 3600.0]
    assert GIVE_UP_SECONDS == 24 * 3600


async def test_S30_a_resend_goes_out_again_under_another_number(house: House):
    way = Way()
    async with house.outbox(way):
        stream = await house.invite()
        await house.says(stream, SENT)
        await house.do(stream, c.SendInvitation(person_id=await house.person(stream)))
        await until(lambda: len(way.sent) == 2)
        await house.says(stream, SENT)
    assert [one.number for one in way.sent] == [1, 2]


@pytest.mark.parametrize(
    ("act", "why"), [("revoke", "the link was revoked"), ("cancel", "the appointment was cancelled")]
)
async def test_S30_what_waits_ends_at_once_when_its_link_does(house: House, act: str, why: str):
    way = Way(LaterError("busy"))
    async with house.outbox(way, SLOW):
        stream = await house.invite()
        await house.says(stream, ("queued", "busy"))
        revoke = c.ReplaceLink(person_id=await house.person(stream), revoke=True)
        await house.do(stream, revoke if act == "revoke" else c.Cancel())
        await house.says(stream, ("failed", why))
    assert len(way.sent) == 1


async def test_a_replaced_link_is_the_one_that_goes_out(house: House):
    way = Way()
    async with house.outbox(None):
        stream = await house.invite()
        person = await house.person(stream)
        await house.do(stream, c.ReplaceLink(person_id=person))
    async with house.outbox(way):
        await house.says(stream, SENT)
    assert way.sent[0].link.endswith(f"{person}2")


async def test_an_appointment_that_is_over_is_not_invited_to(house: House):
    way = Way()
    stream = await house.invite(at=house.now - timedelta(days=3))
    async with house.outbox(way):
        await house.says(stream, ("failed", "the appointment is over"))
    assert way.sent == []


async def test_many_go_out_a_few_at_a_time_and_each_once(house: House):
    way = Way()
    way.open.clear()
    async with house.outbox(way):
        stream = await house.invite(*(f"guest{n}" for n in range(12)))
        await until(lambda: way.now == AT_ONCE)
        way.open.set()
        await house.says(stream, *[SENT] * 12)
    assert way.most == AT_ONCE
    assert len({one.person for one in way.sent}) == len(way.sent) == 12


async def test_a_letter_that_cannot_be_written_harms_no_other(house: House, caplog: pytest.LogCaptureFixture):
    way = Way(ZeroDivisionError(), None)
    async with house.outbox(way):
        stream = await house.invite("ann", "bob")
        await house.says(stream, ("failed", "it could not be written; the service's log says why"), SENT)


async def test_a_service_that_ends_waits_a_moment_for_the_answer(house: House):
    way = Way()
    way.open.clear()
    async with house.outbox(way):
        stream = await house.invite()
        await until(lambda: way.sent)
        asyncio.get_running_loop().call_later(0.2, way.open.set)
    assert await house.deliveries(stream) == [SENT]
    assert house.journal.marks() == []


@pytest.mark.parametrize(("accepted", "said"), [(False, ("failed", DOUBT)), (True, SENT)])
async def test_S30_what_a_killed_service_had_in_its_hands_is_never_sent_twice(house: House, accepted, said):
    stream = await house.invite()
    key = Key(appointment=stream, person=await house.person(stream), channel="email", number=1)
    house.journal.begin(key)
    if accepted:
        house.journal.accept(key)
    way = Way()
    async with house.outbox(way):
        assert await house.deliveries(stream) == [said]
    assert way.sent == []
    assert house.journal.marks() == []


async def test_a_mark_that_the_log_knows_better_or_not_at_all_is_taken_away(house: House):
    async with house.outbox(Way()):
        stream = await house.invite()
        await house.says(stream, SENT)
    for key in (
        Key(appointment=stream, person=await house.person(stream), channel="email", number=1),
        Key(appointment="a-gone", person="p", channel="sms", number=1),
    ):
        house.journal.begin(key)
    async with house.outbox(Way()):
        assert await house.deliveries(stream) == [SENT]
    assert house.journal.marks() == []


async def test_nothing_is_handed_over_while_the_disk_takes_no_mark(house: House, tmp_path: Path):
    (tmp_path / "outbox").write_text("in the way")
    way = Way()
    async with house.outbox(way, SLOW):
        stream = await house.invite()
        await house.says(stream, ("queued", "the disk takes nothing"))
    assert way.sent == []


async def test_S30_an_acceptance_that_the_disk_does_not_take_is_told_when_it_does_and_not_sent_again(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    execute, full = house.streams.execute, True

    async def sometimes(stream, command, actor, command_id=""):
        if full and isinstance(command, c.NoteDelivery):
            raise ReadOnlyError("x", "the disk is full")
        return await execute(stream, command, actor, command_id)

    monkeypatch.setattr(house.streams, "execute", sometimes)
    monkeypatch.setattr("ecm_tui.service.insist.PAUSE_SECONDS", 0.02)
    way = Way()
    async with house.outbox(way):
        stream = await house.invite()
        await until(lambda: [mark.accepted for mark in house.journal.marks()] == [True])
        full = False
        await house.says(stream, SENT)
    assert len(way.sent) == 1


async def test_S30_what_is_queued_is_looked_up_until_the_database_can_be_read(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    stream = await house.invite()
    summaries, faults = house.streams.summaries, [ReadOnlyError("x", "the disk reports an error")] * 2

    async def sometimes(*asked):
        if faults:
            raise faults.pop()
        return await summaries(*asked)

    monkeypatch.setattr(house.streams, "summaries", sometimes)
    monkeypatch.setattr("ecm_tui.service.invitations.outbox.LOOK_AGAIN_SECONDS", 0.01)
    way = Way()
    async with house.outbox(way):
        await house.says(stream, SENT)
    assert faults == [] and len(way.sent) == 1
