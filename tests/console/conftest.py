"""A clinic with one appointment, and its console; time stands still unless a test moves it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.console.driving import Console, console
from tests.console.fake_service import FakeClock, FakeService


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def service(clock: FakeClock) -> FakeService:
    return FakeService(clock=clock)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state directory of someone who has seen the introduction."""
    (tmp_path / "introduced").touch()
    return tmp_path


@pytest.fixture
def appointment(service: FakeService) -> str:
    return service.schedule("Ann Lee", "Bea Moreno|Daughter", "Omar Haddad|Interpreter", patient_id="4718")


@pytest.fixture
async def seen(service: FakeService, clock: FakeClock, state: Path, appointment: str) -> AsyncIterator[Console]:
    """The console at 80x24, with Ann Lee's appointment on the Schedule."""
    async with console(service, clock, state) as made:
        yield made
