// Questions that stand over the page. Both answers have equal weight, and a held or stray key answers nothing:
// the focus is on the question itself, and what is pressed in the first moment is swallowed.

import { h, newId } from './dom.js';

/** Keys and taps in the first moment were meant for what stood there before. Milliseconds. */
const SWALLOW_MS = 300;

/**
 * Asks a question. `answer(true | false)` is called once. `close()` takes the question back. Nothing is awaited: the call
 * goes on behind it. Escape answers no; where `escape` is false only the two buttons answer. `swallow`: milliseconds.
 */
export function ask({ title, text, yes, no, escape = true, swallow = SWALLOW_MS }, answer) {
  const titleId = newId('question');
  const textId = newId('question');
  let open = true;
  const before = document.activeElement;
  const finish = (result) => {
    if (!open) return;
    open = false;
    clearTimeout(arming);
    dialog.close();
    dialog.remove();
    if (before && before.isConnected) before.focus();
    if (result !== null) answer(result);
  };
  const option = (result, words) => h('button', { type: 'button', class: 'plain', disabled: true, onclick: () => finish(result), text: words });
  const options = [option(false, no), option(true, yes)];
  const arming = setTimeout(() => options.forEach((button) => { button.disabled = false; }), swallow);
  const heading = h('h2', { id: titleId, tabindex: '-1', text: title });
  const dialog = h(
    'dialog',
    { 'aria-labelledby': titleId, 'aria-describedby': textId, class: 'question' },
    heading,
    h('p', { id: textId, text }),
    h('div', { class: 'answers' }, options),
  );
  dialog.addEventListener('cancel', (event) => {
    event.preventDefault();
    if (escape && !options[0].disabled) finish(false);
  });
  // Browsers close a dialog on a second Escape, or a phone's gesture, without asking.
  dialog.addEventListener('close', () => {
    if (!open) return;
    if (escape) finish(false);
    else dialog.showModal();
  });
  dialog.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !escape) event.preventDefault();
    if (event.repeat && (event.key === 'Enter' || event.key === ' ')) event.preventDefault();
  });
  document.body.append(dialog);
  dialog.showModal();
  heading.focus();
  return { close: () => finish(null) };
}
