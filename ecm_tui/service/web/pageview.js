// What the service says about this page, read with care. Pure: a field that is missing or of the wrong kind gets a
// harmless value, and a message that is no view at all gives null, so that nothing received can break the page.

const STATES = ['arriving', 'waiting', 'admitted', 'disconnected', 'removed', 'left', 'ended'];
/** Longer names are cut: the service bounds them, and the page does not depend on it. */
const LONGEST = 200;
/** A line of the chat is at most so long. */
const LONGEST_LINE = 8000;
/** More people than any call holds are not drawn. */
const MOST = 200;

const text = (value, otherwise = '') => (typeof value === 'string' ? value.slice(0, LONGEST) : otherwise);
const id = (value) => (typeof value === 'string' && value !== '' ? value.slice(0, LONGEST) : null);
const object = (value) => (value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {});

function instant(value) {
  const at = typeof value === 'string' ? new Date(value) : null;
  return at && !Number.isNaN(at.getTime()) ? at : null;
}

function zone(value) {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return typeof value === 'string' && value !== '' ? value : undefined;
  } catch {
    return undefined;
  }
}

function person(value) {
  const raw = object(value);
  return {
    id: id(raw.id),
    name: text(raw.name),
    organiser: raw.organiser === true,
    microphone: raw.microphone === true,
    camera: raw.camera === true,
    muted: raw.muted === true,
  };
}

/** An open request for a still: its consent's id and who asks; null when there is none. */
function question(value) {
  const raw = object(value);
  return id(raw.consent) && { consent: id(raw.consent), by: text(raw.by) };
}

/** What became of the last request. */
function outcome(value) {
  const raw = object(value);
  return id(raw.consent) && { consent: id(raw.consent), outcome: text(raw.outcome) };
}

/** A view as the moments use it, or null when the message is none. */
export function readView(value) {
  const raw = object(value);
  if (!STATES.includes(raw.state)) return null;
  const clinic = object(raw.clinic);
  const appointment = object(raw.appointment);
  const devices = object(raw.devices);
  const people = Array.isArray(raw.people) ? raw.people.slice(0, MOST).map(person).filter((one) => one.id !== null) : [];
  return {
    role: raw.role === 'viewer' ? 'viewer' : 'participant',
    state: raw.state,
    clinic: { name: text(clinic.name), support: text(clinic.support), colour: colour(clinic.colour) },
    appointment: {
      at: instant(appointment.at),
      minutes: Number.isFinite(appointment.minutes) ? appointment.minutes : null,
      timezone: zone(appointment.timezone),
    },
    organiser: text(raw.organiser) || null,
    me: { id: id(object(raw.me).id), name: text(object(raw.me).name) },
    since: instant(raw.since),
    full: raw.full === true,
    people,
    muted: raw.muted === true,
    hand: raw.hand === true,
    silenced: raw.silenced === true,
    unmuteAsked: raw.unmute_asked === true,
    screenshot: question(raw.screenshot),
    screenshotOver: outcome(raw.screenshot_over),
    pinned: id(raw.pinned),
    layout: raw.layout === 'speaker' ? 'speaker' : 'tiles',
    devices: { microphone: devices.microphone === true, camera: devices.camera === true },
  };
}

/** A line of the chat, or null when the message is none. */
export function readLine(value) {
  const raw = object(value);
  if (!Number.isSafeInteger(raw.number) || raw.number < 1) return null;
  const by = object(raw.by);
  const file = object(raw.file);
  return {
    number: raw.number,
    at: instant(raw.at),
    by: { id: id(by.id), name: text(by.name), organiser: by.organiser === true },
    text: typeof raw.text === 'string' ? raw.text.slice(0, LONGEST_LINE) : '',
    file: id(file.id) && { id: id(file.id), name: text(file.name), size: Number.isFinite(file.size) ? file.size : 0 },
  };
}

/** The lines of a message, in their order. */
export function readLines(value) {
  return (Array.isArray(value) ? value : []).map(readLine).filter((line) => line !== null);
}

/** The slots message as a map from m-line to person, both strings; anything else in it is left out. */
export function readSlots(value) {
  return new Map(Object.entries(object(value)).filter(([, who]) => id(who) !== null));
}

/** A list of strings; anything else in it is left out. */
export function readList(value) {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

/** `#rrggbb` or null. */
export function colour(value) {
  return typeof value === 'string' && /^#[0-9a-f]{6}$/i.test(value) ? value.toLowerCase() : null;
}

/** Black or white, whichever reads better on the colour (contrast by WCAG 2: always 4.5 or more). */
export function inkOn(hex) {
  const light = [1, 3, 5]
    .map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  return 1.05 / (light + 0.05) >= (light + 0.05) / 0.05 ? '#ffffff' : '#000000';
}

/** The letters shown where there is no picture: the first ones of the first two words of the name. */
export function initials(name) {
  const letters = name.split(/\s+/).map((word) => word.match(/[\p{L}\p{N}]/u)).filter(Boolean).map((found) => found[0]);
  return letters.slice(0, 2).join('').toLocaleUpperCase();
}

/** The appointment's time in the clinic's zone; the zone is named when this device is in another one. */
export function timeOf(at, timezone, locale, words, now) {
  const parts = (options) => new Intl.DateTimeFormat(locale, { timeZone: timezone, ...options });
  const time = parts({ hour: '2-digit', minute: '2-digit' }).format(at);
  const day = parts({ weekday: 'long', day: 'numeric', month: 'long' });
  const said = day.format(at) === day.format(now) ? words.today(time) : words.onDay(day.format(at), time);
  const here = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' }).format(at);
  if (here === time) return said;
  const named = parts({ timeZoneName: 'short' }).formatToParts(at).find((part) => part.type === 'timeZoneName');
  return words.zone(said, named ? named.value : timezone);
}

/** The hour and minute in the clinic's zone. */
export function clockOf(at, timezone, locale) {
  return new Intl.DateTimeFormat(locale, { timeZone: timezone, hour: '2-digit', minute: '2-digit' }).format(at);
}
