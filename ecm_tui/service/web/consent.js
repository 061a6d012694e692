// The request for a still of the own camera: asked once, answered by a button alone, and told how it ended.

import { ask } from './dialogs.js';
import { h, say } from './dom.js';

/** A key or tap in the first moment was meant for what stood there before. Milliseconds. */
const SWALLOW_MS = 500;
/** How long the page says what became of a request. Milliseconds. */
const SAY_MS = 15_000;

export class Consent {
  /** `words` are those of the call. `element` is the line that tells how it ended; no other trouble hides it. */
  constructor(words, session) {
    Object.assign(this, { words, session });
    this.element = h('p', { class: 'notice told', role: 'status' });
    /** The consent that this page asked about; its outcome is for this person to read. */
    this.asked = null;
    this.answered = null;
  }

  render({ screenshot, screenshotOver }) {
    if (screenshot && screenshot.consent !== this.answered) this.ask(screenshot);
    else if (!screenshot) this.take();
    if (screenshotOver && screenshotOver.consent === this.asked) this.over(screenshotOver.outcome);
  }

  ask({ consent, by }) {
    if (this.question && this.asked === consent) return;
    this.take();
    this.asked = consent;
    const { screenshotTitle: title, screenshotText, screenshotYes: yes, screenshotNo: no } = this.words;
    this.question = ask({ title, text: screenshotText(by), yes, no, escape: false, swallow: SWALLOW_MS }, (allow) => {
      this.question = null;
      // Without a line nothing was answered: the question comes again with the line.
      if (!this.session.send({ type: 'consent', consent, allow })) return;
      this.answered = consent;
      if (allow) this.tell(this.words.screenshotAllowed);
    });
  }

  /** Takes the question back. */
  take() {
    if (this.question) this.question.close();
    this.question = null;
  }

  over(outcome) {
    this.asked = null;
    this.take();
    this.tell(this.words.screenshotOver[outcome] || '');
  }

  tell(text) {
    clearTimeout(this.saying);
    say(this.element, text);
    this.saying = setTimeout(() => say(this.element, ''), SAY_MS);
  }

  close() {
    clearTimeout(this.saying);
    this.take();
  }
}
