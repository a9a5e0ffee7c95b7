// The way to the feed: it is tried for as long as somebody wants to see it.

import { Boxes } from "./boxes.js";

const silent = 8_000; // milliseconds without a byte after which the connection is given up
const slept = 10_000; // this much more than planned between two looks: the device was asleep
const ready = 4_000;  // milliseconds for which the browser may make ready for what comes
const firstWait = 250;
const longestWait = 8_000;

/** Refused is the server's reason, by its status; status 0 is for the browser's. */
export class Refused extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

/**
 * Line connects again and again. What comes is for who has it: open(type, epoch)
 * promises to be ready for it, take(piece) returns false when it must come from the
 * beginning, refused(error) is told why there is nothing, and ended() that there will
 * be no more.
 */
export class Line {
  flowing = false; // what comes is taken
  #url;
  #for;
  #wanted = false;
  #running = false;
  #abort = null;
  #wake = null;    // ends the wait before the next try
  #wait = firstWait;
  #lastByte = 0;
  #lastLook = Date.now();

  constructor(url, whom) {
    this.#url = url;
    this.#for = whom;
    addEventListener("online", () => this.kick());
  }

  go() {
    this.#wanted = true;
    if (!this.#running) this.#run();
    else this.kick();
  }

  /** finish lets come what is under way, and then no more. */
  finish() {
    this.#wanted = false;
    this.#wake?.();
  }

  stop() {
    this.finish();
    this.cut();
  }

  /** cut ends the connection that there is. */
  cut() {
    this.#abort?.abort();
  }

  /** kick tries again at once. */
  kick() {
    this.waits();
    this.#wake?.();
    if (Date.now() - this.#lastByte > 2_000) this.cut();
  }

  /** waits sets how long it waits before the next try, and twice that before the one after it. */
  waits(milliseconds = firstWait) {
    this.#wait = milliseconds;
  }

  /** look gives up a connection on which nothing comes; it is called now and then. */
  look() {
    const now = Date.now();
    const asleep = now - this.#lastLook > slept;
    this.#lastLook = now;
    if (now - this.#lastByte > (asleep ? 1_000 : silent)) this.cut();
  }

  async #run() {
    this.#running = true;
    while (this.#wanted) {
      try {
        await this.#connect();
      } catch (error) {
        if (error instanceof Refused) this.#for.refused(error);
        else if (error.name !== "AbortError" && !(error instanceof TypeError)) console.warn("watch: the feed broke off:", error);
      }
      if (this.#wanted) await this.#rest();
    }
    this.#running = false;
    this.#for.ended();
  }

  #rest() {
    const wait = this.#wait * (0.5 + Math.random() / 2);
    this.#wait = Math.min(this.#wait * 2, longestWait);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, wait);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  // connect takes one response to its end.
  async #connect() {
    this.#abort = new AbortController();
    this.#lastByte = Date.now();
    try {
      const response = await fetch(this.#url, { signal: this.#abort.signal, cache: "no-store" });
      if (!response.ok) throw new Refused(response.status, (await response.text()).trim());
      await this.#inTime(this.#for.open(response.headers.get("Content-Type"), Number(response.headers.get("Hawker-Epoch")) || null));
      this.flowing = true;
      const reader = response.body.getReader();
      const boxes = new Boxes();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        this.#lastByte = Date.now();
        for (const piece of boxes.take(value)) if (!this.#for.take(piece)) return;
      }
    } finally {
      this.flowing = false;
      this.#abort.abort();
      this.#abort = null;
    }
  }

  // inTime waits for what the browser may never do; then the connection is given up.
  #inTime(promise) {
    const { signal } = this.#abort;
    const timer = setTimeout(() => this.cut(), ready);
    return new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      promise.then(resolve, reject);
    }).finally(() => clearTimeout(timer));
  }
}
