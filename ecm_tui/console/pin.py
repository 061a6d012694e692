"""The PIN that unlocks the console: kept as a salted scrypt hash in a file that only its owner reads."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from ecm_tui.errors import ConfigError

COST, BLOCKS, LANES = 2**15, 8, 1
"""scrypt's n, r and p: 32 MiB and about a tenth of a second for each try."""

SHORTEST = 4
"""Characters of a PIN at least."""


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


def _digest(typed: str, salt: bytes) -> bytes:
    most = 2 * 128 * COST * BLOCKS
    return hashlib.scrypt(typed.encode(errors="replace"), salt=salt, n=COST, r=BLOCKS, p=LANES, maxmem=most, dklen=32)
