"""The real WebSocket, against small real servers on a unix socket and on loopback."""

import asyncio
import http
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve, unix_serve
from websockets.http11 import Request, Response

from ecm_tui.client import Address
from ecm_tui.client.service import ServiceClient
from ecm_tui.client.surroundings import Surroundings
from ecm_tui.client.transport import LineLostError, WebSocketTransport
from ecm_tui.core import wire
from ecm_tui.errors import RefusedError, UnreachableError, WrongVersionError
from tests.client.fake import FakeLine, FakeService, lost
from tests.until import until

Handler = Callable[[ServerConnection], Awaitable[None]]


async def echo(line: ServerConnection) -> None:
    async for text in line:
        await line.send(text)


@asynccontextmanager
async def on_tcp(handler: Handler, answer: Any = None) -> AsyncIterator[tuple[str, list[Request]]]:
    """A server on a free port: its URL, and the requests it saw."""
    seen: list[Request] = []

    def look(line: ServerConnection, request: Request) -> Response | None:
        seen.append(request)
        return answer(line) if answer else None

    async with serve(handler, "127.0.0.1", 0, process_request=look) as server:
        yield f"http://127.0.0.1:{port_of(server)}", seen


def port_of(server: Server) -> int:
    return next(iter(server.sockets)).getsockname()[1]


async def test_texts_go_both_ways_on_a_unix_socket(tmp_path: Path):
    path = tmp_path / "s.sock"
    async with unix_serve(echo, str(path)):
        line = WebSocketTransport(Address(socket=path))
        await line.connect()
        await line.send("Grüezi")
        assert await line.receive() == "Grüezi"
        await line.close()
        await line.close()
        with pytest.raises(LineLostError):
            await line.send("too late")
        with pytest.raises(LineLostError):
            await line.receive()


async def test_a_token_travels_in_a_header_and_the_path_is_the_organisers(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    async with on_tcp(echo) as (url, seen):
        line = WebSocketTransport(Address(url=url, token="abc"))
        await line.connect()
        await line.close()
    assert seen[0].path == "/api/v1/live"
    assert seen[0].headers["Authorization"] == "Bearer abc"


async def test_a_token_travels_in_a_header_on_the_unix_socket_too(tmp_path: Path):
    seen: list[str] = []

    async def look(line: ServerConnection) -> None:
        assert line.request is not None
        seen.append(line.request.headers.get("Authorization", ""))

    async with unix_serve(look, str(tmp_path / "s.sock")):
        for token in ("abc", ""):
            line = WebSocketTransport(Address(socket=tmp_path / "s.sock", token=token))
            await line.connect()
            with pytest.raises(LineLostError):
                await line.receive()
            await line.close()
    assert seen == ["Bearer abc", ""]


@pytest.mark.parametrize("place", ["missing", "stale"])
async def test_a_socket_without_a_service_is_unreachable(tmp_path: Path, place: str):
    path = tmp_path / "s.sock"
    if place == "stale":
        async with unix_serve(echo, str(path)):
            pass
        path.touch()
    with pytest.raises(UnreachableError, match="does not answer"):
        await WebSocketTransport(Address(socket=path)).connect()


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (401, RefusedError, "token"),
        (403, RefusedError, "token"),
        (426, WrongVersionError, "Update"),
        (404, UnreachableError, "not a clinic service"),
        (429, UnreachableError, "Wait a minute"),
        (503, UnreachableError, "Try again"),
    ],
)
async def test_a_service_that_turns_us_away_is_told_in_words(status: int, error: type[Exception], words: str):
    def answer(line: ServerConnection) -> Response:
        return line.respond(http.HTTPStatus(status), "no\n")

    async with on_tcp(echo, answer) as (url, _):
        with pytest.raises(error, match=words):
            await WebSocketTransport(Address(url=url, token="t")).connect()


async def test_a_token_is_not_carried_to_another_host():
    def elsewhere(line: ServerConnection) -> Response:
        answer = line.respond(http.HTTPStatus.FOUND, "")
        answer.headers["Location"] = f"{other.replace('http', 'ws')}/api/v1/live"
        return answer

    async with on_tcp(echo) as (other, seen), on_tcp(echo, elsewhere) as (url, _):
        line = WebSocketTransport(Address(url=url, token="abc"))
        try:
            await line.connect()
        except UnreachableError:
            pass
        finally:
            await line.close()
        assert not [request for request in seen if "Authorization" in request.headers]


@pytest.mark.parametrize(
    ("code", "error"), [(4401, RefusedError), (4426, WrongVersionError), (1013, LineLostError), (1011, LineLostError)]
)
async def test_a_close_code_says_whether_another_try_helps(tmp_path: Path, code: int, error: type[Exception]):
    async def close(line: ServerConnection) -> None:
        await line.close(code, "reason")

    async with unix_serve(close, str(tmp_path / "s.sock")):
        line = WebSocketTransport(Address(socket=tmp_path / "s.sock"))
        await line.connect()
        with pytest.raises(error):
            await line.receive()
        await line.close()


async def test_a_message_beyond_the_limit_costs_the_line(tmp_path: Path):
    async def flood(line: ServerConnection) -> None:
        await line.send("x" * (wire.MOST_BYTES + 1))
        await line.wait_closed()

    async with unix_serve(flood, str(tmp_path / "s.sock")):
        line = WebSocketTransport(Address(socket=tmp_path / "s.sock"))
        await line.connect()
        with pytest.raises(LineLostError):
            await line.receive()
        await line.close()


async def test_whoever_reads_a_stream_hears_that_their_token_was_revoked(tmp_path: Path):
    service, path = FakeService(), tmp_path / "s.sock"

    async def organiser(socket: ServerConnection) -> None:
        line = FakeLine(service, Address(socket=path))
        await line.connect()
        pump = asyncio.create_task(_pump(line, socket))
        for _ in range(2):
            await line.send(str(await socket.recv()))
        await socket.close(4401, "not_allowed")
        pump.cancel()

    async with unix_serve(organiser, str(path)), ServiceClient(Address(socket=path)) as client:
        with pytest.raises(RefusedError, match="token"):
            async for _ in client.follow("a1"):
                pass


async def test_a_client_survives_a_server_that_is_killed_and_started_again(tmp_path: Path):
    service, path = FakeService(), tmp_path / "s.sock"
    for number in range(1, 6):
        service.happens("a1", lost(number))

    async def organiser(socket: ServerConnection) -> None:
        line = FakeLine(service, Address(socket=path))
        service.lines.append(line)
        await line.connect()
        pump = asyncio.create_task(_pump(line, socket))
        async for text in socket:
            await line.send(str(text))
        pump.cancel()

    surroundings = Surroundings(pauses=(0.01,))
    async with unix_serve(organiser, str(path)) as server:
        client = ServiceClient(Address(socket=path), surroundings=surroundings)
        await client.__aenter__()
        feed = client.follow("a1")
        first = [await anext(feed) for _ in range(6)]
        server.close()
    path.unlink(missing_ok=True)
    await until(lambda: client.state.word == "reconnecting")
    service.happens("a1", lost(6))
    async with unix_serve(organiser, str(path)):
        again = [await anext(feed) for _ in range(2)]
        await client.close()
    assert [item.seq for item in first] == [1, 2, 3, 4, 5, 5]
    assert [item.seq for item in again] == [6, 6]


async def _pump(line: FakeLine, socket: ServerConnection) -> None:
    while True:
        await socket.send(await line.receive())
