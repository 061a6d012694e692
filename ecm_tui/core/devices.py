"""A page's own camera and microphone, as the page reports them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DeviceState = Literal["on", "off", "denied", "none"]
"""What a page says of a camera or microphone: in use, switched off, refused by the person or browser, not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Devices:
    """What a page reports of its own camera and microphone."""

    camera: DeviceState = "none"
    microphone: DeviceState = "none"


NO_DEVICES = Devices()
"""Before a page reports, and when none is open."""
