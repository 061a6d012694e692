"""Numbers for a monitoring system at an address of their own: how many, how long, and of nobody in particular.

No label names a room, a person or an account. The address speaks plain http and belongs on loopback or a private
network.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from ecm_tui.core.appointment import Appointment
from ecm_tui.core.log import Recorded
from ecm_tui.core.message import type_name
from ecm_tui.service.home import listening
from ecm_tui.service.servers import running, server

if TYPE_CHECKING:
    from ecm_tui.service.serve import Service

MOST_BYTES = 4_096
"""Nobody sends anything here."""

_log = logging.getLogger(__name__)


class Now(Collector):
    """The service as it is at the moment of asking."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def collect(self) -> Iterable[Metric]:
        """Every gauge, with its value now."""
        parts, presence = self._service.parts, self._service.presence
        status = parts.organisers.queries.status()
        yield InfoMetricFamily("ecm", "The service.", {"version": parts.version})
        yield _gauge("ecm_calls", "Calls that run.", status["calls"])
        people = GaugeMetricFamily("ecm_people", "People who wait, and who are in calls.", labels=["state"])
        people.add_metric(["waiting"], status["waiting"])
        people.add_metric(["admitted"], status["in_call"])
        yield people
        yield _gauge("ecm_longest_wait_seconds", "How long somebody has waited at most.", status["longest"])
        yield _gauge("ecm_bridge_up", "1 while picture and sound can flow.", status["bridge"] == "up")
        yield _gauge("ecm_appointments_present", "Appointments with anybody in them.", len(presence.now))
        lines = GaugeMetricFamily("ecm_lines", "Open lines.", labels=["from"])
        lines.add_metric(["pages"], parts.live.open)
        lines.add_metric(["consoles"], parts.organisers.open)
        yield lines
        database = self._service.settings.home.database
        size = sum(path.stat().st_size for path in database.parent.glob(f"{database.name}*") if path.is_file())
        yield _gauge("ecm_database_bytes", "What the database and its journal take on the disk.", size)


def _gauge(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(name, about, value=float(value))


class Metrics:
    """The registry, and as an ASGI app what shows it."""

    def __init__(self, service: Service) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(Now(service))
        ProcessCollector(registry=self._registry)
        self._events = Counter(
            "ecm_events", "What happened in appointments, by type.", labelnames=["type"], registry=self._registry
        )

    def changed(self, before: Appointment, after: Appointment, records: Sequence[Recorded]) -> None:
        """Hear what was committed."""
        for record in records:
            self._events.labels(type_name(type(record.event))).inc()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """`GET /metrics`, and nothing else."""
        if scope["type"] != "http":
            return
        answer: Response = PlainTextResponse("Metrics are at /metrics.\n", 404)
        if scope["path"] == "/metrics":
            answer = PlainTextResponse("Only GET.\n", 405)
            if scope["method"] in ("GET", "HEAD"):
                answer = Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)
        await answer(scope, receive, send)

    @contextlib.asynccontextmanager
    async def shown(self, endpoint: str) -> AsyncIterator[None]:
        """The app is served at `endpoint`, host:port, until the end of the block. Raises EcmError where it cannot."""
        parts = urlsplit(f"//{endpoint}")
        with contextlib.closing(listening(parts.hostname or "", parts.port or 0)) as listener:
            async with running(server(self, private=False, most_bytes=MOST_BYTES), listener, _ended):
                yield


def _ended(task: asyncio.Task[None]) -> None:
    """No call depends on it, so that the service goes on."""
    if not task.cancelled():
        _log.error("metrics are not shown any more", exc_info=task.exception())
