"""The one place where errors of SQLite, SQLAlchemy and the file system become ours, each with its sentence."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from ecm_tui.errors import DamagedError, LockedError, ReadOnlyError, StoreError
from ecm_tui.service.disk import is_full

_FULL_DISK = "the disk is full"
_NO_RIGHT = "this user may not write there, or the file system is read-only"


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Foreign errors inside become `StoreError`s about the database at `path`."""
    try:
        yield
    except SQLAlchemyError as error:
        origin = error.orig if isinstance(error, DBAPIError) else None
        raise _from_sqlite(path, origin or error) from error
    except sqlite3.Error as error:
        raise _from_sqlite(path, error) from error
    except OSError as error:
        raise _from_system(path, error) from error


def _from_sqlite(path: Path, error: BaseException) -> StoreError:
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return LockedError(str(path))
        case sqlite3.SQLITE_FULL:
            return ReadOnlyError(str(path), _FULL_DISK)
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
            return ReadOnlyError(str(path), _NO_RIGHT)
        case sqlite3.SQLITE_IOERR:
            return ReadOnlyError(str(path), "the disk reports an error, or is full")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return DamagedError(str(path), "it is not a readable database")
        case _:
            return StoreError(f"{path} could not be used ({error}). Nothing was saved.")


def _from_system(path: Path, error: OSError) -> StoreError:
    path = Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else path
    if is_full(error):
        return ReadOnlyError(str(path), _FULL_DISK)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return ReadOnlyError(str(path), _NO_RIGHT)
    return StoreError(f"{path} cannot be opened: {error.strerror}. Choose another place with ECM_HOME.")
