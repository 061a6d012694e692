// The running call in the organiser's window: tiles or the active speaker, pins, names, the own preview and its state.

import { h, heading, icon, say, show, videoElement } from './dom.js';
import { Sound } from './sound.js';
import { Stage } from './stage.js';

/** context: words, devices, media, help, look(pinned): tells what this window looks at, allow(): asks the browser again. */
export class ViewerCall {
  constructor({ words, devices, media, help, look, allow }) {
    Object.assign(this, { words, devices, media, look });
    const text = words.viewer;
    this.speaking = [];
    this.pinned = null;
    this.layout = 'tiles';
    this.console = {};
    this.heading = heading(text.heading, { class: 'unseen' });
    this.count = h('p', { class: 'call-clinic' });
    this.notice = h('p', { class: 'notice', role: 'status' });
    this.hear = h('button', { type: 'button', class: 'main hear', hidden: true }, icon('sound'), h('span', { text: words.call.hear }));
    this.sound = new Sound(this.hear);
    this.stage = new Stage(words, { onPin: (who) => this.pin(who), most: media.pictures, emptyText: text.alone });
    this.element = h(
      'section',
      { class: 'call viewer', 'aria-label': text.region },
      this.heading,
      h('header', { class: 'call-head' }, this.count, help.element),
      h('div', { class: 'call-main' }, this.notice, this.hear, this.stage.element, this.bar(allow)),
      this.sound.element,
    );
    this.listener = () => this.refresh();
    this.keys = (event) => this.key(event);
    devices.addEventListener('change', this.listener);
    media.addEventListener('change', this.listener);
    document.addEventListener('keydown', this.keys);
  }

  bar(allow) {
    const text = this.words.viewer;
    this.video = videoElement(text.own, { class: 'mirror' });
    this.ownOff = h('p', { class: 'own-off' }, icon('camera-off'), h('span', { class: 'unseen', text: this.words.call.ownOff }));
    this.states = { microphone: h('li', { class: 'state' }), camera: h('li', { class: 'state' }) };
    this.allow = h('button', { type: 'button', class: 'plain', hidden: true, onclick: allow, text: text.allow });
    this.toggle = h('button', { type: 'button', class: 'plain', onclick: () => this.switchLayout() });
    return h(
      'div',
      { class: 'bar' },
      h('div', { class: 'own' }, this.video, this.ownOff),
      h('ul', { class: 'states' }, this.states.microphone, this.states.camera),
      this.allow,
      this.toggle,
    );
  }

  /** The console's pin and layout hold until somebody changes them here, and again when the console changes them. */
  render(view) {
    this.view = view;
    if (view.pinned !== this.console.pinned) this.pinned = view.pinned;
    if (view.layout !== this.console.layout) this.layout = view.layout;
    this.console = { pinned: view.pinned, layout: view.layout };
    this.refresh();
  }

  refresh() {
    if (!this.view) return;
    const { media, view, words } = this;
    const others = view.people.filter((person) => person.id !== view.me.id);
    say(this.count, others.length ? words.call.people(others.length) : words.viewer.alone);
    if (this.pinned !== null && !others.some((person) => person.id === this.pinned)) this.pinned = null;
    this.stage.render({
      people: view.people,
      me: view.me.id,
      slots: media.slots,
      tracks: media.tracks,
      pictureMids: media.pictureMids,
      speaking: this.speaking,
      pinned: this.pinned,
      layout: this.layout,
    });
    this.sound.render(media.soundMids.map((mid) => media.tracks.get(mid)));
    this.renderOwn();
    say(this.toggle, this.layout === 'tiles' ? words.viewer.layoutSpeaker : words.viewer.layoutTiles);
    say(this.notice, this.trouble());
  }

  renderOwn() {
    const { devices } = this;
    show(this.video, devices.tracks.camera);
    this.video.hidden = devices.tracks.camera === null;
    this.ownOff.hidden = devices.tracks.camera !== null;
    const report = devices.report();
    for (const kind of ['microphone', 'camera']) {
      const key = report[kind];
      if (this.states[kind].dataset.state === key) continue;
      this.states[kind].dataset.state = key;
      this.states[kind].replaceChildren(icon(key === 'on' ? kind : `${kind}-off`), h('span', { text: this.words.viewer.devices[kind][key] }));
    }
    const wanted = this.view.devices;
    this.allow.hidden = !['microphone', 'camera'].some((kind) => wanted[kind] && report[kind] === 'denied');
  }

  trouble() {
    const text = this.words.call;
    if (this.offline) return this.words.viewer.lost;
    return { starting: text.starting, idle: text.starting, restoring: text.restoring, blocked: text.blocked, no_codec: text.noCodec }[this.media.state] || '';
  }

  setOffline(offline) {
    this.offline = offline;
    if (this.view) say(this.notice, this.trouble());
  }

  setSpeaking(people) {
    this.speaking = people;
    this.refresh();
  }

  pin(who) {
    this.pinned = this.pinned === who ? null : who;
    this.look(this.pinned);
    this.refresh();
  }

  switchLayout() {
    this.layout = this.layout === 'tiles' ? 'speaker' : 'tiles';
    this.refresh();
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const tile = /^[1-9]$/.test(event.key) ? this.stage.placed[Number(event.key) - 1] : null;
    if (tile) this.pin(tile.who);
    else if (event.key === '0' && this.pinned !== null) this.pin(this.pinned);
    else if (event.key === 'l' || event.key === 'L') this.switchLayout();
  }

  close() {
    this.devices.removeEventListener('change', this.listener);
    this.media.removeEventListener('change', this.listener);
    document.removeEventListener('keydown', this.keys);
    this.stage.close();
    this.sound.render([]);
    show(this.video, null);
  }
}
