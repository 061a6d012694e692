// Arriving: who is called where and when, the device check, and the way into the waiting room.

import { connection, Loudness } from './check.js';
import { foreign, h, heading, icon, newId, say, show, videoElement } from './dom.js';
import { timeOf } from './pageview.js';

function row(name, label, text, ...more) {
  return h('li', { class: 'row' }, icon(name), h('div', {}, h('strong', { text: label }), ' ', text, ...more));
}

/** context: words, locale, devices, enter(): sends the wish to wait. */
export class Arriving {
  constructor({ words, locale, devices, enter }) {
    Object.assign(this, { words, locale, devices, enter });
    this.heading = heading(words.clinic);
    this.welcome = h('p', { class: 'welcome' });
    this.when = h('p', { class: 'when' });
    this.message = h('p', { class: 'message', role: 'status' });
    this.element = h('div', { class: 'card' }, this.heading, this.welcome, this.when, this.group(), this.message, this.actions());
    this.listener = () => this.renderDevices();
    devices.addEventListener('change', this.listener);
    this.renderDevices();
    this.checkConnection();
    devices.granted().then((granted) => granted && !this.closed && devices.ask({ camera: true, microphone: true }));
  }

  group() {
    const { check } = this.words;
    const title = newId('check');
    this.video = videoElement(check.preview, { class: 'mirror' });
    this.placeholder = h('p', { class: 'placeholder' }, icon('camera-off'), h('span', { text: check.noPreview }));
    this.preview = h('div', { class: 'preview', hidden: true }, this.video, this.placeholder);
    this.texts = { camera: h('span'), microphone: h('span'), connection: h('span', { text: this.words.connection.checking }) };
    this.pickers = { camera: this.picker('camera', check.chooseCamera), microphone: this.picker('microphone', check.chooseMicrophone) };
    this.meter = h('meter', { min: 0, max: 1, value: 0, 'aria-label': check.level });
    this.loudness = new Loudness(this.meter);
    this.neither = h('p', { class: 'hint', hidden: true, text: this.words.device.neither });
    this.explain = h('p', { class: 'hint', text: check.explain });
    this.turnOn = h('button', { type: 'button', class: 'plain', onclick: () => this.turn(), text: check.turnOn });
    return h(
      'section',
      { role: 'group', 'aria-labelledby': title, class: 'check' },
      h('h2', { id: title, text: check.group }),
      this.explain,
      this.preview,
      h(
        'ul',
        { class: 'rows' },
        row('camera', check.camera, this.texts.camera, this.pickers.camera),
        row('microphone', check.microphone, this.texts.microphone, this.meter, this.pickers.microphone),
        row('connection', check.connection, this.texts.connection),
      ),
      this.neither,
      this.turnOn,
    );
  }

  picker(kind, label) {
    const choose = (event) => this.devices.choose(kind, event.target.value);
    return h('select', { 'aria-label': label, hidden: true, onchange: choose });
  }

  actions() {
    const { check } = this.words;
    this.go = h('button', { type: 'button', class: 'main', onclick: () => this.proceed(true), text: check.enter });
    this.without = h('button', { type: 'button', class: 'plain', onclick: () => this.proceed(false), text: check.without });
    return h('div', { class: 'actions' }, this.go, this.without);
  }

  /** Asks for both; the explanation has been on the page before. */
  async turn() {
    say(this.message, this.words.check.working);
    this.turnOn.disabled = true;
    await this.devices.ask({ camera: true, microphone: true });
    this.turnOn.disabled = false;
    say(this.message, '');
  }

  /** Into the waiting room. What was not checked yet is asked for now; where the camera is refused, the page says so first. */
  async proceed(camera) {
    if (this.busy) return;
    this.busy = true;
    const { devices } = this;
    const checked = devices.states.camera !== 'unasked' && devices.states.microphone !== 'unasked';
    if (!camera) {
      await devices.setCamera(false);
      if (devices.states.microphone === 'unasked') await this.turnMicrophone();
    } else if (!checked && devices.available) await this.turn();
    this.busy = false;
    if (camera && !checked && devices.available && !devices.tracks.camera) {
      this.without.focus();
      return;
    }
    say(this.message, this.words.check.entering);
    this.enter();
  }

  async turnMicrophone() {
    say(this.message, this.words.check.working);
    await this.devices.ask({ microphone: true });
  }

  async checkConnection() {
    say(this.texts.connection, this.words.connection[await connection()]);
  }

  renderDevices() {
    const { devices, words } = this;
    const { camera, microphone } = devices.tracks;
    show(this.video, camera);
    this.video.hidden = camera === null;
    this.placeholder.hidden = camera !== null;
    this.preview.hidden = camera === null && microphone === null;
    for (const kind of ['camera', 'microphone']) {
      say(this.texts[kind], words.device[kind][devices.states[kind]]);
      this.fill(kind);
    }
    this.meter.hidden = microphone === null;
    this.loudness.listen(microphone);
    const insecure = !devices.available;
    this.neither.hidden = !(devices.asked && camera === null && microphone === null);
    this.explain.hidden = devices.asked;
    this.turnOn.hidden = insecure || (camera !== null && microphone !== null);
    say(this.turnOn, devices.asked ? words.check.tryAgain : words.check.turnOn);
  }

  async fill(kind) {
    const picker = this.pickers[kind];
    const track = this.devices.tracks[kind];
    const found = track ? await this.devices.list(kind) : [];
    picker.hidden = found.length < 2;
    const used = track ? track.getSettings().deviceId : null;
    picker.replaceChildren(
      ...found.map((device, at) => h('option', {
        value: device.deviceId,
        selected: device.deviceId === used,
        text: device.label || this.words.check.device(at + 1),
      })),
    );
  }

  render(view) {
    const { words } = this;
    say(this.heading, view.clinic.name || words.clinic);
    this.welcome.hidden = view.me.name === '';
    if (this.name !== view.me.name) this.welcome.replaceChildren(foreign(words.welcome(view.me.name)));
    this.name = view.me.name;
    const { at, timezone } = view.appointment;
    say(this.when, at ? words.appointment(timeOf(at, timezone, this.locale, words, new Date())) : words.appointmentAnytime);
  }

  /** Something was refused: the way in is open again. */
  refused(text) {
    say(this.message, text);
  }

  close() {
    this.closed = true;
    this.devices.removeEventListener('change', this.listener);
    this.loudness.stop();
    show(this.video, null);
  }
}
