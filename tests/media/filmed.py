"""A patient with a numbered camera, over a real connection to the bridge."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from media import rtcp
from media.rtp import HEADER
from tests.media.clinic import Clinic, Patient
from tests.media.filming import Camera, payloads


class Filmed(Patient):
    """Sends numbered pictures, with a clock of its own."""

    async def film(self) -> None:
        """Until cancelled: 20 frames a second, a report every half second, a keyframe whenever one is asked for."""
        camera, number, asked = Camera(), 0, 0
        loop = asyncio.get_running_loop()
        ssrc = self.pc.getTransceivers()[1].sender._ssrc
        while True:
            number += 1
            wanted = sum(isinstance(report, rtcp.PictureLost) for report in self.reports)
            camera.key, asked = wanted > asked, wanted
            now = loop.time()
            stamp = int(now * 90_000) & 0xFFFFFFFF
            for part in (parts := payloads(camera.frame(number), number)):
                self.seq["video"] += 1
                marker = 0x80 if part is parts[-1] else 0
                head = rtp_head(marker | self.payload_type("video"), self.seq["video"], stamp, ssrc)
                await self.dtls._send_rtp(head + part)
            if number % 10 == 2:
                ntp = int((now + 4e9) * 2**32)
                await self.dtls._send_rtp(rtcp.sender_report(ssrc, ntp, stamp, number, number))
            self.shown = number
            await asyncio.sleep(0.05)

    shown = 0


def rtp_head(second: int, seq: int, stamp: int, ssrc: int) -> bytes:
    return HEADER.pack(0x80, second, seq & 0xFFFF, stamp, ssrc)


@asynccontextmanager
async def filmed(room: Clinic, peer: str) -> AsyncIterator[Filmed]:
    """Someone of that peer in the call, whose camera runs."""
    async with Filmed(room, peer) as patient:
        filming = asyncio.create_task(patient.film())
        yield patient
        filming.cancel()
        await asyncio.wait([filming])
