// The page of an upload link: an organiser whose console runs elsewhere sends one file from this computer into the call.

import { foreign, h, heading, say } from './dom.js';
import { Help, paint, Trouble } from './frame.js';
import { colour } from './pageview.js';
import { Memory, takeToken } from './session.js';
import { Upload, inWords } from './upload.js';
import { locale, words } from './words.js';

const text = words.send;

class Send {
  constructor(root) {
    this.memory = new Memory('send');
    this.help = new Help({ ...words, helpTips: text.tips });
    this.trouble = new Trouble();
    this.heading = heading(text.heading);
    this.clinic = h('p', { class: 'clinic' });
    this.field = h('input', { type: 'file', class: 'unseen', id: 'file', tabindex: '-1', 'aria-label': text.choose });
    this.choose = h('button', { type: 'button', class: 'plain', onclick: () => this.field.click(), text: text.choose });
    this.chosen = h('p', { class: 'file-name', role: 'status' });
    this.go = h('button', { type: 'button', class: 'main', hidden: true, onclick: () => this.send(), text: text.send });
    this.bar = h('progress', { max: '1', value: '0', 'aria-label': text.progress, hidden: true });
    this.stop = h('button', { type: 'button', class: 'plain', hidden: true, onclick: () => this.upload.cancel(), text: text.cancel });
    this.explain = h('p', { text: text.explain });
    this.card = h(
      'div',
      { class: 'card' },
      this.heading,
      this.clinic,
      this.explain,
      this.field,
      this.choose,
      this.chosen,
      this.bar,
      h('div', { class: 'actions' }, this.stop, this.go),
    );
    this.field.addEventListener('change', () => this.picked());
    root.replaceChildren(this.trouble.element, this.card, this.help.element);
  }

  async start() {
    const opened = takeToken('send');
    if (opened) this.memory.set('token', opened);
    this.token = this.memory.get('token');
    if (!this.token) return this.over(text.notValid);
    try {
      const answer = await fetch('/api/v1/send', { headers: { authorization: `Bearer ${this.token}` }, cache: 'no-store' });
      const body = await answer.json();
      if (!answer.ok) return this.over(answer.status === 404 ? text.notValid : { heading: text.notNow, text: String(body.message || '') });
      return this.welcome(body);
    } catch {
      return this.trouble.say(text.unreachable);
    }
  }

  welcome({ clinic, most_bytes: most }) {
    this.most = most;
    paint(colour(clinic.colour));
    this.help.render(String(clinic.support));
    this.clinic.replaceChildren(foreign(String(clinic.name)));
  }

  picked() {
    const [file] = this.field.files;
    this.file = file || null;
    this.trouble.say('');
    this.chosen.replaceChildren(...(file ? [foreign(file.name), ` (${inWords(file.size, locale)})`] : []));
    this.go.hidden = !file;
    this.choose.textContent = file ? text.another : text.choose;
    if (file) this.go.focus();
  }

  async send() {
    this.busy(true);
    this.upload = new Upload({ base: '/api/v1/send/files', bearer: this.token, file: this.file, progress: (done, size) => this.show(done, size) });
    try {
      const { name } = await this.upload.run();
      this.over({ heading: text.done, text: text.doneText(name) });
    } catch (error) {
      this.busy(false);
      if (error.code === 'link_not_valid') this.over(text.notValid);
      else this.trouble.say(error.said || text[error.code] || text.lost);
    }
  }

  show(done, size) {
    this.bar.value = size ? done / size : 0;
  }

  busy(on) {
    this.trouble.say('');
    this.bar.value = 0;
    this.bar.hidden = this.stop.hidden = !on;
    this.go.hidden = this.choose.hidden = on;
    if (on) this.stop.focus();
    else this.go.focus();
  }

  over({ heading: title, text: said }) {
    this.memory.set('token', null);
    this.token = null;
    say(this.heading, title);
    say(this.explain, said);
    for (const part of [this.choose, this.chosen, this.bar, this.stop, this.go]) part.hidden = true;
    this.heading.focus();
  }
}

document.title = text.heading;
new Send(document.getElementById('page')).start();
addEventListener('pageshow', (event) => event.persisted && location.reload());
