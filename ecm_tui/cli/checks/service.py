"""The service of this home: whether it runs, whether its bridge is up, and whether it could take its ports."""

from __future__ import annotations

import errno
import os
import socket
import time
from collections.abc import Iterator, Mapping
from typing import Any

from ecm_tui.cli.checks.check import Check, bad, ok, warn
from ecm_tui.settings import Settings

FREE_PORT_TRIES = 64
"""UDP ports of a range that are tried: enough to tell a free range from a taken one."""

BRIDGE_SECONDS = 8.0
LOOK_EVERY = 0.2

AGAIN = "`ecm-tui service restart` starts it anew."


def checks(settings: Settings) -> Iterator[Check]:
    """Service and ports; nothing is started."""
    from ecm_tui.service import daemon

    running = daemon.find(settings.home)
    if running is None:
        yield _stopped(settings)
        yield _port(settings)
    else:
        status = _settled(running)
        yield _running(running, status)
        if status is not None:
            yield _version(running.version)
            yield _bridge(status)
            yield ok("port.http", f"The service listens at {running.url}.")
    yield _media_ports(settings, running is not None)


def _settled(running: Any) -> Mapping[str, Any] | None:
    """How the service is; one whose bridge is down gets the moment that a bridge takes to start."""
    from ecm_tui.service import daemon

    end = time.monotonic() + BRIDGE_SECONDS
    while True:
        status = daemon.status(running)
        if status is None or status.get("bridge") == "up" or time.monotonic() >= end:
            return status
        time.sleep(LOOK_EVERY)


def _stopped(settings: Settings) -> Check:
    from ecm_tui.service import daemon

    if settings.home.service_file.exists():
        sentence = "The service does not run, and it did not end in order: it was killed, or the computer went down."
        return warn("service.running", sentence, f"{daemon.log_path(settings.home)} may say why. {AGAIN}")
    return ok("service.running", "No service runs. The console and most commands start it when they need it.")


def _running(running: Any, status: Mapping[str, Any] | None) -> Check:
    if status is None:
        sentence = f"The service, process {running.pid}, runs and does not answer."
        return bad("service.running", sentence, f"`ecm-tui service restart` if it stays so; `kill -9 {running.pid}`.")
    calls, waiting = status.get("calls"), status.get("waiting")
    return ok("service.running", f"The service runs: calls {calls}, people waiting {waiting}.")


def _version(theirs: str) -> Check:
    from ecm_tui.version import own_version

    if theirs == own_version():
        return ok("service.version", f"Service and program are both version {theirs}.")
    sentence = f"The service that runs is version {theirs}, this program is {own_version()}."
    return warn("service.version", sentence, f"{AGAIN} It asks when a call runs.")


def _bridge(status: Mapping[str, Any]) -> Check:
    if status.get("bridge") == "up":
        return ok("service.bridge", "The media bridge is up: picture and sound can flow.")
    sentence = "The media bridge is down: nobody sees or hears anybody."
    return bad(
        "service.bridge", sentence, "Look again in some seconds; then `ecm-tui service restart`. bridge.log tells."
    )


def _port(settings: Settings) -> Check:
    host, port = settings.serve.host, settings.serve.port
    if port == 0:
        return ok("port.http", "The system picks a free port when the service starts.")
    problem = _taken(host, port, socket.SOCK_STREAM)
    if problem is None:
        return ok("port.http", f"Port {port} on {host} is free for the service.")
    if problem != errno.EADDRINUSE:
        sentence = f"The service could not listen on {host} port {port}: {_words(problem)}."
        return bad("port.http", sentence, "Set serve.host to an address of this computer and serve.port above 1023.")
    if "serve.port" in settings.sources:
        sentence = f"Port {port} on {host} is taken by another program: the service could not start."
        return bad("port.http", sentence, "Stop that program, or set another serve.port.")
    return warn("port.http", f"Port {port} is taken by another program. The service takes the next free one.")


def _media_ports(settings: Settings, running: bool) -> Check:
    if settings.media.ports is None:
        return ok(
            "port.media", "Picture and sound take any UDP port. A firewall must let UDP through to this computer."
        )
    low, high = settings.media.ports
    count, places = high - low + 1, settings.session.places
    named = f"{low}-{high}"
    if not running and all(
        _taken("", port, socket.SOCK_DGRAM) for port in range(low, min(high + 1, low + FREE_PORT_TRIES))
    ):
        sentence = f"The UDP ports {named} are taken: nobody could see or hear anybody."
        return bad("port.media", sentence, "Set another range in media.ports.")
    if count < places:
        sentence = f"{count} UDP ports ({named}) are fewer than the {places} people that a call may hold."
        return warn("port.media", sentence, "Set a wider range in media.ports: one port a person and local address.")
    return ok("port.media", f"Picture and sound take the UDP ports {named}. A firewall must let them through.")


def _taken(host: str, port: int, kind: int) -> int | None:
    """Why this port cannot be bound, as an error number; None when it is free."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host or None, port, type=kind, flags=socket.AI_PASSIVE)[0]
        with socket.socket(family, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            if kind == socket.SOCK_STREAM:
                probe.listen(1)
    except socket.gaierror:
        return errno.EADDRNOTAVAIL
    except OSError as error:
        return error.errno or errno.EIO
    return None


def _words(number: int) -> str:
    return os.strerror(number).lower()


def elsewhere(url: str) -> Iterator[Check]:
    """The service at `url`, for a computer that only has the console."""
    from ecm_tui.cli.checks.links import healthy

    problem = healthy(url)
    if problem is None:
        yield ok("service.running", f"The service at {url} answers and accepts people.")
    else:
        yield bad("service.running", f"The service at {url} {problem}.", "Check the address, and that it runs there.")
