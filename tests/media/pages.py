"""Real Chromium pages that join a call: what a participant's page does, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--autoplay-policy=no-user-gesture-required",
]

SCRIPT = """
async function prepare(options) {
  const o = Object.assign({sounds: 3, pictures: 4, send: true, devices: true, codec: null, only: false}, options);
  const pc = window.pc = new RTCPeerConnection({bundlePolicy: 'max-bundle', iceServers: []});
  const direction = o.send ? 'sendonly' : 'recvonly';
  let stream = null;
  if (o.send && o.devices) stream = await navigator.mediaDevices.getUserMedia({audio: true, video: {width: 640, height: 360}});
  if (o.send && !o.devices) {
    const canvas = document.createElement('canvas'), pen = canvas.getContext('2d'); canvas.width = 320; canvas.height = 180;
    setInterval(() => { pen.fillStyle = `hsl(${performance.now() / 10 % 360} 60% 50%)`; pen.fillRect(0, 0, 320, 180) }, 50);
    const audio = new AudioContext(), tone = audio.createOscillator(), out = audio.createMediaStreamDestination();
    const gain = window.gain = audio.createGain(); gain.gain.value = o.gain ?? 0.2;
    tone.connect(gain).connect(out); tone.start();
    stream = new MediaStream([...out.stream.getTracks(), ...canvas.captureStream(20).getTracks()]);
  }
  pc.addTransceiver(stream ? stream.getAudioTracks()[0] : 'audio', {direction});
  pc.addTransceiver(stream ? stream.getVideoTracks()[0] : 'video', {direction});
  for (let i = 0; i < o.sounds; i++) pc.addTransceiver('audio', {direction: 'recvonly'});
  for (let i = 0; i < o.pictures; i++) pc.addTransceiver('video', {direction: 'recvonly'});
  if (o.codec) for (const t of pc.getTransceivers()) if (t.receiver.track.kind == 'video') {
    const all = RTCRtpReceiver.getCapabilities('video').codecs, is = c => c.mimeType.toLowerCase() == o.codec.toLowerCase();
    t.setCodecPreferences([...all.filter(is), ...(o.only ? [] : all.filter(c => !is(c)))]);
  }
  pc.ontrack = e => {
    const element = document.createElement(e.track.kind); element.autoplay = true;
    element.muted = e.track.kind == 'video'; element.id = 'm' + e.transceiver.mid;
    element.srcObject = new MediaStream([e.track]); document.body.append(element);
  };
  if (o.trickle) pc.onicecandidate = e => e.candidate && window.candidate(e.candidate.candidate, e.candidate.sdpMid);
  await pc.setLocalDescription();
  if (o.complete) await new Promise(done => {
    const look = () => pc.iceGatheringState == 'complete' && done(); pc.onicegatheringstatechange = look; look(); });
  return o.complete ? pc.localDescription.sdp : pc.localDescription.sdp.split('\\r\\n').filter(l => !l.startsWith('a=candidate')).join('\\r\\n');
}
async function quality(wanted) {
  const sender = pc.getTransceivers()[1].sender, p = sender.getParameters();
  p.encodings[0].active = wanted != 'off'; p.encodings[0].maxBitrate = wanted == 'large' ? 1500000 : 150000;
  await sender.setParameters(p);
}
async function inbound() {
  const found = {};
  (await pc.getStats()).forEach(s => { if (s.type == 'inbound-rtp' && s.mid) found[s.mid] = {kind: s.kind, bytes: s.bytesReceived,
    packets: s.packetsReceived, lost: s.packetsLost, frames: s.framesDecoded || 0, width: s.frameWidth || 0, nacks: s.nackCount || 0,
    plis: s.pliCount || 0, freezes: s.freezeCount || 0, energy: s.totalAudioEnergy || 0}});
  return found;
}
async function outbound() {
  const found = {};
  (await pc.getStats()).forEach(s => { if (s.type == 'outbound-rtp') found[s.kind] = {bytes: s.bytesSent, packets: s.packetsSent,
    frames: s.framesEncoded || 0, width: s.frameWidth || 0, target: s.targetBitrate || 0}});
  return found;
}
"""


class Guest:
    """One page and what it does in a call."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.candidates: Callable[[str, str], Awaitable[None]] | None = None

    async def offer(self, **options: Any) -> str:
        """An offer; without candidates unless `complete`."""
        sdp: str = await self.page.evaluate("o => prepare(o)", options)
        return sdp

    async def accept(self, sdp: str) -> None:
        await self.page.evaluate("sdp => pc.setRemoteDescription({type: 'answer', sdp})", sdp)

    async def state(self) -> str:
        state: str = await self.page.evaluate("pc.connectionState")
        return state

    async def inbound(self) -> dict[str, dict[str, Any]]:
        """What arrives on each line, by mid."""
        found: dict[str, dict[str, Any]] = await self.page.evaluate("inbound()")
        return found

    async def outbound(self) -> dict[str, dict[str, Any]]:
        """What is sent, by kind."""
        found: dict[str, dict[str, Any]] = await self.page.evaluate("outbound()")
        return found

    async def quality(self, wanted: str) -> None:
        await self.page.evaluate("q => quality(q)", wanted)

    async def width(self, mid: str) -> int:
        """The width of the picture shown on a line; 0 = none yet."""
        width: int = await self.page.evaluate("mid => document.getElementById('m' + mid)?.videoWidth || 0", mid)
        return width


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium, without a window."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        try:
            yield chromium
        finally:
            await chromium.close()


async def guest(chromium: Browser) -> Guest:
    """A new page of its own context, from an origin that browsers trust with devices."""
    context = await chromium.new_context()
    page = await context.new_page()
    await context.route("**/*", lambda route: route.fulfill(body="<!doctype html><body>", content_type="text/html"))
    await page.goto("http://localhost/")
    await page.add_script_tag(content=SCRIPT)
    found = Guest(page)

    async def candidate(text: str, mid: str) -> None:
        if found.candidates is not None:
            await found.candidates(text, mid)

    await page.expose_function("candidate", candidate)
    return found
