"""Yesterday's databases become today's after a copy; tomorrow's are left untouched."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from ecm_tui.errors import NewerDatabaseError
from ecm_tui.service.store import files, open_store, sqlite
from ecm_tui.service.store.migrate import MIGRATIONS, migrated
from ecm_tui.service.store.tables import REVISION, metadata
from tests.service.store.builders import clinic, known, scheduled

SECOND = """
import sqlalchemy as sa
from alembic import op
revision = "9999"
down_revision = "{before}"
def upgrade():
    op.create_table("rooms", sa.Column("name", sa.Text, primary_key=True))
    {then}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "clinic.sqlite"


def with_a_later_one(directory: Path, then: str = "pass") -> Path:
    """Scripts of a version that knows one migration more."""
    scripts = directory / "migrations"
    (scripts / "versions").mkdir(parents=True)
    for script in ("env.py", *(f"versions/{each.name}" for each in (MIGRATIONS / "versions").glob("*.py"))):
        (scripts / script).write_text((MIGRATIONS / script).read_text())
    (scripts / "versions" / "9999_rooms.py").write_text(SECOND.format(before=REVISION, then=then))
    return scripts


def upgraded(path: Path, scripts: Path) -> None:
    with files.held(path), sqlite._writer(path) as writer:
        migrated(writer, path, "9999", scripts)


def names(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as database:
        return {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_the_newest_migration_is_the_one_that_the_store_expects():
    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [REVISION]


async def test_the_migrations_make_exactly_the_tables_that_the_statements_use(path):
    async with open_store(path) as store:

        def differences(connection):
            return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)

        assert await store._write(differences) == []


async def test_an_older_database_is_copied_and_then_migrated(path, tmp_path):
    async with clinic(path) as streams:
        stream, _ = await scheduled(streams)
    upgraded(path, with_a_later_one(tmp_path))
    copy = path.with_name(f"clinic.sqlite.{REVISION}.backup")
    assert "rooms" in names(path) and "rooms" not in names(copy)
    assert copy.stat().st_mode & 0o777 == 0o600
    async with clinic(copy, word="again") as streams:
        assert (await known(streams, stream)).patient == "Ann"


async def test_a_migration_that_fails_leaves_the_database_as_it_was(path, tmp_path):
    async with clinic(path) as streams:
        stream, _ = await scheduled(streams)
    with pytest.raises(ZeroDivisionError):
        upgraded(path, with_a_later_one(tmp_path, then="1 / 0"))
    async with clinic(path, word="again") as streams:
        assert (await known(streams, stream)).patient == "Ann"
    assert "rooms" not in names(path)


async def test_a_newer_database_is_refused_in_words_and_left_untouched(path, tmp_path):
    async with clinic(path) as streams:
        await scheduled(streams)
    upgraded(path, with_a_later_one(tmp_path))
    before = path.read_bytes()
    with pytest.raises(NewerDatabaseError, match="newer version of ecm-tui"):
        async with open_store(path):
            pass
    assert path.read_bytes() == before
