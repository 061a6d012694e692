"""SRTP without copies: libsrtp called through pylibsrtp's cffi binding on two buffers that are used again and again.

The event loop is one thread and handles one datagram at a time, so one buffer for what comes in and one for what goes
out serve every leg of the process. Nothing may be kept in them across an `await`.
"""

from __future__ import annotations

from typing import Any, Final

from pylibsrtp._binding import ffi, lib  # type: ignore[import-not-found]  # A compiled module without stubs.

SIZE: Final = 2048
"""Bytes of a buffer: an Ethernet datagram and libsrtp's largest trailer (164 bytes) fit."""

MAX_CLEAR: Final = SIZE - 164
"""The longest clear packet that may be protected, in bytes."""

IN_CHARS: Final = ffi.new("char[]", SIZE)
IN: Final[memoryview] = memoryview(ffi.buffer(IN_CHARS)).cast("B")
"""Where a datagram is received and made clear."""

OUT_CHARS: Final = ffi.new("char[]", SIZE)
OUT: Final = ffi.buffer(OUT_CHARS)
"""Where a packet is written and protected; slices of it are bytes."""

LENGTH: Final = ffi.new("int *")
"""In: bytes before, out: bytes after the call."""

unprotect: Final = lib.srtp_unprotect
protect: Final = lib.srtp_protect


class Keys:
    """Both directions of one connection's SRTP, taken from aiortc's sessions after the DTLS handshake."""

    __slots__ = ("_sessions", "rx", "tx")

    def __init__(self, rx: Any, tx: Any) -> None:
        self._sessions = (rx, tx)  # They free the contexts when they go.
        self.rx = rx._srtp[0]
        self.tx = tx._srtp[0]

    def open_rtp(self, size: int) -> int:
        """Make the `size` bytes in `IN` clear; the clear size, or 0 when they are not valid."""
        LENGTH[0] = size
        return LENGTH[0] if unprotect(self.rx, IN_CHARS, LENGTH) == 0 else 0

    def open_rtcp(self, size: int) -> int:
        """As `open_rtp`, for RTCP."""
        LENGTH[0] = size
        return LENGTH[0] if lib.srtp_unprotect_rtcp(self.rx, IN_CHARS, LENGTH) == 0 else 0

    def seal_rtcp(self, packet: bytes) -> bytes:
        """Protect an RTCP packet; empty when it is too long or libsrtp refuses."""
        size = len(packet)
        if size > MAX_CLEAR:
            return b""
        OUT[0:size] = packet
        LENGTH[0] = size
        if lib.srtp_protect_rtcp(self.tx, OUT_CHARS, LENGTH) != 0:
            return b""
        sealed: bytes = OUT[0 : LENGTH[0]]
        return sealed
