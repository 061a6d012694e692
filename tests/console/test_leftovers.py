"""Drafts whose appointment was erased by the clinic's rule: read by their author, who says whether they go (S42)."""

from datetime import timedelta
from pathlib import Path

import pytest

from ecm_tui.console.drafts import Drafts, Text
from ecm_tui.core import commands as c
from ecm_tui.core.context import Rules
from ecm_tui.core.log import SERVICE
from tests.console.driving import console
from tests.console.fake_service import FakeClock, FakeService
from tests.console.test_notes import drafts

TITLE = "Unsent drafts of erased appointments"


def written(service: FakeService, state: Path, appointment: str, text: str) -> None:
    """A draft of a note that nobody sent."""
    draft = Drafts(state / "drafts", service.new_id).open("note", appointment, service.me.id)
    draft.keep(Text(id="n1", text=text))
    draft.close()


@pytest.fixture
def erased(service: FakeService, clock: FakeClock, state: Path) -> str:
    """An old appointment of which the clinic keeps nothing, and a draft that was not sent in time."""
    made = service.schedule("Old Patient")
    written(service, state, made, "half a thought")
    service.rules = Rules(keep_days=30)
    clock.at += timedelta(days=40)
    service.do(made, c.EraseContent(), SERVICE)
    assert service.streams[made].erased
    return made


async def test_its_author_reads_the_draft_and_removes_it(
    service: FakeService, clock: FakeClock, state: Path, erased: str
):
    async with console(service, clock, state) as seen:
        await seen.sees(TITLE)
        await seen.press("enter")
        await seen.sees("half a thought")
        await seen.press("escape")
        await seen.sees("can be sent no more")
        assert drafts(state) == ["half a thought"]
        await seen.press("right", "enter")
        await seen.sees("The drafts are removed from this computer.")
        assert drafts(state) == []


async def test_several_are_told_apart_and_can_be_read_in_a_small_terminal(
    service: FakeService, clock: FakeClock, state: Path, erased: str
):
    another = service.schedule("Another Patient")
    written(service, state, another, "\n".join(f"line {number}" for number in range(40)))
    clock.at += timedelta(days=40)
    service.do(another, c.EraseContent(), SERVICE)
    async with console(service, clock, state, (60, 20)) as seen:
        await seen.sees("2 drafts of yours were never sent")
        await seen.press("enter")
        await seen.sees("Draft 1 of 2, a private note:")
        await seen.sees("j and k move · y copies · Esc closes")


async def test_it_stays_until_its_author_lets_it_go_and_is_asked_about_at_each_start(
    service: FakeService, clock: FakeClock, state: Path, erased: str
):
    for _ in range(2):
        async with console(service, clock, state) as seen:
            await seen.sees(TITLE)
            await seen.press("escape")
            await seen.sees_no(TITLE)
        assert drafts(state) == ["half a thought"]


async def test_nobody_is_asked_about_what_can_still_be_sent_or_may_be_another_services(
    service: FakeService, clock: FakeClock, state: Path, appointment: str
):
    written(service, state, appointment, "mine")
    written(service, state, "of-another-service", "theirs")
    async with console(service, clock, state) as seen:
        await seen.holds(lambda: len(service.asked) >= 2, "both were asked about")
        await seen.settle()
        assert TITLE not in seen.text
    assert sorted(drafts(state)) == ["mine", "theirs"]
