"""Files to and from a call: streamed with bounded memory, with progress, and equal at both ends or not there at all.

Cancel the task to give up: then nothing is shared, and nothing is left on this computer.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import itertools
import json
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

from ecm_tui.client.feeds import gate
from ecm_tui.client.sources import PIECE, LocalFile, Source
from ecm_tui.core.text import clean, clean_file_name
from ecm_tui.errors import EcmError, RefusedError, UnreachableError

if TYPE_CHECKING:
    import httpx

    from ecm_tui.client.address import Address
    from ecm_tui.client.service import ServiceClient

Progress = Callable[[int, int], None]
"""Called with the bytes done so far and all there are."""

CONNECT_SECONDS = 10.0
TAKE_SECONDS = 60.0
"""How long the service may take none of what is sent, or send none of what was asked for."""
VERDICT_SECONDS = 600.0
"""How long the service may take to look at a file that it has: a virus scanner reads all of it."""

LOOK_PAUSES = (0.2, 0.5, 1.0, 1.0, 2.0, 2.0, 3.0, 5.0)
"""Seconds between the questions what became of a file whose line was lost at its end."""


class Shared(Protocol):
    """A shared file as the log tells of it; `core.files.SharedFile` is one."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def sha256(self) -> str: ...


def _nothing(done: int, size: int) -> None:
    pass


async def upload(service: ServiceClient, appointment: str, source: Path | Source, progress: Progress = _nothing) -> str:
    """Share a file with everyone in the call; its id. Raises RefusedError, UnreachableError or another EcmError."""
    if service.read_only:
        raise RefusedError("This console was opened with --read-only: it looks and changes nothing.", "read_only")
    if isinstance(source, Path):
        with LocalFile(source) as file:
            return await _upload(service, appointment, file, progress)
    return await _upload(service, appointment, source, progress)


async def _upload(service: ServiceClient, appointment: str, source: Source, progress: Progress) -> str:
    shown = clean_file_name(source.name)
    sending = _Sending(source, progress)
    async with _http(service.address) as http:
        with _translated(f"The clinic service did not answer, and {shown} was not sent. Try again."):
            offered = await http.post(_path(appointment), json={"name": source.name, "size": source.size})
        path = _path(appointment, str(_said(offered)["file"]["id"]))
        lost = f"The line to the clinic service was lost while {shown} was sent. It was not shared; send it again."
        try:
            with _translated(lost):
                answer = await http.put(path, content=sending.pieces(), headers={"Content-Length": str(source.size)})
        except UnreachableError:
            if sending.done < source.size:
                raise
            answer = None
    found = _said(answer) if answer is not None else await _what_became(service, path, shown)
    if found["file"].get("sha256") != sending.sha256:
        raise EcmError(f"{shown} arrived damaged. Tell the others not to use it, and send it again.", "damaged")
    return str(found["file"]["id"])


class _Sending:
    """The bytes of a source as they go, counted and hashed."""

    def __init__(self, source: Source, progress: Progress) -> None:
        self.done = 0
        self._source = source
        self._progress = progress
        self._digest = hashlib.sha256()

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    async def pieces(self) -> AsyncIterator[bytes]:
        async for piece in self._source.pieces():
            await asyncio.to_thread(self._digest.update, piece)
            self.done += len(piece)
            yield piece
            self._progress(self.done, self._source.size)


async def _what_became(service: ServiceClient, path: str, shown: str) -> dict[str, Any]:
    """All bytes were out when the line was lost: whoever sends the same file again is told whether it was shared."""
    for pause in LOOK_PAUSES:
        await asyncio.sleep(pause)
        try:
            async with _http(service.address) as http:
                with _translated("The clinic service does not answer."):
                    return _said(await http.put(path, content=b""))
        except UnreachableError:
            continue
        except RefusedError as error:
            if error.code == "sent_already":
                continue
            message = f"The line to the clinic service was lost, and {shown} was not shared. Send it again."
            raise UnreachableError(message) from error
    raise UnreachableError(
        f"The clinic service was lost. Look into the chat whether {shown} is there before you go on."
    )


async def download(
    service: ServiceClient, appointment: str, file: Shared, folder: Path, progress: Progress = _nothing
) -> Path:
    """Fetch a shared file into `folder`; its new path, private to this user. Never over another file: ` (2)` is added.

    Raises RefusedError, UnreachableError or another EcmError; then nothing of it is there.
    """
    name = clean_file_name(file.name)
    with _saved(folder):
        part, descriptor = _new(folder, name + ".part")
    try:
        with os.fdopen(descriptor, "wb") as target:
            async with _http(service.address) as http:
                with _translated(f"The line to the clinic service was lost while {name} was fetched. Try again."):
                    async with http.stream("GET", _path(appointment, file.id)) as answer:
                        if not answer.is_success:
                            await answer.aread()
                            _said(answer)
                        await _save(answer, file, name, target, progress, folder)
            with _saved(folder):
                target.flush()
                await asyncio.to_thread(os.fsync, target.fileno())
        with _saved(folder):
            whole, descriptor = _new(folder, name)
            os.close(descriptor)
            part.replace(whole)
        return whole
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def keep(folder: Path, name: str, data: bytes) -> Path:
    """Write what is held already into `folder`, by the same rules; its new path. Raises EcmError; then it is not there.

    Blocks: not for the loop.
    """
    with _saved(folder):
        path, descriptor = _new(folder, clean_file_name(name))
        try:
            with os.fdopen(descriptor, "wb") as target:
                target.write(data)
                target.flush()
                os.fsync(target.fileno())
        except OSError:
            path.unlink(missing_ok=True)
            raise
    return path


async def _save(answer: httpx.Response, file: Shared, name: str, target: Any, progress: Progress, folder: Path) -> None:
    done, digest = 0, hashlib.sha256()

    def write(piece: bytes) -> None:
        digest.update(piece)
        with _saved(folder):
            target.write(piece)

    async for piece in answer.aiter_raw(PIECE):
        done += len(piece)
        if done > file.size:
            break
        await asyncio.to_thread(write, piece)
        progress(done, file.size)
    if (done, digest.hexdigest()) != (file.size, file.sha256):
        raise EcmError(f"{name} did not arrive as it was sent, and was not kept. Try again.", "damaged")


def _new(folder: Path, name: str) -> tuple[Path, int]:
    """A new empty file of that name, or with a number in it. Raises OSError."""
    stem, ending = os.path.splitext(name)
    for number in itertools.count(1):
        path = folder / (name if number == 1 else f"{stem} ({number}){ending}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)
        with contextlib.suppress(FileExistsError):
            return path, os.open(path, flags, 0o600)
    raise AssertionError("numbers do not end")


@contextlib.contextmanager
def _saved(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        shown = clean(str(folder), 200)
        message = f"Nothing can be saved in {shown}: {error.strerror or error}. Choose another folder."
        raise EcmError(message, "not_kept") from error


# HTTP


def _path(appointment: str, file_id: str = "") -> str:
    path = f"/api/v1/appointments/{quote(appointment, safe='')}/files"
    return f"{path}/{quote(file_id, safe='')}" if file_id else path


@asynccontextmanager
async def _http(address: Address) -> AsyncIterator[httpx.AsyncClient]:
    import httpx

    headers = {"Authorization": f"Bearer {address.token}"} if address.token else {}
    timeout = httpx.Timeout(TAKE_SECONDS, connect=CONNECT_SECONDS, read=VERDICT_SECONDS)
    if address.socket is not None:
        transport = httpx.AsyncHTTPTransport(uds=str(address.socket))
        client = httpx.AsyncClient(
            base_url="http://service", headers=headers, timeout=timeout, transport=transport, trust_env=False
        )
    else:
        secure = address.url.startswith("https:")
        verify = await asyncio.to_thread(httpx.create_ssl_context) if secure else False
        client = httpx.AsyncClient(
            base_url=address.url, headers=headers, timeout=timeout, verify=verify, trust_env=not address.here
        )
    async with client:
        yield client


@contextlib.contextmanager
def _translated(lost: str) -> Iterator[None]:
    """What httpx raises becomes an UnreachableError that says `lost`."""
    import httpx

    try:
        yield
    except (httpx.HTTPError, httpx.StreamError) as error:
        raise UnreachableError(lost) from error


def _said(answer: httpx.Response) -> dict[str, Any]:
    """The service's answer; its refusal as the error that it is."""
    try:
        found = gate(json.loads(answer.content))
        code, message = str(found.get("code") or "failed"), str(found.get("message") or "")
    except (ValueError, AttributeError) as error:
        raise UnreachableError("What answers at this address is not a clinic service. Check the address.") from error
    if answer.is_success:
        return dict(found)
    message = message or "The clinic service refused."
    if answer.status_code == 401:
        raise RefusedError(message, "not_allowed")
    raise EcmError(message, code) if answer.status_code >= 500 else RefusedError(message, code)
