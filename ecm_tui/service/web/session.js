// The page's line to the service: the link is traded once for a credential, then one socket, resumed by itself.
// The token leaves the address at once; the credential lives in this tab only (sessionStorage), so a reload keeps the place.

import { readView } from './pageview.js';

export const VERSION = 2;

/** Pauses between tries in milliseconds; the last one repeats. */
const PAUSES = [200, 400, 800, 1500, 3000];
/** A line that opens but says nothing for so long is given up. */
const ANSWER_MS = 8000;
/** Once the service sends beats, a line silent for so long is dead (a phone that changed its network). */
const SILENCE_MS = 15000;
/** A window that is just closing (reload, same link again) may still hold the place: so many tries before believing it. */
const ELSEWHERE_TRIES = 4;
const ENDINGS = ['disconnected', 'removed', 'ended', 'cancelled', 'left', 'elsewhere', 'link_not_valid'];
/** Endings that a reload still shows, though nothing is left to ask the service with. */
const KEPT = ['removed', 'ended', 'cancelled', 'left', 'elsewhere', 'too_many_tries'];
const CLOSED = { 4401: 'link_not_valid', 4426: 'wrong_version' };

/** What this tab remembers. Works without storage too: then a reload forgets. */
export class Memory {
  constructor(kind) {
    this.kind = kind;
    this.values = {};
  }

  get(name) {
    try {
      return sessionStorage.getItem(`ecm.${this.kind}.${name}`);
    } catch {
      return this.values[name] ?? null;
    }
  }

  set(name, value) {
    this.values[name] = value;
    try {
      if (value === null) sessionStorage.removeItem(`ecm.${this.kind}.${name}`);
      else sessionStorage.setItem(`ecm.${this.kind}.${name}`, value);
    } catch {
      // A browser that stores nothing keeps the value until the page goes.
    }
  }
}

/** Takes the token out of the address, so that neither history nor a look over the shoulder finds it. */
export function takeToken(kind) {
  const match = location.pathname.match(/^\/(?:join|view|send)\/([^/]+)\/?$/);
  if (match) history.replaceState(null, '', `/${kind}`);
  return match ? match[1] : null;
}

/**
 * Events: `page` (detail: view), `over` (detail: reason), `lost`, `back`, and one for each other message type
 * (detail: the message as it came). `fresh` is true from a link being opened until its person entered.
 */
export class Session extends EventTarget {
  constructor(kind) {
    super();
    this.kind = kind;
    this.memory = new Memory(kind);
    this.fresh = false;
    this.done = false;
    this.tries = 0;
    this.elsewhere = 0;
    this.socket = null;
    this.token = null;
    addEventListener('online', () => this.hurry());
    addEventListener('offline', () => this.drop());
    document.addEventListener('visibilitychange', () => document.hidden || this.hurry());
  }

  start() {
    const opened = takeToken(this.kind);
    // Kept until it is traded, so that a reload in between loses nothing; this tab alone can read it.
    if (opened) this.memory.set('token', opened);
    this.token = this.memory.get('token');
    if (opened) {
      this.memory.set('credential', null);
      this.memory.set('over', null);
      this.trade();
    } else if (KEPT.includes(this.memory.get('over'))) {
      this.finish(this.memory.get('over'));
    } else if (this.memory.get('credential')) {
      this.connect();
    } else if (this.token) {
      this.trade();
    } else {
      this.finish('link_not_valid');
    }
  }

  /** Tries once more after an ending that allows it. */
  again() {
    this.done = false;
    this.tries = 0;
    this.elsewhere = 0;
    if (this.memory.get('credential')) this.connect();
    else if (this.token) this.trade();
    else this.finish('link_not_valid');
  }

  get open() {
    return this.socket !== null && this.socket.readyState === WebSocket.OPEN && this.greeted === true;
  }

  get retryable() {
    return Boolean(this.memory.get('credential') || this.token);
  }

  /** Sends a message; false when there is no line now. */
  send(message) {
    if (!this.open) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  /** Ends the session on this page; nothing is resumed afterwards. */
  finish(reason) {
    this.done = true;
    clearTimeout(this.timer);
    clearTimeout(this.watch);
    if (reason === 'removed' || reason === 'left' || reason === 'link_not_valid') {
      this.memory.set('credential', null);
      this.memory.set('token', null);
    }
    if (reason === 'ended' || reason === 'cancelled' || (KEPT.includes(reason) && !this.memory.get('credential'))) this.memory.set('over', reason);
    const socket = this.socket;
    this.socket = null;
    if (socket) socket.close();
    this.emit('over', reason);
  }

  /** Gives the line up and takes a new one. */
  drop() {
    const socket = this.socket;
    if (this.done || socket === null) return;
    this.closed(socket, 0);
    socket.close();
  }

  /** Tries at once instead of after the pause. */
  hurry() {
    if (this.done || this.socket !== null || this.timer === undefined) return;
    clearTimeout(this.timer);
    this.next();
  }

  async trade() {
    const stop = new AbortController();
    const limit = setTimeout(() => stop.abort(), ANSWER_MS);
    try {
      const response = await fetch('/api/v1/open', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token: this.token, version: VERSION }),
        cache: 'no-store',
        signal: stop.signal,
      });
      const body = await response.json().catch(() => ({}));
      this.traded(response.status, body === null ? {} : body);
    } catch {
      this.later();
    } finally {
      clearTimeout(limit);
    }
  }

  traded(status, body) {
    if (status === 200 && typeof body.credential === 'string') {
      this.memory.set('credential', body.credential);
      this.memory.set('over', null);
      this.memory.set('token', null);
      this.token = null;
      this.fresh = true;
      this.tries = 0;
      this.emitPage(body.view);
      this.connect();
    } else if (status === 409 && (this.elsewhere += 1) < ELSEWHERE_TRIES) this.later(false);
    else if (status === 409) this.finish('elsewhere');
    else if (status === 429) this.finish('too_many_tries');
    else if (status === 426 || body.code === 'wrong_version') this.finish('wrong_version');
    else if (status >= 400 && status < 500) this.finish('link_not_valid');
    else this.later();
  }

  connect() {
    const socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/api/v1/session`);
    this.socket = socket;
    this.greeted = false;
    this.beats = false;
    this.listen(ANSWER_MS);
    socket.onopen = () => {
      socket.send(JSON.stringify({ type: 'hello', version: VERSION, credential: this.memory.get('credential') }));
    };
    socket.onmessage = (event) => socket === this.socket && this.receive(event.data);
    socket.onclose = (event) => this.closed(socket, event.code);
  }

  listen(limit) {
    clearTimeout(this.watch);
    this.watch = setTimeout(() => this.drop(), limit);
  }

  receive(data) {
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      return;
    }
    if (message === null || typeof message !== 'object' || typeof message.type !== 'string') return;
    if (message.type === 'beat') this.beats = true;
    if (this.beats) this.listen(SILENCE_MS);
    if (message.type === 'page') this.emitPage(message.view, true);
    else if (message.type === 'over') this.finish(ENDINGS.includes(message.reason) ? message.reason : 'left');
    else this.emit(message.type, message);
  }

  emitPage(raw, answered = false) {
    const view = readView(raw);
    if (view === null) return;
    if (answered && !this.greeted) {
      this.greeted = true;
      this.tries = 0;
      this.elsewhere = 0;
      if (!this.beats) clearTimeout(this.watch);
      this.emit('back');
    }
    if (view.state === 'waiting' || view.state === 'admitted') this.fresh = false;
    this.emit('page', view);
  }

  closed(socket, code) {
    if (socket !== this.socket || this.done) return;
    this.socket = null;
    clearTimeout(this.watch);
    if (CLOSED[code]) this.finish(CLOSED[code]);
    else if (code === 4409 && (this.elsewhere += 1) >= ELSEWHERE_TRIES) this.finish('elsewhere');
    else this.later(code !== 4409);
  }

  /** Tries again after a pause. `lost`: whether nothing answered; a service that answers is not told to be out of reach. */
  later(lost = true) {
    if (this.done) return;
    const pause = PAUSES[Math.min(this.tries, PAUSES.length - 1)] * (0.75 + Math.random() / 2);
    this.tries += 1;
    if (lost) this.emit('lost');
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.next(), pause);
  }

  next() {
    this.timer = undefined;
    if (this.memory.get('credential')) this.connect();
    else if (this.token) this.trade();
  }

  /** A listener that fails must not take the line down with it: the fault is reported and the page goes on. */
  emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
