// What comes of a feed goes into a media element.

import { tracks } from "./boxes.js";

const kept = 8; // seconds behind what is played

/** Sink is one MediaSource with one buffer. */
export class Sink {
  epoch;
  type;
  #video;
  #source;
  #buffer = null;
  #queue = [];
  #tracks = "";
  #url = "";
  opened; // a promise; a browser may never keep it

  constructor(video, Source, type, epoch) {
    this.#video = video;
    this.type = type;
    this.epoch = epoch;
    this.#source = new Source();
    this.opened = new Promise((resolve, reject) => {
      this.#source.addEventListener("sourceopen", () => {
        try {
          this.#buffer = this.#source.addSourceBuffer(type);
          this.#buffer.mode = "segments";
          this.#buffer.addEventListener("updateend", () => this.#next());
          resolve();
        } catch (error) {
          reject(error);
        }
      }, { once: true });
    });
    this.#url = URL.createObjectURL(this.#source);
    video.disableRemotePlayback = true; // else a ManagedMediaSource never opens
    video.src = this.#url;
  }

  /** fits tells whether what comes next continues what is there. */
  fits(type, epoch) {
    return this.#buffer !== null && this.#source.readyState === "open" && type === this.type && epoch !== null && this.epoch !== null && Math.abs(epoch - this.epoch) < 1000;
  }

  /** restart says that another header comes, whatever was cut off before it. */
  async restart() {
    this.#queue = [];
    while (this.#buffer.updating) await new Promise((resolve) => this.#buffer.addEventListener("updateend", resolve, { once: true }));
    if (this.#source.readyState === "open") this.#buffer.abort();
  }

  /** append takes a piece of the feed; false when it cannot go on: with other tracks, or since the browser has closed it. */
  append(piece) {
    if (this.#source.readyState === "closed") return false;
    if (piece.header) {
      const found = tracks(piece.bytes);
      if (this.#tracks !== "" && found !== this.#tracks) return false;
      this.#tracks = found;
    }
    this.#queue.push(piece.bytes);
    this.#next();
    return true;
  }

  #next() {
    const buffer = this.#buffer;
    if (!buffer || buffer.updating || this.#source.readyState !== "open") return;
    try {
      const old = this.#old();
      if (old > 0) {
        buffer.remove(0, old);
        return;
      }
      if (this.#queue.length === 0) return;
      buffer.appendBuffer(this.#queue[0]);
      this.#queue.shift();
    } catch (error) {
      if (error.name !== "QuotaExceededError") throw error;
      const end = this.end();
      if (end > 2) buffer.remove(0, Math.max(end - 2, 0.001));
    }
  }

  // old is up to where there is enough of what nobody needs; 0 for nowhere.
  #old() {
    const ranges = this.#buffer.buffered;
    if (ranges.length === 0) return 0;
    const needed = this.#video.paused ? this.end() : this.#video.currentTime;
    return needed - ranges.start(0) > 2 * kept ? needed - kept : 0;
  }

  /** start and end of the newest stretch that can be played; -1 without any. */
  start() {
    const ranges = this.#ranges();
    return ranges.length > 0 ? ranges.start(ranges.length - 1) : -1;
  }

  end() {
    const ranges = this.#ranges();
    return ranges.length > 0 ? ranges.end(ranges.length - 1) : -1;
  }

  // A buffer cannot be asked any more when its source is closed.
  #ranges() {
    return this.#buffer && this.#source.readyState !== "closed" ? this.#buffer.buffered : [];
  }

  /** finish says that nothing more will come. */
  finish() {
    if (this.#source.readyState === "open" && this.#buffer && !this.#buffer.updating && this.#queue.length === 0) this.#source.endOfStream();
  }

  close() {
    this.#queue = [];
    URL.revokeObjectURL(this.#url);
  }
}
