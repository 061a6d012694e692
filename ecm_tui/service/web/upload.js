// One file on its way from this browser to the call: offered first, then sent with progress, given up on request.

/** After a line that broke at the very end: how often, and after which pause, to ask what became of the file. */
const ASK_TIMES = 4;
const ASK_MS = 1500;
/** An offer is answered at once, or not at all. Milliseconds. */
const ANSWER_MS = 15000;

/** Why a file was not shared: a sentence of the service's, or null where it said none. */
export class NotSent extends Error {
  constructor(said, code = '') {
    super(typeof said === 'string' ? said : '');
    this.said = typeof said === 'string' && said !== '' ? said : null;
    this.code = code;
  }
}

export class Upload {
  /** base: where files are offered; bearer: by which right; file: of a file input; progress(done, size) in bytes. */
  constructor({ base, bearer, file, progress }) {
    Object.assign(this, { base, bearer, file, progress });
    this.request = null;
    this.cancelled = false;
    this.done = 0;
  }

  get head() {
    return { authorization: `Bearer ${this.bearer}` };
  }

  /** The file as it was shared: id, name, size. Rejects with `NotSent`. */
  async run() {
    const offered = await this.offer();
    if (this.cancelled) throw new NotSent(null, 'cancelled');
    const address = `${this.base}/${encodeURIComponent(offered.id)}`;
    try {
      return await this.put(address);
    } catch (error) {
      if (error.said !== null || error.code === 'cancelled' || this.done < this.file.size) throw error;
      return this.ask(address);
    }
  }

  /** Gives up; what was sent so far is thrown away by the service. */
  cancel() {
    this.cancelled = true;
    if (this.request) this.request.abort();
  }

  async offer() {
    const stop = new AbortController();
    const limit = setTimeout(() => stop.abort(), ANSWER_MS);
    try {
      const answer = await fetch(this.base, {
        method: 'POST',
        headers: { ...this.head, 'content-type': 'application/json' },
        body: JSON.stringify({ name: this.file.name.slice(0, 1000), size: this.file.size }),
        cache: 'no-store',
        signal: stop.signal,
      });
      return read(answer.status, await answer.text());
    } catch (error) {
      throw error instanceof NotSent ? error : new NotSent(null);
    } finally {
      clearTimeout(limit);
    }
  }

  /** fetch tells no progress of what it sends; XMLHttpRequest does, and reads the file piece by piece. */
  put(address) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      this.request = request;
      request.open('PUT', address);
      request.setRequestHeader('authorization', this.head.authorization);
      request.setRequestHeader('content-type', 'application/octet-stream');
      request.upload.onprogress = (event) => {
        this.done = event.loaded;
        this.progress(event.loaded, this.file.size);
      };
      request.onload = () => {
        try {
          resolve(read(request.status, request.responseText));
        } catch (error) {
          reject(error);
        }
      };
      request.onerror = () => reject(new NotSent(null));
      request.onabort = () => reject(new NotSent(null, 'cancelled'));
      request.send(this.file);
    });
  }

  /** All bytes were out when the line broke: the same request without them tells whether the file was shared. */
  async ask(address) {
    for (let left = ASK_TIMES; left > 0 && !this.cancelled; left -= 1) {
      await new Promise((resolve) => setTimeout(resolve, ASK_MS));
      try {
        const answer = await fetch(address, { method: 'PUT', headers: this.head, cache: 'no-store' });
        return read(answer.status, await answer.text());
      } catch (error) {
        if (error instanceof NotSent && error.code !== 'sent_already') break;
      }
    }
    throw new NotSent(null, 'unknown');
  }
}

function read(status, text) {
  let body = null;
  try {
    body = JSON.parse(text);
  } catch {
    body = null;
  }
  const file = body && typeof body === 'object' ? body.file : null;
  if (status >= 200 && status < 300 && file && typeof file.id === 'string') return { id: file.id, name: String(file.name), size: file.size };
  throw new NotSent(body && body.message, body && typeof body.code === 'string' ? body.code : 'failed');
}

/** A number of bytes for people, as in "12 kB" or "3.4 MB". */
export function inWords(size, locale) {
  const [value, unit] = size < 1000 ? [size, 'byte'] : size < 1e6 ? [size / 1e3, 'kilobyte'] : size < 1e9 ? [size / 1e6, 'megabyte'] : [size / 1e9, 'gigabyte'];
  const digits = unit === 'byte' || value >= 9.95 ? 0 : 1;
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: digits }).format(value);
}
