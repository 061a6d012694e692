"""A page's line to the service."""

import asyncio
import contextlib

import pytest

from media.window import session
from media.window.session import Link, Session, SessionError, trade
from tests.media.window.clinic import FakeClinic, person
from tests.until import until

ANN = person("p1", "Ann")


@pytest.mark.parametrize(
    ("text", "origin", "socket"),
    [
        ("http://127.0.0.1:8440/view/abc", "http://127.0.0.1:8440", "ws://127.0.0.1:8440/api/v1/session"),
        ("https://clinic.example/join/a-b_c/", "https://clinic.example", "wss://clinic.example/api/v1/session"),
        (
            "https://clinic.example:443/video/view/x",
            "https://clinic.example",
            "wss://clinic.example/video/api/v1/session",
        ),
        (" http://[::1]:80/view/x\n", "http://[::1]", "ws://[::1]/api/v1/session"),
    ],
)
def test_a_link_is_taken_apart(text, origin, socket):
    link = Link.parse(text)
    assert (link.origin, link.socket) == (origin, socket)


@pytest.mark.parametrize(
    "text",
    ["", "abc", "ftp://a/view/x", "http://a/x", "http://a/view/", "http://u@a/view/x", "http://a:b/view/x", "http://["],
)
def test_what_is_no_link_is_refused_in_words(text):
    with pytest.raises(SessionError, match="This is not a link to a call") as refused:
        Link.parse(text)
    assert refused.value.code == "link_not_valid"


@pytest.mark.parametrize(
    ("host", "local"), [("127.0.0.1", True), ("localhost", True), ("[::1]", True), ("a.example", False)]
)
def test_no_proxy_stands_before_a_service_on_this_computer(host, local):
    assert Link.parse(f"http://{host}:1/view/x").local is local


async def test_a_link_is_traded_once_and_with_the_pages_origin():
    async with FakeClinic([ANN]).run() as clinic:
        link = Link.parse(clinic.link)
        opened = await trade(link)
        assert opened.view["people"] == [ANN]
        with pytest.raises(SessionError, match="This link is not valid") as refused:
            await trade(link)
        assert refused.value.code == "link_not_valid"
        assert clinic.origins == [link.origin] * 2


async def test_a_service_that_is_not_there_is_said(monkeypatch):
    monkeypatch.setattr(session, "TRIES", 2)
    async with FakeClinic([ANN]).run() as clinic:
        link = clinic.link
    with pytest.raises(SessionError, match="does not answer") as refused:
        await trade(Link.parse(link))
    assert refused.value.code == "unreachable"


async def test_what_is_no_clinic_is_said():
    async def page(reader, writer):
        await reader.readuntil(b"}")
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(page, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(SessionError, match=r"not a clinic service \(status 404\)"):
            await trade(Link.parse(f"http://127.0.0.1:{port}/view/x"))


async def test_U1_the_socket_comes_back_by_itself_after_the_service_did(monkeypatch):
    monkeypatch.setattr(session, "FIRST_WAIT", 0.02)
    clinic = FakeClinic([ANN], state="waiting")
    async with clinic.run():
        link = Link.parse(clinic.link)
        line = Session(link, (await trade(link)).credential)
        seen: list[str] = []

        async def read() -> None:
            async for message in line.messages():
                seen.append(message["type"])

        task = asyncio.create_task(read())
        await until(lambda: seen == ["online", "page"])
        assert line.online
        port = clinic.port
        await clinic.stop()
        await until(lambda: "offline" in seen)
        assert not line.online and not await line.send({"type": "leave"})
        await clinic.start(port)
        await until(lambda: seen[-2:] == ["online", "page"])
        await clinic.tell({"type": "over", "reason": "ended"})
        await asyncio.wait_for(task, 5)
        assert clinic.origins[-1] == link.origin


async def test_a_credential_that_is_dead_ends_the_session():
    async with FakeClinic([ANN]).run() as clinic:
        line = Session(Link.parse(clinic.link), "wrong")
        with pytest.raises(SessionError, match="not valid any more") as refused:
            async for _ in line.messages():
                pass
        assert refused.value.code == "link_not_valid"


async def test_a_message_that_is_none_breaks_nothing():
    async with FakeClinic([ANN], state="waiting").run() as clinic:
        link = Link.parse(clinic.link)
        line = Session(link, (await trade(link)).credential)
        async with contextlib.aclosing(line.messages()) as messages:
            assert [(await anext(messages))["type"] for _ in range(2)] == ["online", "page"]
            await clinic.sockets[-1].send_text("nonsense")
            assert await anext(messages) == {"type": ""}
