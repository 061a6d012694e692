"""What opens doors: link tokens, page credentials, ids and keys. Stored as hashes or in private files only."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from pathlib import Path

KEY_BYTES = 32
LINK_BYTES = 20
"""160 bits: unguessable, and short enough for a QR code and an SMS."""


def new_credential() -> str:
    """A page's credential: 256 random bits."""
    return secrets.token_urlsafe(32)


def new_id(prefix: str = "") -> str:
    """An id that says nothing: 96 random bits after the prefix."""
    return prefix + secrets.token_hex(12)


class LinkKey:
    """Makes join links from who they are for, so that a link can be shown again without being stored."""

    def __init__(self, key: bytes) -> None:
        if len(key) < KEY_BYTES:
            raise ValueError(f"a link key has {KEY_BYTES} bytes")
        self._key = key

    def token(self, appointment: str, person: str, link: int) -> str:
        """The token of the person's link of that number: 27 characters of URL-safe base64."""
        whole = hmac.new(self._key, f"{appointment}/{person}/{link}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(whole[:LINK_BYTES]).rstrip(b"=").decode()


def private_bytes(path: Path, make: Callable[[], bytes]) -> bytes:
    """The content of the private file `path`; where there is none, `make()` goes into a new one, mode 0600.

    Raises OSError; a link in the place of the file is refused.
    """
    flags = os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | flags, 0o600)
    except FileExistsError:
        with open(os.open(path, os.O_RDONLY | flags), "rb") as file:
            return file.read()
    with open(descriptor, "wb") as file:
        content = make()
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return content


def write_private(path: Path, content: bytes) -> None:
    """Replace the private file `path` as a whole, mode 0600: a reader sees the old or the new one. Raises OSError."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as file:
        file.write(content)
    beside.replace(path)


def link_key(path: Path) -> LinkKey:
    """The clinic's link key, made at the first start. Raises OSError, or ValueError for a file that is no key."""
    return LinkKey(private_bytes(path, lambda: secrets.token_bytes(KEY_BYTES)))
