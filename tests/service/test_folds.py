"""Appointments at hand: as many as agreed, and never an old one."""

import asyncio
from pathlib import Path

import pytest

from ecm_tui.core import commands as c
from ecm_tui.service import folds
from ecm_tui.service.folds import Folds
from ecm_tui.service.store import Page, Store
from tests.service.store.builders import LEE, clinic, known, scheduled
from tests.until import until


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "clinic.sqlite"


class Watched:
    """A store that counts its reads, and can be made to dawdle after one."""

    def __init__(self, store: Store) -> None:
        self.path = store.path
        self.reads: list[str] = []
        self.go_on = asyncio.Event()
        self.go_on.set()
        self._store = store

    async def read(self, stream: str, after: int, limit: int) -> Page:
        self.reads.append(stream)
        page = await self._store.read(stream, after, limit)
        await self.go_on.wait()
        return page


async def test_only_so_many_appointments_are_kept_and_the_least_used_go_first(path):
    async with clinic(path) as streams:
        ids = [(await scheduled(streams))[0] for _ in range(4)]
        store = Watched(streams.store)
        kept = Folds(store, most=3)  # type: ignore[arg-type]  # all that folding asks of a store
        for stream in [*ids[:3], ids[0], ids[3], ids[0], ids[2], ids[1]]:
            assert (await kept.appointment(stream)).state == await streams.appointment(stream)
        assert store.reads == [*ids[:3], ids[3], ids[1]]


async def test_a_long_stream_is_read_in_pages_to_the_same_state(path, monkeypatch):
    async with clinic(path) as streams:
        stream, _ = await scheduled(streams, *(f"Guest {n}" for n in range(20)))
        monkeypatch.setattr(folds, "PAGE", 7)
        for page in (7, 1, (await known(streams, stream)).seq):
            monkeypatch.setattr(folds, "PAGE", page)
            found = await Folds(streams.store).appointment(stream)
            assert (found.state, found.head) == (await known(streams, stream), await streams.store.head(stream))


async def test_what_was_loaded_while_it_changed_is_not_kept(path):
    async with clinic(path) as streams:
        stream, _ = await scheduled(streams)
        store = Watched(streams.store)
        kept = Folds(store)  # type: ignore[arg-type]  # all that folding asks of a store
        store.go_on.clear()
        loading = asyncio.create_task(kept.appointment(stream))
        await until(lambda: store.reads)
        done = await streams.execute(stream, c.StartCall(), LEE)
        kept.put(await streams._folds.appointment(stream))
        store.go_on.set()
        assert (await loading).state.seq < done.seq
        assert (await kept.appointment(stream)).state.seq == done.seq


async def test_an_unknown_appointment_takes_no_room(path):
    async with clinic(path) as streams:
        stream, _ = await scheduled(streams)
        kept = Folds(streams.store, most=1)
        await kept.appointment(stream)
        for n in range(10):
            assert not (await kept.appointment(f"a-nobody-{n}")).state.exists
        assert list(kept._kept) == [stream]
