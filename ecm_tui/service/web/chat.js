// The chat of the call: everyone's lines in one order, the own message with retries, files with progress.
// A line is text and nothing but text; a link in it opens only when somebody asks for that.

import { h, icon, newId, say } from './dom.js';
import { Attaching } from './attaching.js';
import { lineElement } from './chatline.js';
import { readLine, readLines } from './pageview.js';
import { forget, Unsent } from './unsent.js';

/** So far from the end somebody still reads the newest line. Pixels. */
const NEAR = 48;
/** Lines that stay in the page; earlier ones are fetched again when asked for. */
const MOST = 1000;
/** Who writes too fast is heard a little later. Milliseconds. */
const AGAIN_MS = 2000;
/** A phone keeps the picture in front: the chat begins folded there. */
const WIDE = '(min-width: 60rem)';

export class Chat {
  /** context: words, locale, session; `changed()` is called when the fold or the unread count changes. */
  constructor({ words, locale, session, changed }) {
    Object.assign(this, { words: words.chat, locale, session, changed });
    this.lines = new Map();
    this.kept = new Unsent(session.memory);
    this.waiting = [];
    /** The timer of a message that was held back: what was written after it waits too, so that the order stays. */
    this.later = 0;
    this.slow = false;
    this.unread = 0;
    this.open = matchMedia(WIDE).matches;
    this.earlier = false;
    this.files = '';
    this.build();
    this.fold(this.open);
  }

  build() {
    const text = this.words;
    const hintId = newId('chat');
    this.heading = h('h2', { tabindex: '-1', text: text.heading });
    this.more = h('button', { type: 'button', class: 'plain small', hidden: true, onclick: () => this.askEarlier(), text: text.earlier });
    this.list = h('ul', { class: 'lines' });
    this.empty = h('p', { class: 'hint nothing', text: text.nothing });
    this.unsent = h('ul', { class: 'lines unsent', 'aria-label': text.unsent, hidden: true });
    this.log = h('div', { class: 'log', role: 'log', 'aria-label': text.heading, tabindex: '0' }, this.list);
    this.scroller = h('div', { class: 'scroller', onscroll: () => this.scrolled() }, this.more, this.empty, this.log, this.unsent);
    this.newer = h('button', { type: 'button', class: 'main newer', hidden: true, onclick: () => this.toEnd() });
    this.message = h('p', { class: 'message', role: 'status' });
    this.field = h('textarea', { rows: '1', maxlength: '8000', 'aria-label': text.message, 'aria-describedby': hintId, enterkeyhint: 'send', oninput: () => this.typed(), onkeydown: (event) => this.pressed(event) });
    this.attaching = new Attaching({ words: text, locale: this.locale, bearer: () => this.session.memory.get('credential') });
    this.button = h('button', { type: 'submit', class: 'main', text: text.send });
    this.form = h(
      'form',
      { class: 'say', onsubmit: (event) => this.submit(event) },
      this.attaching.button,
      this.field,
      this.button,
    );
    const hint = h('p', { class: 'hint', id: hintId, text: text.everyone });
    const shut = h('button', { type: 'button', class: 'plain shut', 'aria-label': text.hide, onclick: () => this.fold(false) }, icon('down'));
    this.element = h(
      'section',
      { class: 'chat', 'aria-label': text.heading },
      h('header', {}, this.heading, shut),
      h('div', { class: 'lines-area' }, this.scroller, this.newer),
      this.attaching.element,
      this.message,
      hint,
      this.form,
    );
  }

  // What the service says

  /** view: of the admitted page. */
  render(view) {
    if (this.me !== view.me.id) this.takeUp(view.me.id);
    const { silenced } = view;
    if (this.silenced === silenced) return;
    this.silenced = silenced;
    for (const part of [this.field, this.button, this.attaching.button]) part.disabled = silenced;
    this.field.placeholder = silenced ? this.words.silenced : this.words.placeholder;
    say(this.message, silenced ? this.words.silenced : '');
  }

  /** What this person wrote before a reload; what was on its way goes out again with the chat. */
  takeUp(me) {
    this.me = me;
    this.kept.belongTo(me);
    this.field.value = this.kept.draft;
    this.waiting = this.kept.messages;
    this.showUnsent();
  }

  /** The newest part of the chat: at first, and after each lost line. What was under way is sent once more, as itself. */
  onChat(message) {
    const lines = readLines(message.lines);
    const last = Math.max(0, ...this.lines.keys());
    this.files = typeof message.files === 'string' ? message.files : '';
    this.lines.clear();
    this.list.replaceChildren();
    this.earlier = message.earlier === true;
    for (const line of lines) this.add(line);
    this.count(last ? lines.filter((line) => line.number > last && line.by.id !== this.me).length : 0);
    this.toEndOr(this.unread === 0);
    this.slow = false;
    for (const one of this.waiting) this.transmit(one);
  }

  onLine(message) {
    const line = readLine(message.line);
    if (line === null || this.lines.has(line.number)) return;
    const near = this.near();
    this.add(line);
    const own = line.by.id === this.me;
    if (!own && !(near && this.open && !document.hidden)) this.count(this.unread + 1);
    this.toEndOr(near || own);
    this.trim(near);
  }

  onEarlier(message) {
    const lines = readLines(message.lines).filter((line) => !this.lines.has(line.number));
    const { scrollHeight, scrollTop } = this.scroller;
    this.earlier = message.earlier === true;
    this.list.prepend(...lines.map((line) => this.elementOf(line)));
    for (const line of lines) this.lines.set(line.number, line);
    this.show();
    this.scroller.scrollTop = scrollTop + this.scroller.scrollHeight - scrollHeight;
  }

  onSaid(message) {
    this.waiting = this.waiting.filter((one) => one.id !== message.id);
    this.showUnsent();
    say(this.message, '');
    if (this.slow) this.transmitFirst();
  }

  /** True when the refusal was about a message of ours. */
  onRefused(message) {
    const one = this.waiting.find((each) => each.id === message.id);
    if (!one) return;
    if (message.code === 'too_fast') {
      say(this.message, this.words.tooFast);
      this.slow = true;
      clearTimeout(this.later);
      this.later = setTimeout(() => this.transmitFirst(), AGAIN_MS);
      return;
    }
    this.waiting = this.waiting.filter((each) => each !== one);
    this.field.value = [one.text, this.field.value].filter(Boolean).join('\n');
    this.typed();
    this.showUnsent();
    say(this.message, typeof message.message === 'string' && message.message ? message.message : this.words.notSent);
    if (this.slow) this.transmitFirst();
  }

  // The own message

  submit(event) {
    event.preventDefault();
    const text = this.field.value.trim();
    if (!text || this.silenced) return;
    const one = { id: Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join(''), text };
    this.waiting.push(one);
    this.field.value = '';
    this.typed();
    say(this.message, '');
    this.showUnsent();
    if (!this.slow) this.transmit(one);
    this.toEnd();
    this.field.focus();
  }

  /** The same id as often as it takes: the service makes one line of it. */
  transmit({ id, text }) {
    this.session.send({ type: 'say', id, text });
  }

  /** One at a time, until all that waits was said. */
  transmitFirst() {
    const [first] = this.waiting;
    this.slow = first !== undefined;
    if (first) this.transmit(first);
  }

  pressed(event) {
    const touch = matchMedia('(pointer: coarse)').matches;
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || touch) return;
    event.preventDefault();
    if (!event.repeat) this.form.requestSubmit();
  }

  typed() {
    this.kept.draft = this.field.value;
    this.field.style.height = 'auto';
    this.field.style.height = `${Math.min(this.field.scrollHeight + 4, 132)}px`;
  }

  /** Called whenever `waiting` is another. */
  showUnsent() {
    this.kept.messages = this.waiting;
    this.unsent.hidden = this.waiting.length === 0;
    this.unsent.replaceChildren(...this.waiting.map(({ text }) => h('li', { class: 'line mine' }, h('span', { class: 'text', text }), h('span', { class: 'hint', text: ` ${this.words.sending}` }))));
    if (this.waiting.length) this.toEndOr(this.near());
  }

  // Lines and where one reads

  add(line) {
    this.lines.set(line.number, line);
    this.list.append(this.elementOf(line));
    this.show();
  }

  elementOf(line) {
    return lineElement(line, { words: this.words, locale: this.locale, me: this.me, files: this.files });
  }

  show() {
    this.more.hidden = !this.earlier;
    this.empty.hidden = this.lines.size > 0 || this.earlier;
  }

  trim(near) {
    if (!near) return;
    while (this.list.children.length > MOST) {
      this.lines.delete(Math.min(...this.lines.keys()));
      this.list.firstChild.remove();
      this.earlier = true;
    }
    this.show();
  }

  askEarlier() {
    const first = Math.min(...this.lines.keys());
    if (Number.isFinite(first)) this.session.send({ type: 'earlier', before: first });
  }

  near() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }

  toEndOr(go) {
    if (go && this.open) this.toEnd();
  }

  toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.scrolled();
  }

  scrolled() {
    if (this.open && this.near() && !document.hidden) this.count(0);
  }

  count(unread) {
    if (this.unread === unread) return;
    this.unread = unread;
    this.newer.hidden = unread === 0;
    say(this.newer, this.words.newer(unread));
    this.changed();
  }

  fold(open) {
    this.open = open;
    this.element.hidden = !open;
    if (open) this.toEnd();
    this.changed();
  }

  /** By the button of the bar: then the focus goes to where one reads on. */
  toggle() {
    this.fold(!this.open);
    if (this.open) this.heading.focus();
  }

  close() {
    this.attaching.close();
    forget(this.session.memory);
  }
}
