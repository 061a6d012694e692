"""What runs beside the doors and without which every call goes on: retention, hooks and metrics."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING

from ecm_tui.errors import ConfigError, PortInUseError
from ecm_tui.service.hooks import Hooks

if TYPE_CHECKING:
    from ecm_tui.service.serve import Service


@contextlib.asynccontextmanager
async def beside(service: Service) -> AsyncIterator[None]:
    """All of it runs inside the block. Raises ConfigError for an address of metrics that cannot be used."""
    settings, hub = service.settings, service.parts.streams.hub

    def counts() -> Mapping[str, int]:
        presence = service.presence
        return {"waiting": presence.waiting, "in_call": presence.in_call, "calls": presence.calls}

    hooks = Hooks(settings.hooks, counts, settings.home.state)
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(service.retention.running())
        await stack.enter_async_context(hooks.running())
        stack.callback(hub.subscribe(hooks.changed))
        if settings.serve.metrics:
            from ecm_tui.service.metrics import Metrics  # late: few homes show any

            metrics = Metrics(service)
            try:
                await stack.enter_async_context(metrics.shown(settings.serve.metrics))
            except PortInUseError as error:
                place = settings.sources.get("serve.metrics", "serve.metrics")
                wrong = f"is {settings.serve.metrics}, which another program has taken."
                raise ConfigError(place, "serve.metrics", wrong) from error
            stack.callback(hub.subscribe(metrics.changed))
        yield
