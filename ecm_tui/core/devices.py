"""A page's own camera and microphone, as the page reports them."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

DeviceState = Literal["on", "off", "denied", "none"]
"""What a page says of a camera or microphone: in use, switched off, refused by the person or browser, not there."""


class Devices(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a page reports of its own camera and microphone."""

    camera: DeviceState = "none"
    microphone: DeviceState = "none"


NO_DEVICES = Devices()
"""Before a page reports, and when none is open."""
