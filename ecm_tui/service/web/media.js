// One peer connection with fixed slots: own sound and picture first, then three sounds and as many pictures as the
// device shows. It is offered once; a path that died, or a bridge that came back, gets a new connection.

import { readList, readSlots } from './pageview.js';
import { Sending } from './sending.js';

export const SOUNDS = 3;
/** Pauses before a new offer, in milliseconds; the last one repeats. */
const PAUSES = [300, 1000, 2000, 4000, 8000];
/** An offer without an answer for so long is made again. */
const ANSWER_MS = 8000;
/** A path that is silent for so long is given up. */
const SILENT_MS = 5000;
/** After so many failures in a row the page says that the network may block calls. */
const HOPEFUL = 3;

/** Only what the bridge forwards is offered, so that nothing else can be agreed on. */
function prefer(transceiver, kind, mimeType) {
  try {
    const all = RTCRtpReceiver.getCapabilities(kind).codecs;
    const wanted = all.filter((codec) => codec.mimeType.toLowerCase() === mimeType);
    if (wanted.length > 0) transceiver.setCodecPreferences(wanted);
  } catch {
    // An older browser offers all it has; the bridge chooses.
  }
}

function serversOf(value) {
  const good = (server) => server && typeof server === 'object' && (typeof server.urls === 'string' || Array.isArray(server.urls));
  return Array.isArray(value) ? value.filter(good) : [];
}

/** Events: `change` whenever the state, the tracks or the slots changed. */
export class Media extends EventTarget {
  constructor({ session, devices, pictures }) {
    super();
    this.session = session;
    this.devices = devices;
    this.pictures = pictures;
    /** idle, starting, connected, restoring, blocked or no_codec. */
    this.state = 'idle';
    this.request = 0;
    this.failures = 0;
    this.wanted = false;
    this.quality = null;
    this.servers = [];
    this.reset();
    devices.addEventListener('change', () => this.retrack());
  }

  reset() {
    this.tracks = new Map();
    this.soundMids = [];
    this.pictureMids = [];
    this.slots = new Map();
  }

  /** The service says that the bridge takes an offer now, or that it has to be waited for. */
  async said(message) {
    if (message.state === 'lost') this.turn('restoring');
    if (message.state !== 'ready') return;
    this.wanted = true;
    this.failures = 0;
    this.servers = serversOf(message.ice);
    const same = typeof message.bridge === 'string' && message.bridge === this.bridge;
    this.bridge = message.bridge;
    // A service that came back found the bridge alive: picture and sound never stopped.
    if (same && this.pc && this.pc.connectionState === 'connected') this.turn('connected');
    else await this.offer();
  }

  async offer() {
    const again = this.state !== 'idle';
    this.close();
    this.turn(this.state === 'blocked' ? 'blocked' : again ? 'restoring' : 'starting');
    const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle', iceServers: this.servers });
    const request = (this.request += 1);
    const early = [];
    let told = false;
    this.pc = pc;
    this.add(pc);
    const send = ({ candidate, mid }) => this.session.send({ type: 'candidate', candidate, mid });
    pc.onicecandidate = ({ candidate }) => {
      const found = { candidate: candidate ? candidate.candidate : '', mid: candidate ? candidate.sdpMid : '0' };
      if (told) send(found);
      else early.push(found);
    };
    pc.ontrack = ({ track, transceiver }) => {
      this.tracks.set(transceiver.mid, track);
      this.changed();
    };
    pc.onconnectionstatechange = () => pc === this.pc && this.path(pc.connectionState);
    try {
      await pc.setLocalDescription();
    } catch {
      return this.failed(pc);
    }
    if (pc !== this.pc) return undefined;
    // The offer goes out before gathering ends: gathering was measured as the longest part of joining.
    told = this.session.send({ type: 'offer', request, sdp: pc.localDescription.sdp });
    early.forEach(send);
    this.patience(ANSWER_MS, () => this.failed(pc));
    return undefined;
  }

  add(pc) {
    const sound = pc.addTransceiver('audio', { direction: 'sendonly' });
    const picture = pc.addTransceiver('video', { direction: 'sendonly', sendEncodings: [{ maxBitrate: 1_500_000 }] });
    for (let slot = 0; slot < SOUNDS; slot += 1) pc.addTransceiver('audio', { direction: 'recvonly' });
    for (let slot = 0; slot < this.pictures; slot += 1) pc.addTransceiver('video', { direction: 'recvonly' });
    for (const transceiver of pc.getTransceivers()) {
      const kind = transceiver.receiver.track.kind;
      prefer(transceiver, kind, kind === 'audio' ? 'audio/opus' : 'video/vp8');
    }
    this.senders = { microphone: sound.sender, camera: picture.sender };
    this.sending = new Sending(picture.sender);
    if (this.quality) this.sending.quality = this.quality;
    this.retrack();
  }

  /** The own tracks as they are now go into the connection, without a new offer. */
  retrack() {
    if (!this.pc || !this.senders) return;
    for (const kind of ['microphone', 'camera']) {
      const sender = this.senders[kind];
      const track = this.devices.tracks[kind];
      if (sender.track === track) continue;
      sender.replaceTrack(track).then(() => kind === 'camera' && this.sending.apply()).catch(() => {});
    }
  }

  async answer(message) {
    const pc = this.pc;
    if (!pc || message.request !== this.request || pc.signalingState !== 'have-local-offer') return;
    try {
      await pc.setRemoteDescription({ type: 'answer', sdp: String(message.sdp) });
    } catch {
      this.failed(pc);
      return;
    }
    if (pc !== this.pc) return;
    this.patience(ANSWER_MS, () => pc.connectionState !== 'connected' && this.failed(pc));
    this.soundMids = readList(message.audio).filter((mid) => this.tracks.has(mid));
    this.pictureMids = readList(message.video).filter((mid) => this.tracks.has(mid));
    this.sending.apply();
    this.changed();
  }

  refused(message) {
    if (message.request !== this.request || !this.pc) return;
    if (message.code === 'no_codec') {
      this.close();
      this.turn('no_codec');
    } else this.failed(this.pc);
  }

  onSlots(message) {
    this.slots = readSlots(message.slots);
    this.changed();
  }

  onSending(message) {
    if (!['off', 'small', 'large'].includes(message.quality)) return undefined;
    this.quality = message.quality;
    return this.sending ? this.sending.ask(message.quality) : undefined;
  }

  path(state) {
    if (state === 'connected') {
      clearTimeout(this.timer);
      this.failures = 0;
      this.turn('connected');
    } else if (state === 'disconnected') {
      const pc = this.pc;
      this.turn('restoring');
      this.patience(SILENT_MS, () => pc.connectionState !== 'connected' && this.failed(pc));
    } else if (state === 'failed') this.failed(this.pc);
  }

  failed(pc) {
    if (pc !== this.pc || !this.wanted) return;
    this.close();
    this.failures += 1;
    this.turn(this.failures >= HOPEFUL ? 'blocked' : 'restoring');
    this.patience(PAUSES[Math.min(this.failures, PAUSES.length) - 1], () => this.retry());
  }

  /** Without a line to the service there is nobody to offer to: a line that comes back asks again. */
  retry() {
    if (!this.wanted) return;
    if (this.session.open) this.offer();
    else this.patience(PAUSES[1], () => this.retry());
  }

  patience(milliseconds, then) {
    clearTimeout(this.timer);
    this.timer = setTimeout(then, milliseconds);
  }

  close() {
    clearTimeout(this.timer);
    const pc = this.pc;
    this.pc = null;
    this.senders = null;
    this.sending = null;
    this.reset();
    if (!pc) return;
    pc.onicecandidate = pc.ontrack = pc.onconnectionstatechange = null;
    pc.close();
  }

  /** The call is over for this page: nothing more is sent, received or tried. */
  stop() {
    this.wanted = false;
    this.quality = null;
    this.bridge = null;
    this.close();
    this.turn('idle');
  }

  turn(state) {
    this.state = state;
    this.changed();
  }

  changed() {
    this.dispatchEvent(new Event('change'));
  }
}
