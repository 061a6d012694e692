"""What stills and shared files have in common on the disk: what lasts, and why nothing was kept, in words."""

from __future__ import annotations

import errno
import os
from pathlib import Path

NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
"""How a file of ours comes into being: never over another, never through a link."""


def synced(path: Path) -> None:
    """A file's content, or a folder's names, survive a crash from here on. Blocks. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def is_full(error: OSError) -> bool:
    """Whether the disk, the user's share of it, or the largest file it takes is used up."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
