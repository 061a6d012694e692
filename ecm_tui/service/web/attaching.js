// Sharing files from the page: chosen by a button, sent one after another, each with its progress and a way to cancel.

import { foreign, h, icon, say } from './dom.js';
import { Upload, inWords } from './upload.js';

export class Attaching {
  /** bearer(): the credential of this page. */
  constructor({ words, locale, bearer }) {
    Object.assign(this, { words, locale, bearer });
    this.queue = [];
    /** Why files of those that were chosen last were not sent; the next one's luck does not take that away. */
    this.refusals = [];
    this.field = h('input', { type: 'file', class: 'unseen', multiple: true, tabindex: '-1', 'aria-hidden': 'true', onchange: () => this.picked() });
    this.button = h('button', { type: 'button', class: 'plain attach', 'aria-label': words.attach, onclick: () => this.field.click() }, icon('attach'));
    this.name = h('span', { class: 'file-name' });
    this.bar = h('progress', { max: '1', value: '0', 'aria-label': words.progress });
    this.stop = h('button', { type: 'button', class: 'plain small', onclick: () => this.cancel(), text: words.cancel });
    this.row = h('div', { class: 'upload', hidden: true }, this.name, this.bar, this.stop);
    this.said = h('p', { class: 'message', role: 'status' });
    this.element = h('div', { class: 'attaching' }, this.row, this.said, this.field);
  }

  picked() {
    this.queue.push(...this.field.files);
    this.field.value = '';
    if (this.upload) return;
    this.refusals = [];
    this.next();
  }

  async next() {
    const file = this.queue.shift();
    this.row.hidden = !file;
    this.upload = null;
    if (!file) return;
    this.tell();
    this.bar.value = 0;
    this.name.replaceChildren(foreign(file.name), ` (${inWords(file.size, this.locale)})`);
    this.upload = new Upload({ base: '/api/v1/session/files', bearer: this.bearer(), file, progress: (done, size) => { this.bar.value = size ? done / size : 0; } });
    try {
      const { name } = await this.upload.run();
      this.tell(this.words.shared(name));
    } catch (error) {
      this.refusals.unshift(error.said || `${file.name}: ${this.words[error.code] || this.words.lost}`);
      this.tell();
    }
    if (!this.closed) this.next();
  }

  /** A line for the file that was sent, and for each that was not, the newest first. Many scroll, also by keyboard. */
  tell(...more) {
    say(this.said, [...more, ...this.refusals].join('\n'));
    this.said.tabIndex = this.said.scrollHeight > this.said.clientHeight ? 0 : -1;
  }

  cancel() {
    this.upload.cancel();
  }

  close() {
    this.closed = true;
    this.queue = [];
    if (this.upload) this.upload.cancel();
  }
}
