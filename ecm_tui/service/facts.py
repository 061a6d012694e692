"""What the bridge measures, as passing facts for those who follow a call. Nothing of it enters the log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecm_tui.service.grants import Grant
from ecm_tui.service.hub import Hub

FIGURES = ("rtt_ms", "loss_in", "loss_out", "kbps_in", "kbps_out", "weak")


class Facts:
    """Hears the bridge and tells the hub."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def bridge_up(self) -> None:
        """Each peer says for itself when it is connected again."""

    def bridge_down(self) -> None:
        """Each page says what it sees."""

    def from_bridge(self, grant: Grant, message: Mapping[str, Any]) -> None:
        """`kind` media: connected (with its path) or lost; `kind` quality: the figures of the last two seconds."""
        match message["type"]:
            case "connected":
                self._tell(grant, {"kind": "media", "state": "connected", "path": message.get("path")})
            case "lost":
                self._tell(grant, {"kind": "media", "state": "lost", "reason": message.get("reason")})
            case "stats":
                self._tell(grant, {"kind": "quality", **{name: message.get(name) for name in FIGURES}})

    def speaking(self, call: str, people: list[str]) -> None:
        """`kind` speaking: the loudest now."""
        self._hub.tell(call, {"person": "", "kind": "speaking", "people": people})

    def _tell(self, grant: Grant, data: Mapping[str, Any]) -> None:
        self._hub.tell(grant.call, {"person": grant.person, "role": grant.role, **data})
