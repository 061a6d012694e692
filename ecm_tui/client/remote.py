"""Files at a URL, read by this program on the organiser's behalf and never by the service: https, sftp, webdav, s3.

A server is not believed: it may stall, redirect, ask for a password or lie about a length, and each ends in a sentence.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from email.message import Message
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, unquote, urlsplit

from ecm_tui.client.address import LOOPBACK
from ecm_tui.client.sources import PIECE, LocalFile, Source
from ecm_tui.core.text import clean
from ecm_tui.errors import RefusedError, UnreachableError

if TYPE_CHECKING:
    import httpx

CONNECT_SECONDS = 10.0
SILENCE_SECONDS = 30.0
"""How long a server may say nothing."""
DEADLINE_SECONDS = 3600.0
"""How long a whole file may take."""
MOST_REDIRECTS = 5
MOST_BYTES = 4 * 1024**3
"""The longest file that is fetched from a server that does not say how long it is."""

WEBDAV = ("webdav", "webdavs")
"""A file is read from there as from any https server."""

BACKENDS = {"sftp": "sshfs", "ssh": "sshfs", "s3": "s3fs"}
"""Schemes that need more than is always installed: fsspec, and the package that speaks this one."""

_SAYS = {
    401: "asks for a password. Write it into the address as https://USER:PASSWORD@…, or fetch the file another way",
    403: "does not give this file to you. Fetch it another way",
    404: "has no such file. Look at the address again",
    407: "is behind a proxy that asks for a password",
    410: "has this file no more",
    429: "asks to wait. Try again in a minute",
}


def is_url(text: str) -> bool:
    """Whether what somebody typed is meant as an address and not as a path."""
    scheme, colon, _ = text.partition("://")
    return bool(colon) and scheme.isalnum()


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Source]:
    """The file at `url`, whose size is known once this is entered. Raises RefusedError or UnreachableError."""
    parts = _parts(url)
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            if parts.scheme in BACKENDS:
                async with _by_backend(url, parts) as source:
                    yield source
            else:
                there = url.strip()
                async with _by_http(
                    f"https{there[len(parts.scheme) :]}" if parts.scheme in WEBDAV else there
                ) as source:
                    yield source
    except TimeoutError as error:
        raise UnreachableError(f"{_host(parts)} took too long. Try again, or fetch the file another way.") from error


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url.strip())
        _ = parts.port
    except ValueError as error:
        raise _bad("This is no address. One looks like https://files.example/letter.pdf.") from error
    if parts.scheme == "file":
        raise _bad("A file of this computer is given by its path, without file: in front.")
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if not (secure or parts.scheme in (*WEBDAV, *BACKENDS)):
        plain = " http would let others read along." if parts.scheme == "http" else ""
        raise _bad(f"Files come by https, sftp, webdav or s3.{plain} Give such an address, or a file of this computer.")
    if not parts.hostname:
        raise _bad("The address names no server.")
    return parts


def _host(parts: SplitResult) -> str:
    return clean(parts.hostname or "The server", 100)


def _bad(message: str) -> RefusedError:
    return RefusedError(message, "bad_address")


# https


@asynccontextmanager
async def _by_http(url: str) -> AsyncIterator[Source]:
    import httpx

    timeout = httpx.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS)
    verify = await asyncio.to_thread(httpx.create_ssl_context)
    async with httpx.AsyncClient(timeout=timeout, verify=verify) as client:
        answer, parts = await _answer(client, url)
        try:
            yield await _as_source(answer, parts)
        finally:
            await answer.aclose()


async def _answer(client: httpx.AsyncClient, url: str) -> tuple[httpx.Response, SplitResult]:
    """The answer at the end of all redirects; name and password stay with the host that the organiser named."""
    import httpx

    first = _parts(url)
    login = httpx.BasicAuth(unquote(first.username), unquote(first.password or "")) if first.username else None
    bare = httpx.URL(url.strip()).copy_with(username=None, password=None, fragment=None)
    origin = (bare.scheme, bare.host, bare.port)
    for _ in range(MOST_REDIRECTS + 1):
        parts = _parts(str(bare))
        own = (bare.scheme, bare.host, bare.port) == origin
        request = client.build_request("GET", bare, headers={"Accept-Encoding": "identity"})
        with _translated(parts):
            answer = await client.send(request, stream=True, auth=login if own else None, follow_redirects=False)
        if answer.next_request is None:
            return _looked_at(answer, parts), parts
        bare = answer.next_request.url.copy_with(username=None, password=None, fragment=None)
        await answer.aclose()
        if bare.host in LOOPBACK and first.hostname not in LOOPBACK:
            # What only this computer may read would be shared with everyone in the call.
            raise _bad(f"{_host(first)} sends us to an address of this very computer. Nothing was shared.")
    raise UnreachableError(f"{_host(first)} sends us on and on. Look at the address again.")


def _looked_at(answer: httpx.Response, parts: SplitResult) -> httpx.Response:
    if answer.status_code != 200:
        says = _SAYS.get(answer.status_code, f"answered with an error ({answer.status_code}). Try again later")
        raise UnreachableError(f"{_host(parts)} {says}.")
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise UnreachableError(f"{_host(parts)} gives this file in packed form only. Fetch it another way.")
    return answer


async def _as_source(answer: httpx.Response, parts: SplitResult) -> Source:
    name, said = _name(answer, parts), answer.headers.get("content-length", "")
    if said.isascii() and said.isdigit():
        if not int(said):
            raise RefusedError(f"{clean(name, 100)} is empty: there is nothing to send.", "empty_file")
        return _Streamed(name, int(said), _pieces(answer, parts), parts)
    return await _spooled(name, _pieces(answer, parts), parts)


def _name(answer: httpx.Response, parts: SplitResult) -> str:
    """As the server calls it, else the last part of the address."""
    header = Message()
    header["Content-Disposition"] = answer.headers.get("content-disposition", "")
    with contextlib.suppress(ValueError, LookupError):
        if found := header.get_filename():
            return found
    return unquote(parts.path.rstrip("/").rpartition("/")[2], errors="replace") or _host(parts)


async def _pieces(answer: httpx.Response, parts: SplitResult) -> AsyncIterator[bytes]:
    with _translated(parts):
        async for piece in answer.aiter_raw(PIECE):
            yield piece


@contextlib.contextmanager
def _translated(parts: SplitResult) -> Iterator[None]:
    import httpx

    host = _host(parts)
    try:
        yield
    except httpx.TimeoutException as error:
        raise UnreachableError(f"{host} does not answer. Try again, or fetch the file another way.") from error
    except httpx.ConnectError as error:
        secure = "certificate" in str(error).lower()
        why = "shows a certificate that is not valid" if secure else "cannot be reached. Look at the address again"
        raise UnreachableError(f"{host} {why}.") from error
    except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL) as error:
        raise UnreachableError(f"The line to {host} broke before the file was there. Try again.") from error


class _Streamed:
    """A file as it comes, held to the size that was said."""

    def __init__(self, name: str, size: int, pieces: AsyncIterator[bytes], parts: SplitResult) -> None:
        self.name = name
        self.size = size
        self._pieces = pieces
        self._parts = parts

    async def pieces(self) -> AsyncIterator[bytes]:
        done = 0
        async for piece in self._pieces:
            done += len(piece)
            if done > self.size:
                raise self._lied()
            yield piece
        if done != self.size:
            raise self._lied()

    def _lied(self) -> UnreachableError:
        return UnreachableError(f"{_host(self._parts)} sent another length than it said. Nothing was shared.")


class _Spooled(LocalFile):
    """A file that had to be fetched whole before its size was known."""

    def __init__(self, path: Path, name: str) -> None:
        super().__init__(path)
        self.name = name

    async def pieces(self) -> AsyncIterator[bytes]:
        try:
            async for piece in super().pieces():
                yield piece
        finally:
            self.close()


async def _spooled(name: str, pieces: AsyncIterator[bytes], parts: SplitResult) -> Source:
    descriptor, path = tempfile.mkstemp(prefix="ecm-")
    try:
        done = 0
        with os.fdopen(descriptor, "wb") as file:
            async for piece in pieces:
                done += len(piece)
                if done > MOST_BYTES:
                    raise UnreachableError(f"{_host(parts)} sends without end. Nothing was shared.")
                await asyncio.to_thread(file.write, piece)
        return _Spooled(Path(path), name)
    except OSError as error:
        raise RefusedError(f"The file cannot be kept for sending: {error.strerror}.", "not_kept") from error
    finally:
        os.unlink(path)


# sftp, s3


@asynccontextmanager
async def _by_backend(url: str, parts: SplitResult) -> AsyncIterator[Source]:
    name = unquote(parts.path.rstrip("/").rpartition("/")[2])
    with _understood(parts):
        file, size = await _waited(_open, importlib.import_module("fsspec"), url.strip(), parts.scheme)
    try:
        if not size:
            raise RefusedError(f"{clean(name, 100)} is empty: there is nothing to send.", "empty_file")
        yield _Streamed(name, size, _read(file, parts), parts)
    finally:
        with contextlib.suppress(Exception):  # what was read is read, and checked by its length
            await _waited(file.close)


@contextlib.contextmanager
def _understood(parts: SplitResult) -> Iterator[None]:
    """Each back end has errors of its own: here they end, in one sentence."""
    try:
        yield
    except ImportError as error:
        hint = f"pip install fsspec {BACKENDS[parts.scheme]}"
        raise _bad(f"Files by {parts.scheme} need packages that are not installed: {hint}") from error
    except (RefusedError, TimeoutError):
        raise
    except FileNotFoundError as error:
        raise UnreachableError(f"{_host(parts)} has no such file. Look at the address again.") from error
    except Exception as error:
        if type(error).__name__ == "HostKeyNotVerifiable":
            raise UnreachableError(
                f"{_host(parts)} shows a key that ~/.ssh/known_hosts does not have. Connect once with ssh, compare the "
                "key, then try again."
            ) from error
        raise UnreachableError(f"{_host(parts)} did not give the file ({type(error).__name__}). Try again.") from error


def _open(fsspec: Any, url: str, scheme: str) -> tuple[Any, int]:
    more = {}
    if BACKENDS[scheme] == "sshfs":
        if fsspec.get_filesystem_class(scheme).__module__ == "fsspec.implementations.sftp":
            raise ImportError("paramiko's back end believes whatever key a server shows")
        more = {"known_hosts": ()}  # those of ~/.ssh; left to itself the back end looks at none
    system, path = fsspec.core.url_to_fs(url, **more)
    info = system.info(path)
    if info.get("type") == "directory":
        raise RefusedError(f"{clean(path, 100)} is a folder. Choose a file in it.", "bad_file")
    return system.open(path, "rb"), int(info.get("size") or 0)


async def _read(file: Any, parts: SplitResult) -> AsyncIterator[bytes]:
    while True:
        with _understood(parts):
            piece = await _waited(file.read, PIECE)
        if not piece:
            return
        yield piece


async def _waited(work: Any, *arguments: Any) -> Any:
    """In a thread, since these libraries block; whoever waits too long goes on without it."""
    async with asyncio.timeout(SILENCE_SECONDS):
        return await asyncio.to_thread(work, *arguments)
