"""What the bridge is told when it starts: one line of JSON on its standard input, so that no secret is in argv."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import json
from dataclasses import dataclass
from typing import Any

VERSION = 2
"""The wire version; equal to `ecm_tui.core.wire.VERSION`, or the service refuses the bridge."""

TURN_LIFETIME = 12 * 3600
"""Seconds that a relay credential is valid: longer than any call."""


class ConfigError(ValueError):
    """The configuration line cannot be used; the message says which field and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A relay server with REST credentials (draft-uberti-behave-turn-rest)."""

    urls: tuple[str, ...]
    """turn: or turns: addresses; the first usable one is taken."""
    secret: str
    """Shared with the server; never leaves this process."""

    def credentials(self, now: float) -> tuple[str, str]:
        """User name and password for one connection; `now` in seconds since 1970."""
        name = f"{int(now) + TURN_LIFETIME}:bridge"
        digest = hmac.new(self.secret.encode(), name.encode(), hashlib.sha1).digest()
        return name, base64.b64encode(digest).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything that can be set from outside."""

    socket: str = ""
    """The service's unix socket."""
    token: str = ""
    """The bridge's own token at that socket."""
    address: str | None = None
    """The address under which browsers reach this host, where it is not one of its own."""
    ports: tuple[int, int] | None = None
    """UDP ports for media, both ends included; None = any."""
    turn: Turn | None = None

    @classmethod
    def parse(cls, line: str) -> Config:
        """Read the line; raises ConfigError in words."""
        try:
            fields = json.loads(line)
        except ValueError as error:
            raise ConfigError("the configuration line is not JSON") from error
        if not isinstance(fields, dict):
            raise ConfigError("the configuration line is not a JSON object")
        if fields.get("version") != VERSION:
            raise ConfigError(
                f"version: the service speaks {fields.get('version')!r}, this bridge {VERSION}; update the older one"
            )
        return cls(
            socket=_text(fields, "socket"),
            token=_text(fields, "token"),
            address=_address(fields.get("address")),
            ports=_ports(fields.get("ports")),
            turn=turn_of(fields.get("turn")),
        )


def _text(fields: dict[str, Any], key: str) -> str:
    value = fields.get(key)
    if not isinstance(value, str) or not value:
        raise ConfigError(f"{key}: a text is needed")
    return value


def _address(value: Any) -> str | None:
    if value is None:
        return None
    try:
        return str(ipaddress.ip_address(value))
    except ValueError as error:
        raise ConfigError(f"address: {value!r} is not an IP address") from error


def _ports(value: Any) -> tuple[int, int] | None:
    if value is None:
        return None
    match value:
        case [int(low), int(high)] if 1024 <= low <= high <= 65535:
            return low, high
    raise ConfigError(f"ports: {value!r} is not [lowest, highest] within 1024..65535")


def turn_of(value: Any) -> Turn | None:
    """The relay that a configuration names, None for none. Raises ConfigError."""
    if value is None:
        return None
    match value:
        case {"urls": [*urls], "secret": str(secret)} if urls and all(isinstance(url, str) for url in urls):
            return Turn(urls=tuple(urls), secret=secret)
    raise ConfigError("turn: urls (a list of texts) and secret are needed")
