"""What makes a service the one of its home: the lock, the sockets it listens on, and the file that says where it is."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ecm_tui.errors import ConfigError, EcmError, PortInUseError, ServiceRunningError
from ecm_tui.paths import Places
from ecm_tui.service.secrets import write_private
from ecm_tui.settings import LOOPBACK_HOSTS, Settings

NEXT_PORTS = 200
"""Ports after the usual one that are tried before the system picks any."""

BACKLOG = 2048


@contextlib.contextmanager
def held(places: Places) -> Iterator[None]:
    """This process is the service of this home until the end of the block.

    Raises ServiceRunningError naming the first.
    """
    descriptor = os.open(places.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            known = said(places)
            where = str(known.get("url") or "an address it has not written down yet")
            raise ServiceRunningError(_name(places), int(known.get("pid") or 0), where) from error
        yield
    finally:
        os.close(descriptor)


def _name(places: Places) -> str:
    """What people call this home: its one directory, or that of its data."""
    return str(places.data.parent if places.data.parent == places.state.parent else places.data)


def said(places: Places) -> dict[str, Any]:
    """What the service of this home wrote of itself; empty when it wrote nothing that can be read."""
    try:
        found = json.loads(places.service_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


@contextlib.contextmanager
def announced(places: Places, url: str, version: str) -> Iterator[None]:
    """Consoles and commands find the service by this file until the end of the block."""
    found = {"pid": os.getpid(), "url": url, "socket": str(places.socket), "version": version}
    write_private(places.service_file, json.dumps(found).encode())
    try:
        yield
    finally:
        if said(places).get("pid") == os.getpid():
            places.service_file.unlink(missing_ok=True)


def check_safe(settings: Settings, host: str) -> None:
    """Raises ConfigError for plain http where others could read along, and for a certificate that cannot be used."""
    serve = settings.serve
    if serve.tls_cert:
        place = settings.sources.get("serve.tls_cert", "serve.tls_cert")
        try:
            ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(serve.tls_cert, serve.tls_key)
        except (OSError, ssl.SSLError) as error:
            wrong = f"{serve.tls_cert} with {serve.tls_key} cannot be used: {error.strerror or error}."
            raise ConfigError(place, "serve.tls_cert", wrong) from error
    if host in LOOPBACK_HOSTS or serve.tls_cert or serve.behind_proxy:
        return
    wrong = (
        f"{host} would offer plain http to other computers: others could listen, and browsers give no camera. "
        "Set serve.tls_cert and serve.tls_key, or serve.behind_proxy when a reverse proxy does TLS in front of it."
    )
    raise ConfigError(settings.sources.get("serve.host", "--host"), "serve.host", wrong)


def bind_private(path: Path) -> socket.socket:
    """The service's unix socket, for this user only; one that a dead service left behind is replaced."""
    path.unlink(missing_ok=True)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o077)
    try:
        made.bind(str(path))
        path.chmod(0o600)
    except OSError as error:
        made.close()
        raise EcmError(f"The socket {path} cannot be made: {error.strerror}.") from error
    finally:
        os.umask(before)
    made.setblocking(False)
    return made


def bind_public(places: Places, host: str, port: int, explicit: bool) -> socket.socket:
    """The TCP socket: the port asked for, or the one of the last time, the usual one, the next that is free.

    Links name the port, so it is kept in the state. Raises PortInUseError for a port that was asked for.
    """
    if port == 0:
        return listening(host, 0)
    if explicit:
        return listening(host, port)
    for candidate in [*_kept(places), port, *range(port + 1, min(port + NEXT_PORTS, 65536))]:
        try:
            made = listening(host, candidate)
        except PortInUseError:
            continue
        write_private(places.state / "port", str(candidate).encode())
        return made
    raise PortInUseError(host, port)


def _kept(places: Places) -> list[int]:
    try:
        port = int((places.state / "port").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return []
    return [port] if 1024 <= port <= 65535 else []


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises PortInUseError, or EcmError with the reason."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        made = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise ConfigError("serve.host", "", f"{host} is no address of this computer.") from error
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(BACKLOG)  # with SO_REUSEADDR two may bind one port; only one may listen
    except OSError as error:
        made.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUseError(host, port) from error
        raise EcmError(f"The service cannot listen on {host} port {port}: {error.strerror}.") from error
    made.setblocking(False)
    return made


def display_name() -> str:
    """The OS user's full name, else the login name; patients read it, so `root` is nobody's name."""
    try:
        import pwd

        entry = pwd.getpwuid(os.getuid())
        name = entry.pw_gecos.partition(",")[0].strip() or entry.pw_name
        return name[:80] if name != "root" else "Organiser"
    except (ImportError, KeyError):
        return "Organiser"
