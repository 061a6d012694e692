// Every ending: what happened, in a heading, and what comes next. Never a blank page, never a view that looks like the call.

import { foreign, h, heading, say } from './dom.js';

/** words: {heading, text, button?}; act: what the button does, or null where nothing can be done from here. */
export class Over {
  constructor({ clinicWord, words, act }) {
    this.clinicWord = clinicWord;
    this.heading = heading(words.heading);
    this.clinic = h('p', { class: 'clinic' });
    this.message = h('p', { class: 'message', role: 'status' });
    const button = words.button && act ? h('button', { type: 'button', class: 'main', onclick: act, text: words.button }) : null;
    this.element = h(
      'div',
      { class: 'card over' },
      this.heading,
      this.clinic,
      h('p', { text: words.text }),
      this.message,
      button && h('div', { class: 'actions' }, button),
    );
  }

  /** view: the last one known, or null. */
  render(view) {
    this.clinic.hidden = !(view && view.clinic.name);
    if (view && view.clinic.name) this.clinic.replaceChildren(foreign(view.clinic.name));
  }

  refused(text) {
    say(this.message, text);
  }

  close() {}
}
