"""A look at the database of a service that does not run: nothing is migrated, nothing is changed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from ecm_tui.errors import DamagedError, NewerDatabaseError
from ecm_tui.service.store.faults import translated
from ecm_tui.service.store.files import held
from ecm_tui.service.store.migrate import MIGRATIONS
from ecm_tui.service.store.tables import REVISION

NEWEST = REVISION
"""The revision that this version works with."""


def revision_of(path: Path) -> str:
    """The revision of a database that is sound as far as SQLite can tell.

    Raises `LockedError` while a service holds it, `NewerDatabaseError` and `DamagedError`.
    """
    with (
        translated(path),
        held(path),
        closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as database,
    ):
        if database.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise DamagedError(str(path), "parts of it contradict each other")
        names = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "alembic_version" not in names:
            raise DamagedError(str(path), "it is a database, but not one of ecm-tui")
        (revision,) = database.execute("SELECT version_num FROM alembic_version").fetchone() or ("",)
    if revision and not any(script.name.startswith(f"{revision}_") for script in (MIGRATIONS / "versions").iterdir()):
        raise NewerDatabaseError(str(path), revision)
    return str(revision)
