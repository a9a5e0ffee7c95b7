// The player that plays the feed: about a second behind, and it stays there.

import { Boxes } from "./boxes.js";
import { Pace } from "./pace.js";
import { Sink } from "./sink.js";

const silent = 8_000;     // milliseconds without a byte after which the connection is given up
const slept = 10_000;     // this much more than planned between two looks: the device was asleep
const lookEvery = 100;
const ready = 4_000;      // milliseconds for which the browser may make ready for what comes
const firstWait = 250;
const longestWait = 8_000;
const steady = 3_000;     // for how long pictures must have moved for all to be well again
const mostBroken = 3;     // pictures in a row that cannot be decoded, after which it rests
const brokenWait = 60_000;
const enough = 0.25;      // seconds that must have come before it begins

class Refused extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

/**
 * Feed plays for as long as it is wanted. It fires "frame" with the media time,
 * in milliseconds, of each picture that is shown, "moving" when pictures come,
 * "stuck" when they do not, "drained" when the last one has been shown, and
 * "refused" with the server's or the browser's reason.
 */
export class Feed extends EventTarget {
  video;
  halted = false; // by the viewer
  behind = 5_000; // the most, in milliseconds, that its picture may be behind what is told
  #url;
  #Source;
  #pace = new Pace();
  #sink = null;
  #wanted = false;
  #running = false;
  #over = false;      // the feed has ended, what has come is played
  #abort = null;
  #wake = null;       // ends the wait before the next try
  #wait = firstWait;
  #movingSince = null;
  #failures = 0;      // in a row: pictures that could not be decoded
  #lastByte = 0;
  #lastLook = Date.now();
  #begun = false;     // the sink has been positioned

  constructor(video, url, Source) {
    super();
    this.video = video;
    this.#url = url;
    this.#Source = Source;
    setInterval(() => this.#look(), lookEvery);
    addEventListener("online", () => this.kick());
    document.addEventListener("visibilitychange", () => this.#look());
    video.addEventListener("waiting", () => this.#waiting());
    video.addEventListener("playing", () => this.#moving());
    video.addEventListener("error", () => this.#broken());
    this.#frames();
  }

  /** mediaTime is that of the picture that is shown, moving or not; null for none. */
  mediaTime() {
    return this.#begun ? this.video.currentTime * 1000 : null;
  }

  /** ahead is how many seconds have come that are not played yet. */
  ahead() {
    return this.#sink ? this.#sink.end() - this.video.currentTime : 0;
  }

  go() {
    this.#wanted = true;
    this.#over = false;
    this.#failures = 0;
    if (!this.#running) this.#run();
    else this.kick();
  }

  /** finish plays what has come, and then no more. */
  finish() {
    this.#wanted = false;
    this.#wake?.();
  }

  stop() {
    this.finish();
    this.#abort?.abort();
  }

  /** kick tries again at once. */
  kick() {
    this.#wait = firstWait;
    this.#wake?.();
    if (this.#abort && Date.now() - this.#lastByte > 2_000) this.#abort.abort();
  }

  /** live jumps to the newest picture. */
  live() {
    if (this.#sink && this.#sink.end() > 0) this.#seek();
  }

  async #run() {
    this.#running = true;
    while (this.#wanted) {
      try {
        await this.#connect();
      } catch (error) {
        if (error instanceof Refused) this.#say("refused", error);
        else if (error.name !== "AbortError" && !(error instanceof TypeError)) console.warn("watch: the feed broke off:", error);
      }
      if (this.#wanted) await this.#rest();
    }
    this.#running = false;
    this.#over = true;
  }

  #rest() {
    const wait = this.#wait * (0.5 + Math.random() / 2);
    this.#wait = Math.min(this.#wait * 2, longestWait);
    if (this.#movingSince !== null) this.#movingSince = Date.now(); // by what came before
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, wait);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  // connect plays one response to its end.
  async #connect() {
    this.#abort = new AbortController();
    this.#lastByte = Date.now();
    try {
      const response = await fetch(this.#url, { signal: this.#abort.signal, cache: "no-store" });
      if (!response.ok) throw new Refused(response.status, (await response.text()).trim());
      const type = response.headers.get("Content-Type");
      if (!this.#Source.isTypeSupported(type)) throw new Refused(0, type);
      await this.#open(type, Number(response.headers.get("Hawker-Epoch")) || null);
      const reader = response.body.getReader();
      const boxes = new Boxes();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        this.#lastByte = Date.now();
        for (const piece of boxes.take(value)) {
          if (this.#sink.append(piece)) continue;
          this.#replace(); // from the beginning
          return;
        }
      }
    } finally {
      this.#abort.abort();
      this.#abort = null;
    }
  }

  // open has a sink for what comes next: the one that is there if it continues.
  async #open(type, epoch) {
    if (this.#sink?.fits(type, epoch) && !this.video.error) {
      await this.#inTime(this.#sink.restart());
      return;
    }
    this.#replace();
    this.#sink = new Sink(this.video, this.#Source, type, epoch);
    await this.#inTime(this.#sink.opened);
  }

  // inTime waits for what the browser may never do; then the connection is given up.
  #inTime(promise) {
    const abort = this.#abort;
    const timer = setTimeout(() => abort.abort(), ready);
    return new Promise((resolve, reject) => {
      abort.signal.addEventListener("abort", () => reject(abort.signal.reason), { once: true });
      promise.then(resolve, reject);
    }).finally(() => clearTimeout(timer));
  }

  #replace() {
    if (this.video.videoWidth > 0) this.#say("replaced");
    this.#sink?.close();
    this.#sink = null;
    this.#begun = false;
    this.#movingSince = null;
  }

  // look is called many times a second, less often when nobody looks.
  #look() {
    const now = Date.now();
    const asleep = now - this.#lastLook > slept;
    this.#lastLook = now;
    if (this.#abort && now - this.#lastByte > (asleep ? 1_000 : silent)) this.#abort.abort();
    if (!this.#sink || this.#sink.end() < 0) return;
    if (this.#over) this.#sink.finish(); // else the last pictures are waited with
    if (!this.#begun) return this.#begin();
    const ahead = this.ahead();
    if (this.#over && (ahead < 0.1 || this.video.ended)) return this.#drain();
    if (this.video.paused) return;
    if (this.#abort && this.#movingSince !== null && now - this.#movingSince > steady) this.#well();
    if (this.video.currentTime < this.#sink.start() - 0.01 || this.#pace.jumps(ahead)) return this.#seek();
    // Out of sight there are too few looks to steer by.
    this.#setRate(this.#over || document.hidden ? 1 : this.#pace.rate(ahead));
  }

  #begin() {
    const length = this.#sink.end() - this.#sink.start();
    if (length < enough && !this.#over) return;
    this.#begun = true;
    this.#seek();
    if (!this.halted) this.video.play().catch(() => this.#say("halted"));
  }

  #seek() {
    this.video.currentTime = Math.max(this.#sink.start(), this.#sink.end() - this.#pace.target);
  }

  #setRate(rate) {
    if (this.video.playbackRate !== rate) this.video.playbackRate = rate;
  }

  #drain() {
    this.#over = false;
    this.#sink.close();
    this.#sink = null;
    this.#begun = false;
    this.#movingSince = null;
    this.#say("drained");
  }

  // well is when the next trouble is another one. That bytes come tells nothing.
  #well() {
    this.#wait = firstWait;
    this.#failures = 0;
  }

  #waiting() {
    this.#movingSince = null;
    if (!this.#begun || this.video.paused || this.#over) return;
    if (this.ahead() < 0.15) this.#pace.stalled();
    this.#say("stuck");
  }

  #moving() {
    this.#movingSince ??= Date.now();
    this.#say("moving");
  }

  // What cannot be decoded is left behind. When that helps no more, the viewer is
  // told, and it is tried again now and then.
  #broken() {
    if (!this.#sink) return;
    console.warn("watch: the video cannot go on:", this.video.error?.message);
    this.#replace();
    if (++this.#failures >= mostBroken) {
      this.#wait = brokenWait;
      this.#say("stuck");
      this.#say("refused", new Refused(0, "what comes cannot be decoded"));
    }
    this.#abort?.abort();
  }

  #frames() {
    const video = this.video;
    if (!video.requestVideoFrameCallback) {
      video.addEventListener("timeupdate", () => this.#say("frame", video.currentTime * 1000));
      return;
    }
    const shown = (_, frame) => {
      this.#say("frame", frame.mediaTime * 1000);
      video.requestVideoFrameCallback(shown);
    };
    video.requestVideoFrameCallback(shown);
  }

  #say(what, detail) {
    this.dispatchEvent(new CustomEvent(what, { detail }));
  }
}
