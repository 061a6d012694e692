"""The two apps, for the network and for the unix socket: no header on the network can pretend to be local."""

from __future__ import annotations

import asyncio
import hmac
from dataclasses import dataclass

from fastapi import FastAPI, Request, WebSocket
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp

from ecm_tui.core.clinic import CLINIC, NoteExport
from ecm_tui.errors import RefusedError, TooManyTriesError
from ecm_tui.paths import Places
from ecm_tui.service import api, pages
from ecm_tui.service.backup import begun
from ecm_tui.service.bridge import STILL_BYTES, Bridge
from ecm_tui.service.bridge import WAITING_BYTES as BRIDGE_BYTES
from ecm_tui.service.bridge_supervisor import BridgeSupervisor
from ecm_tui.service.doors import Doors
from ecm_tui.service.downloads import Downloads
from ecm_tui.service.file_routes import of_pages
from ecm_tui.service.headers import Guard, bearer
from ecm_tui.service.limits import Pace
from ecm_tui.service.line import Line
from ecm_tui.service.live import Live
from ecm_tui.service.logins import LOCAL_ACCOUNT, Login, Logins
from ecm_tui.service.organisers import Organisers
from ecm_tui.service.page import Surroundings
from ecm_tui.service.pages import WEB, Modules
from ecm_tui.service.secrets import LinkKey
from ecm_tui.service.senders import Senders
from ecm_tui.service.streams import Streams
from ecm_tui.service.uploads import Uploads


@dataclass(slots=True)
class Parts:
    """The service's rooms, as the doors lead into them."""

    streams: Streams
    logins: Logins
    doors: Doors
    live: Live
    organisers: Organisers
    around: Surroundings
    bridge: Bridge
    supervisor: BridgeSupervisor
    key: LinkKey
    senders: Senders
    uploads: Uploads
    downloads: Downloads
    version: str
    home: Places
    accepting: bool = False
    """Whether people are accepted; `/healthz` says so."""


def public_app(parts: Parts, allowed: frozenset[str], secure: bool) -> ASGIApp:
    """What the network sees: pages, and organisers with a token."""

    async def who(connection: HTTPConnection) -> Login | None:
        address = connection.client.host if connection.client else ""
        token = bearer(connection)
        return await parts.logins.from_network(token, address) if token else None

    return Guard(_app(parts, who), allowed, secure, parts.around.rules.file_bytes)


def private_app(parts: Parts) -> ASGIApp:
    """What processes of this user see: the same, organisers without a token, and the bridge's door.

    Whoever shows a token is its account, although the user is ours: several people may share one user of a host.
    """

    async def who(connection: HTTPConnection) -> Login | None:
        if "authorization" in connection.headers:
            return await parts.logins.by_token(bearer(connection))
        return Login(LOCAL_ACCOUNT)

    app = _app(parts, who)

    @app.websocket("/bridge")
    async def bridge(socket: WebSocket) -> None:
        if not hmac.compare_digest(bearer(socket).encode(), parts.supervisor.token.encode()):
            await socket.close(1008)
            return
        line = Line(socket, BRIDGE_BYTES, longest=STILL_BYTES)
        await line.run(lambda: parts.bridge.talk(line))

    backing_up(app, parts, who)
    # Nobody's browser reaches a unix socket: a request with an origin came through something that leads it here.
    return Guard(app, frozenset(), False, parts.around.rules.file_bytes)


def backing_up(app: FastAPI, parts: Parts, who: api.WhoAsks) -> None:
    """The door by which the user whose service this is takes a backup: everything is in it, others' notes too."""

    @app.get("/api/v1/backup", include_in_schema=False)
    async def take(request: Request) -> Response:
        login = await who(request)
        if login != Login(LOCAL_ACCOUNT):
            message = "A backup is for the user whose service this is, on this computer and without a token."
            raise RefusedError(message, "not_allowed")
        await parts.logins.execute(login, CLINIC, NoteExport(), "")
        clock = parts.streams.sources.clock
        backup = await asyncio.to_thread(begun, parts.home, clock(), parts.version)
        return StreamingResponse(backup.stream(), media_type="application/x-tar")


def _app(parts: Parts, who: api.WhoAsks) -> FastAPI:
    app = FastAPI(title="eClinic Manager", version=parts.version, docs_url=None, redoc_url=None)
    around, uploads, downloads = parts.around, parts.uploads, parts.downloads
    most_bytes = around.rules.file_bytes
    for router in (
        pages.routes(parts.streams, parts.doors, around, parts.key),
        api.routes(parts.organisers, who, parts.senders, uploads, downloads),
        of_pages(parts.senders, uploads, downloads, around.card, most_bytes, api.ERRORS),
    ):
        # As they are: an included router makes each of its routes once more, while the first request waits.
        app.router.routes.extend(router.routes)
    app.mount("/web", Modules(directory=WEB), name="web")
    api.errors_in_words(app)

    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> Response:
        if parts.accepting:
            return JSONResponse({"ok": True})
        return JSONResponse({"code": "not_ready", "message": "The service does not accept people yet."}, 503)

    @app.websocket("/api/v1/session")
    async def session(socket: WebSocket) -> None:
        line = Line(socket, pace=Pace())
        await line.run(lambda: parts.live.talk(line))

    @app.websocket("/api/v1/live")
    async def live(socket: WebSocket) -> None:
        try:
            login = await who(socket)
        except TooManyTriesError as error:
            await socket.send_denial_response(api.too_many(error))
            return
        if login is None:
            await socket.close(1008)
            return
        line, found = Line(socket), login
        await line.run(lambda: parts.organisers.talk(line, found))

    return app
