"""A page's line to the service: a link traded for a credential, and a socket that comes back by itself.

The organiser's window and the simulated patients speak it alike. Messages are JSON objects with a `type`.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.typing import Origin

from ecm_tui.core import wire
from ecm_tui.core.text import clean

OPENING = 10.0
"""Seconds that one try to reach the service may take."""
TRIES = 20
"""Tries to trade the link while the service does not answer at all; the link is not used up by them."""
FIRST_WAIT, LONGEST_WAIT = 0.2, 5.0
"""Seconds between tries to connect again: the first, and what doubling leads to."""
LIVENESS = 5.0
"""Seconds between pings, and until a missing answer ends the connection."""
SENTENCE = 300
"""Longest sentence of the service that is shown."""

CLOSINGS: Mapping[int, tuple[str, str]] = {
    4401: ("link_not_valid", "This link is not valid any more. Open the window again from the console."),
    4409: ("open_elsewhere", "This link is open in another window."),
    4426: ("wrong_version", "The service speaks another version. Update the older of the two."),
}
"""Close codes that end the session for good: code and sentence."""

_LINK = re.compile(r"(?P<base>.*)/(?:view|join)/(?P<token>[A-Za-z0-9_-]{1,200})/?")


class SessionError(Exception):
    """The session cannot go on; `code` is stable, the text a sentence for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Link:
    """A link to a call, taken apart."""

    origin: str
    """`http://host:port`, as browsers send it."""
    base: str
    """Path before /view, mostly empty."""
    token: str

    @classmethod
    def parse(cls, link: str) -> Link:
        """Raises SessionError (`link_not_valid`)."""
        try:
            parts = urlsplit(link.strip())
            port = parts.port
        except ValueError:
            parts, port = urlsplit(""), None
        found = _LINK.fullmatch(parts.path)
        if parts.scheme not in ("http", "https") or not parts.hostname or not found or parts.username is not None:
            raise SessionError(
                "link_not_valid", "This is not a link to a call. It looks like https://clinic.example/view/…"
            )
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        shown = "" if port is None or port == {"http": 80, "https": 443}[parts.scheme] else f":{port}"
        return cls(f"{parts.scheme}://{host}{shown}", found["base"], found["token"])

    @property
    def socket(self) -> str:
        """Address of the session's WebSocket."""
        return f"ws{self.origin.removeprefix('http')}{self.base}/api/v1/session"

    @property
    def local(self) -> bool:
        """Whether the service is on this computer: no proxy stands between."""
        host = urlsplit(self.origin).hostname or ""
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link was traded for."""

    credential: str
    view: dict[str, Any]
    """The page's first view."""


async def trade(link: Link) -> Opened:
    """Trade the link for a credential. Raises SessionError: `link_not_valid`, `unreachable`, what the service says."""
    # Reading the certificates that are believed takes longer than all the rest, and http asks for none.
    secure = link.origin.startswith("https:")
    async with httpx.AsyncClient(timeout=OPENING, trust_env=not link.local, verify=secure) as client:
        for left in reversed(range(TRIES)):
            try:
                answer = await client.post(
                    f"{link.origin}{link.base}/api/v1/open",
                    json={"token": link.token, "version": wire.VERSION},
                    headers={"Origin": link.origin},
                )
                break
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                if not left:
                    raise SessionError("unreachable", f"The service at {link.origin} does not answer.") from error
                await asyncio.sleep(FIRST_WAIT)
            except httpx.HTTPError as error:
                raise SessionError("unreachable", f"The service at {link.origin} broke off: {error}") from error
    try:
        body = answer.json()
    except ValueError:
        body = None
    if answer.status_code == 200 and isinstance(body, dict) and isinstance(body.get("credential"), str):
        view = body.get("view")
        return Opened(body["credential"], view if isinstance(view, dict) else {})
    raise _refused(answer.status_code, body)


def _refused(status: int, body: object) -> SessionError:
    if isinstance(body, dict) and isinstance(body.get("code"), str):
        return SessionError(clean(body["code"], 64), clean(str(body.get("message", "")), SENTENCE))
    return SessionError("unreachable", f"What answers there is not a clinic service (status {status}).")


class Session:
    """The socket of one page. One task reads `messages`; any may `send`."""

    def __init__(self, link: Link, credential: str) -> None:
        self._link = link
        self._credential = credential
        self._socket: ClientConnection | None = None

    @property
    def online(self) -> bool:
        """Whether the socket stands."""
        return self._socket is not None

    async def send(self, message: Mapping[str, Any]) -> bool:
        """Send one message; False when the line is down and the message is lost."""
        if self._socket is None:
            return False
        try:
            await self._socket.send(wire.dump(message))
        except ConnectionClosed:
            return False
        return True

    async def messages(self) -> AsyncGenerator[dict[str, Any], None]:
        """What the service says, and `{"type": "online"}` and `{"type": "offline"}` of our own, over any number of
        connections. Ends after `over`. Raises SessionError when the service will not have us any more.
        """
        wait = FIRST_WAIT
        while True:
            try:
                async with self._connect() as socket:
                    await socket.send(
                        wire.dump({"type": "hello", "version": wire.VERSION, "credential": self._credential})
                    )
                    self._socket = socket
                    yield {"type": "online"}
                    async for text in socket:
                        wait = FIRST_WAIT
                        message = _read(text)
                        yield message
                        if message["type"] == "over":
                            return
                closed = socket.close_code
            except ConnectionClosed as error:
                closed = error.rcvd.code if error.rcvd else None
            except InvalidURI as error:
                raise SessionError("link_not_valid", "This is not a link to a call.") from error
            except (OSError, InvalidHandshake, TimeoutError):
                closed = None
            finally:
                self._socket = None
            if closed is not None and closed in CLOSINGS:
                raise SessionError(*CLOSINGS[closed])
            yield {"type": "offline"}
            await asyncio.sleep(wait)
            wait = min(LONGEST_WAIT, wait * 2)

    def _connect(self) -> connect:
        return connect(
            self._link.socket,
            origin=Origin(self._link.origin),
            open_timeout=OPENING,
            ping_interval=LIVENESS,
            ping_timeout=LIVENESS,
            max_size=wire.MOST_BYTES,
            proxy=None if self._link.local else True,
            user_agent_header=None,
        )


def _read(text: str | bytes) -> dict[str, Any]:
    """A message; what is none becomes one that nobody handles, for the service is not worth a crash of the window."""
    try:
        return wire.parse(text)
    except wire.WireError:
        return {"type": ""}
