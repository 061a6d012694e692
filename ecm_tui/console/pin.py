"""The PIN that unlocks the console: kept as a salted scrypt hash in a file that only its owner reads."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ecm_tui.errors import ConfigError

COST, BLOCKS, LANES = 2**15, 8, 1
"""scrypt's n, r and p: 32 MiB and about a tenth of a second for each try."""

SHORTEST = 4
"""Characters of a PIN at least."""

SLOWER = 30.0
"""Seconds between tries at most; each wrong one doubles the wait."""


@dataclass(frozen=True, slots=True)
class Pin:
    """What is kept of one."""

    salt: bytes
    digest: bytes

    def fits(self, typed: str) -> bool:
        """Whether this was typed. Takes a while on purpose."""
        return hmac.compare_digest(_digest(typed, self.salt), self.digest)


def made(typed: str) -> Pin:
    """A PIN to keep. Raises ValueError with a sentence for one that is too short."""
    if len(typed) < SHORTEST:
        raise ValueError(f"A PIN has at least {SHORTEST} characters.")
    salt = secrets.token_bytes(16)
    return Pin(salt, _digest(typed, salt))


def save(path: Path, pin: Pin) -> None:
    """Keep it, 0600, in place of the one before. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    with open(os.open(beside, flags, 0o600), "w", encoding="ascii") as file:
        json.dump({"salt": pin.salt.hex(), "scrypt": pin.digest.hex()}, file)
    beside.replace(path)


def load(path: Path) -> Pin | None:
    """The PIN that is kept; None when none is. Raises ConfigError for a file that cannot be read: it stays locked."""
    try:
        kept = json.loads(path.read_text(encoding="ascii"))
        return Pin(bytes.fromhex(kept["salt"]), bytes.fromhex(kept["scrypt"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            str(path), "", "holds no PIN that can be read. `ecm-tui lock set` makes a new one."
        ) from error


class Keyhole:
    """What unlocks one console: the PIN in a file, or anything that is typed where there is none."""

    def __init__(self, file: Path | None, timer: Callable[[], float]) -> None:
        """`timer` gives seconds of a monotonic clock."""
        self._file = file
        self._timer = timer
        self._wrong = 0
        self._not_before = float("-inf")

    @property
    def has_pin(self) -> bool:
        """Whether a PIN unlocks; also where its file cannot be read, so that breaking the file opens nothing."""
        try:
            return self._pin() is not None
        except ConfigError:
            return True

    async def why_not(self, typed: str) -> str:
        """Why what was typed unlocks nothing; empty when it does. Takes a while on purpose."""
        wait = self._not_before - self._timer()
        if wait > 0:
            return f"Too soon after a wrong PIN: wait {wait:.0f} s and type it again."
        self._not_before = self._timer() + 1
        if await asyncio.to_thread(self._fits, typed):
            self._wrong, self._not_before = 0, float("-inf")
            return ""
        self._wrong += 1
        self._not_before = self._timer() + min(SLOWER, 2.0 ** (self._wrong - 1))
        return "That is not the PIN."

    def _fits(self, typed: str) -> bool:
        try:
            pin = self._pin()
        except ConfigError:
            return False
        return pin is None or pin.fits(typed)

    def _pin(self) -> Pin | None:
        return load(self._file) if self._file else None


def _digest(typed: str, salt: bytes) -> bytes:
    most = 2 * 128 * COST * BLOCKS
    return hashlib.scrypt(typed.encode(errors="replace"), salt=salt, n=COST, r=BLOCKS, p=LANES, maxmem=most, dklen=32)
