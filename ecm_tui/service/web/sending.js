// How the own picture is sent: off, small or large, as the service asks. `parameters` is pure.

/** Bits a second and height in lines of each quality. */
const SMALL = { bitrate: 150_000, height: 180 };
const LARGE = { bitrate: 1_500_000, height: 720 };

/** The encoder's parameters for a quality; `height` is the camera's, in lines (0 when unknown). */
export function parameters(current, quality, height) {
  const encoding = { ...(current.encodings && current.encodings[0]) };
  encoding.active = quality !== 'off';
  const wanted = quality === 'large' ? LARGE : SMALL;
  if (quality !== 'off') {
    encoding.maxBitrate = wanted.bitrate;
    encoding.scaleResolutionDownBy = Math.max(1, height / wanted.height);
  }
  // Without this Chromium stays at 640 wide however good the network is; the size is chosen by the scale alone.
  return { ...current, encodings: [encoding], degradationPreference: 'maintain-resolution' };
}

/** Applies qualities to one sender, one after the other; the newest wins. */
export class Sending {
  constructor(sender) {
    this.sender = sender;
    this.quality = 'small';
    this.running = Promise.resolve();
  }

  ask(quality) {
    if (!['off', 'small', 'large'].includes(quality)) return this.running;
    this.quality = quality;
    return this.apply();
  }

  apply() {
    this.running = this.running.then(async () => {
      const track = this.sender.track;
      // A camera held upright has its lines along its shorter side.
      const { width = 0, height = 0 } = track ? track.getSettings() : {};
      const current = this.sender.getParameters();
      if (!current.encodings || current.encodings.length === 0) return;
      await this.sender.setParameters(parameters(current, this.quality, Math.min(width, height) || height));
    }).catch(() => {
      // The connection closed meanwhile, or the browser knows only part of this: it sends as it thinks best.
    });
    return this.running;
  }
}
