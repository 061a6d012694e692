// The organiser's window in a browser: the call's picture and sound beside a console that runs elsewhere.
// The console is in charge: this page follows its switches for microphone and camera, its pin and its layout.

import { able } from './able.js';
import { stayAwake } from './awake.js';
import { Devices } from './devices.js';
import { h } from './dom.js';
import { Help, paint, Trouble } from './frame.js';
import { pictures } from './layout.js';
import { Media } from './media.js';
import { Over } from './over.js';
import { readList } from './pageview.js';
import { Session } from './session.js';
import { ViewerCall } from './viewer.js';
import { locale, words } from './words.js';

/** A line that is gone for less than this needs no words. Milliseconds. */
const CALM_MS = 700;

class Viewer {
  constructor(root) {
    this.root = root;
    this.session = new Session('view');
    this.devices = new Devices(this.session.memory);
    this.media = new Media({ session: this.session, devices: this.devices, pictures: pictures(screen.width, screen.height) });
    this.help = new Help({ ...words, helpTips: [words.viewer.follow, words.viewer.keys] });
    this.trouble = new Trouble();
    this.view = null;
    this.name = null;
    this.moment = null;
    this.followed = { microphone: false, camera: false };
    this.following = Promise.resolve();
    this.listen();
  }

  listen() {
    const { session, media } = this;
    const on = (type, act) => session.addEventListener(type, (event) => act(event.detail));
    on('page', (view) => this.onPage(view));
    on('over', (reason) => this.onOver(reason));
    on('lost', () => this.onLost());
    on('back', () => this.onBack());
    on('media', (message) => this.onMedia(message));
    on('answer', (message) => media.answer(message));
    on('slots', (message) => media.onSlots(message));
    on('sending', (message) => media.onSending(message));
    on('speaking', (message) => this.moment && this.moment.setSpeaking && this.moment.setSpeaking(readList(message.people)));
    on('refused', (message) => media.refused(message));
    this.devices.addEventListener('change', () => this.tellDevices());
  }

  onPage(view) {
    this.view = view;
    paint(view.clinic.colour);
    this.help.render(view.clinic.support);
    const running = view.state === 'admitted';
    if (!running) this.media.stop();
    this.enterMoment(running ? 'call' : view.state === 'ended' ? 'ended' : 'waiting');
    this.moment.render(view);
    this.follow(running ? view.devices : { microphone: false, camera: false });
    stayAwake(running);
  }

  enterMoment(name) {
    if (name === this.name) return;
    if (this.moment) this.moment.close();
    this.name = name;
    this.moment = this.make(name);
    document.body.classList.toggle('in-call', name === 'call');
    document.title = words.title.viewer;
    this.root.replaceChildren(
      ...(name === 'call' ? [this.moment.element] : [this.trouble.element, this.moment.element, this.help.element]),
    );
    if (this.view) this.moment.render(this.view);
    this.moment.heading.focus();
  }

  make(name) {
    const { session, devices, media, help } = this;
    if (name === 'call') {
      return new ViewerCall({ words, locale, devices, media, help, look: (pinned) => this.look(pinned), allow: () => this.allow() });
    }
    if (name === 'waiting') return new Over({ words: { heading: words.viewer.waiting, text: words.viewer.waitingText } });
    const acts = {
      elsewhere: session.retryable ? () => session.again() : null,
      too_many_tries: session.retryable ? () => session.again() : null,
      wrong_version: () => location.reload(),
    };
    return new Over({ words: words.viewer.over[name] || words.over[name], act: acts[name] || null });
  }

  onMedia(message) {
    if (!this.view || this.view.state !== 'admitted') return;
    if (message.state === 'ready') this.look(this.moment.pinned);
    this.media.said(message);
  }

  look(pinned) {
    this.session.send({ type: 'view', pictures: this.media.pictures, pinned });
  }

  /** Does what the console's switches say, once per change: a browser that refused is not asked again by itself. */
  follow(wanted) {
    this.following = this.following.then(async () => {
      const { devices, followed } = this;
      const changed = ['microphone', 'camera'].filter((kind) => wanted[kind] !== followed[kind]);
      this.followed = { ...wanted };
      await devices.ask({ microphone: changed.includes('microphone') && wanted.microphone, camera: changed.includes('camera') && wanted.camera });
      if (changed.includes('microphone')) await devices.setMicrophone(wanted.microphone);
      if (changed.includes('camera') && !wanted.camera) await devices.setCamera(false);
      this.tellDevices();
    });
    return this.following;
  }

  allow() {
    this.devices.ask(this.followed);
  }

  tellDevices() {
    if (!this.view || this.view.state !== 'admitted') return;
    const report = this.devices.report();
    if (JSON.stringify(report) === this.told) return;
    if (this.session.send({ type: 'devices', ...report })) this.told = JSON.stringify(report);
  }

  onOver(reason) {
    this.media.stop();
    this.devices.stop();
    this.followed = { microphone: false, camera: false };
    stayAwake(false);
    this.calm();
    this.enterMoment(reason);
  }

  onLost() {
    if (this.losing) return;
    this.losing = setTimeout(() => {
      this.trouble.say(words.viewer.lost);
      if (this.moment && this.moment.setOffline) this.moment.setOffline(true);
    }, CALM_MS);
  }

  onBack() {
    this.told = '';
    this.calm();
  }

  calm() {
    clearTimeout(this.losing);
    this.losing = null;
    this.trouble.say('');
    if (this.moment && this.moment.setOffline) this.moment.setOffline(false);
  }

  opening() {
    this.root.replaceChildren(this.trouble.element, h('p', { class: 'opening', text: words.opening }));
  }
}

document.title = words.title.viewer;
const viewer = new Viewer(document.getElementById('page'));
viewer.opening();
if (able()) viewer.session.start();
else viewer.enterMoment('old_browser');
addEventListener('pageshow', (event) => event.persisted && location.reload());
