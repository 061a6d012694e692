// Building the page: elements, icons, focus. Text goes in as text nodes only; no markup is ever built from data.

const SVG = 'http://www.w3.org/2000/svg';

const ICONS = {
  microphone: ['M12 3a3 3 0 0 0-3 3v6a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3z', 'M5 11v1a7 7 0 0 0 14 0v-1', 'M12 19v3'],
  'microphone-off': ['M15 9.5V6a3 3 0 0 0-5.9-.8', 'M9 9v3a3 3 0 0 0 4.6 2.5', 'M5 11v1a7 7 0 0 0 11 5.7', 'M19 11v1a7 7 0 0 1-.6 2.8', 'M12 19v3', 'M3 3l18 18'],
  camera: ['M3 7.5A1.5 1.5 0 0 1 4.5 6h9A1.5 1.5 0 0 1 15 7.5v9a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 3 16.5z', 'M15 10.5l6-3.5v10l-6-3.5'],
  'camera-off': ['M9 6h4.5A1.5 1.5 0 0 1 15 7.5V12', 'M15 10.5l6-3.5v10l-4-2.3', 'M15 16v.5a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 3 16.5v-9A1.5 1.5 0 0 1 4.5 6H5', 'M3 3l18 18'],
  leave: ['M3 14.5c5-5 13-5 18 0l-2.2 2.6-4-1.3v-2.5a9 9 0 0 0-5.6 0v2.5l-4 1.3z'],
  connection: ['M2 9a15 15 0 0 1 20 0', 'M5.5 12.7a10 10 0 0 1 13 0', 'M9 16.3a5 5 0 0 1 6 0', 'M12 20h.01'],
  speaking: ['M4 10v4', 'M8 7v10', 'M12 4v16', 'M16 7v10', 'M20 10v4'],
  sound: ['M4 9.5v5h3.5L12 18V6L7.5 9.5z', 'M15.5 9a4.5 4.5 0 0 1 0 6', 'M18.5 6.5a8 8 0 0 1 0 11'],
  pin: ['M9 3h6l-1 6 3 3H7l3-3z', 'M12 12v9'],
  chat: ['M4 5.5h16v11H11l-4.5 3.5v-3.5H4z'],
  attach: ['M20 11.5l-8 8a5 5 0 0 1-7-7l8.5-8.5a3.3 3.3 0 0 1 4.7 4.7L9.8 17a1.6 1.6 0 0 1-2.3-2.3l7.3-7.2'],
  down: ['M5 9l7 7 7-7'],
  person: ['M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8z', 'M4 21a8 8 0 0 1 16 0'],
};

/** An element with attributes and children. Attributes: `on…` are listeners, false and null are left out, `text` is its text. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'text') element.textContent = value;
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A decorative drawing; what it means stands beside it in words. */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('class', 'icon');
  for (const d of ICONS[name] || []) {
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('d', d);
    svg.append(path);
  }
  return svg;
}

/** Foreign text: isolated, so that its own writing direction cannot reorder what stands around it. */
export function foreign(text) {
  return h('bdi', { text });
}

/** Sets text only when it differs: a live region speaks once, and nothing repaints without need. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A heading that takes the focus when its moment begins, so that screen readers start there. */
export function heading(text, attributes = {}) {
  return h('h1', { tabindex: '-1', ...attributes, text });
}

let fields = 0;

/** An id that no other element of this page has. */
export function newId(prefix) {
  fields += 1;
  return `${prefix}-${fields}`;
}

/** A video element that shows a stream without sound and plays in its place on phones. */
export function videoElement(label, attributes = {}) {
  const video = h('video', { 'aria-label': label, playsinline: true, autoplay: true, ...attributes });
  video.muted = true;
  video.disablePictureInPicture = true;
  return video;
}

/** Shows a track (or nothing) in a media element; the same track again changes nothing. */
export function show(element, track) {
  const shown = element.srcObject ? element.srcObject.getTracks()[0] : null;
  if (shown === (track || null)) return;
  element.srcObject = track ? new MediaStream([track]) : null;
  if (track && element.tagName === 'VIDEO') element.play().catch(() => {});
}
