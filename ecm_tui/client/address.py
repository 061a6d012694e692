"""Where a clinic's service is found: a unix socket on this computer, or a URL with a token elsewhere. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""Hosts for which nothing leaves this computer."""

LIVE = "/api/v1/live"
"""The path of the organisers' socket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One service. Exactly one of `socket` and `url` is given."""

    socket: Path | None = None
    """The service's unix socket; who connects is known by their user id there, or by `token`."""
    url: str = ""
    """`http://host:port` or `https://host`."""
    token: str = field(default="", repr=False)
    """Who connects; with a socket it may be empty."""

    def __post_init__(self) -> None:
        if (self.socket is None) == (not self.url):
            raise ValueError("an address is a socket or a URL")
        if self.url:
            _check(self.url)

    @property
    def live(self) -> str:
        """The WebSocket URI of the organisers' socket."""
        if self.socket is not None:
            return f"ws://service{LIVE}"
        parts = urlsplit(self.url)
        scheme = "wss" if parts.scheme == "https" else "ws"
        return f"{scheme}://{parts.netloc}{parts.path.rstrip('/')}{LIVE}"

    @property
    def here(self) -> bool:
        """Whether the service runs on this computer, as far as its address tells."""
        return self.socket is not None or urlsplit(self.url).hostname in LOOPBACK

    def __str__(self) -> str:
        return self.url or str(self.socket)


def _check(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("a service's URL begins with https:// or http:// and a host")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("a service's URL holds no user, password, query or fragment")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError("a service on another computer is reached by https:// only, so that nobody reads along")
