"""Finding the service never holds anything up."""

import asyncio
import threading

import pytest

from ecm_tui.cli.reach import aside
from ecm_tui.errors import UnreachableError


async def test_what_blocks_runs_aside_and_its_answer_or_error_comes_back():
    assert await aside(lambda: 7) == 7

    def fails() -> None:
        raise UnreachableError("No service.")

    with pytest.raises(UnreachableError, match="No service"):
        await aside(fails)


def test_the_end_of_the_program_does_not_wait_for_what_still_blocks():
    release = threading.Event()

    async def job() -> None:
        waiting = asyncio.create_task(aside(release.wait))
        await asyncio.sleep(0)
        waiting.cancel()

    asyncio.run(asyncio.wait_for(job(), 5))
    assert any(thread.name == "find the service" and thread.daemon for thread in threading.enumerate())
    release.set()
