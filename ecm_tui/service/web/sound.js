// The sounds of the others. Browsers may hold sound back until the page is touched once: then one button says so.

import { h, show } from './dom.js';

export class Sound {
  /** `button`: shown while the browser holds sound back; one press starts all. */
  constructor(button) {
    this.button = button;
    this.element = h('div', { hidden: true });
    this.players = [];
    button.hidden = true;
    button.addEventListener('click', () => this.play());
  }

  render(tracks) {
    while (this.players.length < tracks.length) {
      const player = h('audio', { autoplay: true });
      this.players.push(player);
      this.element.append(player);
    }
    let fresh = false;
    this.players.forEach((player, index) => {
      const track = tracks[index] || null;
      if ((player.srcObject ? player.srcObject.getTracks()[0] : null) !== track) fresh = fresh || track !== null;
      show(player, track);
    });
    if (fresh) this.play();
  }

  async play() {
    const waiting = this.players.filter((player) => player.srcObject);
    const results = await Promise.all(waiting.map((player) => player.play().then(() => true, (error) => error.name !== 'NotAllowedError')));
    this.button.hidden = results.every(Boolean);
  }
}
