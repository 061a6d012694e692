"""The service as a process of its own: signals, the word `ready`, and a daemon's end when nobody needs it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys

from ecm_tui.errors import EcmError
from ecm_tui.service.serve import Service
from ecm_tui.settings import Settings

IDLE_SECONDS = 12 * 3600.0
"""A daemon leaves so long after the last client."""

LOOK_SECONDS = 60.0
"""How often a daemon looks whether it is needed."""


def run(
    settings: Settings, *, port: int | None = None, host: str | None = None, daemon: bool = False, idle: float = 0
) -> None:
    """Serve until SIGTERM or SIGINT; a daemon also ends `idle` seconds (12 hours) after its last client.

    Prints `ready URL` when people are accepted. Raises EcmError when it cannot start.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    os.umask(0o077)
    asyncio.run(_run(Service(settings, host=host, port=port), (idle or IDLE_SECONDS) if daemon else None))


async def _run(service: Service, idle: float | None) -> None:
    entry = asyncio.create_task(service.__aenter__(), name="start")

    def asked() -> None:
        if not service.stop.is_set():
            service.stop.set()
            entry.cancel()  # a start that waits for a disk or a lock ends like a service that runs

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked)
    try:
        await entry
    except asyncio.CancelledError:
        if service.stop.is_set():
            return
        raise
    try:
        print(f"ready {service.url}", flush=True)
        await _until_needless(service, service.stop, idle)
    finally:
        await service.__aexit__()
    if service.broken:
        raise EcmError(f"The service has ended: {service.broken}. Its log says why.", "service_failed")


async def _until_needless(service: Service, stop: asyncio.Event, idle: float | None) -> None:
    """Return when asked to stop, or when nobody needed the service for `idle` seconds."""
    loop = asyncio.get_running_loop()
    last = loop.time()
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), min(LOOK_SECONDS, idle / 4) if idle else LOOK_SECONDS)
        if service.busy:
            last = loop.time()
        if idle is not None and loop.time() - last >= idle:
            return
