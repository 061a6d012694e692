"""The own microphone and camera: what the console allows, the window's keys say and the device does. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Device = Literal["on", "off", "denied", "none"]
"""As a page reports it: on, switched off, not allowed by the system, or not there."""

REAL: frozenset[str] = frozenset({"on", "off"})


@dataclass(slots=True)
class Switch:
    """One device's switch. On only when the console allows it, the own key says so, and there is a device."""

    name: str
    """microphone or camera, for sentences."""
    allowed: bool = True
    """The console's switch (F9, F5)."""
    own: bool = True
    """The window's own key."""
    found: Device = "on"
    """`on` when the device is there; `denied` or `none` when not."""

    @property
    def wanted(self) -> bool:
        """Whether the device should run now."""
        return self.allowed and self.own and self.found == "on"

    @property
    def report(self) -> Device:
        """What the service is told."""
        return self.found if self.found != "on" else "on" if self.wanted else "off"

    def allow(self, allowed: bool) -> None:
        """The console's word; switching on there also switches on here."""
        if allowed and not self.allowed:
            self.own = True
        self.allowed = allowed

    def press(self) -> str:
        """The window's key. Gives a sentence when it cannot do what was meant, else an empty text."""
        if self.found == "none":
            return f"There is no {self.name} on this computer."
        if self.found == "denied":
            return f"The system does not allow the {self.name}. Allow it in its settings, then open the window again."
        if not self.allowed:
            return f"The {self.name} is switched off in the console. Switch it on there."
        self.own = not self.own
        return ""

    @property
    def words(self) -> str:
        """For the bar: what the device does."""
        return {"on": "on", "off": "off", "denied": "not allowed", "none": "none"}[self.report]
