"""The line to the service: it breaks, it comes back, and the console shows the same truth again (U1)."""

from contextlib import asynccontextmanager
from pathlib import Path

from ecm_tui.core import commands as c
from ecm_tui.errors import UnreachableError
from tests.console.driving import Console, console
from tests.console.fake_service import FakeClock, FakeService
from tests.until import until


async def test_reconnecting_is_shown_in_words_and_goes_by_itself(seen: Console):
    seen.service.say_state("reconnecting", "The line to the clinic service was lost; trying again.")
    await seen.sees("Reconnecting to the service")
    await seen.sees("The line to the clinic service was lost")
    seen.service.say_state("connected")
    await seen.sees_no("Reconnecting to the service")
    await seen.sees("The service is back.")


async def test_a_dead_service_is_started_again_and_nothing_is_missed(seen: Console, appointment: str):
    seen.service.other(appointment, c.StartCall())
    await seen.open("Ann Lee")
    seen.service.dead = True
    seen.service.say_state("gone", "The clinic service does not answer.")
    await seen.sees("The service has stopped")
    seen.service.enter(appointment, "Bea Moreno")
    await seen.sees("Waiting (1)")
    assert seen.service.revived == 1
    assert seen.service.connections == 2
    session = seen.app.desk.session
    assert session is not None
    assert [record.seq for record in session.acts] == [record.seq for record in seen.service.logs[appointment]]


async def test_an_act_without_a_line_says_that_nothing_was_done(seen: Console, appointment: str):
    await seen.open("Ann Lee")
    seen.app.line._service = None
    await seen.press("f9")
    await seen.sees("Nothing was done; try again in a moment.")


async def test_a_service_that_cannot_be_started_is_said_and_tried_again(
    service: FakeService, clock: FakeClock, state: Path, appointment: str
):
    tries: list[int] = []

    async def revive() -> None:
        tries.append(len(tries))
        if len(tries) == 1:
            raise UnreachableError("The disk is full.")
        service.dead = False

    async with console(service, clock, state) as seen:
        seen.app.line._revive = revive
        service.dead = True
        service.say_state("gone", "It went.")
        await seen.sees("The disk is full.")
        await seen.holds(lambda: service.connections == 2)
        assert tries == [0, 1]


async def test_a_reason_longer_than_the_screen_is_wide_can_be_read_to_its_end(
    service: FakeService, clock: FakeClock, state: Path, appointment: str
):
    async with console(service, clock, state) as seen:
        seen.app.say("The database was written by a newer version of this program. " * 3 + "Update it here.", bad=True)
        await seen.sees("Update it here.")
        seen.app.say("Done.")
        await seen.sees("Done.")


async def test_a_console_that_only_looks_asks_for_nothing(
    service: FakeService, clock: FakeClock, state: Path, appointment: str
):
    async with console(service, clock, state, read_only=True) as seen:
        await seen.open("Ann Lee")
        await seen.press("enter")
        await seen.sees("opened to look only")
        assert service.sent == []


async def test_the_first_picture_is_painted_before_the_client_is_made(
    service: FakeService, clock: FakeClock, state: Path
):
    from ecm_tui.console.app import EcmApp
    from tests.console.driving import lines_of

    painted: list[str] = []

    @asynccontextmanager
    async def connect():
        painted.extend(lines_of(app.screen))
        async with service.connect() as client:
            yield client

    app = EcmApp(connect, state, clock=clock, timer=clock.timer)
    async with app.run_test(size=(80, 24)):
        await until(lambda: app.desk.ready)
    assert "Schedule" in "\n".join(painted)
    assert "Connecting to the clinic service" in "\n".join(painted)
