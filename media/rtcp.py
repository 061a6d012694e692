"""RTCP: reading what peers report and writing what we report. Pure.

`parse` raises ValueError for anything malformed; unknown packet types are passed over.
Sources: RFC 3550 section 6 (SR, RR, BYE), RFC 4585 (NACK, PLI), RFC 5104 (FIR), draft-alvestrand-rmcat-remb (REMB).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SR, RR, BYE, RTPFB, PSFB = 200, 201, 203, 205, 206
NACK, PLI, FIR, APPLICATION = 1, 1, 4, 15
MAX_BLOCKS = 31
"""The count field of SR and RR has five bits."""

_HEAD = struct.Struct("!BBH")
_SENDER = struct.Struct("!LQLLL")
_BLOCK = struct.Struct("!LLLLLL")
_PAIR = struct.Struct("!LL")
_LOST = struct.Struct("!HH")


@dataclass(frozen=True, slots=True)
class Block:
    """What a receiver says of one stream."""

    ssrc: int
    fraction: int
    """Lost since the last report, in 256ths."""
    lost: int
    """Lost in all; may be negative with duplicates, 24 bits."""
    highest: int
    """Extended highest sequence number received, 32 bits."""
    jitter: int
    """In timestamp units."""
    last: int
    """Middle 32 bits of the NTP time of the last sender report seen; 0 = none."""
    delay: int
    """Since that report, in 1/65536 s."""


@dataclass(frozen=True, slots=True)
class SenderReport:
    ssrc: int
    ntp: int
    """64-bit NTP time."""
    timestamp: int
    packets: int
    octets: int
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class ReceiverReport:
    ssrc: int
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Nack:
    ssrc: int
    """The stream in which packets are missing."""
    lost: tuple[int, ...]
    """Sequence numbers, 16 bits each."""


@dataclass(frozen=True, slots=True)
class PictureLost:
    """PLI or FIR: the receiver needs a keyframe."""

    ssrc: int


@dataclass(frozen=True, slots=True)
class Bandwidth:
    """REMB: what the receiver believes it can take, in bits a second."""

    bitrate: int


@dataclass(frozen=True, slots=True)
class Bye:
    ssrcs: tuple[int, ...]


Packet = SenderReport | ReceiverReport | Nack | PictureLost | Bandwidth | Bye


def parse(data: bytes) -> list[Packet]:
    """Read a compound packet. Raises ValueError when any part of it is malformed."""
    packets: list[Packet] = []
    at = 0
    while at < len(data):
        if at + 4 > len(data):
            raise ValueError("RTCP header is cut short")
        first, kind, words = _HEAD.unpack_from(data, at)
        if first >> 6 != 2:
            raise ValueError("RTCP version is not 2")
        end = at + 4 + 4 * words
        if end > len(data):
            raise ValueError("RTCP packet is cut short")
        body = data[at + 4 : end]
        if first & 0x20:
            if not body or not 0 < body[-1] <= len(body):
                raise ValueError("RTCP padding is malformed")
            body = body[: -body[-1]]
        packets.extend(_read(kind, first & 0x1F, body))
        at = end
    return packets


def _read(kind: int, count: int, body: bytes) -> Iterable[Packet]:
    if kind == SR:
        if len(body) < 24:
            raise ValueError("sender report is cut short")
        ssrc, ntp, timestamp, packets, octets = _SENDER.unpack_from(body)
        return (SenderReport(ssrc, ntp, timestamp, packets, octets, _blocks(body, 24, count)),)
    if kind == RR:
        if len(body) < 4:
            raise ValueError("receiver report is cut short")
        return (ReceiverReport(int.from_bytes(body[:4], "big"), _blocks(body, 4, count)),)
    if kind == BYE:
        if len(body) < 4 * count:
            raise ValueError("BYE is cut short")
        return (Bye(struct.unpack_from(f"!{count}L", body)),)
    if kind in (RTPFB, PSFB):
        if len(body) < 8:
            raise ValueError("feedback is cut short")
        return _feedback(kind, count, body)
    return ()


def _blocks(body: bytes, at: int, count: int) -> tuple[Block, ...]:
    if len(body) < at + 24 * count:
        raise ValueError("report blocks are cut short")
    blocks = []
    for index in range(count):
        ssrc, losses, highest, jitter, last, delay = _BLOCK.unpack_from(body, at + 24 * index)
        lost = losses & 0xFFFFFF
        blocks.append(Block(ssrc, losses >> 24, lost - (lost >> 23 << 24), highest, jitter, last, delay))
    return tuple(blocks)


def _feedback(kind: int, form: int, body: bytes) -> Iterable[Packet]:
    ssrc = int.from_bytes(body[4:8], "big")
    if kind == RTPFB:
        return (Nack(ssrc, _missing(body)),) if form == NACK else ()
    if form == PLI:
        return (PictureLost(ssrc),)
    if form == FIR:
        return tuple(PictureLost(int.from_bytes(body[at : at + 4], "big")) for at in range(8, len(body) - 7, 8))
    if form == APPLICATION and body[8:12] == b"REMB" and len(body) >= 16:
        exponent, mantissa = body[13] >> 2, ((body[13] & 3) << 16) | (body[14] << 8) | body[15]
        return (Bandwidth(mantissa << exponent),)
    return ()


def _missing(body: bytes) -> tuple[int, ...]:
    lost = []
    for at in range(8, len(body) - 3, 4):
        first, more = _LOST.unpack_from(body, at)
        lost.append(first)
        lost.extend((first + 1 + bit) & 0xFFFF for bit in range(16) if more >> bit & 1)
    return tuple(lost)


def _packet(kind: int, count: int, body: bytes) -> bytes:
    return _HEAD.pack(0x80 | count, kind, len(body) // 4) + body


def sender_report(ssrc: int, ntp: int, timestamp: int, packets: int, octets: int) -> bytes:
    """A report without blocks; counters are taken modulo 2**32."""
    return _packet(SR, 0, _SENDER.pack(ssrc, ntp, timestamp, packets & 0xFFFFFFFF, octets & 0xFFFFFFFF))


def receiver_report(ssrc: int, blocks: Sequence[Block]) -> bytes:
    """At most 31 blocks are written."""
    body = struct.pack("!L", ssrc)
    for block in blocks[:MAX_BLOCKS]:
        lost = max(-0x800000, min(0x7FFFFF, block.lost)) & 0xFFFFFF
        losses = (block.fraction << 24) | lost
        body += _BLOCK.pack(block.ssrc, losses, block.highest, block.jitter, block.last, block.delay)
    return _packet(RR, min(len(blocks), MAX_BLOCKS), body)


def nack(reporter: int, ssrc: int, lost: Sequence[int]) -> bytes:
    """Ask for `lost`, 16-bit sequence numbers in ascending order, across the wrap too."""
    body = _PAIR.pack(reporter, ssrc)
    first, more = -1, 0
    for number in lost:
        bit = (number - first - 1) & 0xFFFF
        if first >= 0 and bit < 16:
            more |= 1 << bit
            continue
        if first >= 0:
            body += _LOST.pack(first, more)
        first, more = number, 0
    if first >= 0:
        body += _LOST.pack(first, more)
    return _packet(RTPFB, NACK, body)


def picture_lost(reporter: int, ssrc: int) -> bytes:
    return _packet(PSFB, PLI, _PAIR.pack(reporter, ssrc))


def bandwidth(reporter: int, bitrate: int, ssrcs: Sequence[int]) -> bytes:
    """REMB: `bitrate` in bits a second for all of `ssrcs` together."""
    exponent = max(0, bitrate.bit_length() - 18)
    mantissa = bitrate >> exponent
    body = _PAIR.pack(reporter, 0) + b"REMB" + bytes((len(ssrcs), exponent << 2 | mantissa >> 16))
    body += struct.pack(f"!H{len(ssrcs)}L", mantissa & 0xFFFF, *ssrcs)
    return _packet(PSFB, APPLICATION, body)
