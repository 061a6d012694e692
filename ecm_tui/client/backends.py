"""fsspec's back ends for sftp, webdav and s3: what each has to be told, and what its errors mean.

All of it blocks: `remote` runs it in threads. Servers of sftp are known by the user's own known_hosts or not spoken to.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlunsplit

from ecm_tui.client.address import LOOPBACK
from ecm_tui.client.urls import PACKAGES, bad, host_of, onward, refusal
from ecm_tui.client.web import MOST_REDIRECTS
from ecm_tui.core.text import clean
from ecm_tui.errors import EcmError, RefusedError, UnreachableError

KNOWN_HOSTS = ("~/.ssh/known_hosts", "/etc/ssh/ssh_known_hosts")
KEEPALIVE_SECONDS = 10


@dataclass(frozen=True, kw_only=True)
class Place:
    """A server that was reached, and the file's path there."""

    system: Any
    """A file system of fsspec."""
    path: str
    leave: Callable[[], None]
    """From any thread; one that still waits for the server is let go, at the latest when its silence is over."""


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A file ready to be read."""

    size: int | None
    """Bytes, when the server says how many."""
    read: Callable[[int], bytes]
    """At most so many bytes; none at the end."""


def reached(parts: SplitResult, connect: float, silence: float) -> Place:
    """The server of an address; connecting and silence may take so many seconds. Raises what `meant` understands."""
    reach = {"sftp": _sftp, "ssh": _sftp, "webdav": _webdav, "webdavs": _webdav}.get(parts.scheme, _other)
    return reach(parts, connect, silence)


def opened(place: Place) -> Opened:
    """The file there. Raises RefusedError for what is none, and what `meant` understands."""
    info = place.system.info(place.path)
    kind, size = info.get("type"), info.get("size")
    if kind != "file":
        what = "is a folder. Choose a file in it" if kind == "directory" else "is no file. Choose a file"
        raise RefusedError(f"{clean(place.path, 100)} {what}.", "bad_file")
    file = place.system.open(place.path, "rb")
    # Leaving the server closes it. By itself it would ask the server, at the program's end in a thread that is gone.
    file.close = _nothing
    return Opened(size=None if size is None else int(size), read=file.read)


def meant(error: Exception, parts: SplitResult) -> EcmError:
    """What a back end's error means to the person who gave the address."""
    host, name = host_of(parts), type(error).__name__
    if isinstance(error, EcmError):
        return error
    if isinstance(error, ImportError):
        needed = f"pip install {PACKAGES[parts.scheme]}"
        return bad(f"Files by {parts.scheme} need packages that are not installed: {needed}")
    if isinstance(error, FileNotFoundError):
        return UnreachableError(refusal(404, parts))
    if isinstance(status := getattr(error, "status_code", None), int):
        return UnreachableError(refusal(status, parts))
    if name == "SFTPPermissionDenied":
        return UnreachableError(refusal(403, parts))
    if isinstance(error, PermissionError):
        return UnreachableError(_login_refused(parts))
    if name == "HostKeyNotVerifiable":
        port = f" -p {parts.port}" if parts.port else ""
        return UnreachableError(
            f"{host} is not known to this computer, or shows another key than before. Ask who runs it for its key, "
            f"compare it once with `ssh{port} {host}`, then try again."
        )
    if isinstance(error, TimeoutError) or "Timeout" in name:
        return UnreachableError(f"{host} does not answer. Try again, or fetch the file another way.")
    if isinstance(error, OSError) or name == "ConnectError":
        return UnreachableError(f"{host} cannot be reached. Look at the address again.")
    return UnreachableError(f"{host} did not give the file ({name}). Try again, or fetch it another way.")


def _login_refused(parts: SplitResult) -> str:
    if parts.password:
        return f"{host_of(parts)} takes neither this name and password nor your keys. Look at them again."
    user = "" if parts.username else f" or write {parts.scheme}://USER@… when your name there is another,"
    return f"{host_of(parts)} does not take your keys. Add the right one with `ssh-add`,{user} then try again."


def _sftp(parts: SplitResult, connect: float, silence: float) -> Place:
    given = {"port": parts.port, "username": _plain(parts.username), "password": _plain(parts.password)}
    system = importlib.import_module("sshfs").SSHFileSystem(
        parts.hostname,
        **{name: value for name, value in given.items() if value},
        # Named here, since left out it means to the back end that any server is believed.
        known_hosts=[path for each in KNOWN_HOSTS if (path := str(Path(each).expanduser())) and Path(path).is_file()],
        connect_timeout=connect,
        login_timeout=silence,
        keepalive_interval=KEEPALIVE_SECONDS,
        skip_instance_cache=True,
    )

    def leave() -> None:
        system.loop.call_soon_threadsafe(system.client.abort)

    return Place(system=system, path=unquote(parts.path), leave=leave)


def _webdav(parts: SplitResult, connect: float, silence: float) -> Place:
    import httpx

    plain = parts.scheme == "webdav" and parts.hostname in LOOPBACK
    place = parts.netloc.rpartition("@")[2]
    user = _plain(parts.username)
    system = importlib.import_module("webdav4.fsspec").WebdavFileSystem(
        urlunsplit(("http" if plain else "https", place, "/", "", "")),
        auth=(user, _plain(parts.password) or "") if user else None,
        timeout=httpx.Timeout(silence, connect=connect),
        event_hooks={
            "request": [lambda request: onward(str(request.url), parts)]
        },  # redirects go to safe addresses only
        max_redirects=MOST_REDIRECTS,
        retry=False,
        skip_instance_cache=True,
    )
    return Place(system=system, path=unquote(parts.path), leave=system.client.http.close)


def _other(parts: SplitResult, connect: float, silence: float) -> Place:
    system, path = importlib.import_module("fsspec").core.url_to_fs(urlunsplit(parts))
    return Place(system=system, path=path, leave=_nothing)


def _plain(text: str | None) -> str | None:
    return unquote(text) if text else None


def _nothing() -> None:
    pass
