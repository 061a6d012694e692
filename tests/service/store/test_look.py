"""A look at a database that no service has open."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ecm_tui.errors import DamagedError, LockedError, NewerDatabaseError
from ecm_tui.service.store import open_store
from ecm_tui.service.store.files import held
from ecm_tui.service.store.look import NEWEST, revision_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "clinic ?#.sqlite"

    async def make() -> None:
        async with open_store(made):
            pass

    asyncio.run(make())
    return made


def change(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute(statement)
        database.commit()


def test_the_revision_is_told_and_nothing_is_migrated(path: Path):
    assert revision_of(path) == NEWEST
    change(path, "UPDATE alembic_version SET version_num = '0001'")
    assert revision_of(path) == "0001"


def test_a_newer_a_strange_and_a_damaged_one_are_told_apart(path: Path):
    change(path, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NewerDatabaseError):
        revision_of(path)
    change(path, "DROP TABLE alembic_version")
    with pytest.raises(DamagedError, match="not one of ecm-tui"):
        revision_of(path)
    with path.open("r+b") as file:
        file.seek(2_000)
        file.write(b"\xff" * 20_000)
    with pytest.raises(DamagedError):
        revision_of(path)


def test_one_that_a_service_holds_is_left_alone(path: Path):
    with held(path), pytest.raises(LockedError):
        revision_of(path)
