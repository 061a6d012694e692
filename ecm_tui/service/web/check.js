// The checks before waiting: how loud the microphone is, and how good the line to the clinic is, in words.

/** Round trips above this feel slow in a conversation, in milliseconds. */
const SLOW_MS = 600;
const TRIES = 3;
const LIMIT_MS = 5000;

/** good, slow or none. */
export async function connection() {
  const times = [];
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const stop = new AbortController();
    const limit = setTimeout(() => stop.abort(), LIMIT_MS);
    const start = performance.now();
    try {
      const response = await fetch('/healthz', { cache: 'no-store', signal: stop.signal });
      if (!response.ok) return 'none';
      times.push(performance.now() - start);
    } catch {
      return 'none';
    } finally {
      clearTimeout(limit);
    }
  }
  const known = navigator.connection && navigator.connection.effectiveType;
  return Math.min(...times) > SLOW_MS || known === '2g' || known === 'slow-2g' ? 'slow' : 'good';
}

/** Shows the loudness of a track in a `meter` element (0 to 1), ten times a second, until stopped. */
export class Loudness {
  constructor(meter) {
    this.meter = meter;
    this.track = null;
  }

  listen(track) {
    if (track === this.track) return;
    this.stop();
    this.track = track;
    if (!track || typeof AudioContext === 'undefined') return;
    this.context = new AudioContext();
    const analyser = this.context.createAnalyser();
    analyser.fftSize = 1024;
    this.context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.timer = setInterval(() => {
      if (this.context.state === 'suspended') this.context.resume().catch(() => {});
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
      // -60 dB and below is nothing, -10 dB and above is full.
      this.meter.value = Math.min(1, Math.max(0, (10 * Math.log10(power + 1e-9) + 60) / 50));
    }, 100);
  }

  stop() {
    clearInterval(this.timer);
    if (this.context) this.context.close().catch(() => {});
    this.context = null;
    this.track = null;
    this.meter.value = 0;
  }
}
