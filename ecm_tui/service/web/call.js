// In the call: the others, large; the own picture, small, beside the controls, where it covers nobody.

import { Chat } from './chat.js';
import { Consent } from './consent.js';
import { ask } from './dialogs.js';
import { h, heading, icon, say, show, videoElement } from './dom.js';
import { Health } from './health.js';
import { Sound } from './sound.js';
import { Stage } from './stage.js';

function control(drawing, name, short, onclick, kind = '') {
  const label = h('span', { text: short });
  const button = h('button', { type: 'button', class: `control ${kind}`, 'aria-label': name, onclick }, icon(drawing), label);
  return { button, label };
}

/** context: words, devices, media, session, trouble, help, leave(). */
export class Call {
  constructor({ words, locale, devices, media, session, help, leave }) {
    Object.assign(this, { words, devices, media, session });
    const text = words.call;
    this.speaking = [];
    this.consent = new Consent(text, session);
    this.health = new Health({ session, media });
    this.hand = h('button', { type: 'button', class: 'plain hand', onclick: () => this.raiseHand() });
    this.heading = heading(text.heading, { class: 'unseen' });
    this.clinic = h('p', { class: 'call-clinic' });
    this.notice = h('p', { class: 'notice', role: 'status' });
    this.hear = h('button', { type: 'button', class: 'main hear', hidden: true }, icon('sound'), h('span', { text: text.hear }));
    this.sound = new Sound(this.hear);
    this.stage = new Stage(words, { most: media.pictures, emptyText: text.alone });
    this.video = videoElement(text.own, { class: 'mirror' });
    this.ownOff = h('p', { class: 'own-off' }, icon('camera-off'), h('span', { class: 'unseen', text: text.ownOff }));
    this.microphone = control('microphone', text.mute, text.short.mute, () => this.switchMicrophone());
    this.camera = control('camera', text.stop, text.short.stop, () => this.switchCamera());
    this.bye = control('leave', text.leave, text.leave, () => this.askLeave(leave), 'bye');
    this.talk = control('chat', words.chat.hide, text.chat, () => this.chat.toggle(), 'talk');
    this.badge = h('span', { class: 'badge', 'aria-hidden': 'true', hidden: true });
    this.talk.button.append(this.badge);
    this.chat = new Chat({ words, locale, session, changed: () => this.renderTalk() });
    this.renderTalk();
    const bar = h('div', { class: 'bar' }, h('div', { class: 'own' }, this.video, this.ownOff), this.microphone.button, this.camera.button, this.talk.button, this.bye.button);
    this.main = h('div', { class: 'call-main' }, this.notice, this.consent.element, this.hear, this.stage.element, bar);
    this.element = h(
      'section',
      { class: 'call', 'aria-label': text.region },
      this.heading,
      h('header', { class: 'call-head' }, this.clinic, this.hand, help.element),
      this.main,
      this.chat.element,
      this.sound.element,
    );
    this.listener = () => this.refresh();
    devices.addEventListener('change', this.listener);
    media.addEventListener('change', this.listener);
  }

  render(view) {
    this.view = view;
    say(this.clinic, view.clinic.name || this.words.clinic);
    this.refresh();
    say(this.hand, view.hand ? this.words.call.lowerHand : this.words.call.raiseHand);
    this.hand.classList.toggle('is-up', view.hand);
    this.renderUnmute();
    this.consent.render(view);
    this.chat.render(view);
  }

  renderTalk() {
    if (!this.chat) return;
    const { open, unread } = this.chat;
    const text = this.words.chat;
    this.talk.button.setAttribute('aria-label', open ? text.hide : text.show(unread));
    this.talk.button.setAttribute('aria-expanded', String(open));
    this.badge.hidden = open || unread === 0;
    say(this.badge, unread > 99 ? '99+' : String(unread));
    document.title = (unread ? `(${unread}) ` : '') + this.words.title.call;
  }

  refresh() {
    if (!this.view) return;
    const { media, view } = this;
    this.stage.render({
      people: view.people,
      me: view.me.id,
      slots: media.slots,
      tracks: media.tracks,
      pictureMids: media.pictureMids,
      speaking: this.speaking,
      pinned: null,
      layout: 'tiles',
    });
    this.sound.render(media.soundMids.map((mid) => media.tracks.get(mid)));
    this.renderOwn();
    say(this.notice, this.trouble());
  }

  renderOwn() {
    const text = this.words.call;
    const { tracks } = this.devices;
    show(this.video, tracks.camera);
    this.video.hidden = tracks.camera === null;
    this.ownOff.hidden = tracks.camera !== null;
    const heard = this.heard();
    this.paint(this.microphone, heard ? 'microphone' : 'microphone-off', heard ? text.mute : text.unmute, heard ? text.short.mute : text.short.unmute, heard);
    const seen = tracks.camera !== null;
    this.paint(this.camera, seen ? 'camera' : 'camera-off', seen ? text.stop : text.start, seen ? text.short.stop : text.short.start, seen);
  }

  paint({ button, label }, drawing, name, short, on) {
    if (button.getAttribute('aria-label') === name && button.dataset.drawing === drawing) return;
    button.dataset.drawing = drawing;
    button.setAttribute('aria-label', name);
    button.classList.toggle('is-off', !on);
    button.replaceChild(icon(drawing), button.firstChild);
    say(label, short);
  }

  heard() {
    const { microphone } = this.devices.tracks;
    return microphone !== null && microphone.enabled && !this.view.muted;
  }

  /** The most important line first. */
  trouble() {
    const text = this.words.call;
    if (this.offline) return this.words.lost;
    const state = { starting: text.starting, idle: text.starting, restoring: text.restoring, blocked: text.blocked, no_codec: text.noCodec }[this.media.state];
    if (state) return state;
    if (this.view.muted) return text.mutedByClinic;
    return this.hint || '';
  }

  setOffline(offline) {
    this.offline = offline;
    if (this.view) say(this.notice, this.trouble());
  }

  setSpeaking(people) {
    this.speaking = people;
    this.refresh();
  }

  raiseHand() {
    this.session.send({ type: 'hand', up: !this.view.hand });
  }

  async switchMicrophone() {
    if (this.view.muted) return this.explain(this.words.call.mutedByClinic);
    await this.devices.setMicrophone(!this.heard());
    return this.explain(this.devices.tracks.microphone ? '' : this.words.device.microphone[this.devices.states.microphone]);
  }

  async switchCamera() {
    const wanted = this.devices.tracks.camera === null;
    await this.devices.setCamera(wanted);
    return this.explain(wanted && !this.devices.tracks.camera ? this.words.device.camera[this.devices.states.camera] : '');
  }

  explain(text) {
    this.hint = text;
    say(this.notice, this.trouble());
  }

  renderUnmute() {
    const asked = this.view.unmuteAsked;
    if (asked === Boolean(this.question)) return;
    if (!asked) {
      this.question.close();
      this.question = null;
      return;
    }
    const { unmuteTitle, unmuteText, unmuteYes, unmuteNo } = this.words.call;
    this.question = ask({ title: unmuteTitle, text: unmuteText, yes: unmuteYes, no: unmuteNo }, (accept) => {
      if (accept) this.devices.setMicrophone(true);
      this.session.send({ type: 'unmute', accept });
    });
  }

  askLeave(leave) {
    const { leaveTitle, leaveText, leaveYes, leaveNo } = this.words.call;
    this.leaving = ask({ title: leaveTitle, text: leaveText, yes: leaveYes, no: leaveNo }, (sure) => sure && leave());
  }

  close() {
    this.devices.removeEventListener('change', this.listener);
    this.media.removeEventListener('change', this.listener);
    if (this.question) this.question.close();
    this.consent.close();
    this.chat.close();
    this.health.close();
    if (this.leaving) this.leaving.close();
    this.stage.close();
    this.sound.render([]);
    show(this.video, null);
  }
}
