"""What a client takes from outside: the way to the network, the clock, new ids, and its patience."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ecm_tui.client.transport import OpenTransport, WebSocketTransport

ANSWER_SECONDS = 15.0
"""How long a command or query waits for its answer, reconnections included."""

PAUSES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5)
"""Seconds between tries to connect again; the last one repeats. A restarted service is found within a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The real ones; tests bring their own."""

    open_transport: OpenTransport = WebSocketTransport
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    new_id: Callable[[], str] = field(default=lambda: uuid.uuid4().hex)
    answer_seconds: float = ANSWER_SECONDS
    pauses: Sequence[float] = PAUSES
