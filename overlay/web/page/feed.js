// The way to the server: it comes back by itself.

const quiet = 40_000; // nothing for so long: the connection is dead, though nobody has said so
const firstWait = 1_000;
const longestWait = 20_000;

/** Feed hands each event that the server sends to the handler of its name, for ever. */
export class Feed {
  #url;
  #handlers;
  #source;
  #watchdog;
  #wait = firstWait;
  #lostAt = performance.now();

  constructor(url, handlers) {
    this.#url = url;
    this.#handlers = handlers;
    this.#connect();
  }

  /** awayFor is for how many milliseconds the server has been away; 0 when it is there. */
  awayFor() {
    return this.#lostAt === null ? 0 : performance.now() - this.#lostAt;
  }

  #connect() {
    this.#source = new EventSource(this.#url);
    this.#watch();
    this.#source.onerror = () => this.#again();
    for (const [name, handler] of Object.entries(this.#handlers)) {
      this.#source.addEventListener(name, (event) => {
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

  // The browser's own attempts end with the first answer that is no stream, such
  // as that of a proxy in front of a server that restarts.
  #again() {
    this.#source.close();
    clearTimeout(this.#watchdog);
    this.#lostAt ??= performance.now();
    setTimeout(() => this.#connect(), this.#wait * (0.75 + Math.random() / 2));
    this.#wait = Math.min(this.#wait * 2, longestWait);
  }
}
