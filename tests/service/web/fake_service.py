"""A small service that speaks the page's wire and nothing else: the test decides what it says."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response, WebSocket, WebSocketDisconnect
from fastapi.responses import FileResponse, JSONResponse

from tests.until import until

WEB = Path(__file__).parents[3] / "ecm_tui" / "service" / "web"

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

CLINIC = {"name": "Riverside Clinic", "support": "+44 20 7946 0000", "colour": "#0b6b74"}
APPOINTMENT = {"at": "2026-11-23T14:30:00Z", "minutes": 15, "timezone": "Europe/London"}
ORGANISER = {
    "id": "o1",
    "name": "Dr Maria Osei",
    "organiser": True,
    "microphone": True,
    "camera": True,
    "muted": False,
}


def person(who: str, name: str, **more: Any) -> dict[str, Any]:
    """One entry of `people`: a participant with camera and microphone on."""
    return {"id": who, "name": name, "organiser": False, "microphone": True, "camera": True, "muted": False, **more}


def view(state: str = "arriving", **more: Any) -> dict[str, Any]:
    """A participant's PageView, with the fields that its state has."""
    base: dict[str, Any] = {
        "role": "participant",
        "state": state,
        "clinic": CLINIC,
        "appointment": APPOINTMENT,
        "organiser": "Dr Maria Osei",
        "me": {"id": "p1", "name": "Ann Lee"},
    }
    if state == "waiting":
        base |= {"since": "2026-11-23T14:25:00Z", "full": False}
    if state == "admitted":
        base |= {"people": [ORGANISER], "muted": False, "unmute_asked": False, "pinned": None, "layout": "tiles"}
    return base | more


def said(
    number: int, text: str = "", file: str = "", organiser: bool = False, who: str = "Ben Okafor"
) -> dict[str, Any]:
    """A line of the chat, by somebody else unless `who` is Ann Lee."""
    writer = {"id": "p1" if who == "Ann Lee" else "p2", "name": who, "organiser": organiser}
    found = {"id": "f1", "name": file, "size": 12_345} if file else None
    return {"number": number, "at": "2026-11-23T14:32:00Z", "by": writer, "text": text, "file": found}


def window(state: str = "admitted", **more: Any) -> dict[str, Any]:
    """An organiser's PageView."""
    base = view(state, role="viewer", organiser=None, me={"id": "o1", "name": "Dr Maria Osei"})
    if state == "admitted":
        base |= {"people": [person("p1", "Ann Lee")], "devices": {"microphone": True, "camera": True}}
    return base | more


class FakeService:
    """What one page meets. `page` is what it is told; `sent` is all it said, in order, over all its sockets."""

    def __init__(self) -> None:
        self.page = view()
        self.sent: list[dict[str, Any]] = []
        self.tokens = {"good-token": "good-credential"}
        self.open_status = 200
        self.hello_close: int | None = None
        self.ready = True
        self.bridge: Any = None
        self.slots: dict[str, list[str]] = {"audio": [], "video": []}
        self.url = ""
        self._sockets: set[WebSocket] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def socket_count(self) -> int:
        return len(self._sockets)

    async def say(self, message: dict[str, Any] | str) -> None:
        """Send one message (or raw text) to every page."""
        text = message if isinstance(message, str) else json.dumps(message)
        for socket in list(self._sockets):
            await socket.send_text(text)

    async def show(self, page: dict[str, Any]) -> None:
        """The page's truth is now this."""
        self.page = page
        await self.say({"type": "page", "view": page})

    async def admit(self, **more: Any) -> None:
        """Into the call, with a bridge that takes offers."""
        await self.show((window if self.page["role"] == "viewer" else view)("admitted", **more))
        await self.say({"type": "media", "state": "ready"})

    async def chat(self, *lines: dict[str, Any], earlier: bool = False) -> None:
        """The newest part of the chat, as after an admission or a reconnection."""
        await self.say({"type": "chat", "lines": list(lines), "earlier": earlier, "files": "/files/v1"})

    async def over(self, reason: str) -> None:
        """End the session, as the service does: one message, then the socket closes."""
        await self.say({"type": "over", "reason": reason})
        for socket in list(self._sockets):
            await socket.close(1000)

    async def cut(self) -> None:
        """The line breaks."""
        for socket in list(self._sockets):
            await socket.close(1012)

    async def heard(self, kind: str, timeout: float = 8.0) -> dict[str, Any]:
        """The first message of a type that was not taken yet; it is taken out of `sent`."""

        def found() -> dict[str, Any] | None:
            return next((message for message in self.sent if message["type"] == kind), None)

        message = await until(found, timeout=timeout, what=f"the page says {kind}; it said {self.kinds()}")
        assert message is not None
        self.sent.remove(message)
        return message

    def kinds(self) -> list[str]:
        return [message["type"] for message in self.sent]

    def received(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.sent if message["type"] == kind]

    async def speak(self, socket: WebSocket) -> None:
        """One socket, from hello to its end."""
        await socket.accept()
        hello = await socket.receive_json()
        self.sent.append(hello)
        if self.hello_close is not None:
            await socket.close(self.hello_close)
            return
        if hello.get("type") != "hello" or hello.get("credential") not in self.tokens.values():
            await socket.close(4401)
            return
        self._sockets.add(socket)
        try:
            await socket.send_json({"type": "page", "view": self.page})
            if self.page["state"] == "admitted":
                await socket.send_json({"type": "media", "state": "ready"})
            while True:
                await self.take(await socket.receive_json())
        except (WebSocketDisconnect, RuntimeError):
            pass
        finally:
            self._sockets.discard(socket)

    async def take(self, message: dict[str, Any]) -> None:
        self.sent.append(message)
        if message["type"] in ("enter", "ask_again"):
            await self.show(view("waiting"))
        elif message["type"] == "leave":
            await self.over("left")
        elif message["type"] == "offer" and self.bridge is not None:
            task = asyncio.ensure_future(self._answer(message))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif message["type"] == "candidate" and self.bridge is not None:
            await self.bridge.candidate(message)

    async def _answer(self, message: dict[str, Any]) -> None:
        answer = await self.bridge.answer(message["sdp"])
        self.slots = {"audio": answer["audio"], "video": answer["video"]}
        await self.say({"type": "answer", "request": message["request"], **answer})

    async def trade(self, request: Request) -> Response:
        body = await request.json()
        if self.open_status != 200:
            return JSONResponse({"code": "refused", "message": "Not now."}, self.open_status)
        credential = self.tokens.get(body.get("token"))
        if credential is None:
            return JSONResponse({"code": "link_not_valid", "message": "No."}, 404)
        return JSONResponse({"credential": credential, "view": self.page})

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.middleware("http")
        async def headers(request: Request, call_next: Any) -> Response:
            response: Response = await call_next(request)
            response.headers["Content-Security-Policy"] = POLICY
            response.headers["Referrer-Policy"] = "no-referrer"
            response.headers["Cache-Control"] = "no-store"
            return response

        async def document(request: Request) -> FileResponse:
            return FileResponse(WEB / f"{request.url.path.split('/')[1]}.html")

        async def module(name: str) -> FileResponse:
            return FileResponse(WEB / Path(name).name)

        async def health() -> Response:
            return Response(status_code=200 if self.ready else 503)

        for path in ("/join", "/join/{token}", "/view", "/view/{token}"):
            app.add_api_route(path, document)
        app.add_api_route("/web/{name}", module)
        app.add_api_route("/healthz", health)
        app.add_api_route("/api/v1/open", self.trade, methods=["POST"])
        app.add_api_websocket_route("/api/v1/session", self.speak)
        return app


@asynccontextmanager
async def fake_service() -> AsyncIterator[FakeService]:
    """A running service on a port of its own, with `url`."""
    service = FakeService()
    config = uvicorn.Config(
        service.app(), host="127.0.0.1", port=0, log_level="error", ws="websockets-sansio", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    task = asyncio.ensure_future(server._serve())
    await until(lambda: server.started, what="the fake service accepts people")
    service.url = f"http://localhost:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield service
    finally:
        server.should_exit = True
        await asyncio.wait_for(task, 10)
