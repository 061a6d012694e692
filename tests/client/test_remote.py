"""Files at a URL, from real servers on loopback that stall, redirect, ask for a password and lie."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from ecm_tui.client import remote, urls
from ecm_tui.client.remote import opened
from ecm_tui.client.urls import addresses, is_url
from ecm_tui.errors import EcmError, RefusedError, UnreachableError

Answer = Callable[[str, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def server(answer: Answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[tuple[str, list[str]]]:
    """An http server on loopback: its URL, and the head of each request."""
    seen: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            seen.append(head)
            await answer(head.split()[1], writer)
            await writer.drain()
        except (ConnectionError, EOFError):
            pass
        finally:
            writer.close()

    running = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    async with running:
        yield f"http://127.0.0.1:{running.sockets[0].getsockname()[1]}", seen


def gives(*head: str, body: bytes = b"", status: str = "200 OK") -> Answer:
    async def answer(path: str, writer: asyncio.StreamWriter) -> None:
        lines = "".join(f"{line}\r\n" for line in (f"HTTP/1.1 {status}", *head, "Connection: close"))
        writer.write(lines.encode() + b"\r\n" + body)

    return answer


async def fetched(url: str) -> tuple[str, int, bytes]:
    async with opened(url) as source:
        return source.name, source.size, b"".join([piece async for piece in source.pieces()])


async def test_S45_a_file_comes_with_its_name_size_and_bytes() -> None:
    content = b"x" * 1_000_000
    async with server(gives(f"Content-Length: {len(content)}", body=content)) as (url, _):
        assert await fetched(f"{url}/papers/my%20letter.pdf?key=1") == ("my letter.pdf", len(content), content)
    named = 'Content-Disposition: attachment; filename="../scan.png"'
    async with server(gives("Content-Length: 3", named, body=b"abc")) as (url, _):
        assert await fetched(f"{url}/x") == ("../scan.png", 3, b"abc"), "cleaned where it is shared"


async def test_a_file_of_unknown_length_is_fetched_first() -> None:
    async with server(gives(body=b"abc" * 100_000)) as (url, _):
        assert await fetched(f"{url}/a.txt") == ("a.txt", 300_000, b"abc" * 100_000)
    async with server(gives(body=b"")) as (url, _):
        with pytest.raises(RefusedError, match="is empty"):
            await fetched(f"{url}/a.txt")


@pytest.mark.parametrize("length", [2, 4])
async def test_a_server_that_lies_about_the_length_is_found_out(length: int) -> None:
    async with server(gives(f"Content-Length: {length}", body=b"abc")) as (url, _):
        if length == 2:  # what comes after the length is not even read
            assert (await fetched(f"{url}/a.txt"))[2] == b"ab"
        else:
            with pytest.raises(UnreachableError, match="broke before the file was there"):
                await fetched(f"{url}/a.txt")


async def test_a_server_that_sends_without_end_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    async def endless(path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    monkeypatch.setattr(remote, "MOST_BYTES", 1_000_000)
    async with server(endless) as (url, _):
        with pytest.raises(UnreachableError, match="sends without end"):
            await fetched(f"{url}/a.txt")


async def test_a_server_that_stalls_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    async def stall(path: str, writer: asyncio.StreamWriter) -> None:
        if path != "/silent":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
            await writer.drain()
        await asyncio.sleep(30)

    monkeypatch.setattr(remote, "SILENCE_SECONDS", 0.2)
    async with server(stall) as (url, _):
        for path in ("silent", "half"):
            with pytest.raises(UnreachableError, match=r"127\.0\.0\.1 does not answer"):
                await fetched(f"{url}/{path}")
        monkeypatch.setattr(remote, "SILENCE_SECONDS", 30)
        monkeypatch.setattr(remote, "DEADLINE_SECONDS", 0.2)
        with pytest.raises(UnreachableError, match="took too long"):
            await fetched(f"{url}/half")


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("401 Unauthorized", "asks for a password"),
        ("403 Forbidden", "does not give this file to you"),
        ("404 Not Found", "has no such file"),
        ("500 Oh", "answered with an error"),
        ("206 Part", "answered with an error"),
    ],
)
async def test_what_a_server_refuses_is_said_in_words(status: str, said: str) -> None:
    async with server(gives("Content-Length: 0", status=status)) as (url, _):
        with pytest.raises(UnreachableError, match=said):
            await fetched(f"{url}/a.txt")


async def test_redirects_are_followed_a_few_times_and_to_safe_addresses_only() -> None:
    async def answer(path: str, writer: asyncio.StreamWriter) -> None:
        steps = int(path.rpartition("/")[2])
        to = {0: "", 90: "http://files.example/x", 91: "file:///etc/passwd", 92: "ftp://x/y"}.get(
            steps, f"/{steps - 1}"
        )
        head = ("Content-Length: 2", *([f"Location: {to}"] if to else []))
        await gives(*head, body=b"ok", status="302 Found" if to else "200 OK")(path, writer)

    async with server(answer) as (url, _):
        assert (await fetched(f"{url}/5"))[2] == b"ok"
        with pytest.raises(UnreachableError, match="sends us on and on"):
            await fetched(f"{url}/6")
        for steps in (90, 91, 92):
            with pytest.raises(EcmError):
                await fetched(f"{url}/{steps}")


async def test_name_and_password_stay_with_the_host_that_was_named() -> None:
    async with server(gives("Content-Length: 2", body=b"ok")) as (other, strange):
        moved = gives(f"Location: {other}/b", "Content-Length: 0", status="302 Found")
        async with server(moved) as (url, seen):
            address = url.replace("http://", "http://ann:s%40cret@")
            assert (await fetched(f"{address}/a"))[2] == b"ok"
            assert base64.b64encode(b"ann:s@cret").decode() in seen[0]
            assert "uthorization" not in strange[0] and "eferer" not in strange[0] and "ann" not in strange[0]


async def test_no_server_elsewhere_leads_to_what_only_this_computer_may_read() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(302, headers={"Location": "http://127.0.0.1:9090/metrics"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        with pytest.raises(RefusedError, match=r"files\.example sends us to an address of this very computer"):
            await remote._answer(client, "https://files.example/letter.pdf")
    assert asked == ["files.example"]


@pytest.mark.parametrize(
    ("typed", "leads_to", "whose"),
    [
        ("93.184.215.14", "10.0.0.7", "of a private network"),
        ("93.184.215.14", "169.254.169.254", "of a private network"),
        ("93.184.215.14", "fd00::7", "of a private network"),
        ("93.184.215.14", "::ffff:192.168.0.7", "of a private network"),
        ("10.0.0.7", "127.0.0.2", "of this very computer"),
        ("10.0.0.7", "0.0.0.0", "of this very computer"),
        ("10.0.0.7", "192.168.0.7", ""),
        ("127.0.0.1", "10.0.0.7", ""),
        ("127.0.0.1", "93.184.215.14", ""),
    ],
)
async def test_a_redirect_leads_no_nearer_to_us_than_the_address_that_was_typed(
    typed: str, leads_to: str, whose: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stands_for = {"127.0.0.1": addresses(typed), "localhost": addresses(leads_to)}
    monkeypatch.setattr(urls, "addresses", stands_for.__getitem__)
    async with server(gives("Content-Length: 2", body=b"ok")) as (private, asked):
        to = private.replace("127.0.0.1", "localhost")
        async with server(gives(f"Location: {to}/x", "Content-Length: 0", status="302 Found")) as (url, _):
            if whose:
                with pytest.raises(RefusedError, match=rf"127\.0\.0\.1 sends us to an address {whose}\. Nothing"):
                    await fetched(f"{url}/letter.pdf")
            else:
                assert (await fetched(f"{url}/letter.pdf"))[2] == b"ok"
    assert len(asked) == (not whose)


def test_a_name_that_nobody_knows_stands_for_nothing() -> None:
    assert addresses("nobody.invalid") == addresses("x" * 70 + ".example") == []
    assert any(each.is_loopback for each in addresses("localhost"))


async def test_what_cannot_be_reached_is_said_in_words() -> None:
    with pytest.raises(UnreachableError, match="cannot be reached"):
        await fetched("https://127.0.0.1:1/x")
    async with server(gives("Content-Length: 2", "Content-Encoding: gzip", body=b"ok")) as (url, _):
        with pytest.raises(UnreachableError, match="packed form only"):
            await fetched(f"{url}/a")


def test_an_address_is_told_from_a_path() -> None:
    assert is_url("https://x/y") and is_url("s3://bucket/key") and is_url("file:///x")
    assert not is_url("/tmp/a:b") and not is_url("C:\\x") and not is_url("notes ://") and not is_url("://")


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://x/y", "http://files.example/x", "https:///x", "https://x:y/z"]
)
async def test_what_is_no_address_for_files_is_refused(url: str) -> None:
    with pytest.raises(RefusedError) as refused:
        await fetched(url)
    assert refused.value.code == "bad_address"
