// The participant's page: shows the moment that the service says it is, and tells the service what the person does.

import { able } from './able.js';
import { Arriving } from './arriving.js';
import { stayAwake } from './awake.js';
import { Call } from './call.js';
import { Devices } from './devices.js';
import { h } from './dom.js';
import { Help, paint, Trouble } from './frame.js';
import { pictures } from './layout.js';
import { Media } from './media.js';
import { Over } from './over.js';
import { readList } from './pageview.js';
import { Session } from './session.js';
import { forget } from './unsent.js';
import { Waiting } from './waiting.js';
import { locale, words } from './words.js';

/** A line that is gone for less than this is not worth worrying anybody. Milliseconds. */
const CALM_MS = 700;
/** Leaving is shown at the latest after this, whether the service could be told or not. Milliseconds. */
const LEAVE_MS = 3000;

class Page {
  constructor(root) {
    this.root = root;
    this.session = new Session('join');
    this.devices = new Devices(this.session.memory);
    this.media = new Media({ session: this.session, devices: this.devices, pictures: pictures(screen.width, screen.height) });
    this.help = new Help(words);
    this.trouble = new Trouble();
    this.view = null;
    this.name = null;
    this.moment = null;
    this.wish = null;
    this.told = '';
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
    const talk = (type, name) => on(type, (message) => this.name === 'call' && this.moment.chat[name](message));
    talk('chat', 'onChat');
    talk('line', 'onLine');
    talk('earlier', 'onEarlier');
    talk('said', 'onSaid');
    on('refused', (message) => this.onRefused(message));
    this.devices.addEventListener('change', () => this.tellDevices());
  }

  onPage(view) {
    this.view = view;
    paint(view.clinic.colour);
    this.help.render(view.clinic.support);
    const entered = view.state === 'waiting' || view.state === 'admitted';
    if (entered) this.wish = null;
    else this.carryOut();
    if (view.state !== 'admitted') this.media.stop();
    this.enterMoment(this.momentOf(view));
    this.moment.render(view);
    stayAwake(entered);
    if (entered && !this.restored) this.restore();
    if (entered) this.tellDevices();
  }

  /** After a reload the devices are as they were; whoever just came from the check has them already. */
  async restore() {
    this.restored = true;
    await this.devices.restore();
  }

  onMedia(message) {
    if (!this.view || this.view.state !== 'admitted') return;
    if (message.state === 'ready') this.session.send({ type: 'view', pictures: this.media.pictures });
    this.media.said(message);
  }

  /** A fresh visit of the link starts at the beginning, however the last call ended. */
  momentOf(view) {
    if (view.state === 'waiting' || view.state === 'arriving') return view.state;
    if (view.state === 'admitted') return 'call';
    if (view.state === 'disconnected') return 'disconnected';
    if (this.session.fresh) return 'arriving';
    return view.state === 'left' ? 'away' : view.state;
  }

  enterMoment(name) {
    if (name === this.name) return;
    const first = this.name === null;
    if (this.moment) this.moment.close();
    this.name = name;
    this.moment = this.make(name);
    const inCall = name === 'call';
    if (!inCall) forget(this.session.memory);
    document.body.classList.toggle('in-call', inCall);
    document.title = words.title[name] || words.title.over;
    this.root.replaceChildren(...(inCall ? [this.moment.element] : [this.trouble.element, this.moment.element, this.help.element]));
    this.moment.render(this.view || null);
    if (!first || document.activeElement === document.body) this.moment.heading.focus();
  }

  make(name) {
    const { devices, media, session, help } = this;
    const common = { words, locale, devices, media, session, help };
    if (name === 'arriving') return new Arriving({ ...common, enter: () => this.want('enter') });
    if (name === 'waiting') return new Waiting({ ...common, leave: () => this.leave() });
    if (name === 'call') return new Call({ ...common, leave: () => this.leave() });
    const acts = {
      disconnected: () => this.want('ask_again'),
      away: () => this.want('enter'),
      elsewhere: session.retryable ? () => session.again() : null,
      too_many_tries: session.retryable ? () => session.again() : null,
      wrong_version: () => location.reload(),
    };
    return new Over({ words: words.over[name], act: acts[name] || null });
  }

  onOver(reason) {
    this.media.stop();
    this.devices.stop();
    this.restored = false;
    stayAwake(false);
    clearTimeout(this.leaving);
    this.calm();
    this.enterMoment(reason);
  }

  /** A wish is sent once there is a line, and again when the line broke before the service acted on it. */
  async want(type) {
    if (!this.devices.asked) await this.restore();
    this.wish = type;
    this.wished = false;
    this.carryOut();
    if (this.session.done) this.session.again();
  }

  carryOut() {
    if (this.wish === null || this.wished) return;
    const devices = this.devices.report();
    this.wished = this.session.send({ type: this.wish, devices });
    if (this.wished) this.told = JSON.stringify(devices);
  }

  leave() {
    this.session.send({ type: 'leave' });
    clearTimeout(this.leaving);
    const limit = this.session.open ? LEAVE_MS : 0;
    this.leaving = setTimeout(() => this.session.finish('left'), limit);
  }

  tellDevices() {
    const entered = this.view && (this.view.state === 'waiting' || this.view.state === 'admitted');
    const report = JSON.stringify(this.devices.report());
    if (!entered || !this.devices.asked || report === this.told) return;
    if (this.session.send({ type: 'devices', ...this.devices.report() })) this.told = report;
  }

  onRefused(message) {
    if (message.request !== undefined && message.request !== null) this.media.refused(message);
    else if (message.id !== undefined) {
      if (this.name === 'call') this.moment.chat.onRefused(message);
    } else if (this.moment && this.moment.refused) {
      this.wish = null;
      this.moment.refused(words.refusal(typeof message.message === 'string' ? message.message : ''));
    }
  }

  onLost() {
    if (this.losing) return;
    this.losing = setTimeout(() => {
      this.trouble.say(this.view ? words.lost : words.unreachable);
      if (this.moment && this.moment.setOffline) this.moment.setOffline(true);
    }, CALM_MS);
  }

  onBack() {
    this.told = '';
    this.wished = false;
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

document.title = words.title.opening;
const page = new Page(document.getElementById('page'));
page.opening();
if (able()) page.session.start();
else page.enterMoment('old_browser');
// A page that the browser kept and brings back has a dead line: it starts afresh from what this tab remembers.
addEventListener('pageshow', (event) => event.persisted && location.reload());
