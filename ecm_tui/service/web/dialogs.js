// Questions that stand over the page. Both answers have equal weight, and a held or stray key answers nothing:
// the focus is on the question itself, and what is pressed in the first moment is swallowed.

import { h, newId } from './dom.js';

/** Keys and taps in the first moment were meant for what stood there before. Milliseconds. */
const SWALLOW_MS = 300;

/**
 * Asks a question. `answer(true | false)` is called once; Escape answers no. `close()` takes the question back.
 * Nothing is awaited: the call goes on behind it.
 */
export function ask({ title, text, yes, no }, answer) {
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
  const arming = setTimeout(() => options.forEach((button) => { button.disabled = false; }), SWALLOW_MS);
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
    if (!options[0].disabled) finish(false);
  });
  dialog.addEventListener('keydown', (event) => {
    if (event.repeat && (event.key === 'Enter' || event.key === ' ')) event.preventDefault();
  });
  document.body.append(dialog);
  dialog.showModal();
  heading.focus();
  return { close: () => finish(null) };
}
