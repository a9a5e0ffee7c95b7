// The player of browsers that have nothing but HLS: iPhones before iOS 17.1.

const firstWait = 1_000;
const longestWait = 10_000;
const frozen = 15_000; // milliseconds without progress after which it is loaded again
const checked = 10_000; // how often it asks whether the stream's clock has moved

/** Native has the same events and methods as Feed. */
export class Native extends EventTarget {
  video;
  halted = false; // by the viewer
  behind = 20_000;
  #base;
  #wanted = false;
  #epoch = null;
  #retry;
  #wait = firstWait;
  #last = -1;
  #asked = 0;
  #movedAt = Date.now();

  constructor(video, base) {
    super();
    this.video = video;
    this.#base = base;
    video.addEventListener("playing", () => {
      this.#wait = firstWait;
      this.#say("moving");
    });
    video.addEventListener("waiting", () => this.#say("stuck"));
    video.addEventListener("error", () => this.#again());
    video.addEventListener("ended", () => this.#again()); // which is the show's end, if that was told
    video.addEventListener("timeupdate", () => {
      const at = this.mediaTime();
      if (at !== null) this.#say("frame", at);
    });
    setInterval(() => this.#look(), 1000);
  }

  // The playlist says what the time was at a picture, the feed's header what it
  // was at the beginning of the stream's own time.
  mediaTime() {
    const start = this.video.getStartDate?.().getTime();
    if (this.#epoch === null || !(start > 0) || this.video.readyState < 2) return null;
    return start + this.video.currentTime * 1000 - this.#epoch;
  }

  ahead() {
    const ranges = this.video.seekable;
    return ranges.length > 0 ? ranges.end(ranges.length - 1) - this.video.currentTime : 0;
  }

  go() {
    this.#wanted = true;
    this.#load();
  }

  // What is left is played: the playlist has an end by then.
  finish() {
    this.#wanted = false;
    clearTimeout(this.#retry);
    if (this.video.paused || this.video.ended || this.video.readyState < 3) this.#say("drained");
  }

  stop() {
    this.#wanted = false;
    clearTimeout(this.#retry);
    this.video.removeAttribute("src");
    this.video.load();
  }

  kick() {
    if (this.#wanted && this.video.readyState < 3) this.#load();
  }

  live() {
    const ranges = this.video.seekable;
    if (ranges.length > 0) this.video.currentTime = ranges.end(ranges.length - 1);
  }

  async #load() {
    clearTimeout(this.#retry);
    this.#movedAt = Date.now();
    try {
      if (!await this.#ask()) return this.#again();
      this.video.src = this.#base + "/index.m3u8";
      if (!this.halted) await this.video.play();
    } catch (error) {
      if (error.name === "NotAllowedError") this.#say("halted");
      else this.#again();
    }
  }

  // What the time was at the beginning changes a little when an encoder was away.
  async #ask() {
    this.#asked = Date.now();
    const head = await fetch(this.#base + "/live.mp4", { method: "HEAD", cache: "no-store" });
    if (head.ok) this.#epoch = Number(head.headers.get("Hawker-Epoch")) || null;
    return head.ok;
  }

  #again() {
    if (!this.#wanted) return this.#say("drained");
    this.#say("stuck");
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#load(), this.#wait * (0.5 + Math.random() / 2));
    this.#wait = Math.min(this.#wait * 2, longestWait);
  }

  #look() {
    if (this.#wanted && !this.video.paused && Date.now() - this.#asked > checked) this.#ask().catch(() => {}); // next time
    if (!this.#wanted || this.video.paused || this.video.currentTime !== this.#last) {
      this.#last = this.video.currentTime;
      this.#movedAt = Date.now();
    } else if (Date.now() - this.#movedAt > frozen) {
      this.#load();
    }
  }

  #say(what, detail) {
    this.dispatchEvent(new CustomEvent(what, { detail }));
  }
}
