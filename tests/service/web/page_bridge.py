"""A bridge made of a second page of the same browser: it answers offers and sends two coloured pictures and a tone."""

from typing import Any

from playwright.async_api import BrowserContext, Page

SCRIPT = """
window.peers = [];
window.waiting = [];
function picture(colour) {
  const canvas = document.createElement('canvas');
  canvas.width = 320; canvas.height = 180;
  const pen = canvas.getContext('2d');
  let tick = 0;
  setInterval(() => {
    pen.fillStyle = colour; pen.fillRect(0, 0, 320, 180);
    pen.fillStyle = '#fff'; pen.fillRect((tick++ * 5) % 300, 150, 20, 20);
  }, 66);
  return canvas.captureStream(15).getVideoTracks()[0];
}
function tone() {
  const context = new AudioContext();
  const source = context.createOscillator();
  const out = context.createMediaStreamDestination();
  source.connect(out); source.start();
  return out.stream.getAudioTracks()[0];
}
window.pictures = ['#b03060', '#2050b0', '#308040', '#806020'].map(picture);
window.tone = tone();
async function answer(sdp) {
  const peer = new RTCPeerConnection({bundlePolicy: 'max-bundle'});
  await peer.setRemoteDescription({type: 'offer', sdp});
  const slots = peer.getTransceivers().slice(2);
  const pictures = window.pictures.slice();
  for (const slot of slots) {
    slot.direction = 'sendonly';
    const kind = slot.receiver.track.kind;
    await slot.sender.replaceTrack(kind === 'audio' ? window.tone : pictures.shift() || null);
  }
  await peer.setLocalDescription();
  window.peers.push(peer);
  for (const found of window.waiting.splice(0)) await add(peer, found);
  if (peer.iceGatheringState !== 'complete') await new Promise((done) => {
    peer.onicegatheringstatechange = () => peer.iceGatheringState === 'complete' && done();
    setTimeout(done, 2000);
  });
  const mids = (kind) => slots.filter((slot) => slot.receiver.track.kind === kind).map((slot) => slot.mid);
  return {sdp: peer.localDescription.sdp, audio: mids('audio'), video: mids('video')};
}
async function add(peer, {candidate, mid}) {
  if (candidate) await peer.addIceCandidate({candidate, sdpMid: mid}).catch(() => {});
}
async function candidate(found) {
  const peer = window.peers[window.peers.length - 1];
  if (peer && peer.connectionState !== 'closed') await add(peer, found);
  else window.waiting.push(found);
}
async function inbound(kind) {
  const peer = window.peers[window.peers.length - 1];
  const report = {};
  for (const stats of (await peer.getStats()).values()) {
    if (stats.type === 'inbound-rtp' && stats.kind === kind) Object.assign(report, stats);
  }
  return report;
}
"""


class PageBridge:
    """Answers as the bridge does: 2 own m-lines received, all others sent."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @classmethod
    async def open(cls, context: BrowserContext) -> "PageBridge":
        page = await context.new_page()
        await page.add_script_tag(content=SCRIPT)
        return cls(page)

    async def answer(self, sdp: str) -> dict[str, Any]:
        answer: dict[str, Any] = await self.page.evaluate("sdp => answer(sdp)", sdp)
        return answer

    async def candidate(self, message: dict[str, Any]) -> None:
        await self.page.evaluate("found => candidate(found)", message)

    async def inbound(self, kind: str) -> dict[str, Any]:
        """The newest peer's statistics of what the page sends: `bytesReceived`, `frameWidth`, `packetsReceived` …"""
        report: dict[str, Any] = await self.page.evaluate("kind => inbound(kind)", kind)
        return report

    async def drop(self) -> None:
        """The bridge dies: all its peers go without a word."""
        await self.page.evaluate("peers.splice(0).forEach(peer => peer.close())")
