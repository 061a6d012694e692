"""Databases of earlier versions become today's, after a copy was put beside them; those of later ones are refused."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from ecm_tui.errors import DamagedError, NewerDatabaseError
from ecm_tui.service.store.files import copied
from ecm_tui.service.store.tables import REVISION

MIGRATIONS = Path(__file__).parent / "migrations"


def migrated(writer: Connection, path: Path, newest: str = REVISION, scripts: Path = MIGRATIONS) -> None:
    """Bring the database behind `writer` to the revision `newest`, all of it or nothing. Blocks.

    Raises `NewerDatabaseError` for a revision that `scripts` do not know, `DamagedError` for a stranger's database.
    """
    with writer.begin():
        revision = _revision(writer, path)
    if revision == newest:
        return
    _refuse_newer(path, revision, scripts)
    if revision:
        copied(path, revision)
    with writer.begin():
        _upgrade(writer, newest, scripts)


def _revision(connection: Connection, path: Path) -> str:
    """The revision of the database; empty for a new one."""
    names = inspect(connection).get_table_names()
    if not names:
        return ""
    if "alembic_version" not in names:
        raise DamagedError(str(path), "it is a database, but not one of ecm-tui")
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")


def _refuse_newer(path: Path, revision: str, scripts: Path) -> None:
    # Alembic takes a tenth of a second to import and most starts migrate nothing.
    from alembic.script import ScriptDirectory

    known = {script.revision for script in ScriptDirectory(str(scripts)).walk_revisions()}
    if revision and revision not in known:
        raise NewerDatabaseError(str(path), revision)


def _upgrade(connection: Connection, newest: str, scripts: Path) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    command.upgrade(config, newest)
