// Keeps the screen on while somebody waits or talks, where the browser can; it is asked again when the page comes back.

let wanted = false;
let lock = null;

async function take() {
  if (!wanted || lock !== null || document.hidden || !navigator.wakeLock) return;
  try {
    lock = await navigator.wakeLock.request('screen');
    lock.addEventListener('release', () => {
      lock = null;
    });
    if (!wanted) await lock.release();
  } catch {
    lock = null;
  }
}

export function stayAwake(on) {
  wanted = on;
  if (on) take();
  else if (lock !== null) lock.release().catch(() => {});
}

document.addEventListener('visibilitychange', take);
