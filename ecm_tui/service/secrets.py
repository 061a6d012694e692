"""What opens doors: link tokens, page credentials, ids and keys. Stored as hashes or in private files only."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from ecm_tui.errors import ConfigError

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
        return self._made(f"{appointment}/{person}/{link}")

    def file_pass(self, visit: str) -> str:
        """What a participant's browser shows with each download, so that a link handed on opens nothing."""
        return self._made(f"files:{visit}")

    def _made(self, of: str) -> str:
        whole = hmac.new(self._key, of.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(whole[:LINK_BYTES]).rstrip(b"=").decode()

    def appointment(self, source: str) -> str:
        """The id of the appointment that lists know by that key: the same each time, and nothing to guess."""
        return "i" + hmac.new(self._key, f"source/{source}".encode(), hashlib.sha256).hexdigest()[:24]


def private_bytes(path: Path, make: Callable[[], bytes]) -> bytes:
    """The content of the private file `path`; where there is none, `make()` goes into a new one, mode 0600.

    The new one is on the disk before it has its name, so that no crash leaves half of it. Raises OSError; a link in the
    place of the file is refused.
    """
    try:
        return _read(path)
    except FileNotFoundError:
        content = make()
    beside = _beside(path, content)
    try:
        os.link(beside, path)
    except FileExistsError:
        return _read(path)  # another process was first
    finally:
        beside.unlink()
    return content


def write_private(path: Path, content: bytes) -> None:
    """Replace the private file `path` as a whole, mode 0600: a reader sees the old or the new one. Raises OSError."""
    beside = _beside(path, content)
    try:
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def _read(path: Path) -> bytes:
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as file:
        return file.read()


def _beside(path: Path, content: bytes) -> Path:
    """A new private file beside `path` that holds `content`, on the disk. Raises OSError; then nothing is left."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    return beside


def link_key(path: Path) -> LinkKey:
    """The clinic's link key, made at the first start. Raises OSError, or `ConfigError` for a file that is no key."""
    try:
        return LinkKey(private_bytes(path, lambda: secrets.token_bytes(KEY_BYTES)))
    except ValueError as error:
        wrong = (
            f"is not a whole key of {KEY_BYTES} bytes. Put it back from a backup; or remove it, and a new one is made: "
            "then every link that was sent out opens nothing any more, and invitations must be sent again."
        )
        raise ConfigError(str(path), "", wrong) from error
