// What somebody has written and the service has not: the draft, and messages that it has not confirmed. This tab keeps
// them over a reload, for the one person whose words they are, and forgets them with the call.

const KEPT = ['draft', 'unsent', 'writer'];

/** Nothing that was written stays in this tab. */
export function forget(memory) {
  for (const name of KEPT) memory.set(name, null);
}

export class Unsent {
  constructor(memory) {
    this.memory = memory;
  }

  /** The words of `me` alone count: another link may have been opened in this tab meanwhile. */
  belongTo(me) {
    if (this.memory.get('writer') !== me) forget(this.memory);
    this.memory.set('writer', me);
  }

  get draft() {
    return this.memory.get('draft') || '';
  }

  set draft(text) {
    this.memory.set('draft', text || null);
  }

  /** Messages {id, text} on their way, in the order in which they were sent. */
  get messages() {
    try {
      const found = JSON.parse(this.memory.get('unsent') || '[]');
      return found.filter((one) => typeof one.id === 'string' && typeof one.text === 'string').map(({ id, text }) => ({ id, text }));
    } catch {
      return [];
    }
  }

  set messages(all) {
    this.memory.set('unsent', all.length ? JSON.stringify(all) : null);
  }
}
