// The person's own camera and microphone: asked for after an explanation, switched, lost, given back.
// A camera that is stopped is really released (its light goes out); a muted microphone stays open but silent.

const CAMERA = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 }, facingMode: 'user' };
const MICROPHONE = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const KINDS = ['camera', 'microphone'];

/** Why a device could not be had: the state that is told to the service and the reason in the catalogue of words. */
function reasonOf(error) {
  switch (error && error.name) {
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'none';
    case 'NotReadableError':
    case 'AbortError':
      return 'busy';
    default:
      return 'denied';
  }
}

/** Events: `change` after every change of a track or a state. */
export class Devices extends EventTarget {
  constructor(memory) {
    super();
    this.memory = memory;
    this.tracks = { camera: null, microphone: null };
    /** Per device: unasked, on, off, denied, none, busy, insecure. */
    this.states = { camera: 'unasked', microphone: 'unasked' };
    this.chosen = { camera: null, microphone: null };
    this.turn = Promise.resolve();
    this.available = Boolean(navigator.mediaDevices && navigator.mediaDevices.getUserMedia);
    if (!this.available) this.states = { camera: 'insecure', microphone: 'insecure' };
    else if (navigator.mediaDevices.addEventListener) {
      navigator.mediaDevices.addEventListener('devicechange', () => this.changed());
    }
  }

  /** What is told to the service: on, off, denied or none per device. */
  report() {
    const told = (state) => ({ unasked: 'off', busy: 'none', insecure: 'none' })[state] || state;
    return { camera: told(this.states.camera), microphone: told(this.states.microphone) };
  }

  get asked() {
    return this.states.camera !== 'unasked' || this.states.microphone !== 'unasked';
  }

  /** One request after the other: what was asked for last holds, whatever the browser took its time for. */
  inTurn(act) {
    this.turn = this.turn.then(act, act);
    return this.turn;
  }

  /** Asks for what is wanted and not yet there: one question where the browser can, then one by one. */
  ask(wanted) {
    return this.inTurn(() => this.obtain(wanted));
  }

  async obtain(wanted) {
    if (!this.available) return this.changed();
    const missing = KINDS.filter((kind) => wanted[kind] && this.tracks[kind] === null);
    if (missing.length === 0) return this.changed();
    const failure = await this.acquire(missing);
    if (failure && missing.length > 1) {
      for (const kind of missing) {
        if (await this.worthAsking(kind, failure)) {
          const own = await this.acquire([kind]);
          if (own) this.states[kind] = reasonOf(own);
        } else this.states[kind] = 'denied';
      }
    } else if (failure) this.states[missing[0]] = reasonOf(failure);
    return this.changed();
  }

  /** After a refusal of both, a single one is asked for only where the browser does not hold it for refused. */
  async worthAsking(kind, failure) {
    if (reasonOf(failure) !== 'denied') return true;
    try {
      return (await navigator.permissions.query({ name: kind })).state === 'granted';
    } catch {
      return kind === 'microphone';
    }
  }

  /** Takes tracks; gives the error that prevented it, or null. */
  async acquire(kinds) {
    const constraints = {};
    for (const kind of kinds) {
      const base = kind === 'camera' ? CAMERA : MICROPHONE;
      const exact = this.chosen[kind] ? { deviceId: { ideal: this.chosen[kind] } } : {};
      constraints[kind === 'camera' ? 'video' : 'audio'] = { ...base, ...exact };
    }
    try {
      const stream = await navigator.mediaDevices.getUserMedia(constraints);
      for (const track of stream.getTracks()) this.take(track.kind === 'video' ? 'camera' : 'microphone', track);
      return null;
    } catch (error) {
      return error;
    }
  }

  take(kind, track) {
    if (this.tracks[kind]) this.tracks[kind].stop();
    this.tracks[kind] = track;
    this.states[kind] = 'on';
    track.addEventListener('ended', () => {
      if (this.tracks[kind] !== track) return;
      this.tracks[kind] = null;
      this.states[kind] = 'none';
      this.changed();
    });
  }

  setCamera(on) {
    return on ? this.ask({ camera: true }) : this.inTurn(() => this.releaseCamera());
  }

  releaseCamera() {
    const track = this.tracks.camera;
    this.tracks.camera = null;
    if (track) track.stop();
    if (track || this.states.camera === 'unasked') this.states.camera = 'off';
    this.changed();
  }

  setMicrophone(on) {
    return this.inTurn(async () => {
      if (on) await this.obtain({ microphone: true });
      const track = this.tracks.microphone;
      if (!track) return;
      track.enabled = on;
      this.states.microphone = on ? 'on' : 'off';
      this.changed();
    });
  }

  /** Changes to another camera or microphone of this device. */
  choose(kind, deviceId) {
    this.chosen[kind] = deviceId;
    return this.inTurn(async () => {
      const failure = await this.acquire([kind]);
      if (failure && !this.tracks[kind]) this.states[kind] = reasonOf(failure);
      this.changed();
    });
  }

  /** The cameras or microphones that can be chosen from; names are there only after permission. */
  async list(kind) {
    if (!this.available || !navigator.mediaDevices.enumerateDevices) return [];
    const all = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    const wanted = kind === 'camera' ? 'videoinput' : 'audioinput';
    return all.filter((device) => device.kind === wanted && device.deviceId !== '');
  }

  /** Whether the browser lets this page use the device without asking. */
  async granted() {
    try {
      const states = await Promise.all(KINDS.map((name) => navigator.permissions.query({ name })));
      return this.available && states.every((status) => status.state === 'granted');
    } catch {
      return false;
    }
  }

  /** After a reload: takes again what was in use before. */
  async restore() {
    let before = {};
    try {
      before = JSON.parse(this.memory.get('devices')) || {};
    } catch {
      before = {};
    }
    if (!this.available) return;
    await this.ask({ camera: before.camera === 'on', microphone: before.microphone === 'on' || before.microphone === 'off' });
    if (before.microphone === 'off') await this.setMicrophone(false);
    for (const kind of KINDS) {
      if (this.states[kind] === 'unasked' && typeof before[kind] === 'string') this.states[kind] = before[kind];
    }
    this.changed();
  }

  /** Releases both, also what the browser is still about to give; their lights go out. */
  stop() {
    this.release();
    return this.inTurn(() => this.release());
  }

  release() {
    for (const kind of KINDS) {
      const track = this.tracks[kind];
      this.tracks[kind] = null;
      if (track) track.stop();
      if (track) this.states[kind] = 'unasked';
    }
    this.dispatchEvent(new Event('change'));
  }

  changed() {
    if (this.asked && this.available) this.memory.set('devices', JSON.stringify(this.report()));
    this.dispatchEvent(new Event('change'));
  }
}
