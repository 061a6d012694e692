"""Credentials for the relay, made from its shared secret: they expire, and nobody who waits gets one."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

LIFETIME = 12 * 3600
"""Seconds that a relay credential is valid: longer than any call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """The relay's addresses and secret; without addresses there is none."""

    urls: tuple[str, ...]
    secret: str
    clock: Callable[[], datetime]

    def servers(self, peer: str) -> list[dict[str, Any]]:
        """The list of ICE servers for one peer (draft-uberti-behave-turn-rest)."""
        if not self.urls:
            return []
        name = f"{int(self.clock().timestamp()) + LIFETIME}:{peer}"
        digest = hmac.new(self.secret.encode(), name.encode(), hashlib.sha1).digest()
        return [{"urls": list(self.urls), "username": name, "credential": base64.b64encode(digest).decode()}]
