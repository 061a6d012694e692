"""One person of the load: raw packets, encoded before, to a hub and back.

Nothing is decoded. What arrives is counted by its clear SSRC and sequence number; one frame in so many is decrypted
for the time at which it was sent, and compared with the time at which the kernel received it, so that a delay is the
hub's and not that of our own queue.
"""

from __future__ import annotations

import random
import socket
import struct
import time
from dataclasses import dataclass
from typing import Any

from aiortc.rtp import (
    RTCP_PSFB_FIR,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSenderInfo,
    RtcpSrPacket,
)
from pylibsrtp._binding import ffi, lib  # type: ignore[import-not-found]  # A compiled module without stubs.

from tests.benchmarks import sdp
from tests.benchmarks.content import PICTURE_AT, RATE, STAMP, Content
from tests.benchmarks.handshake import SO_TIMESTAMPNS, Handshake

HEADER = struct.Struct("!BBHLL")
SEEN = struct.Struct("!xBH4xL")
"""What is clear of a packet that arrives: marker and payload type, sequence number, SSRC."""
DRAIN = 64
"""Datagrams read in one wake-up."""
SAMPLE = 256
"""Every so many packets one is decrypted."""
OWN = 2
"""Lines of our own, sound and picture; the others are slots."""
NTP_EPOCH = 2_208_988_800

_IN = bytearray(2048)
_IN_CHARS = ffi.new("char[]", 2048)
_IN_CLEAR = ffi.buffer(_IN_CHARS)
_OUT_CHARS = ffi.new("char[]", 2048)
_OUT = ffi.buffer(_OUT_CHARS)
_LENGTH = ffi.new("int *")


class Stream:
    """What arrived on one of the hub's SSRCs."""

    __slots__ = ("count", "first", "frames", "highest", "kind", "last", "mid")

    def __init__(self, kind: str, mid: str) -> None:
        self.kind = kind
        self.mid = mid
        self.count = self.frames = 0
        self.first = self.highest = -1
        """Sequence numbers, extended over wraps."""
        self.last = 0.0
        """Monotonic time of the newest packet."""

    @property
    def expected(self) -> int:
        return self.highest - self.first + 1 if self.first >= 0 else 0


@dataclass(slots=True)
class Out:
    """One stream that we send."""

    ssrc: int
    payload: int = 0
    seq: int = 0
    timestamp: int = 0
    index: int = 0
    """Place in the loop."""
    picture: int = 0
    packets: int = 0
    octets: int = 0


class Person:
    """One connection to a hub."""

    def __init__(self, name: str, content: Content, sounds: int, pictures: int, sends: bool = True) -> None:
        self.name = name
        self.content = content
        self.sound = Out(random.getrandbits(31), seq=random.getrandbits(15), timestamp=random.getrandbits(31))
        self.picture = Out(random.getrandbits(31), seq=random.getrandbits(15), timestamp=random.getrandbits(31))
        own = [sdp.Line("audio", sends, self.sound.ssrc), sdp.Line("video", sends, self.picture.ssrc)]
        self.lines = own + [sdp.Line("audio", False)] * sounds + [sdp.Line("video", False)] * pictures
        self.sends = sends
        self.quality = "large"
        self.level = 127
        """-dBov that we claim to be at."""
        self.streams: dict[int, Stream] = {}
        self.delays: list[float] = []
        """Milliseconds from our sendto to the kernel's receipt, of the frames that were looked at."""
        self.sent = self.strangers = self.keyframes = self.nacked = 0
        """Packets sent, packets of no slot, keyframes asked of us, packets asked of us again."""
        self.connected = False
        self.handshake = Handshake(name)
        self._send_to: Any = None
        self._address: Any = None
        self._tx: Any = None
        self._rx: Any = None
        self._level_id = 0
        self._until_sample = random.randrange(SAMPLE)
        self._reported: dict[int, tuple[int, int]] = {}

    async def offer(self) -> str:
        """An offer with all candidates."""
        return await self.handshake.offer(self.lines)

    async def connect(self, text: str) -> None:
        """Take the hub's answer, connect, and take the sockets over; raises ConnectionError or TimeoutError."""
        answer = await self.handshake.connect(text)
        for mid, line in enumerate(self.lines):
            if line.sends:
                out = self.sound if line.kind == "audio" else self.picture
                out.payload = answer.payloads[str(mid)]
            elif mid >= OWN and str(mid) in answer.ssrcs:
                self.streams[answer.ssrcs[str(mid)]] = Stream(line.kind, str(mid))
        extensions = answer.extensions.get("0", {})
        self._level_id = next((n for n, uri in extensions.items() if uri.endswith("ssrc-audio-level")), 0)
        self._send_to, self._address = self.handshake.take_over(self._readable)
        self._tx, self._rx = self.handshake.keys()
        self.connected = True

    async def close(self) -> None:
        """Let go of everything; may be called again."""
        self.connected = False
        await self.handshake.close()

    def _readable(self, sock: socket.socket, protocol: Any) -> None:
        receive, seen, streams, box = sock.recvfrom_into, SEEN.unpack_from, self.streams, _IN
        now = time.monotonic()
        for _ in range(DRAIN):
            try:
                if self._until_sample <= 0:
                    size, extra, _, address = sock.recvmsg_into([box], 64)
                else:
                    size, address = receive(box)
                    extra = []
            except BlockingIOError:
                return
            except OSError:
                continue
            if not 127 < box[0] < 192:
                protocol.datagram_received(bytes(box[:size]), address)
                if self._closed(sock):
                    return
                continue
            second, seq, ssrc = seen(box)
            if 192 <= second <= 223:
                self._rtcp(size)
                continue
            stream = streams.get(ssrc)
            if stream is None:
                self.strangers += 1
                continue
            self._until_sample -= 1
            stream.count += 1
            stream.last = now
            step = ((seq - stream.highest + 0x8000) & 0xFFFF) - 0x8000 if stream.first >= 0 else 1
            if stream.first < 0:
                stream.first = stream.highest = seq + 0x10000
            elif step > 0:
                stream.highest += step
            if second & 0x80 and stream.kind == "video":
                stream.frames += 1
                if extra:
                    self._look(size, extra)

    def _closed(self, sock: socket.socket) -> bool:
        return not self.connected or sock.fileno() < 0

    def _look(self, size: int, extra: list[Any]) -> None:
        """Decrypt a frame's last packet and note how long it was on its way."""
        self._until_sample = SAMPLE
        _IN_CLEAR[0:size] = bytes(_IN[:size])
        _LENGTH[0] = size
        if lib.srtp_unprotect(self._rx, _IN_CHARS, _LENGTH) != 0:
            return
        end = _LENGTH[0]
        stamp = int.from_bytes(_IN_CLEAR[end - STAMP : end], "big")
        for _, kind, data in extra:
            if kind == SO_TIMESTAMPNS and stamp:
                seconds, nanoseconds = struct.unpack("qq", data[:16])
                self.delays.append((seconds * 10**9 + nanoseconds - stamp) / 1e6)

    def _rtcp(self, size: int) -> None:
        _IN_CLEAR[0:size] = bytes(_IN[:size])
        _LENGTH[0] = size
        if lib.srtp_unprotect_rtcp(self._rx, _IN_CHARS, _LENGTH) != 0:
            return
        try:
            packets = RtcpPacket.parse(_IN_CLEAR[0 : _LENGTH[0]])
        except ValueError:
            return
        for packet in packets:
            if isinstance(packet, RtcpPsfbPacket) and packet.fmt in (RTCP_PSFB_PLI, RTCP_PSFB_FIR):
                self.keyframes += 1
                self.picture.index = 0
            elif isinstance(packet, RtcpRtpfbPacket) and packet.fmt == RTCP_RTPFB_NACK:
                self.nacked += len(packet.lost)

    def send_frame(self) -> None:
        """Send the next frame of the loop, its packets one after the other."""
        out = self.picture
        frame = self.content.frames[out.index]
        out.index = (out.index + 1) % len(self.content.frames)
        out.timestamp = (out.timestamp + 90000 // RATE) & 0xFFFFFFFF
        if not self.connected or not self.sends or self.quality == "off":
            out.index = 0
            return
        out.picture = (out.picture + 1) & 0x7FFF
        last = len(frame) - 1
        for number, payload in enumerate(frame):
            size = 12 + len(payload)
            _OUT[12:size] = payload
            _OUT[12 + PICTURE_AT : 14 + PICTURE_AT] = (out.picture | 0x8000).to_bytes(2, "big")
            if number == last:
                _OUT[size - STAMP : size] = time.time_ns().to_bytes(8, "big")
            self._send(out, 0x80, 0x80 if number == last else 0, size)

    def send_sound(self) -> None:
        """Send the next 20 ms of sound."""
        out = self.sound
        payload = self.content.sounds[out.index]
        out.index = (out.index + 1) % len(self.content.sounds)
        out.timestamp = (out.timestamp + 960) & 0xFFFFFFFF
        if not self.connected or not self.sends:
            return
        if self._level_id:
            size = 20 + len(payload)
            _OUT[12:20] = bytes((0xBE, 0xDE, 0, 1, self._level_id << 4, 0x80 | self.level, 0, 0))
            _OUT[20:size] = payload
            self._send(out, 0x90, 0, size)
        else:
            size = 12 + len(payload)
            _OUT[12:size] = payload
            self._send(out, 0x80, 0, size)

    def _send(self, out: Out, first: int, marker: int, size: int) -> None:
        out.seq = (out.seq + 1) & 0xFFFF
        out.packets += 1
        self.sent += 1
        out.octets += size - 12
        HEADER.pack_into(_OUT, 0, first, marker | out.payload, out.seq, out.timestamp, out.ssrc)
        _LENGTH[0] = size
        if lib.srtp_protect(self._tx, _OUT_CHARS, _LENGTH) == 0:
            try:
                self._send_to(_OUT[0 : _LENGTH[0]], self._address)
            except OSError:
                return

    def send_reports(self) -> None:
        """What a browser reports once a second: its own streams, and the loss of those that it gets."""
        if not self.connected:
            return
        ntp = int((time.time() + NTP_EPOCH) * 2**32)
        packets = []
        for out in (self.sound, self.picture) if self.sends else ():
            info = RtcpSenderInfo(
                ntp_timestamp=ntp,
                rtp_timestamp=out.timestamp,
                packet_count=out.packets & 0xFFFFFFFF,
                octet_count=out.octets & 0xFFFFFFFF,
            )
            packets.append(bytes(RtcpSrPacket(ssrc=out.ssrc, sender_info=info)))
        blocks = [self._block(ssrc, stream) for ssrc, stream in self.streams.items() if stream.count]
        packets.append(bytes(RtcpRrPacket(ssrc=self.sound.ssrc, reports=blocks[:31])))
        whole = b"".join(packets)
        _OUT[0 : len(whole)] = whole
        _LENGTH[0] = len(whole)
        if lib.srtp_protect_rtcp(self._tx, _OUT_CHARS, _LENGTH) == 0:
            self._send_to(_OUT[0 : _LENGTH[0]], self._address)

    def _block(self, ssrc: int, stream: Stream) -> RtcpReceiverInfo:
        before = self._reported.get(ssrc, (0, 0))
        lately, came = stream.expected - before[0], stream.count - before[1]
        self._reported[ssrc] = (stream.expected, stream.count)
        return RtcpReceiverInfo(
            ssrc=ssrc,
            fraction_lost=min(255, 256 * max(0, lately - came) // lately) if lately > 0 else 0,
            packets_lost=max(0, stream.expected - stream.count),
            highest_sequence=stream.highest & 0xFFFFFFFF,
            jitter=0,
            lsr=0,
            dlsr=0,
        )
