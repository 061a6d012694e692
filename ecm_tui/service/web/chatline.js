// One line of the chat as an element: who and what, as text; a file as a link, an address in the text with a way to open it.

import { foreign, h } from './dom.js';
import { inWords } from './upload.js';

const ADDRESS = /https?:\/\/[^\s<>"'`{}|\\^\u2066-\u2069]+/gi;
/** More addresses in one line are no message. */
const MOST_LINKS = 5;

/** The addresses in a text that a browser can go to, each as URL: its host is the true one, whatever the text shows. Pure. */
export function addresses(text) {
  const found = [];
  for (const [match] of text.matchAll(ADDRESS)) {
    try {
      const url = new URL(match.replace(/[.,;:!?)\]]+$/, ''));
      if (url.hostname && found.every((other) => other.href !== url.href)) found.push(url);
    } catch {
      // Not an address after all.
    }
  }
  return found.slice(0, MOST_LINKS);
}

/** context: words, locale, me (id), files (where this page's downloads are). */
export function lineElement(line, { words, locale, me, files }) {
  const { by, file } = line;
  const own = by.id === me;
  const said = [];
  if (line.at) said.push(new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' }).format(line.at));
  if (by.organiser) said.push(words.organiser);
  if (file) said.push(inWords(file.size, locale));
  const name = h('span', { class: 'by' }, foreign(by.name || words.someone), ': ');
  const meta = h('span', { class: 'meta', 'data-said': said.join(' · ') });
  const kind = `line${own ? ' mine' : ''}${by.organiser ? ' organiser' : ''}`;
  if (file) return h('li', { class: kind }, name, attachment(file, files), meta);
  const links = addresses(line.text).map((url) => h(
    'a',
    { class: 'go', href: url.href, target: '_blank', rel: 'noopener noreferrer', text: words.openLink(url.host) },
  ));
  return h('li', { class: kind }, name, h('span', { class: 'text', dir: 'auto', text: line.text }), meta, ...links);
}

function attachment(file, files) {
  const href = `${files}/${encodeURIComponent(file.id)}/${encodeURIComponent(file.name)}`;
  return h('a', { class: 'file', href, download: file.name }, foreign(file.name));
}
