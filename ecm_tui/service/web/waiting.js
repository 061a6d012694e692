// Waiting: where you are, who lets you in, since when. Your own picture is shown to you alone; nothing leaves this device.

import { foreign, h, heading, icon, say, show, videoElement } from './dom.js';
import { clockOf, timeOf } from './pageview.js';

/** context: words, locale, devices, leave(). */
export class Waiting {
  constructor({ words, locale, devices, leave }) {
    Object.assign(this, { words, locale, devices });
    this.heading = heading(words.waiting.heading);
    this.clinic = h('p', { class: 'clinic' });
    this.when = h('p', { class: 'when' });
    this.letIn = h('p', { class: 'letin' });
    this.since = h('p', { class: 'hint' });
    this.full = h('p', { class: 'full', role: 'status' });
    this.video = videoElement(words.call.own, { class: 'mirror' });
    this.placeholder = h('p', { class: 'placeholder' }, icon('camera-off'), h('span', { text: words.waiting.noCamera }));
    this.caption = h('p', { class: 'hint' });
    this.element = h(
      'div',
      { class: 'card waiting' },
      h('div', { class: 'breath', 'aria-hidden': 'true' }),
      this.heading,
      this.clinic,
      this.when,
      this.letIn,
      this.full,
      h('div', { class: 'preview' }, this.video, this.placeholder),
      this.caption,
      h('p', { class: 'hint', text: words.waiting.stay }),
      this.since,
      h('div', { class: 'actions' }, h('button', { type: 'button', class: 'plain', onclick: leave, text: words.waiting.leave })),
    );
    this.listener = () => this.renderDevices();
    devices.addEventListener('change', this.listener);
    this.renderDevices();
  }

  renderDevices() {
    const { camera } = this.devices.tracks;
    show(this.video, camera);
    this.video.hidden = camera === null;
    this.placeholder.hidden = camera !== null;
    this.caption.hidden = camera === null;
    say(this.caption, this.words.waiting.private);
  }

  render(view) {
    const { words, locale } = this;
    const { at, timezone } = view.appointment;
    this.clinic.replaceChildren(foreign(view.clinic.name || words.clinic));
    say(this.when, at ? words.appointment(timeOf(at, timezone, locale, words, new Date())) : words.appointmentAnytime);
    this.letIn.replaceChildren(foreign(view.organiser ? words.waiting.letIn(view.organiser) : words.waiting.letInUnknown));
    say(this.full, view.full ? words.waiting.full : '');
    this.since.hidden = view.since === null;
    if (view.since) say(this.since, words.waiting.since(clockOf(view.since, timezone, locale)));
  }

  close() {
    this.devices.removeEventListener('change', this.listener);
    show(this.video, null);
  }
}
