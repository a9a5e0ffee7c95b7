// The way to the server: it comes back by itself.

const quiet = 40_000; // nothing for so long: the connection is dead, though nobody has said so
const firstWait = 500;
const longestWait = 15_000;

/** Events hands what the server sends to the handler of its name, for ever. */
export class Events {
  #url;
  #handlers;
  #source = null;
  #watchdog;
  #retry;
  #wait = firstWait;
  #lostAt = performance.now();
  #asleep = false;

  /** url is asked for each connection. */
  constructor(url, handlers) {
    this.#url = url;
    this.#handlers = handlers;
    this.#connect();
    addEventListener("online", () => { if (!this.#asleep) this.now(); });
    addEventListener("pageshow", (event) => { if (event.persisted && !this.#asleep) this.now(); });
  }

  /** awayFor is for how many milliseconds the server has been away; 0 when it is there. */
  awayFor() {
    return this.#lostAt === null ? 0 : performance.now() - this.#lostAt;
  }

  /** now connects at once, for who has reason to think that it works again. */
  now() {
    this.#asleep = false;
    if (this.#lostAt === null && this.#source?.readyState === EventSource.OPEN) return;
    this.#wait = firstWait;
    this.#drop();
    this.#connect();
  }

  /** sleep lets go of the connection until now is called. */
  sleep() {
    this.#asleep = true;
    this.#drop();
    this.#source = null;
    this.#lostAt ??= performance.now();
  }

  #connect() {
    const source = new EventSource(this.#url());
    this.#source = source;
    this.#watch();
    source.onerror = () => this.#again();
    for (const [name, handler] of Object.entries(this.#handlers)) {
      source.addEventListener(name, (event) => {
        this.#watch();
        this.#wait = firstWait;
        this.#lostAt = null;
        handler(JSON.parse(event.data));
      });
    }
  }

  #watch() {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#again(), quiet);
  }

  #drop() {
    this.#source?.close();
    clearTimeout(this.#watchdog);
    clearTimeout(this.#retry);
  }

  // The browser's own attempts end with the first answer that is no stream, such
  // as that of a proxy in front of a server that restarts.
  #again() {
    this.#drop();
    this.#lostAt ??= performance.now();
    this.#retry = setTimeout(() => this.#connect(), this.#wait * (0.75 + Math.random() / 2));
    this.#wait = Math.min(this.#wait * 2, longestWait);
  }
}
