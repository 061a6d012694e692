// What stands around every moment: the clinic's name and colour, the help with the support contact, one line for trouble.

import { foreign, h, say } from './dom.js';
import { inkOn } from './pageview.js';

/** The clinic's colour as an accent; an unknown one leaves the page's own. */
export function paint(hex) {
  const { style } = document.documentElement;
  if (hex === null) {
    style.removeProperty('--clinic');
    style.removeProperty('--on-clinic');
  } else {
    style.setProperty('--clinic', hex);
    style.setProperty('--on-clinic', inkOn(hex));
  }
}

/** The support contact, as a link where it is clearly a telephone number or a mail address. */
function contact(support) {
  if (/^\+?[0-9][0-9 ()/.-]{4,24}$/.test(support)) return h('a', { href: `tel:${support.replace(/[^+0-9]/g, '')}` }, foreign(support));
  if (/^[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,120}$/.test(support)) return h('a', { href: `mailto:${support}` }, foreign(support));
  return foreign(support);
}

export class Help {
  constructor(words) {
    this.words = words;
    this.line = h('p');
    this.element = h(
      'details',
      { class: 'help' },
      h('summary', { text: words.help }),
      h('div', { class: 'help-text' }, this.line, h('ul', {}, words.helpTips.map((tip) => h('li', { text: tip })))),
    );
    this.element.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.element.open = false;
    });
    this.render('');
  }

  render(support) {
    if (this.support === support) return;
    this.support = support;
    if (support) this.line.replaceChildren(this.words.support, ' ', contact(support));
    else say(this.line, this.words.noSupport);
  }
}

/** The one line for trouble; it speaks when its words change and takes no room when there are none. */
export class Trouble {
  constructor() {
    this.element = h('p', { class: 'trouble', role: 'status' });
  }

  say(text) {
    say(this.element, text || '');
  }
}
