"""The one seam to the network: texts to and from one service. `WebSocketTransport` is real, tests bring a fake."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from ecm_tui.client.address import Address
from ecm_tui.core import wire
from ecm_tui.errors import EcmError, RefusedError, UnreachableError, WrongVersionError

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

CONNECT_SECONDS = 10
"""How long a service may take to shake hands before it counts as not reachable."""

BEAT_SECONDS = 10
"""A line without an answer for this long is dead; a service that merely works is never this slow."""

NOT_ALLOWED = 4401
WRONG_VERSION = 4426
"""Close codes by which the service turns us away for good."""

FOR_GOOD = (RefusedError, WrongVersionError)
"""Errors after which no further try can help."""


class LineLostError(Exception):
    """The line broke, or the service closed it; connecting again may help. Never leaves this room."""


class Transport(Protocol):
    """One line to one service, used for one connection."""

    async def connect(self) -> None:
        """Open the line. Raises `UnreachableError`, or one of `FOR_GOOD`."""

    async def send(self, text: str) -> None:
        """Send one message. Raises `LineLostError`."""

    async def receive(self) -> str:
        """The next message. Raises `LineLostError`, or one of `FOR_GOOD` where the service turned us away."""

    async def close(self) -> None:
        """Close the line; closing twice does nothing."""


OpenTransport = Callable[[Address], Transport]


class WebSocketTransport:
    """A WebSocket to `/api/v1/live`, on a unix socket or over TCP with a token."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._line: ClientConnection | None = None

    async def connect(self) -> None:
        """Open the line. Raises `UnreachableError`, or one of `FOR_GOOD`."""
        from websockets.exceptions import InvalidStatus, WebSocketException

        try:
            self._line = await self._open()
        except InvalidStatus as error:
            raise _turned_away(self._address, error.response.status_code) from error
        except ssl.SSLCertVerificationError as error:
            message = f"The certificate of {self._address} is not valid: {error.verify_message}."
            raise RefusedError(message, "bad_certificate") from error
        except (OSError, TimeoutError, WebSocketException) as error:
            raise UnreachableError(f"The clinic service at {self._address} does not answer.") from error

    async def _open(self) -> ClientConnection:
        from websockets.asyncio.client import connect, unix_connect

        options: dict[str, Any] = {
            "max_size": wire.MOST_BYTES,
            "open_timeout": CONNECT_SECONDS,
            "ping_interval": BEAT_SECONDS,
            "ping_timeout": BEAT_SECONDS,
            "close_timeout": 1,
        }
        if self._address.token:
            options["additional_headers"] = {"Authorization": f"Bearer {self._address.token}"}
        if self._address.socket is not None:
            return await unix_connect(str(self._address.socket), self._address.live, compression=None, **options)
        if self._address.here:
            options["proxy"] = None
        return await connect(self._address.live, **options)

    async def send(self, text: str) -> None:
        """Send one message. Raises `LineLostError`."""
        from websockets.exceptions import ConnectionClosed

        if self._line is None:
            raise LineLostError("the line is not open")
        try:
            await self._line.send(text)
        except ConnectionClosed as error:
            raise LineLostError(str(error)) from error

    async def receive(self) -> str:
        """The next message. Raises `LineLostError`, or one of `FOR_GOOD`."""
        from websockets.exceptions import ConnectionClosed

        if self._line is None:
            raise LineLostError("the line is not open")
        try:
            return await self._line.recv(decode=True)
        except ConnectionClosed as error:
            raise _closed(error.rcvd.code if error.rcvd else 0, str(error)) from error
        except UnicodeDecodeError as error:
            raise LineLostError("the service sent what is not text") from error

    async def close(self) -> None:
        """Close the line; closing twice does nothing."""
        line, self._line = self._line, None
        if line is not None:
            await line.close()


def _not_allowed() -> RefusedError:
    return RefusedError("The service does not know you: ask whoever runs it for a token of your own.", "not_allowed")


def _wrong_version() -> WrongVersionError:
    return WrongVersionError("The service speaks another version than this program. Update the older of the two.")


def _closed(code: int, text: str) -> EcmError | LineLostError:
    if code == NOT_ALLOWED:
        return _not_allowed()
    return _wrong_version() if code == WRONG_VERSION else LineLostError(text)


def _turned_away(address: Address, status: int) -> EcmError:
    if status in (401, 403):
        return _not_allowed()
    if status == 426:
        return _wrong_version()
    if status == 429:
        wait = "Too many wrong tokens came from this computer's network. Wait a minute, then try again."
        return UnreachableError(wait, "too_many_tries")
    if status >= 500:
        return UnreachableError(f"The clinic service at {address} does not accept anyone right now. Try again shortly.")
    return UnreachableError(f"What answers at {address} is not a clinic service. Check the address.")
