// The others in the call: a tile for each, pictures where there are some, names where there are none.
// A picture's element belongs to a slot; its label, name and place follow the person who is on the slot.

import { foreign, h, icon, show, videoElement } from './dom.js';
import { fit, speaker, tiles } from './layout.js';
import { initials } from './pageview.js';

/** After a switch the slot shows nothing until a new frame came, or for so long: no face under another's name. */
const SWITCH_MS = 500;

/** Who gets a tile, in order: the pinned one, organisers, people with a picture, the rest. Pure. */
export function order({ people, me, slots, pictureMids, pinned, speaking, layout }, most) {
  const onSlot = new Map();
  for (const mid of pictureMids) {
    const who = slots.get(mid);
    if (who && !onSlot.has(who)) onSlot.set(who, mid);
  }
  const entries = people
    .filter((person) => person.id !== me)
    .map((person) => ({ person, mid: person.camera ? onSlot.get(person.id) ?? null : null }));
  const first = pinned ?? (layout === 'speaker' ? speaking.find((who) => who !== me) : null);
  const rank = ({ person, mid }) => (person.id === first ? 0 : person.organiser ? 1 : mid !== null ? 2 : 3);
  const sorted = entries
    .map((entry, at) => ({ entry, at }))
    .sort((a, b) => rank(a.entry) - rank(b.entry) || a.at - b.at)
    .map(({ entry }) => entry);
  return { shown: sorted.slice(0, most), hidden: Math.max(0, sorted.length - most) };
}

class Tile {
  constructor(words, onPin) {
    this.words = words;
    this.who = null;
    this.name = h('span', { class: 'who' });
    this.facts = h('span', { class: 'facts' });
    this.letters = h('div', { class: 'letters', 'aria-hidden': 'true' });
    this.element = h('figure', { class: 'tile' }, this.letters, h('figcaption', {}, this.name, this.facts));
    if (onPin) {
      this.pin = h('button', { type: 'button', class: 'pin', onclick: () => onPin(this.who) }, icon('pin'));
      this.element.append(this.pin);
    }
  }

  /** `video`: the slot's element, or null for a person without a picture. */
  render(person, video, facts) {
    if (this.label !== person.name || this.who !== person.id) {
      this.name.replaceChildren(foreign(person.name));
      this.letters.textContent = initials(person.name);
    }
    this.who = person.id;
    this.label = person.name;
    this.element.classList.toggle('without', video === null);
    this.element.classList.toggle('speaking', facts.speaking);
    this.element.classList.toggle('pinned', facts.pinned);
    this.letters.hidden = video !== null;
    this.say(person, video, facts);
    if (this.pin) {
      const label = facts.pinned ? this.words.viewer.unpin(person.name) : this.words.viewer.pin(person.name);
      this.pin.setAttribute('aria-label', label);
    }
  }

  /** Nobody is on it any more: no name stays behind in the page. */
  clear() {
    this.who = null;
    this.name.replaceChildren();
    this.letters.textContent = '';
    this.element.hidden = true;
  }

  say(person, video, facts) {
    const { call, viewer } = this.words;
    const said = [
      facts.pinned && ['pin', viewer.pinned],
      facts.speaking && ['speaking', call.speaking],
      (person.muted || !person.microphone) && ['microphone-off', call.muted],
      video === null && !person.camera && ['camera-off', call.noCamera],
    ].filter(Boolean);
    const key = said.map(([drawing]) => drawing).join(' ');
    if (this.said === key) return;
    this.said = key;
    this.facts.replaceChildren(...said.map(([drawing, word]) => h('span', { class: 'fact' }, icon(drawing), h('span', { class: 'unseen', text: word }))));
  }
}

export class Stage {
  /** `onPin(person id)`: called when a tile's pin is pressed; without it tiles have none. */
  constructor(words, { onPin = null, most, emptyText }) {
    this.words = words;
    this.onPin = onPin;
    this.most = most;
    this.slots = new Map();
    this.named = new Map();
    this.empty = h('p', { class: 'alone', text: emptyText });
    this.rest = h('p', { class: 'rest', hidden: true });
    this.area = h('div', { class: 'tiles' });
    this.element = h('div', { class: 'stage' }, this.area, this.empty, this.rest);
    this.placed = [];
    this.observer = new ResizeObserver(() => this.place());
    this.observer.observe(this.area);
  }

  close() {
    this.observer.disconnect();
    for (const slot of this.slots.values()) show(slot.video, null);
  }

  /** data: people, me (id), slots (map), tracks (map), pictureMids, speaking (ids), pinned (id or null), layout. */
  render(data) {
    const { shown, hidden } = order(data, this.most);
    this.layout = data.layout === 'speaker' || data.pinned !== null ? 'speaker' : 'tiles';
    this.prepare(data.pictureMids, data.tracks);
    const used = new Set();
    this.placed = shown.map(({ person, mid }) => {
      const slot = mid === null ? null : this.slots.get(mid);
      const tile = slot ? slot.tile : this.nameTile(person.id);
      used.add(tile);
      if (slot) this.label(slot, person);
      tile.render(person, slot ? slot.video : null, {
        speaking: data.speaking.includes(person.id),
        pinned: data.pinned === person.id,
      });
      return tile;
    });
    this.drop(used);
    this.empty.hidden = this.placed.length > 0;
    this.rest.hidden = hidden === 0;
    this.rest.textContent = hidden ? this.words.call.others(hidden) : '';
    this.place();
  }

  prepare(mids, tracks) {
    for (const [mid, slot] of this.slots) {
      if (mids.includes(mid)) continue;
      show(slot.video, null);
      slot.tile.element.remove();
      this.slots.delete(mid);
    }
    for (const mid of mids) {
      if (!this.slots.has(mid)) this.slots.set(mid, this.newSlot());
      show(this.slots.get(mid).video, tracks.get(mid) || null);
    }
  }

  newSlot() {
    const tile = new Tile(this.words, this.onPin);
    const video = videoElement('', { class: 'picture' });
    video.addEventListener('resize', () => this.place());
    tile.element.prepend(video);
    tile.element.hidden = true;
    this.area.append(tile.element);
    return { tile, video, who: null };
  }

  label(slot, person) {
    slot.video.setAttribute('aria-label', this.words.call.videoOf(person.name));
    if (slot.who === person.id) return;
    const switched = slot.who !== null;
    slot.who = person.id;
    if (!switched) return;
    slot.video.classList.add('switching');
    const ready = () => slot.video.classList.remove('switching');
    if (slot.video.requestVideoFrameCallback) slot.video.requestVideoFrameCallback(ready);
    setTimeout(ready, SWITCH_MS);
  }

  nameTile(id) {
    if (!this.named.has(id)) this.named.set(id, new Tile(this.words, this.onPin));
    return this.named.get(id);
  }

  /** Tiles that nobody is on are not in the page: neither seen nor read out. */
  drop(used) {
    for (const [id, tile] of this.named) {
      if (used.has(tile)) continue;
      tile.element.remove();
      this.named.delete(id);
    }
    for (const slot of this.slots.values()) {
      if (used.has(slot.tile)) continue;
      slot.tile.clear();
      slot.video.removeAttribute('aria-label');
      slot.who = null;
    }
    for (const tile of used) {
      tile.element.hidden = false;
      if (tile.element.parentNode !== this.area) this.area.append(tile.element);
    }
  }

  place() {
    const { clientWidth: width, clientHeight: height } = this.area;
    const plan = this.layout === 'speaker' ? speaker : tiles;
    const rectangles = plan(this.placed.length, width, height);
    this.placed.forEach((tile, index) => {
      const at = rectangles[index];
      if (!at) return;
      const { style } = tile.element;
      style.left = `${at.x}px`;
      style.top = `${at.y}px`;
      style.width = `${at.width}px`;
      style.height = `${at.height}px`;
      style.order = String(index);
      const video = tile.element.querySelector('video');
      if (video) video.style.objectFit = fit(at, { width: video.videoWidth, height: video.videoHeight });
    });
  }
}
