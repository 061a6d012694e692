"""What every answer carries, and which other pages may speak to us. Plain ASGI, so that sockets pass through too."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Scripts, styles and sockets from this service only; nothing inline; no frame around us."""

ALWAYS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()",
}

BODY_BYTES = 256 * 1024
"""Longest body of a request."""

FILES = re.compile(r"/api/v1/(appointments/[^/]+|session|send)/files/[^/]+")
"""Where the body of a PUT is a file, and as long as files may be."""

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def origins(public_url: str, port: int, secure: bool) -> frozenset[str]:
    """The pages that may speak to us: our own, by each name we have."""
    scheme = "https" if secure else "http"
    own = {f"{scheme}://{host}:{port}" for host in LOOPBACK}
    if public_url:
        parts = urlsplit(public_url)
        own.add(f"{parts.scheme}://{parts.netloc}".lower())
    return frozenset(own)


def bearer(connection: HTTPConnection) -> str:
    """The token in the Authorization header; empty when there is none."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


class Guard:
    """Origins checked, bodies bounded, headers on."""

    def __init__(
        self, app: ASGIApp, allowed: Sequence[str] | frozenset[str], secure: bool, file_bytes: int = BODY_BYTES
    ) -> None:
        self._app = app
        self._file_bytes = file_bytes
        self._allowed = frozenset(allowed)
        self._headers = dict(ALWAYS)
        if secure:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
        elif not self._welcome(scope):
            await _refuse(scope, receive, self._with_headers(send), 403, "wrong_origin", "Another page asked for this.")
        elif scope["type"] == "http" and self._too_long(scope):
            await _refuse(scope, receive, self._with_headers(send), 413, "too_long", "The request is too long.")
        else:
            await self._app(scope, receive, self._with_headers(send))

    def _welcome(self, scope: Scope) -> bool:
        """Browsers name the page's origin with every socket and every POST; who names none is no browser."""
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            return True
        origin = Headers(scope=scope).get("origin")
        return origin is None or origin.lower() in self._allowed

    def _too_long(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        if "transfer-encoding" in headers:
            return True  # nobody who speaks our protocol sends a body of unknown length
        length = headers.get("content-length", "0")
        file = scope["method"] == "PUT" and FILES.fullmatch(scope["path"])
        return not length.isdigit() or int(length) > (self._file_bytes if file else BODY_BYTES)

    def _with_headers(self, send: Send) -> Send:
        async def sent(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        return sent


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, code: str, message: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": code})
        return
    body = json.dumps({"code": code, "message": message}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
