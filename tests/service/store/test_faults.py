"""Every foreign error becomes one of ours, with a sentence."""

import errno
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError, ResourceClosedError

from ecm_tui.errors import DamagedError, LockedError, ReadOnlyError, StoreError
from ecm_tui.service.store.faults import translated

HERE = Path("/data/clinic.sqlite")


def of_sqlite(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("as SQLite says it")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "ours"),
    [
        (of_sqlite(sqlite3.SQLITE_BUSY_SNAPSHOT), LockedError),
        (of_sqlite(sqlite3.SQLITE_FULL), ReadOnlyError),
        (of_sqlite(sqlite3.SQLITE_IOERR_WRITE), ReadOnlyError),
        (of_sqlite(sqlite3.SQLITE_READONLY_DBMOVED), ReadOnlyError),
        (of_sqlite(sqlite3.SQLITE_CANTOPEN), ReadOnlyError),
        (of_sqlite(sqlite3.SQLITE_CORRUPT_INDEX), DamagedError),
        (of_sqlite(sqlite3.SQLITE_ERROR), StoreError),
        (OSError(errno.ENOSPC, "No space left on device"), ReadOnlyError),
        (OSError(errno.EROFS, "Read-only file system"), ReadOnlyError),
        (OSError(errno.ELOOP, "Too many symbolic links"), StoreError),
        (ResourceClosedError("closed"), StoreError),
    ],
)
def test_a_foreign_error_becomes_ours_and_names_the_database(error, ours):
    wrapped = OperationalError("INSERT", {}, error) if isinstance(error, sqlite3.Error) else error
    for each in (error, wrapped):
        with pytest.raises(StoreError) as raised, translated(HERE):
            raise each
        assert type(raised.value) is ours and str(HERE) in str(raised.value)
        assert raised.value.__cause__ is each


def test_other_errors_pass():
    with pytest.raises(KeyError), translated(HERE):
        raise KeyError
