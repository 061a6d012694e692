"""Files at a URL, read by this program on the organiser's behalf and never by the service: https, sftp, webdav, s3.

A server is not believed: it may stall, redirect, ask for a password or lie about a length, and each ends in a sentence.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email.message import Message
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import SplitResult, unquote

from ecm_tui.client import backends
from ecm_tui.client.sources import PIECE, LocalFile, Source
from ecm_tui.client.urls import PACKAGES, host_of, parts_of, refusal
from ecm_tui.client.web import answered, translated
from ecm_tui.core.text import clean
from ecm_tui.errors import RefusedError, UnreachableError

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

CONNECT_SECONDS = 10.0
SILENCE_SECONDS = 30.0
"""How long a server may say nothing."""
DEADLINE_SECONDS = 3600.0
"""How long a whole file may take."""
MOST_BYTES = 4 * 1024**3
"""The longest file that is fetched from a server that does not say how long it is."""


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Source]:
    """The file at `url`, whose size is known once this is entered. Raises RefusedError or UnreachableError."""
    parts = parts_of(url)
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            if parts.scheme in PACKAGES:
                async with _by_backend(parts) as source:
                    yield source
            else:
                async with _by_http(url) as source:
                    yield source
    except TimeoutError as error:
        raise UnreachableError(f"{host_of(parts)} took too long. Try again, or fetch the file another way.") from error


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
    answer, parts = await answered(client, url)
    return _looked_at(answer, parts), parts


def _looked_at(answer: httpx.Response, parts: SplitResult) -> httpx.Response:
    if answer.status_code != 200:
        raise UnreachableError(refusal(answer.status_code, parts))
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise UnreachableError(f"{host_of(parts)} gives this file in packed form only. Fetch it another way.")
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
    return unquote(parts.path.rstrip("/").rpartition("/")[2], errors="replace") or host_of(parts)


async def _pieces(answer: httpx.Response, parts: SplitResult) -> AsyncIterator[bytes]:
    with translated(parts):
        async for piece in answer.aiter_raw(PIECE):
            yield piece


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
        return UnreachableError(f"{host_of(self._parts)} sent another length than it said. Nothing was shared.")


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
                    raise UnreachableError(f"{host_of(parts)} sends without end. Nothing was shared.")
                await asyncio.to_thread(file.write, piece)
        return _Spooled(Path(path), name)
    except OSError as error:
        raise RefusedError(f"The file cannot be kept for sending: {error.strerror}.", "not_kept") from error
    finally:
        os.unlink(path)


# sftp, webdav, s3


@asynccontextmanager
async def _by_backend(parts: SplitResult) -> AsyncIterator[Source]:
    place = await _waited(parts, backends.reached, parts, CONNECT_SECONDS, SILENCE_SECONDS)
    name = unquote(parts.path, errors="replace").rpartition("/")[2]
    try:
        file = await _waited(parts, backends.opened, place)
        if file.size == 0:
            raise RefusedError(f"{clean(name, 100)} is empty: there is nothing to send.", "empty_file")
        pieces = _read(file, parts)
        yield await _spooled(name, pieces, parts) if file.size is None else _Streamed(name, file.size, pieces, parts)
    finally:
        place.leave()


async def _read(file: backends.Opened, parts: SplitResult) -> AsyncIterator[bytes]:
    while piece := await _waited(parts, file.read, PIECE):
        yield piece


async def _waited(parts: SplitResult, work: Callable[..., T], *arguments: Any) -> T:
    """In a thread, since these libraries block; whoever waits too long goes on, or ends, without it."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def say(tell: Callable[[], None]) -> None:
        if not answer.done():
            tell()

    def run() -> None:
        try:
            tell = partial(answer.set_result, work(*arguments))
        except Exception as error:
            tell = partial(answer.set_exception, backends.meant(error, parts))
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(say, tell)

    threading.Thread(target=run, name="a file at a server", daemon=True).start()
    async with asyncio.timeout(SILENCE_SECONDS):
        return await answer
