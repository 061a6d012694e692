"""RTP by hand: keys for both ends of a leg, packets in, packets out, without any network."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

from pylibsrtp import Error, Policy, Session

from media import rtcp
from media.leg import Leg
from media.rtp import HEADER
from media.srtp import IN, Keys

PROFILE = Policy.SRTP_PROFILE_AES128_CM_SHA1_80
NTP_AT_ZERO = 3_900_000_000
HERE = ("192.0.2.77", 5000)


class Clock:
    """Time that goes on only when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def ntp(self, now: float) -> int:
        return int((now + NTP_AT_ZERO) * 2**32)


def session(key: bytes, direction: Any) -> Session:
    policy = Policy(key=key, ssrc_type=direction, srtp_profile=PROFILE)
    policy.allow_repeat_tx = True
    policy.window_size = 1024
    return Session(policy)


@dataclass
class Packet:
    """One clear packet as a receiver finds it."""

    marker: int
    payload_type: int
    seq: int
    timestamp: int
    ssrc: int
    payload: bytes
    padded: bool = False


@dataclass
class Far:
    """The far end of a leg: protects what it sends and opens what it gets."""

    leg: Leg
    out: Session
    into: Session
    key: bytes = b""
    """Of what the leg sends."""
    packets: list[Packet] = field(default_factory=list)
    reports: list[rtcp.Packet] = field(default_factory=list)

    def deliver(self, datagram: bytes, now: float, address: Any = HERE, endpoint: Any = None) -> None:
        """Let the leg have a datagram as its socket would."""
        IN[: len(datagram)] = datagram
        self.leg.datagram(endpoint or self.leg.endpoint, len(datagram), address, now)

    def rtp(
        self, payload_type: int, seq: int, timestamp: int, payload: bytes, *, ssrc: int, now: float, marker: int = 0,
        extension: bytes = b"", padding: bytes = b"",
    ) -> None:  # fmt: skip
        first = 0x80 | (0x10 if extension else 0) | (0x20 if padding else 0)
        head = HEADER.pack(first, marker | payload_type, seq & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc)
        self.deliver(self.out.protect(head + extension + payload + padding), now)

    def rtcp(self, packet: bytes, now: float) -> None:
        self.deliver(self.out.protect_rtcp(packet), now)

    def take(self, data: bytes, address: Any) -> None:
        """What the leg sends."""
        if 192 <= data[1] <= 223:
            self.reports += rtcp.parse(self.into.unprotect_rtcp(data))
            return
        try:
            clear = self.into.unprotect(data)
        except Error:
            # A resend of what was not lost here: read it as a receiver does that missed it.
            clear = session(self.key, Policy.SSRC_ANY_INBOUND).unprotect(data)
        first, second, seq, timestamp, ssrc = HEADER.unpack_from(clear)
        self.packets.append(
            Packet(second & 0x80, second & 0x7F, seq, timestamp, ssrc, clear[12:], padded=bool(first & 0x20))
        )

    def reported(self, kind: type) -> list[Any]:
        return [report for report in self.reports if isinstance(report, kind)]


class FarEndpoint:
    """Stands for a socket: what is sent on it reaches the far end."""

    def __init__(self, far: Far) -> None:
        self.transport = self
        self.sendto = far.take


def connect(clock: Clock, person: str) -> Far:
    """An open leg and its far end."""
    leg = Leg(person, clock, clock.ntp)
    there, here = os.urandom(30), os.urandom(30)
    far = Far(leg, session(there, Policy.SSRC_ANY_OUTBOUND), session(here, Policy.SSRC_ANY_INBOUND), here)
    keys = Keys(session(there, Policy.SSRC_ANY_INBOUND), session(here, Policy.SSRC_ANY_OUTBOUND))
    endpoint: Any = FarEndpoint(far)
    leg.open(keys, endpoint, HERE)
    return far


def vp8_payload(picture: int, *, key: bool = False, tl0: int | None = None, body: bytes = b"picture") -> bytes:
    """A VP8 packet that begins a frame, with a 15-bit picture id and, if given, a TL0PICIDX."""
    frame = bytes((0 if key else 1,)) + body
    wide = (picture | 0x8000).to_bytes(2, "big")
    if tl0 is None:
        return b"\x90\x80" + wide + frame
    return b"\x90\xe0" + wide + bytes((tl0 & 0xFF, 0x20)) + frame


def level_extension(level: int, number: int = 1) -> bytes:
    """The RFC 6464 header extension with this -dBov."""
    return b"\xbe\xde\x00\x01" + bytes((number << 4, 0x80 | level, 0, 0))
