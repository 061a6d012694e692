"""RTP and VP8 by the byte: where things are in a packet, and nothing more.

Pure. Every function takes what a stranger sent and answers "nothing found" for what it cannot read; none raises.
Sources: RFC 3550 section 5.1 (header), RFC 8285 (extensions), RFC 6464 (audio level), RFC 7741 section 4.2 (VP8).
"""

from __future__ import annotations

import struct

HEADER = struct.Struct("!BBHLL")
"""First byte, marker and payload type, sequence number, timestamp, SSRC: 12 bytes, network order."""

HEADER_SIZE = 12
VERSION_2 = 0x80
PADDED = 0x20
EXTENDED = 0x10
MARKER = 0x80

ONE_BYTE_EXTENSIONS = 0xBEDE
SILENCE = 127
"""RFC 6464: -127 dBov, also what is assumed where no level is given."""

Buffer = bytes | bytearray | memoryview
Parts = tuple[int, int, int, int, int, int, int]
"""Marker and payload type, sequence number, timestamp, SSRC, extension offset or 0, payload start, payload end."""


def parse(packet: Buffer, size: int) -> Parts | None:
    """Find the parts of the clear RTP packet in the first `size` bytes; None when it is malformed.

    A packet of padding only has payload start = payload end.
    """
    if size < HEADER_SIZE:
        return None
    first, second, seq, timestamp, ssrc = HEADER.unpack_from(packet)
    if first & 0xC0 != VERSION_2:
        return None
    start = HEADER_SIZE + 4 * (first & 0x0F)
    extension = 0
    if first & EXTENDED:
        if start + 4 > size:
            return None
        extension = start
        start += 4 + 4 * ((packet[start + 2] << 8) | packet[start + 3])
    end = size
    if first & PADDED:
        if start >= size or packet[size - 1] == 0:
            return None
        end -= packet[size - 1]
    if start > end:
        return None
    return second, seq, timestamp, ssrc, extension, start, end


def audio_level(packet: Buffer, extension: int, end: int, identifier: int) -> int:
    """The loudness in -dBov (0 loudest, 127 silent) of the one-byte extension `identifier`; 127 when there is none.

    `extension` and `end` are the extension's offset and the payload's start, as `parse` gives them.
    """
    if not extension or (packet[extension] << 8) | packet[extension + 1] != ONE_BYTE_EXTENSIONS:
        return SILENCE
    at = extension + 4
    while at + 1 < end:
        head = packet[at]
        if head == 0:
            at += 1
            continue
        if head >> 4 == identifier:
            return packet[at + 1] & 0x7F
        if head >> 4 == 15:
            return SILENCE
        at += 2 + (head & 0x0F)
    return SILENCE


Vp8 = tuple[bool, int, bool, int]
"""A keyframe begins here, offset of the picture id or 0, it has 15 bits, offset of TL0PICIDX or 0."""

NO_VP8: Vp8 = (False, 0, False, 0)


def vp8(payload: Buffer) -> Vp8:
    """Read the VP8 payload descriptor at the start of `payload`; `NO_VP8` when it is cut short."""
    size = len(payload)
    if size < 2:
        return NO_VP8
    first = payload[0]
    at = 1
    picture = level_index = 0
    wide = False
    if first & 0x80:
        present = payload[1]
        at = 2
        if present & 0x80:
            if at >= size:
                return NO_VP8
            picture = at
            wide = bool(payload[at] & 0x80)
            at += 2 if wide else 1
        if present & 0x40:
            level_index = at
            at += 1
        if present & 0x30:
            at += 1
    if at >= size:
        return NO_VP8
    # S = 1 and PID = 0: the frame's first partition starts here; P = 0 in the frame header: it is a keyframe.
    return first & 0x17 == 0x10 and payload[at] & 1 == 0, picture, wide, level_index


def vp8_size(payload: Buffer) -> int:
    """Bytes of the VP8 payload descriptor at the start of `payload`; 0 when it is cut short."""
    if not payload:
        return 0
    at = 1
    if payload[0] & 0x80:
        if len(payload) < 3:
            return 0
        present = payload[1]
        at = 2
        if present & 0x80:
            at += 2 if payload[2] & 0x80 else 1
        at += bool(present & 0x40) + bool(present & 0x30)
    return at if at <= len(payload) else 0


def picture_id(payload: Buffer, at: int, wide: bool) -> int:
    """The picture id at `at`: 15 bits when `wide`, else 7."""
    return ((payload[at] & 0x7F) << 8) | payload[at + 1] if wide else payload[at] & 0x7F


def difference(a: int, b: int) -> int:
    """a - b for 16-bit sequence numbers that wrap: -32768..32767."""
    return ((a - b + 0x8000) & 0xFFFF) - 0x8000
