"""How an invitation travels: by which channel, and whether the transport has taken it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Channel = Literal["email", "sms"]
DeliveryState = Literal["queued", "sent", "failed"]
"""`sent` means that the transport accepted it, and never less (S30)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One sending of one person's invitation by one channel."""

    channel: Channel
    number: int
    """1 for the first sending by this channel; a resend is the next number and the older one no longer counts."""
    arrived: bool = False
    """Whether the transport took this sending or one before it: there is something to take back."""
    state: DeliveryState = "queued"
    why: str = ""
    """Why it is still queued or has failed, in words; empty otherwise."""
