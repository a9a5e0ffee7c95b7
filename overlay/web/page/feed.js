// The way to the server: it comes back by itself.

const quiet = 20_000;      // nothing for so long: the connection is dead, though nobody has said so
const staleLost = 3_000;   // for how long what the server said is true when the way to it is lost
const staleQuiet = 12_000; // and when it does not even say that all is well, as it does every 5 s
const firstWait = 1_000;
const longestWait = 20_000;
const refusedWait = 120_000; // the link leads nowhere, or too many have tried

/** Feed hands each event that the server sends to the handler of its name, for ever. */
export class Feed {
  #url;
  #handlers;
  #gone;
  #source;
  #watchdog;
  #wait = firstWait;
  #heardAt = performance.now();
  #lostAt = performance.now();

  /** gone is called when there is no such stream, or no such link to it, any more. */
  constructor(url, handlers, gone) {
    this.#url = url;
    this.#handlers = handlers;
    this.#gone = gone;
    this.#connect();
  }

  /** silentFor is for how many milliseconds nothing was heard of the server. */
  silentFor() {
    return performance.now() - this.#heardAt;
  }

  /** stale tells whether what may change at any time is not known any more. */
  stale() {
    return this.silentFor() > staleQuiet || (this.#lostAt !== null && performance.now() - this.#lostAt > staleLost);
  }

  #connect() {
    this.#source = new EventSource(this.#url);
    this.#watch();
    this.#source.onerror = () => this.#again();
    for (const [name, handler] of Object.entries(this.#handlers)) {
      this.#source.addEventListener(name, (event) => {
        this.#watch();
        this.#wait = firstWait;
        this.#heardAt = performance.now();
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
  async #again() {
    const answered = this.#source.readyState === EventSource.CLOSED;
    this.#source.close();
    clearTimeout(this.#watchdog);
    this.#lostAt ??= performance.now();
    if (answered) await this.#ask();
    setTimeout(() => this.#connect(), this.#wait * (0.75 + Math.random() / 2));
    this.#wait = Math.min(this.#wait * 2, longestWait);
  }

  // ask finds out what the answer was: an EventSource does not tell.
  async #ask() {
    const answer = fetch(this.#url, { method: "HEAD", cache: "no-store" }).catch(() => null);
    const late = new Promise((resolve) => setTimeout(resolve, longestWait));
    const status = (await Promise.race([answer, late]))?.status;
    if (status === 404) this.#gone();
    if (status === 404 || status === 429) this.#wait = refusedWait;
  }
}
