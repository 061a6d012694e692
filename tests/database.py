"""A clinic's database as its first start leaves it: made once a process by our own migrations, then copied.

Migrating costs each first start some tenths of a second, most of it alembic's import. That a home without a database
gets one is proven by the tests of the store, of its migrations and of the ways to install.
"""

from __future__ import annotations

import functools
import os
import tempfile
from pathlib import Path

from sqlalchemy import create_engine

from ecm_tui.service.store.migrate import migrated


@functools.cache
def _made() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clinic.sqlite"
        engine = create_engine(f"sqlite:///{path}")
        with engine.connect() as connection:
            migrated(connection, path)
        engine.dispose()
        return path.read_bytes()


def begun(path: Path) -> None:
    """An empty database stands at `path`, unless one is there, or a killed restore waits for the next start."""
    if path.exists() or any(path.parent.parent.glob("*.ready")):
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(_made())
