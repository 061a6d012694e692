"""The lean path to libsrtp does what the usual one does."""

import os

from pylibsrtp import Policy

from media.srtp import IN, LENGTH, MAX_CLEAR, OUT, OUT_CHARS, SIZE, Keys, protect
from tests.media.wire import session

CLEAR = b"\x80\x60\0\1" + bytes(4) + b"\0\0\0\7" + b"payload"
RTCP = b"\x80\xc9\0\1\0\0\0\1"


def pair() -> tuple[Keys, object, object]:
    there, here = os.urandom(30), os.urandom(30)
    keys = Keys(session(there, Policy.SSRC_ANY_INBOUND), session(here, Policy.SSRC_ANY_OUTBOUND))
    return keys, session(there, Policy.SSRC_ANY_OUTBOUND), session(here, Policy.SSRC_ANY_INBOUND)


def test_what_is_protected_in_the_buffer_is_opened_by_the_library():
    keys, _, far = pair()
    OUT[0 : len(CLEAR)] = CLEAR
    LENGTH[0] = len(CLEAR)
    assert protect(keys.tx, OUT_CHARS, LENGTH) == 0
    assert far.unprotect(OUT[0 : LENGTH[0]]) == CLEAR


def test_what_the_library_protects_is_opened_in_the_buffer_once():
    keys, far, _ = pair()
    datagram = far.protect(CLEAR)
    IN[: len(datagram)] = datagram
    assert keys.open_rtp(len(datagram)) == len(CLEAR) and bytes(IN[: len(CLEAR)]) == CLEAR
    IN[: len(datagram)] = datagram
    assert keys.open_rtp(len(datagram)) == 0


def test_forged_datagrams_are_not_opened():
    keys, _, _ = pair()
    for size in (0, 1, 11, 12, 40, SIZE):
        IN[:size] = (b"\x80\x60" + bytes(SIZE))[:size]
        assert keys.open_rtp(size) == 0
        assert keys.open_rtcp(size) == 0


def test_reports_are_sealed_and_too_long_ones_are_not():
    keys, _, far = pair()
    assert far.unprotect_rtcp(keys.seal_rtcp(RTCP)) == RTCP
    assert keys.seal_rtcp(RTCP + bytes(MAX_CLEAR)) == b""
