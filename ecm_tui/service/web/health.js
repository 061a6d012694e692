// How the call looks from this page, told to the clinic now and then: frozen pictures, and whether the page is in front.

const EVERY_MS = 5000;

/** Times that a received picture stood still since the connection began (W3C webrtc-stats, freezeCount). */
async function freezes(pc) {
  let sum = 0;
  for (const one of (await pc.getStats()).values()) {
    if (one.type === 'inbound-rtp' && Number.isFinite(one.freezeCount)) sum += one.freezeCount;
  }
  return sum;
}

export class Health {
  constructor({ session, media }) {
    this.session = session;
    this.media = media;
    this.listener = () => this.tell();
    this.timer = setInterval(this.listener, EVERY_MS);
    document.addEventListener('visibilitychange', this.listener);
    this.tell();
  }

  async tell() {
    const { pc } = this.media;
    const frozen = pc ? await freezes(pc).catch(() => 0) : 0;
    if (this.timer !== null) this.session.send({ type: 'health', hidden: document.hidden, freezes: frozen });
  }

  close() {
    clearInterval(this.timer);
    this.timer = null;
    document.removeEventListener('visibilitychange', this.listener);
  }
}
